"""Choice: what each rule says of the data, rules that never hold, values that none takes."""

from typing import Any

import pytest

from stepmill.check.flow.comparisons import Parts, compare, divide, matches, of_kind
from stepmill.check.shapes.shape import (
    NEVER,
    NULL,
    UNKNOWN,
    Boolean,
    Number,
    Shape,
    String,
    closed,
    of_value,
    union,
)
from tests.check.flow.machines import END, Answers, found, task, told

AB = String(frozenset({"a", "b"}), 1, 1)
STATUSES = String(frozenset({"InProgress", "Completed", "Failed", "Stopping", "Stopped"}), 6, 10)
ANY = {"type": "object", "properties": {}, "additionalProperties": True}

DIVIDED: dict[str, tuple[Shape, Any, Parts]] = {
    "a known text": (AB, compare("String", "Equals", of_value("a")), Parts(of_value("a"), of_value("b"))),
    "a text that it cannot be": (AB, compare("String", "Equals", of_value("c")), Parts(NEVER, AB)),
    "a text that it must be": (
        of_value("a"),
        compare("String", "Equals", of_value("a")),
        Parts(of_value("a"), NEVER),
    ),
    "a longer text": (
        String(None, 0, 2),
        compare("String", "Equals", of_value("abc")),
        Parts(NEVER, String(None, 0, 2)),
    ),
    "a number as a text": (Number(), compare("String", "Equals", of_value("a")), Parts(NEVER, Number())),
    "anything": (UNKNOWN, compare("String", "Equals", of_value("a")), Parts(of_value("a"), UNKNOWN)),
    "texts in order": (AB, compare("String", "LessThan", of_value("b")), Parts(of_value("a"), of_value("b"))),
    "one of several texts": (
        AB,
        compare("String", "Equals", of_value("b")),
        Parts(of_value("b"), of_value("a")),
    ),
    "a text against other texts": (
        AB,
        compare("String", "Equals", String(frozenset({"b", "c"}), 1, 1)),
        Parts(of_value("b"), AB),
    ),
    "a pattern": (AB, matches("a*"), Parts(of_value("a"), of_value("b"))),
    "a pattern of everything": (String(), matches("*"), Parts(String(), NEVER)),
    "a pattern with a star in it": (
        String(frozenset({"a*", "ab"}), 2, 2),
        matches("a\\*"),
        Parts(of_value("a*"), of_value("ab")),
    ),
    "a bound inside": (
        Number(None, 0, 10),
        compare("Numeric", "LessThan", of_value(5)),
        Parts(Number(None, 0, 5), Number(None, 5, 10)),
    ),
    "a bound outside": (
        Number(None, 0, 4),
        compare("Numeric", "GreaterThanEquals", of_value(5)),
        Parts(NEVER, Number(None, 0, 5 - 1)),
    ),
    "a number beyond its bounds": (
        Number(None, 1, None),
        compare("Numeric", "Equals", of_value(0)),
        Parts(NEVER, Number(None, 1, None)),
    ),
    "either truth": (
        Boolean(),
        compare("Boolean", "Equals", Boolean(True)),
        Parts(Boolean(True), Boolean(False)),
    ),
    "one truth": (Boolean(False), compare("Boolean", "Equals", Boolean(True)), Parts(NEVER, Boolean(False))),
    "a kind": (union((NULL, String())), of_kind("IsNull", wanted=True), Parts(NULL, String())),
    "not a kind": (union((NULL, String())), of_kind("IsString", wanted=False), Parts(NULL, String())),
    "a moment": (
        String(frozenset({"2026-11-22T05:41:00Z", "now"}), 3, 20),
        of_kind("IsTimestamp", wanted=True),
        Parts(of_value("2026-11-22T05:41:00Z"), of_value("now")),
    ),
    "a moment against another": (
        AB,
        compare("Timestamp", "LessThan", of_value("2026-11-22T05:41:00Z")),
        Parts(AB, AB),
    ),
}


@pytest.mark.parametrize("name", DIVIDED)
def test_a_comparison_divides(name: str) -> None:
    shape, by, parts = DIVIDED[name]
    assert divide(shape, by) == parts


def choice(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": list(rules), **more}


def made(result: Any, **states: Any) -> dict[str, Any]:
    return {"Make": {"Type": "Pass", "Result": result, "Next": "Choose"}, **states}


def reads(path: str) -> dict[str, Any]:
    return {"Type": "Pass", "Parameters": {"read.$": path}, "End": True}


OPTIONAL = {
    "type": "object",
    "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "object", "properties": {"c": {}}}},
    "required": [],
    "additionalProperties": False,
}


def test_what_is_present_can_be_read() -> None:
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "Read"}
    states = {"Choose": choice(rule, Default="End"), "Read": reads("$.a"), "End": END}
    assert found(states, given=OPTIONAL) == []


def test_what_is_absent_cannot_be_read() -> None:
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "End"}
    states = {"Choose": choice(rule, Default="Read"), "Read": reads("$.a"), "End": END}
    assert [finding.rule for finding in found(states, given=OPTIONAL)] == ["path-missing"]


def test_a_nested_test_of_presence_makes_its_holder_present() -> None:
    rule = {"Variable": "$.b.c", "IsPresent": True, "Next": "Read"}
    states = {"Choose": choice(rule, Default="End"), "Read": reads("States.Array($.b, $.b.c)"), "End": END}
    assert found(states, given=OPTIONAL) == []


def test_a_rule_reads_only_what_those_before_it_in_an_and_leave() -> None:
    both = [{"Variable": "$.a", "IsPresent": True}, {"Variable": "$.a", "StringEquals": "x"}]
    states = {
        "Choose": choice({"And": both, "Next": "Read"}, Default="End"),
        "Read": reads("$.a"),
        "End": END,
    }
    assert found(states, given=OPTIONAL) == []
    turned = {
        "Choose": choice({"And": both[::-1], "Next": "Read"}, Default="End"),
        **dict(list(states.items())[1:]),
    }
    assert told(found(turned, given=OPTIONAL)) == [
        (
            "path-maybe-missing",
            "/States/Choose/Choices/0/And/0/Variable",
            "States.Choose: Choices.0.And.0.Variable reads '$.a', but '$' need not have the member 'a'; "
            "test it "
            "with IsPresent before, or give it a default",
        )
    ]


def test_not_turns_what_is_known_around() -> None:
    rule = {"Not": {"Variable": "$.a", "IsPresent": True}, "Next": "End"}
    states = {"Choose": choice(rule, Default="Read"), "Read": reads("$.a"), "End": END}
    assert found(states, given=OPTIONAL) == []


def test_an_or_leaves_each_of_its_ways_apart() -> None:
    either = [{"Variable": "$.a", "IsPresent": False}, {"Variable": "$.a", "IsNull": True}]
    states = {
        "Choose": choice({"Or": either, "Next": "End"}, Default="Read"),
        "Read": reads("States.StringSplit($.a, ',')"),
        "End": END,
    }
    assert found(states, given=OPTIONAL) == []


def test_a_status_is_bound_to_what_comes_with_it() -> None:
    answer = union(
        (
            closed(status=of_value("done"), result=String()),
            closed(status=of_value("failed"), reason=String()),
        )
    )
    rule = {"Variable": "$.status", "StringEquals": "done", "Next": "Good"}
    states = {
        "Ask": task(Next="Choose"),
        "Choose": choice(rule, Default="Bad"),
        "Good": reads("$.result"),
        "Bad": reads("$.reason"),
    }
    assert found(states, answers=Answers({"Ask": answer})) == []
    states["Bad"] = reads("$.result")
    (finding,) = found(states, answers=Answers({"Ask": answer}))
    assert (finding.pointer, finding.available) == ("/States/Bad/Parameters/read.$", ("$.status", "$.reason"))


def test_a_variable_is_narrowed_too() -> None:
    rule = {"Variable": "$flag.on", "IsPresent": True, "Next": "Read"}
    states = {
        "Ask": task(Assign={"flag.$": "$"}, Next="Choose"),
        "Choose": choice(rule, Default="Off"),
        "Read": reads("$flag.on"),
        "Off": reads("$flag.on"),
    }
    answer = union((closed(on=NULL), closed(off=NULL)))
    (finding,) = found(states, answers=Answers({"Ask": answer}))
    assert finding.pointer == "/States/Off/Parameters/read.$"


def test_a_rule_that_never_holds_is_told_and_what_follows_it_is_not_looked_at() -> None:
    rule = {"Variable": "$.state", "StringEquals": "done", "Next": "Read"}
    states = made({"state": "Done"}, Choose=choice(rule, Default="End"), Read=reads("$.nothing"), End=END)
    assert told(found(states)) == [
        (
            "rule-never-matches",
            "/States/Choose/Choices/0",
            "States.Choose: Choices.0 can never hold: nothing that reaches it satisfies it; correct or "
            "remove it",
        )
    ]


def test_rules_that_never_hold_for_one_reason_are_told_once() -> None:
    rules = [{"Variable": "$.state", "StringEquals": name, "Next": "End"} for name in ("a", "b")]
    states = made({"state": "Done"}, Choose=choice(*rules, Default="End"), End=END)
    assert [finding.pointer for finding in found(states)] == ["/States/Choose/Choices/0"]
    taken = {"Variable": "$.state", "StringEquals": "Done", "Next": "End"}
    states["Choose"] = choice(rules[0], taken, rules[1], Default="End")
    assert [finding.pointer for finding in found(states)] == [
        "/States/Choose/Choices/0",
        "/States/Choose/Choices/2",
    ]


def test_a_rule_behind_one_that_always_holds_is_told_once() -> None:
    always = {"Variable": "$.state", "IsPresent": True, "Next": "End"}
    later = {"Variable": "$.state", "StringEquals": "Done", "Next": "End"}
    last = {"Variable": "$.other", "IsNull": True, "Next": "Other"}
    states = made(
        {"state": "Done", "other": None},
        Choose=choice(always, later, last, Default="Other"),
        End=END,
        Other=END,
    )
    assert [finding.pointer for finding in found(states)] == ["/States/Choose/Choices/1"]


def test_one_alternative_that_never_holds_is_told_at_its_place() -> None:
    either = [{"Variable": "$.Status", "StringEquals": name} for name in ("Failed", "Stoped")]
    states = {
        "Ask": task(Next="Choose"),
        "Choose": choice({"Or": either, "Next": "End"}, Default="End"),
        "End": END,
    }
    findings = found(states, answers=Answers({"Ask": closed(Status=STATUSES)}))
    assert [(finding.rule, finding.pointer) for finding in findings] == [
        ("rule-never-matches", "/States/Choose/Choices/0/Or/1")
    ]


def test_an_alternative_that_an_earlier_rule_takes_is_no_fault() -> None:
    either = [{"Variable": "$.Status", "StringEquals": name} for name in ("Failed", "Stopped")]
    states = {
        "Ask": task(Next="Choose"),
        "Choose": choice({**either[0], "Next": "End"}, {"Or": either, "Next": "End"}, Default="End"),
        "End": END,
    }
    assert found(states, answers=Answers({"Ask": closed(Status=STATUSES)})) == []


def test_what_a_machine_checks_of_its_declared_input_is_no_dead_rule_and_its_branch_is_looked_at() -> None:
    given = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    rule = {"Not": {"Variable": "$.a", "IsString": True}, "Next": "Refuse"}
    refuse = {"Type": "Fail", "Error": "Bad", "CausePath": "States.Format('{}', $.aa)"}
    states = {"Choose": choice(rule, Default="End"), "Refuse": refuse, "End": END}
    assert [(finding.rule, finding.pointer) for finding in found(states, given=given)] == [
        ("path-missing", "/States/Refuse/CausePath")
    ]


def test_presence_of_what_is_never_there_is_a_wrong_path() -> None:
    rule = {"Variable": "$.stat", "IsPresent": True, "Next": "Other"}
    states = made({"state": "Done"}, Choose=choice(rule, Default="Other"), Other=END)
    (finding,) = found(states)
    assert (finding.rule, finding.pointer, finding.suggestion) == (
        "presence-never",
        "/States/Choose/Choices/0/Variable",
        "$.state",
    )
    assert finding.message == (
        "States.Choose: Choices.0.Variable '$.stat' is there on no way that leads here, so the test is "
        "always "
        "false; correct the path"
    )


def test_presence_of_what_is_there_on_one_way_only_is_a_fair_question() -> None:
    rule = {"Variable": "$.failure", "IsPresent": True, "Next": "End"}
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Choose"}]
    states = {
        "Ask": task(ResultPath=None, Catch=catch, Next="Choose"),
        "Choose": choice(rule, Default="End"),
        "End": END,
    }
    assert found(states, given={"properties": {}, "additionalProperties": False}) == []


def test_asking_in_vain_whether_something_lacks_is_no_fault() -> None:
    rule = {"Variable": "$.state", "IsPresent": False, "Next": "Other"}
    states = made({"state": "Done"}, Choose=choice(rule, Default="Other"), Other=END)
    assert found(states) == []


def test_a_value_that_no_rule_takes_ends_the_execution() -> None:
    given = {"type": "object", "properties": {"on": {"type": "boolean"}}, "required": ["on"]}
    rule = {"Variable": "$.on", "BooleanEquals": True, "Next": "End"}
    assert told(found({"Choose": choice(rule), "End": END}, given=given)) == [
        (
            "choice-not-covered",
            "/States/Choose/Choices",
            "States.Choose: Choices no rule takes false of '$.on', and there is no Default; add a rule or "
            "a Default",
        )
    ]


def looking(*rules: tuple[str, str], default: str) -> dict[str, Any]:
    named = [{"Variable": "$.job.Status", "StringEquals": value, "Next": target} for value, target in rules]
    return {
        "Look": task(ResultPath="$.job", Next="Choose"),
        "Choose": choice(*named, Default=default),
        "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Look"},
        "End": END,
        "Failed": {"Type": "Fail", "Error": "JobFailed"},
    }


def test_a_final_status_that_leads_back_to_the_look_is_asked_for_ever() -> None:
    states = looking(("Completed", "End"), ("Failed", "Failed"), default="Wait")
    findings = found(states, answers=Answers({"Look": closed(Status=STATUSES)}), TimeoutSeconds=3600)
    assert told(findings) == [
        (
            "status-not-covered",
            "/States/Choose/Choices",
            "States.Choose: Choices '$.job.Status' can be Stopped, which no rule takes: Default leads back "
            "to the "
            "same look for ever; add a rule for it",
        )
    ]


def test_statuses_that_pass_may_lead_back_to_the_look() -> None:
    rules = (("Completed", "End"), ("Failed", "Failed"), ("Stopped", "Failed"))
    states = looking(*rules, default="Wait")
    assert found(states, answers=Answers({"Look": closed(Status=STATUSES)}), TimeoutSeconds=3600) == []


def test_statuses_without_a_default_are_told_as_such() -> None:
    states = looking(("Completed", "End"), ("Failed", "Failed"), ("InProgress", "Wait"), default="End")
    del states["Choose"]["Default"]
    findings = found(states, answers=Answers({"Look": closed(Status=STATUSES)}), TimeoutSeconds=3600)
    assert told(findings) == [
        (
            "status-not-covered",
            "/States/Choose/Choices",
            'States.Choose: Choices no rule takes "Stopped", "Stopping" of \'$.job.Status\', and there '
            "is no "
            "Default; add a rule or a Default",
        )
    ]


def test_a_loop_that_counts_comes_to_rest() -> None:
    rule = {"Variable": "$.n", "NumericGreaterThanEquals": 5, "Next": "End"}
    states = made(
        {"n": 0},
        Choose=choice(rule, Default="Count"),
        Count={"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Choose"},
        End=END,
    )
    assert found(states) == []


def test_a_loop_that_nests_its_data_comes_to_rest() -> None:
    rule = {"Variable": "$.stop", "IsPresent": True, "Next": "End"}
    states = {
        "Ask": task(ResultPath="$.stop_or_not", Next="Nest"),
        "Nest": {
            "Type": "Pass",
            "Parameters": {"before.$": "$", "stop.$": "$.stop_or_not"},
            "Next": "Choose",
        },
        "Choose": choice(rule, Default="Nest2"),
        "Nest2": {"Type": "Pass", "Parameters": {"all.$": "States.Array($, $)"}, "Next": "Ask"},
        "End": END,
    }
    assert found(states, given=ANY) == []


def test_a_choice_may_be_of_any_form() -> None:
    forms: list[Any] = [None, 7, [], [7], [{"And": []}], [{"Not": 3}], [{"Variable": 7, "IsNull": True}]]
    for rules in forms:
        states = {"Choose": {"Type": "Choice", "Choices": rules, "Default": "End"}, "End": END}
        assert all(not finding.rule.startswith("path") for finding in found(states))
