"""Choice: what each rule says of the data, rules that never hold, values that none takes."""

from typing import Any

from stepmill.check.shapes.shape import (
    NULL,
    Shape,
    String,
    closed,
    of_value,
    union,
)
from stepmill.check.subject import TaskView
from tests.check.flow.machines import END, Answers, found, task, told

STATUSES = String(frozenset({"InProgress", "Completed", "Failed", "Stopping", "Stopped"}), 6, 10)
ANY = {"type": "object", "properties": {}, "additionalProperties": True}


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


def test_other_inputs_are_looked_at_only_as_far_as_a_rule_asks() -> None:
    asked: list[str] = []

    class Asked(Answers):
        def output(self, view: TaskView) -> Shape:
            asked.append(view.state)
            return super().output(view)

    given = {"type": "object", "properties": {"mode": {"const": "a"}}, "required": ["mode"]}
    refused = {"Variable": "$.mode", "StringEquals": "b", "Next": "Refuse"}
    states = {
        "Choose": choice(refused, Default="Ask"),
        "Ask": task(Next="End"),
        "Refuse": {"Type": "Fail", "Error": "Refused"},
        "End": END,
    }
    assert found(states, given=given, answers=Asked()) == []
    assert asked == ["Ask"]


def test_a_choice_may_be_of_any_form() -> None:
    forms: list[Any] = [None, 7, [], [7], [{"And": []}], [{"Not": 3}], [{"Variable": 7, "IsNull": True}]]
    for rules in forms:
        states = {"Choose": {"Type": "Choice", "Choices": rules, "Default": "End"}, "End": END}
        assert all(not finding.rule.startswith("path") for finding in found(states))


def test_a_condition_that_gives_no_truth_is_refused() -> None:
    rule = {"Condition": "{% $count([1, 2]) %}", "Next": "End"}
    findings = found({"Choose": choice(rule, Default="End"), "End": END}, QueryLanguage="JSONata")
    assert told(findings) == [
        (
            "path-type",
            "/States/Choose/Choices/0/Condition",
            "States.Choose: Choices.0.Condition it gives a number; true or false is needed",
        )
    ]
