"""What JSONata conditions leave to be told: paths and variables that they ask for, and those they do not."""

from typing import Any

import pytest

from stepmill.check.flow.jsonata import narrowed, parse
from stepmill.check.shapes.shape import NEVER, UNKNOWN, Member, Object, Presence, String, closed, union
from tests.check.flow.machines import END, Answers, found, task

OPTIONAL = {
    "type": "object",
    "properties": {
        "x": {"type": "string"},
        "y": {"type": "string"},
        "deep": {"type": "object", "properties": {"er": {"type": "string"}}, "additionalProperties": False},
        "rows": {
            "type": "array",
            "items": {"type": "object", "properties": {"a": {}, "id": {}}, "additionalProperties": False},
        },
    },
    "required": ["rows"],
    "additionalProperties": False,
}


def told(condition: str, path: str = "$states.input.x") -> tuple[list[str], list[str]]:
    """The rules told of a read of the path where the condition is true, and where it is not."""
    rules: list[list[str]] = []
    read = {"Type": "Pass", "Output": {"read": f"{{% {path} %}}"}, "End": True}
    for there, otherwise in (("Read", "End"), ("End", "Read")):
        rule = {"Condition": f"{{% {condition} %}}", "Next": there}
        choice = {"Type": "Choice", "Choices": [rule], "Default": otherwise}
        states = {"Choose": choice, "Read": read, "End": END}
        findings = found(states, given=OPTIONAL, QueryLanguage="JSONata")
        rules.append([each.rule for each in findings if each.pointer.startswith("/States/Read")])
    return rules[0], rules[1]


@pytest.mark.parametrize(
    "condition",
    [
        "$states.input.x = 'a'",
        "$states.input.x != null",
        "$states.input.x in ['a', 'b']",
        "$boolean($states.input.x)",
        "$type($states.input.x) = 'string'",
        "$length($states.input.x) > 0",
        "$exists($states.input.x) = true",
        "$exists($states.input.x) or $exists($states.input.y)",
        "($seen := $states.input.x; $seen = 'a')",
        "$lookup($states.input, 'x') = 'a'",
        "'x' in $keys($states.input)",
        "$states.input.\"x\" = 'a'",
    ],
)
def test_a_path_that_a_condition_names_may_be_read_on_one_way_out_at_least(condition: str) -> None:
    assert told(condition)[0] == []


@pytest.mark.parametrize(
    ("condition", "where_true", "where_false"),
    [
        ("$exists($states.input.x)", [], ["path-missing"]),
        ("($exists($states.input.x))", [], ["path-missing"]),
        ("$not($exists($states.input.x))", ["path-missing"], []),
        ("$boolean($exists($states.input.x))", [], ["path-missing"]),
        ("$exists($states.input.x) and $exists($states.input.y)", [], []),
        ("$not($exists($states.input.x)) or $not($exists($states.input.y))", [], []),
        ("$exists($states.input.x) or $states.input.y = 'a'", [], ["path-missing"]),
    ],
)
def test_a_path_that_does_not_exist_cannot_be_read(
    condition: str, where_true: list[str], where_false: list[str]
) -> None:
    assert told(condition) == (where_true, where_false)


@pytest.mark.parametrize(
    "condition",
    [
        "$states.input.y = 'a'",
        "$exists($states.input.y)",
        "$count($states.input.rows) > 1",
        "$lookup($states.input, 'y') = 'a'",
    ],
)
def test_a_path_that_no_condition_names_is_still_told(condition: str) -> None:
    assert told(condition) == (["path-maybe-missing"], ["path-maybe-missing"])


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ("$states.input.deep.er = 'a'", "$states.input.deep.er"),
        ("$states.input.deep.er = 'a'", "$states.input.deep"),
        ("$states.input.rows[0].c = 1", "$states.input.rows.c"),
        ("$states.input.x.y = 'a'", "$states.input.x.y"),
    ],
)
def test_all_that_leads_to_a_named_path_may_be_read(condition: str, path: str) -> None:
    assert told(condition, path) == ([], [])


def test_a_variable_of_the_condition_alone_is_not_there_afterwards() -> None:
    rules = told("($seen := $states.input.x; $seen = 'a')", "$seen")
    assert rules == (["variable-missing"], ["variable-missing"])


def test_what_may_have_any_member_stays_as_it_is() -> None:
    known = Object({"made": Member(Object(rest=String()))}, UNKNOWN)
    for condition in ("$made.x = 1", "$other = 1", "$exists($)", "$exists($made)"):
        for is_true in (True, False):
            assert narrowed(parse(condition), known, ["other"], is_true=is_true) == known


def test_what_was_absent_is_unknown_once_it_is_asked_for() -> None:
    known = closed(made=Object(rest=String()))
    absent = narrowed(parse("$exists($made.x)"), known, (), is_true=False)
    gone, likely = Member(NEVER, Presence.MAYBE), Member(UNKNOWN, Presence.LIKELY)
    assert absent == closed(made=Object({"x": gone}, String()))
    asked = narrowed(parse("$made.x = 1"), absent, (), is_true=True)
    assert asked == closed(made=Object({"x": likely}, String()))


def test_what_is_known_of_a_named_path_stays_known() -> None:
    assert told("$states.input.deep != null", "$states.input.deep.re") == (["path-missing"], ["path-missing"])


def test_a_condition_takes_no_alternative_away() -> None:
    answers = Answers({"Ask": union([closed(x=String()), closed(y=String())])})
    rule = {"Condition": "{% $states.input.x = 'a' %}", "Next": "End"}
    states = {
        "Ask": task(Next="Choose"),
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "Read"},
        "Read": {"Type": "Pass", "Output": {"read": "{% $states.input.y %}"}, "End": True},
        "End": END,
    }
    findings = found(states, answers=answers, QueryLanguage="JSONata")
    assert [(each.rule, each.pointer) for each in findings] == [
        ("path-maybe-missing", "/States/Read/Output/read")
    ]


def read_of_a_variable(expression: str) -> list[tuple[str, str, str]]:
    """Rule, severity and message of what is told of an expression where a Catch may have assigned `$why`."""
    catch = {"ErrorEquals": ["States.ALL"], "Assign": {"why": "late"}, "Next": "Read"}
    read: dict[str, Any] = {"Type": "Pass", "Output": {"read": f"{{% {expression} %}}"}, "End": True}
    findings = found({"Ask": task(Catch=[catch], Next="Read"), "Read": read}, QueryLanguage="JSONata")
    return [(each.rule, each.severity, each.message) for each in findings]


@pytest.mark.parametrize(
    "expression",
    [
        "$exists($why) ? $why : 'none'",
        "$why ? $why : null",
        "$exists($why) ? [$why] : []",
        "$not($exists($why)) ? 1 : $length($why)",
        "$exists($why) and $length($why) > 1",
        "$not($exists($why)) or $length($why) > 1",
        "$why = 'late'",
        "$count($why)",
    ],
)
def test_a_guarded_variable_may_be_assigned_on_one_way_only(expression: str) -> None:
    assert read_of_a_variable(expression) == []


MISSING = "'$why' is not there; assign it before, in a state that always comes first"


@pytest.mark.parametrize("expression", ["$why", "$length($why)", "$exists($why) ? 1 : [$why]"])
def test_a_variable_without_a_guard_must_always_be_assigned(expression: str) -> None:
    assert [rule for rule, _, _ in read_of_a_variable(expression)] == ["variable-missing"]


def test_a_text_without_a_variable_of_one_way_is_a_warning() -> None:
    what = f"States.Read: Output.read variable {MISSING}"
    assert read_of_a_variable("'because: ' & $why") == [("variable-missing", "warning", what)]
    assert read_of_a_variable("$why") == [("variable-missing", "failure", what)]


def test_a_guard_of_a_variable_that_nobody_assigns_is_told() -> None:
    told = read_of_a_variable("$exists($whyy) ? $whyy : 'none'")
    assert [(rule, severity) for rule, severity, _ in told] == [("variable-missing", "failure")]


def test_what_is_read_is_not_what_is_meant() -> None:
    read = {"Type": "Pass", "Output": {"read": "{% $states.input.x %}"}, "End": True}
    (finding,) = found({"Read": read}, given=OPTIONAL, QueryLanguage="JSONata")
    others = tuple(f"$states.input.{name}" for name in ("y", "deep", "rows"))
    assert (finding.available, finding.suggestion) == (others, "")
    path = {"Type": "Pass", "InputPath": "$.x", "End": True}
    (finding,) = found({"Read": path}, given=OPTIONAL)
    assert (finding.available, finding.suggestion) == (("$.y", "$.deep", "$.rows"), "")
