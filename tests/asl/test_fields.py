"""Every field of today's Amazon States Language, rendered, as whole states."""

from collections.abc import Callable
from typing import Any

from stepmill.asl import (
    Catch,
    Choice,
    ChoiceRule,
    Fail,
    Pass,
    Retry,
    State,
    Succeed,
    Task,
    Wait,
    chain,
    jsonata,
    path,
)

States = Callable[..., dict[str, Any]]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


def test_task_has_every_jsonpath_field(states: States) -> None:
    handler = Fail("Broken", error="Broken", cause="It broke.")
    task = Task(
        "Work",
        resource=ARN,
        comment="Works.",
        query_language="JSONPath",
        input_path="$.job",
        parameters={"id": path("$.id"), "fixed": 1},
        result_selector={"score": path("$.Payload.score")},
        result_path="$.work",
        output_path="$.work",
        assign={"score": path("$.score")},
        credentials={"RoleArn": path("$.role")},
        timeout_seconds=600,
        heartbeat_seconds=60,
        retry=Retry(
            error_equals=["States.Timeout"],
            interval_seconds=2,
            max_attempts=5,
            backoff_rate=1.5,
            max_delay_seconds=30,
            jitter_strategy="FULL",
            comment="It may be busy.",
        ),
        catch=Catch(
            error_equals=["States.ALL"],
            next_step=handler,
            result_path="$.error",
            assign={"cause": path("$.Cause")},
            comment="Tell people.",
        ),
    )
    assert states(task) == {
        "Work": {
            "Type": "Task",
            "Comment": "Works.",
            "QueryLanguage": "JSONPath",
            "Resource": ARN,
            "Credentials": {"RoleArn.$": "$.role"},
            "InputPath": "$.job",
            "Parameters": {"id.$": "$.id", "fixed": 1},
            "TimeoutSeconds": 600,
            "HeartbeatSeconds": 60,
            "ResultSelector": {"score.$": "$.Payload.score"},
            "ResultPath": "$.work",
            "Assign": {"score.$": "$.score"},
            "OutputPath": "$.work",
            "Retry": [
                {
                    "Comment": "It may be busy.",
                    "ErrorEquals": ["States.Timeout"],
                    "IntervalSeconds": 2,
                    "MaxAttempts": 5,
                    "BackoffRate": 1.5,
                    "MaxDelaySeconds": 30,
                    "JitterStrategy": "FULL",
                }
            ],
            "Catch": [
                {
                    "Comment": "Tell people.",
                    "ErrorEquals": ["States.ALL"],
                    "ResultPath": "$.error",
                    "Assign": {"cause.$": "$.Cause"},
                    "Next": "Broken",
                }
            ],
            "End": True,
        },
        "Broken": {"Type": "Fail", "Error": "Broken", "Cause": "It broke."},
    }


def test_task_has_every_jsonata_field(states: States) -> None:
    done = Succeed("Done", output=jsonata("$states.input.x"))
    task = Task(
        "Work",
        resource=ARN,
        arguments={"id": jsonata("$states.input.id")},
        output={"score": jsonata("$states.result.score")},
        assign={"score": jsonata("$states.result.score")},
        timeout_seconds=jsonata("$states.input.limit"),
        catch=[Catch(error_equals=["Slow"], next_step=done, output={"x": 1}, assign={"slow": True})],
    )
    assert states(chain(task, done), query_language="JSONata") == {
        "Work": {
            "Type": "Task",
            "Resource": ARN,
            "Arguments": {"id": "{% $states.input.id %}"},
            "TimeoutSeconds": "{% $states.input.limit %}",
            "Assign": {"score": "{% $states.result.score %}"},
            "Output": {"score": "{% $states.result.score %}"},
            "Catch": [
                {"ErrorEquals": ["Slow"], "Assign": {"slow": True}, "Output": {"x": 1}, "Next": "Done"}
            ],
            "Next": "Done",
        },
        "Done": {"Type": "Succeed", "Output": "{% $states.input.x %}"},
    }


def test_pass_succeed_and_null_paths(states: States) -> None:
    first = Pass("First", result={"a": [1, None]}, result_path="$.a", input_path=None, comment="Sets a.")
    last = Succeed("Last", input_path="$.a", output_path=None)
    assert states(chain(first, last)) == {
        "First": {
            "Type": "Pass",
            "Comment": "Sets a.",
            "InputPath": None,
            "Result": {"a": [1, None]},
            "ResultPath": "$.a",
            "Next": "Last",
        },
        "Last": {"Type": "Succeed", "InputPath": "$.a", "OutputPath": None},
    }


def test_pass_keeps_a_result_of_none(states: States) -> None:
    assert states(Pass("Nothing", result=None)) == {"Nothing": {"Type": "Pass", "Result": None, "End": True}}


def test_result_path_of_none_is_null_and_one_not_given_is_absent(states: States) -> None:
    assert states(chain(Pass("Drop", result_path=None), Pass("Keep"))) == {
        "Drop": {"Type": "Pass", "ResultPath": None, "Next": "Keep"},
        "Keep": {"Type": "Pass", "End": True},
    }


def test_wait_has_its_four_forms(states: States) -> None:
    waits = chain(
        Wait("A", seconds=0),
        Wait("B", seconds=path("$.delay_s")),
        Wait("C", timestamp="2026-01-01T00:00:00Z"),
        Wait("D", timestamp_path="$.at", assign={"n": 1}),
    )
    assert states(waits) == {
        "A": {"Type": "Wait", "Seconds": 0, "Next": "B"},
        "B": {"Type": "Wait", "SecondsPath": "$.delay_s", "Next": "C"},
        "C": {"Type": "Wait", "Timestamp": "2026-01-01T00:00:00Z", "Next": "D"},
        "D": {"Type": "Wait", "TimestampPath": "$.at", "Assign": {"n": 1}, "End": True},
    }


def test_fail_takes_error_and_cause_from_the_input(states: States) -> None:
    assert states(Fail("Broken", error=path("$.e.Error"), cause_path="States.Format('{}', $.e.Cause)")) == {
        "Broken": {
            "Type": "Fail",
            "ErrorPath": "$.e.Error",
            "CausePath": "States.Format('{}', $.e.Cause)",
        }
    }


def test_choice_has_rules_conditions_comments_and_variables(states: States) -> None:
    yes, no = Succeed("Yes"), Fail("No")
    choice = Choice("Judge", default=no, comment="Good enough?", assign={"seen": True})
    rule = ChoiceRule.And([ChoiceRule.IsPresent(path("$.rmse"), True), ChoiceRule.Not(
        ChoiceRule.NumericGreaterThan(path("$.rmse"), 2.5))])  # fmt: skip
    choice.add_choice(rule, yes, comment="It is.", assign={"rmse": path("$.rmse")})
    assert states(choice)["Judge"] == {
        "Type": "Choice",
        "Comment": "Good enough?",
        "Assign": {"seen": True},
        "Choices": [
            {
                "Comment": "It is.",
                "And": [
                    {"Variable": "$.rmse", "IsPresent": True},
                    {"Not": {"Variable": "$.rmse", "NumericGreaterThan": 2.5}},
                ],
                "Assign": {"rmse.$": "$.rmse"},
                "Next": "Yes",
            }
        ],
        "Default": "No",
    }


def test_choice_in_jsonata_has_conditions(states: States) -> None:
    choice = Choice("Judge", query_language="JSONata", default=Fail("No"), output={"n": 1})
    choice.add_choice(jsonata("$states.input.x > 1"), Succeed("Yes"), output={"big": True})
    assert states(choice)["Judge"] == {
        "Type": "Choice",
        "QueryLanguage": "JSONata",
        "Output": {"n": 1},
        "Choices": [{"Condition": "{% $states.input.x > 1 %}", "Output": {"big": True}, "Next": "Yes"}],
        "Default": "No",
    }


def test_a_task_attribute_is_read_and_a_misspelt_one_is_refused() -> None:
    task: State = Task("Work", resource=ARN, timeout_seconds=5)
    assert (task.timeout_seconds, task.comment) == (5, None)
    assert not hasattr(task, "timeout_second")
