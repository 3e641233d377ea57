"""How long a history can grow, and how large a state's data."""

from typing import Any

from stepmill.check.checker import check_machine
from stepmill.check.shapes.shape import Array, Shape, String, closed
from stepmill.check.subject import Subject
from tests.check.flow.machines import END, Answers, found, machine, task, told

REMEDY = (
    "an execution ends at 25,000: wait longer, count the turns, set TimeoutSeconds, or go on in a new "
    "execution"
)


def polling(seconds: Any = 60, **more: Any) -> dict[str, Any]:
    wait = {"Type": "Wait", "Next": "Look", "Seconds": seconds}
    if isinstance(seconds, str):
        wait = {"Type": "Wait", "Next": "Look", "SecondsPath": seconds}
    rule = {"Variable": "$.job.State", "StringEquals": "RUNNING", "Next": "Pause"}
    return {
        "Look": task(ResultPath="$.job", Next="Choose"),
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "End", **more},
        "Pause": wait,
        "End": END,
    }


def test_a_poll_without_a_bound_can_reach_the_end_of_the_history() -> None:
    (finding,) = found(polling())
    assert (finding.rule, finding.severity, finding.pointer) == (
        "history-too-long",
        "warning",
        "/States/Pause",
    )
    assert finding.message == (
        "States.Pause: waits in a loop that can make 4,730,400 events within the year that an execution "
        "may take; "
        f"{REMEDY}"
    )


def test_a_timeout_that_ends_the_poll_in_time_is_a_bound_and_a_later_one_is_none() -> None:
    assert found(polling(), TimeoutSeconds=86_400) == []
    (finding,) = found(polling(), TimeoutSeconds=864_000)
    assert finding.message == (
        f"States.Pause: waits in a loop that can make 129,600 events within the machine's 864,000 s; {REMEDY}"
    )


def test_long_waits_and_waits_of_unknown_length_are_let_be() -> None:
    assert found(polling(86_400)) == []
    assert found(polling("$.pause_s")) == []


def test_another_way_out_that_compares_numbers_is_a_bound() -> None:
    states = polling()
    states["Look"]["Next"] = "Enough"
    rule = {"Variable": "$.job.Progress", "NumericGreaterThan": 99, "Next": "End"}
    states["Enough"] = {"Type": "Choice", "Choices": [rule], "Default": "Choose"}
    assert found(states) == []


def test_a_second_way_out_of_any_kind_is_taken_for_a_bound() -> None:
    states = polling()
    states["Look"]["Next"] = "Stopped"
    rule = {"Variable": "$.job.StopRequested", "BooleanEquals": True, "Next": "End"}
    states["Stopped"] = {"Type": "Choice", "Choices": [rule], "Default": "Choose"}
    assert found(states) == []


def test_an_express_machine_has_no_history_to_fill() -> None:
    subject = Subject(machine("Look", polling()), kind="EXPRESS")
    assert check_machine(subject, Answers()).found == []


def counting(turns: int) -> dict[str, Any]:
    rule = {"Variable": "$.n", "NumericGreaterThanEquals": turns, "Next": "End"}
    return {
        "Start": {"Type": "Pass", "Result": {"n": 0}, "Next": "Choose"},
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "Work"},
        "Work": task(ResultPath=None, Next="Count"),
        "Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Choose"},
        "End": END,
    }


def test_a_counter_with_too_many_turns_is_certain_to_fail() -> None:
    assert found(counting(2_000)) == []
    (finding,) = found(counting(3_000))
    assert (finding.severity, finding.pointer) == ("failure", "/States/Choose")
    assert finding.message == (
        f"States.Choose: goes around 3,000 times, which makes more than 27,000 events; {REMEDY}"
    )


def over(items: Shape, **config: Any) -> tuple[dict[str, Any], Answers]:
    inside = {**machine("Work", {"Work": task(End=True)}), **({"ProcessorConfig": config} if config else {})}
    states = {
        "Ask": task(ResultPath="$.asked", Next="Each"),
        "Each": {"Type": "Map", "ItemsPath": "$.asked.items", "ItemProcessor": inside, "End": True},
    }
    return states, Answers({"Ask": closed(items=items)})


def test_an_inline_map_of_too_many_items_is_told_and_a_distributed_one_is_not() -> None:
    many = Array(String(), (), 4_000, 4_000)
    states, answers = over(many)
    assert told(found(states, given={}, answers=answers)) == [
        (
            "history-too-long",
            "/States/Each",
            "States.Each: iterates over 4,000 items, which makes 28,000 events; an execution ends at "
            "25,000: use "
            "a distributed Map",
        )
    ]
    states, answers = over(many, Mode="DISTRIBUTED", ExecutionType="STANDARD")
    assert found(states, given={}, answers=answers) == []


def test_an_inline_map_that_may_have_too_many_items_is_a_warning() -> None:
    states, answers = over(Array(String(), (), 0, 10_000))
    (finding,) = found(states, given={}, answers=answers)
    assert (finding.severity, finding.message) == (
        "warning",
        "States.Each: iterates over 10,000 items, which can make 70,000 events; an execution ends at "
        "25,000: use a "
        "distributed Map",
    )


def test_a_literal_above_the_limit_is_told_at_its_field() -> None:
    states = {"Make": {"Type": "Pass", "Result": ["x" * 262_141], "End": True}}
    assert told(found(states)) == [
        (
            "payload-too-large",
            "/States/Make/Result",
            "States.Make: Result makes data of at least 262,145 bytes; at most 262,144 are allowed: keep "
            "it in S3 "
            "and give its key",
        )
    ]
    assert found({"Make": {"Type": "Pass", "Result": ["x" * 262_140], "End": True}}) == []


def test_parts_that_are_too_large_together_are_told_at_the_state_and_once() -> None:
    states = {
        "Ask": task(ResultPath="$.a", Next="Again"),
        "Again": task(ResultPath="$.b", Next="After"),
        "After": {"Type": "Pass", "Result": 1, "ResultPath": "$.c", "End": True},
    }
    half = String(None, 140_000, 200_000)
    answers = Answers({"Ask": half, "Again": half})
    findings = found(states, given={"properties": {}, "additionalProperties": False}, answers=answers)
    assert [(finding.rule, finding.pointer) for finding in findings] == [
        ("payload-too-large", "/States/Again")
    ]


def growing(expression: str, **choice: Any) -> dict[str, Any]:
    rule = {"Variable": "$.page.Token", "IsPresent": False, "Next": "End", **choice}
    return {
        "Ask": task(ResultPath="$.page", Next="Keep"),
        "Keep": {
            "Type": "Pass",
            "Parameters": {"found.$": expression},
            "ResultPath": "$.kept",
            "Next": "Choose",
        },
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "Ask"},
        "End": END,
    }


def test_a_list_made_of_itself_in_a_loop_grows() -> None:
    findings = found(growing("States.Array($.kept.found[*], $.page.Items)"))
    assert [(finding.rule, finding.severity, finding.pointer) for finding in findings] == [
        ("payload-too-large", "warning", "/States/Keep/Parameters/found.$")
    ]
    assert findings[0].message == (
        "States.Keep: Parameters.found.$ makes '$.kept.found' longer with every turn of a loop; an "
        "execution ends "
        "when it is above 262,144 bytes: keep the parts in S3 or DynamoDB, or count the turns"
    )
    assert found(growing("States.Array($.page.Items, 1)")) == []


def test_a_list_that_grows_in_a_loop_of_few_turns_is_let_be() -> None:
    states = growing("States.Array($.kept.found[*], $.page.Items)")
    states["Choose"]["Choices"].append({"Variable": "$.page.N", "NumericGreaterThan": 20, "Next": "End"})
    assert found(states) == []


def test_a_jsonata_variable_appended_to_itself_in_a_loop_grows() -> None:
    states = {
        "Start": {"Type": "Pass", "Assign": {"rows": []}, "Next": "Ask"},
        "Ask": task(Assign={"rows": "{% $append($rows, $states.result.Items) %}"}, Next="Choose"),
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $exists($states.input.Token) %}", "Next": "Ask"}],
            "Default": "End",
        },
        "End": END,
    }
    findings = found(states, QueryLanguage="JSONata")
    assert [(finding.rule, finding.pointer) for finding in findings] == [
        ("payload-too-large", "/States/Ask/Assign/rows")
    ]


def test_a_wait_or_timeout_that_is_refused_is_not_counted_with() -> None:
    assert [finding.rule for finding in found(polling(-60))] == ["field-value"]
    assert [finding.rule for finding in found(polling(), TimeoutSeconds=999_999_999)] == ["timeout-too-long"]


def test_a_task_is_not_sent_more_than_the_limit() -> None:
    states = {"Ask": task(Parameters={"text": "x" * 262_150}, ResultPath=None, End=True)}
    assert [(finding.rule, finding.pointer) for finding in found(states)] == [
        ("payload-too-large", "/States/Ask/Parameters")
    ]


def test_a_counter_that_is_counted_elsewhere_never_changes() -> None:
    both = [{"Variable": "$.busy", "BooleanEquals": True}, {"Variable": "$.n", "NumericLessThan": 10}]
    states = {
        "Start": {"Type": "Pass", "Result": {"n": 0}, "Next": "Ask"},
        "Ask": task(ResultPath="$.busy", Next="Choose"),
        "Choose": {"Type": "Choice", "Choices": [{"And": both, "Next": "Count"}], "Default": "End"},
        "Count": {
            "Type": "Pass",
            "Parameters": {"n.$": "States.MathAdd($.n, 1)"},
            "ResultPath": "$.m",
            "Next": "Ask",
        },
        "End": END,
    }
    assert told(found(states)) == [
        (
            "history-too-long",
            "/States/Choose/Choices/0/And/1/Variable",
            "States.Choose: Choices.0.And.1.Variable compares '$.n', which is 0 at every turn of the loop: "
            "what "
            "counts it "
            "puts the result elsewhere; put it back there",
        )
    ]
