"""From a state's input to its output, and what it is told of its surroundings."""

from typing import Any

import pytest

from stepmill.engine import TaskFailure, VirtualClock, run_machine

INPUT = {"a": {"b": 1}, "list": [1, 2], "text": "t"}


def passed(input: Any = None, **fields: Any) -> Any:
    machine = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True, **fields}}}
    return run_machine(machine, INPUT if input is None else input)


OUTPUTS: list[tuple[dict[str, Any], Any]] = [
    ({}, INPUT),
    ({"InputPath": "$.a"}, {"b": 1}),
    ({"InputPath": None}, {}),
    ({"InputPath": "$$.State.Name"}, "P"),
    ({"OutputPath": "$.list"}, [1, 2]),
    ({"OutputPath": None}, {}),
    ({"Result": {"x": 1}}, {"x": 1}),
    ({"Result": None}, None),
    ({"Result": 0, "ResultPath": "$.a.c"}, {**INPUT, "a": {"b": 1, "c": 0}}),
    ({"Result": 0, "ResultPath": "$.new.deep"}, {**INPUT, "new": {"deep": 0}}),
    ({"Result": 0, "ResultPath": "$.list[1]"}, {**INPUT, "list": [1, 0]}),
    ({"Result": 0, "ResultPath": None}, INPUT),
    ({"InputPath": "$.a", "ResultPath": "$.c"}, {**INPUT, "c": {"b": 1}}),
    ({"Parameters": {"fixed": [1, {"x.$": "$.text"}], "y.$": "$.a.b"}}, {"fixed": [1, {"x": "t"}], "y": 1}),
    ({"Parameters": {"found.$": "$..b", "none.$": "$..zz"}}, {"found": [1], "none": []}),
    ({"Parameters": {"all.$": "$"}, "ResultPath": "$.p", "OutputPath": "$.p.all.text"}, "t"),
    ({"Parameters": {"x.$": "$$.Execution.Input.text"}}, {"x": "t"}),
]


@pytest.mark.parametrize(("fields", "output"), OUTPUTS, ids=range(len(OUTPUTS)))
def test_a_pass_state_shapes_its_output(fields: dict[str, Any], output: Any) -> None:
    result = passed(**fields)
    assert (result.status, result.output) == ("SUCCEEDED", output)


def test_a_path_writes_a_copy_and_leaves_the_earlier_events_as_they_were() -> None:
    result = passed(Result=0, ResultPath="$.a.b")
    assert result.history[1]["stateEnteredEventDetails"]["input"] == '{"a":{"b":1},"list":[1,2],"text":"t"}'


PLACE = "An error occurred while executing the state 'P' (entered at the event id #2). "


@pytest.mark.parametrize(
    ("fields", "error", "reason"),
    [
        ({"InputPath": "$.x"}, "States.Runtime", "Invalid path '$.x' : No results for path: $['x']"),
        ({"OutputPath": "$.x.y"}, "States.Runtime", "Invalid path '$.x.y' : Missing property in path $['x']"),
        (
            {"ResultPath": "$.text.x"},
            "States.ResultPathMatchFailure",
            'Unable to apply ReferencePath $.text.x to input {"a":{"b":1},"list":[1,2],"text":"t"}',
        ),
        (
            {"InputPath": "$.a", "Parameters": {"v.$": "$.x"}},
            "States.Runtime",
            "The JSONPath '$.x' specified for the field 'v.$' could not be found in the input '{\"b\":1}'",
        ),
    ],
)
def test_a_path_that_does_not_fit_fails_in_awss_words(
    fields: dict[str, Any], error: str, reason: str
) -> None:
    result = passed(**fields)
    assert (result.status, result.error, result.cause) == ("FAILED", error, PLACE + reason)


def test_a_tasks_result_is_selected_placed_and_cut() -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "ResultSelector": {"id.$": "$.MessageId", "who.$": "$$.State.Name"},
        "ResultPath": "$.sent",
        "OutputPath": "$.sent",
        "End": True,
    }
    result = run_machine(
        {"StartAt": "T", "States": {"T": task}}, INPUT, tasks={"T": {"MessageId": 7, "more": 8}}
    )
    assert result.output == {"id": 7, "who": "T"}


def test_the_context_object_has_these_members() -> None:
    wait = {"Type": "Wait", "Seconds": 90, "Next": "P"}
    show = {"Type": "Pass", "Parameters": {"c.$": "$$"}, "End": True}
    machine = {"StartAt": "W", "States": {"W": wait, "P": show}}
    result = run_machine(machine, {"x": 1}, clock=VirtualClock(1_700_000_000.25))
    assert result.output["c"] == {
        "Execution": {
            "Id": "arn:aws:states:us-east-1:123456789012:execution:machine:run",
            "Input": {"x": 1},
            "Name": "run",
            "RoleArn": "arn:aws:iam::123456789012:role/machine",
            "StartTime": "2023-11-14T22:13:20.250Z",
            "RedriveCount": 0,
        },
        "State": {"EnteredTime": "2023-11-14T22:14:50.250Z", "Name": "P", "RetryCount": 0},
        "StateMachine": {
            "Id": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
            "Name": "machine",
        },
    }


def test_map_items_are_seen_by_the_selector_and_inside_the_iteration() -> None:
    inside = {"In": {"Type": "Pass", "Parameters": {"given.$": "$", "item.$": "$$.Map.Item"}, "End": True}}
    state = {
        "Type": "Map",
        "InputPath": "$.inner",
        "ItemsPath": "$.items",
        "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value.k", "all.$": "$.shared"},
        "ItemProcessor": {"StartAt": "In", "States": inside},
        "ResultSelector": {"first.$": "$[0]"},
        "ResultPath": "$.result",
        "End": True,
    }
    input = {"inner": {"items": [{"k": "a"}, {"k": "b"}], "shared": 5}}
    first = {"given": {"i": 0, "v": "a", "all": 5}, "item": {"Index": 0, "Value": {"k": "a"}}}
    result = run_machine({"StartAt": "M", "States": {"M": state}}, input)
    assert result.output == {**input, "result": {"first": first}}


@pytest.mark.parametrize("selector", ["ItemSelector", "Parameters"])
@pytest.mark.parametrize("processor", ["ItemProcessor", "Iterator"])
def test_the_old_names_of_map_fields_mean_the_same(selector: str, processor: str) -> None:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}
    state = {"Type": "Map", selector: {"v.$": "$$.Map.Item.Value"}, processor: inner, "End": True}
    assert run_machine({"StartAt": "M", "States": {"M": state}}, [1, 2]).output == [{"v": 1}, {"v": 2}]


def test_a_map_inside_a_map_names_its_own_item() -> None:
    leaf = {"Leaf": {"Type": "Pass", "Parameters": {"i.$": "$$.Map.Item.Index"}, "End": True}}
    inner = {"Type": "Map", "ItemProcessor": {"StartAt": "Leaf", "States": leaf}, "End": True}
    outer = {"Type": "Map", "ItemProcessor": {"StartAt": "In", "States": {"In": inner}}, "End": True}
    result = run_machine({"StartAt": "Out", "States": {"Out": outer}}, [["a"], ["b", "c"]])
    assert result.output == [[{"i": 0}], [{"i": 0}, {"i": 1}]]


@pytest.mark.parametrize(
    ("limit", "expected"), [({"MaxConcurrency": 2}, 2), ({"MaxConcurrencyPath": "$.max"}, 3), ({}, 40)]
)
def test_a_map_runs_so_many_iterations_at_once(limit: dict[str, Any], expected: int) -> None:
    wait = {"In": {"Type": "Wait", "Seconds": 1, "End": True}}
    state = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {"StartAt": "In", "States": wait},
        **limit,
    }
    machine = {"StartAt": "M", "States": {"M": {**state, "End": True}}}
    result = run_machine(machine, {"items": list(range(50)), "max": 3})
    running = most = 0
    for event in result.history:
        running += {"MapIterationStarted": 1, "MapIterationSucceeded": -1}.get(event["type"], 0)
        most = max(most, running)
    assert (result.output, most) == (list(range(50)), expected)


def test_items_that_are_no_array_fail_the_execution() -> None:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}
    state = {"Type": "Map", "ItemsPath": "$.text", "ItemProcessor": inner, "End": True}
    result = run_machine({"StartAt": "P", "States": {"P": state}}, INPUT)
    assert (result.error, result.cause) == (
        "States.Runtime",
        PLACE + 'Reference path "$.text" must point to array.',
    )


@pytest.mark.parametrize(
    ("fields", "stop_s"),
    [
        ({"Seconds": 5}, 5),
        ({"SecondsPath": "$.s"}, 7),
        ({"Timestamp": "1970-01-01T00:01:00Z"}, 60),
        ({"TimestampPath": "$.at"}, 30),
        ({"Timestamp": "1969-01-01T00:00:00Z"}, 0),
        ({"InputPath": "$.in", "SecondsPath": "$.s"}, 2),
    ],
)
def test_a_wait_lasts_as_it_says(fields: dict[str, Any], stop_s: float) -> None:
    machine = {"StartAt": "W", "States": {"W": {"Type": "Wait", "End": True, **fields}}}
    result = run_machine(machine, {"s": 7, "at": "1970-01-01T01:00:30+01:00", "in": {"s": 2}})
    assert (result.status, result.stop_s) == ("SUCCEEDED", stop_s)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"SecondsPath": "$.x"}, "The SecondsPath parameter does not reference an input value: $.x"),
        (
            {"SecondsPath": "$.text"},
            "The SecondsPath parameter cannot be parsed as a long value: $.text == t",
        ),
        (
            {"TimestampPath": "$.text"},
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time "
            "format string: $.text == t",
        ),
        (
            {"SecondsPath": "$.n"},
            "The SecondsPath parameter references a value outside of [0, 99999999]: $.n == -1",
        ),
    ],
)
def test_a_wait_for_nothing_sensible_fails_the_execution(fields: dict[str, Any], reason: str) -> None:
    machine = {"StartAt": "P", "States": {"P": {"Type": "Wait", "End": True, **fields}}}
    result = run_machine(machine, {"text": "t", "n": -1})
    assert (result.error, result.cause) == ("States.Runtime", PLACE + reason)


def test_a_fail_state_takes_error_and_cause_from_paths() -> None:
    state = {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('for {}', $.c)"}
    result = run_machine({"StartAt": "F", "States": {"F": state}}, {"e": "Bad", "c": "you"})
    assert (result.status, result.error, result.cause) == ("FAILED", "Bad", "for you")


def test_a_fail_state_without_either_has_neither() -> None:
    result = run_machine({"StartAt": "F", "States": {"F": {"Type": "Fail"}}})
    assert (result.status, result.error, result.cause) == ("FAILED", None, None)


def test_a_fail_state_whose_path_gives_no_string_is_a_runtime_error() -> None:
    result = run_machine({"StartAt": "P", "States": {"P": {"Type": "Fail", "ErrorPath": "$.e"}}}, {"e": 1})
    assert (result.error, result.cause) == (
        "States.Runtime",
        PLACE + "The ErrorPath must give a string, not 1.",
    )


def test_a_succeed_state_ends_with_what_its_paths_leave() -> None:
    state = {"Type": "Succeed", "InputPath": "$.a", "OutputPath": "$.b"}
    assert run_machine({"StartAt": "S", "States": {"S": state}}, INPUT).output == 1


def test_a_failing_branch_stops_the_others_where_they_are() -> None:
    left = {
        "StartAt": "L",
        "States": {"L": {"Type": "Task", "Resource": "arn:aws:states:::a:b", "End": True}},
    }
    right = {"StartAt": "R", "States": {"R": {"Type": "Wait", "Seconds": 100, "End": True}}}
    state = {"Type": "Parallel", "Branches": [left, right], "End": True}
    result = run_machine({"StartAt": "P", "States": {"P": state}}, tasks={"L": [TaskFailure("X", "y")]})
    assert (result.error, result.stop_s) == ("X", 0)
