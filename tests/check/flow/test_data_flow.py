"""What a state reads must be there on every way that leads to it."""

from typing import Any

from stepmill.check.shapes.shape import UNKNOWN, Member, Object, Presence, String, closed, of_value
from tests.check.flow.machines import END, Answers, found, machine, task, told

CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}


def reads(path: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Pass", "Parameters": {"read.$": path}, "End": True, **more}


def test_what_the_input_has_not_is_missing_with_what_it_has() -> None:
    (finding,) = found({"Read": reads("$.aa")}, given=CLOSED)
    assert (finding.rule, finding.pointer, finding.state) == (
        "path-missing",
        "/States/Read/Parameters/read.$",
        "Read",
    )
    assert finding.message == (
        "States.Read: Parameters.read.$ reads '$.aa', but '$' has no member 'aa'; read what is there"
    )
    assert (finding.available, finding.suggestion) == (("$.a", "$.b"), "$.a")


def test_what_the_input_need_not_have_may_be_missing() -> None:
    assert told(found({"Read": reads("$.b")}, given=CLOSED)) == [
        (
            "path-maybe-missing",
            "/States/Read/Parameters/read.$",
            "States.Read: Parameters.read.$ reads '$.b', but '$' need not have the member 'b'; test it "
            "with IsPresent "
            "before, or give it a default",
        )
    ]


def test_nothing_is_missing_of_an_unknown_input() -> None:
    assert found({"Read": reads("$.a.b[0].c")}) == []


def test_after_a_result_without_a_path_the_input_is_gone() -> None:
    states = {
        "Make": {"Type": "Pass", "Result": {"made": 1}, "Next": "Read"},
        "Read": reads("$.a"),
    }
    assert told(found(states, given=CLOSED)) == [
        (
            "path-missing",
            "/States/Read/Parameters/read.$",
            "States.Read: Parameters.read.$ reads '$.a', but '$' has no member 'a'; read what is there",
        )
    ]


def test_a_result_path_keeps_the_input_beside_the_result() -> None:
    states = {
        "Make": {"Type": "Pass", "Result": {"made": 1}, "ResultPath": "$.result.inner", "Next": "Read"},
        "Read": reads("States.Format('{}{}', $.a, $.result.inner.made)"),
    }
    assert found(states, given=CLOSED) == []


def test_a_result_path_of_null_drops_the_result() -> None:
    states = {
        "Make": {"Type": "Pass", "Result": {"made": 1}, "ResultPath": None, "Next": "Read"},
        "Read": reads("$.made"),
    }
    assert [finding.rule for finding in found(states, given=CLOSED)] == ["path-missing"]


def test_one_fault_is_told_once_though_others_follow_from_it() -> None:
    states = {
        "Make": {"Type": "Pass", "Parameters": {"x.$": "$.typo"}, "ResultPath": "$.made", "Next": "Read"},
        "Read": reads("$.made.x.y.z", Next="Again", End=None),
        "Again": reads("$.read.anything"),
    }
    del states["Read"]["End"]
    assert [finding.pointer for finding in found(states, given=CLOSED)] == ["/States/Make/Parameters/x.$"]


def test_the_same_lack_is_told_at_the_first_state_only() -> None:
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.a", "StringEquals": "x", "Next": "One"}],
            "Default": "Two",
        },
        "One": reads("$.c.d", ResultPath="$.one", Next="After"),
        "Two": reads("$.c.e", ResultPath="$.one", Next="After"),
        "After": reads("States.Array($.c, $.one)"),
    }
    del states["One"]["End"], states["Two"]["End"]
    assert [finding.pointer for finding in found(states, given=CLOSED)] == ["/States/One/Parameters/read.$"]


def test_asking_for_what_has_been_told_to_be_missing_is_no_second_fault() -> None:
    rule = {"Variable": "$.c", "IsPresent": True, "Next": "End"}
    states = {
        "Read": reads("$.c", ResultPath="$.read", Next="Choose"),
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "End"},
        "End": END,
    }
    del states["Read"]["End"]
    made = {"Make": {"Type": "Pass", "Result": {"a": 1}, "Next": "Read"}, **states}
    assert [finding.pointer for finding in found(made)] == ["/States/Read/Parameters/read.$"]


def test_data_that_was_lost_is_told_where_it_is_first_read() -> None:
    states = {
        "Lose": {"Type": "Pass", "Result": {"made": 1}, "Next": "First"},
        "First": {
            "Type": "Pass",
            "Parameters": {"a.$": "$.order", "b.$": "$.amount", "c.$": "$.mad"},
            "ResultPath": "$.x",
            "Next": "Second",
        },
        "Second": reads("States.Array($.customer, $.x.cc)"),
    }
    findings = found(states)
    assert [(finding.pointer, finding.suggestion) for finding in findings] == [
        ("/States/First/Parameters/a.$", ""),
        ("/States/First/Parameters/c.$", "$.made"),
        ("/States/Second/Parameters/read.$", "$.x.c"),
    ]
    assert findings[0].message == (
        "States.First: Parameters.a.$ reads '$.order', but '$' has no member 'order'; read what is there; "
        "the same fault shows at /States/First/Parameters/b.$"
    )
    assert [finding.pointer for finding in findings[0].follow_ons] == ["/States/First/Parameters/b.$"]


def test_a_variable_that_is_missing_is_told_at_the_first_state_only() -> None:
    states = {"One": reads("$v", Next="Two"), "Two": reads("$v.x")}
    del states["One"]["End"]
    assert [finding.pointer for finding in found(states)] == ["/States/One/Parameters/read.$"]


def test_on_the_way_of_a_catch_there_is_what_was_there_before_and_the_message_says_so() -> None:
    states = {
        "Train": task(ResultPath="$.job", Catch=[caught("Tell", ResultPath="$.failure")], Next="Tell"),
        "Tell": reads("$.job.id"),
    }
    assert told(found(states, given=CLOSED, answers=Answers({"Train": closed(id=of_value("x"))}))) == [
        (
            "path-missing",
            "/States/Tell/Parameters/read.$",
            "States.Tell: Parameters.read.$ reads '$.job.id', but '$' has no member 'job' when it comes "
            "from the Catch "
            "of Train; read what is there",
        )
    ]


def caught(target: str, **more: Any) -> dict[str, Any]:
    return {"ErrorEquals": ["States.ALL"], "Next": target, **more}


def test_a_catch_without_result_path_leaves_only_error_and_cause() -> None:
    states = {
        "Train": task(ResultPath=None, Catch=[caught("Tell")], End=True),
        "Tell": reads("States.Array($.Error, $.Cause, $.a)"),
    }
    (finding,) = found(states, given=CLOSED)
    assert (finding.rule, finding.available) == ("path-missing", ("$.Error", "$.Cause"))


def test_a_result_selector_that_drops_a_member_is_seen_later() -> None:
    answer = closed(Payload=closed(id=String(), other=String()))
    states = {
        "Ask": task(ResultSelector={"id.$": "$.Payload.id"}, ResultPath="$.asked", Next="Read"),
        "Read": reads("$.asked.other"),
    }
    (finding,) = found(states, given=CLOSED, answers=Answers({"Ask": answer}))
    assert (finding.pointer, finding.available) == ("/States/Read/Parameters/read.$", ("$.asked.id",))


def test_a_path_to_a_member_of_a_task_without_its_payload_is_suggested_in_full() -> None:
    answer = closed(Payload=closed(status=String()), StatusCode=of_value(200))
    states = {"Ask": task(ResultPath="$.asked", Next="Read"), "Read": reads("$.asked.status")}
    (finding,) = found(states, given=CLOSED, answers=Answers({"Ask": answer}))
    assert finding.available == ("$.asked.Payload.status", "$.asked.Payload", "$.asked.StatusCode")
    assert finding.suggestion == "$.asked.Payload.status"


def test_an_optional_member_of_a_service_is_not_missing() -> None:
    answer = Object({"Item": Member(UNKNOWN, Presence.LIKELY)})
    states = {"Get": task(ResultPath="$.row", Next="Read"), "Read": reads("$.row.Item.name.S")}
    assert found(states, given=CLOSED, answers=Answers({"Get": answer})) == []


def test_input_path_and_output_path_move_the_root() -> None:
    states = {
        "Narrow": {
            "Type": "Pass",
            "InputPath": "$.a",
            "OutputPath": "$.x",
            "ResultPath": "$.x",
            "Next": "Read",
        },
        "Read": reads("States.StringSplit($, ',')"),
    }
    assert found(states, given=CLOSED) == []


def test_an_input_path_of_null_leaves_an_empty_object() -> None:
    (finding,) = found({"Read": reads("$.a", InputPath=None)}, given=CLOSED)
    assert (finding.rule, finding.available) == ("path-missing", ())


def test_a_result_path_into_an_array_conflicts() -> None:
    branch = machine("Only", {"Only": {"Type": "Pass", "End": True}})
    states = {
        "Both": {"Type": "Parallel", "Branches": [branch], "Next": "Add"},
        "Add": {"Type": "Pass", "Result": 1, "ResultPath": "$.more", "End": True},
    }
    assert told(found(states, given=CLOSED)) == [
        (
            "result-path-conflict",
            "/States/Add/ResultPath",
            "States.Add: ResultPath '$.more' cannot be written, because what is to hold it is an array; "
            "write beside it, "
            "or make an object of it before",
        )
    ]


def test_a_result_path_that_finds_many_is_no_reference() -> None:
    states = {"Add": {"Type": "Pass", "Result": 1, "ResultPath": "$.a[*]", "End": True}}
    assert told(found(states)) == [
        (
            "path-syntax",
            "/States/Add/ResultPath",
            "States.Add: ResultPath '$.a[*]' does not name one place in the input; write names and indexes "
            "after '$'",
        )
    ]


def test_a_path_that_cannot_be_read_is_told_with_the_place() -> None:
    assert told(found({"Read": reads("$.a[")})) == [
        (
            "path-syntax",
            "/States/Read/Parameters/read.$",
            "States.Read: Parameters.read.$ '$.a[' is no path: expected an index, a slice, a quoted name, "
            "'*' or '?' at "
            "character 5, found the end",
        )
    ]


def test_a_state_of_wrong_form_hands_on_anything() -> None:
    states = {
        "Make": {"Type": "Pass", "ResutlPath": "$.made", "Result": 1, "Next": "Read"},
        "Read": reads("$.made"),
    }
    assert [finding.rule for finding in found(states, given=CLOSED)] == ["field-unknown"]


def test_what_nothing_leads_to_is_not_looked_at() -> None:
    states = {"Start": {"Type": "Pass", "End": True}, "Lost": reads("$.nothing")}
    assert [finding.rule for finding in found(states, given=CLOSED)] == ["state-unreachable"]


def test_a_token_in_a_path_may_be_anything() -> None:
    states = {
        "Make": {"Type": "Pass", "Result": {"a": "${A}"}, "Next": "Read"},
        "Read": {"Type": "Pass", "Parameters": {"x.$": "$.${B}"}, "ResultPath": "$.x", "Next": "Narrow"},
        "Narrow": {"Type": "Pass", "InputPath": "${Path}", "Next": "End"},
        "End": END,
    }
    assert found(states) == []


def test_arguments_of_all_ways_are_sent_as_one() -> None:
    answers = Answers()
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.a", "StringEquals": "x", "Next": "One"}],
            "Default": "Two",
        },
        "One": {"Type": "Pass", "Result": {"v": "one"}, "Next": "Send"},
        "Two": {"Type": "Pass", "Result": {"v": 2}, "Next": "Send"},
        "Send": task(Parameters={"value.$": "$.v", "fixed": True}, End=True),
    }
    assert found(states, given=CLOSED, answers=answers) == []
    sent = answers.sent["Send"]
    assert isinstance(sent, Object)
    assert sent == closed(value=sent.members["value"].shape, fixed=of_value(True))
    assert set(getattr(sent.members["value"].shape, "options", ())) == {of_value("one"), of_value(2)}
