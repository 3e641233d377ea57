"""Names of what is new."""

from __future__ import annotations

from typing import Any

import pytest

from stepmill.check.checker import check_machine
from stepmill.check.shapes.shape import Member, Number, Object, Piece, Shape, String
from stepmill.check.subject import Context, Subject
from tests.check.services.conftest import Check

TRANSFORM = "sagemaker:createTransformJob.sync"
EXECUTION = Piece(frozenset(["execution"]), 1, 80)
ITEM = Piece(frozenset(["item"]), 1, 10)
INPUT = Piece(frozenset(["input"]), 1, 10)
RETRY = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
RANDOM = ["name-random-on-retry"]


def job(**name: Any) -> dict[str, Any]:
    return {
        **name,
        "ModelName": "m",
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/k"}}},
        "TransformOutput": {"S3OutputPath": "s3://b/o"},
        "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
    }


def texts(*pieces: str | Piece) -> String:
    return String(pieces=pieces)


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (texts("score-", Piece()), []),
        (texts("score-", Piece(max_length=36)), []),
        (texts("s" * 63, "-", Piece()), [("name-too-long", "failure")]),
        (texts("score-", Piece(min_length=58)), [("name-too-long", "failure")]),
        (texts("score-", EXECUTION), [("name-too-long", "warning")]),
        (texts(EXECUTION), [("name-too-long", "warning")]),
        (texts("score_", INPUT), [("name-characters", "failure")]),
        (texts("-score-", INPUT), [("name-characters", "failure")]),
        (texts(INPUT, "-"), [("name-characters", "failure")]),
        (String(frozenset(["a.b", "c.d"])), [("name-characters", "failure")]),
        (String(frozenset(["score-a", "c.d"])), [("name-repeats", "warning")]),
        (texts("score-", Piece(token="${Stage}", max_length=8)), [("name-repeats", "warning")]),
        (String(), []),
        (Number(), [("parameter-type", "failure")]),
    ],
)
def test_a_name_fits_the_service(check: Check, shape: Shape, told: list[tuple[str, str]]) -> None:
    found = check(TRANSFORM, job(**{"TransformJobName.$": "$.name"}), known={"$.name": shape})
    assert [(it.rule, it.severity) for it in found] == told
    assert {it.pointer for it in found} <= {"/States/Only/Parameters/TransformJobName.$"}


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("$$.Execution.Id", ["name-characters"]),
        ("$$.StateMachine.Id", ["name-characters"]),
        ("$.began", ["name-characters"]),
        ("$.finished", ["name-characters"]),
        ("States.Format('score-{}', $$.State.EnteredTime)", ["name-characters"]),
        ("States.Format('score-{}', $.began)", ["name-characters"]),
        ("States.ArrayGetItem(States.StringSplit($$.Execution.Id, ':'), 7)", []),
        ("States.Format('{}', States.Hash($$.Execution.Id, 'MD5'))", []),
        ("{% $states.context.Execution.StartTime %}", ["name-characters"]),
        ("{% 'score-' & $now() %}", ["name-characters"]),
        ("{% 'score-' & $fromMillis($millis()) %}", ["name-characters"]),
        ("{% 'score-' & $now('[Y0001][M01][D01][H01][m01]') %}", []),
        ("{% 'score-' & $fromMillis($millis(), '[Y0001][M01]') %}", []),
        ("{% 'score-' & $replace($now(), ':', '') %}", []),
        ("{% 'score-' & $substring($now(), 0, 10) %}", []),
    ],
)
def test_a_time_and_an_arn_hold_colons(name: str, rules: list[str]) -> None:
    is_jsonata = name.startswith("{%")
    language = "JSONata" if is_jsonata else "JSONPath"
    given = job(**{f"TransformJobName{'' if is_jsonata else '.$'}": name})
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{TRANSFORM}", "End": True}
    task["Arguments" if is_jsonata else "Parameters"] = given
    keep = {"Type": "Pass", "Parameters": {"began.$": "$$.Execution.StartTime", "finished.$": "$.finished"}}
    states = {"Only": task} if is_jsonata else {"Keep": {**keep, "Next": "Only"}, "Only": task}
    machine = {"StartAt": next(iter(states)), "States": states, "QueryLanguage": language}
    finished = Object({"finished": Member(String(format="date-time"))})
    subject = Subject(machine, context=Context(input=finished))

    assert [it.rule for it in check_machine(subject).found if it.severity == "failure"] == rules


def test_the_message_counts(check: Check) -> None:
    (found,) = check(TRANSFORM, job(TransformJobName="score" * 13))
    assert found.message == ("States.Only: Parameters.TransformJobName has 65 characters; 63 are allowed")


def test_an_execution_may_have_an_underscore_but_no_blank(check: Check) -> None:
    given = {"StateMachineArn": "${Child}", "Name.$": "$.name"}
    for text, rules in {"load_": [], "load ": ["name-characters"], "load:": ["name-characters"]}.items():
        found = check("states:startExecution", given, known={"$.name": texts(text, INPUT)})
        assert [it.rule for it in found] == rules


def test_a_fixed_name_repeats_unless_the_machine_deletes_what_has_it(check: Check) -> None:
    given = {"ModelName": "cars", "ExecutionRoleArn": "${Role}", "PrimaryContainer": {"Image": "i"}}
    assert [it.rule for it in check("sagemaker:createModel", given)] == ["name-repeats"]
    comment = "the name is free: arn:aws:states:::aws-sdk:sagemaker:deleteModel ran before"
    assert check("sagemaker:createModel", given, Comment=comment) == []


@pytest.mark.parametrize(
    ("shape", "mode", "told"),
    [
        (texts("a-", EXECUTION), "INLINE", [("name-repeats-in-map", "warning")]),
        (texts("a-", Piece(frozenset(["execution"]), 1, 40)), "INLINE", [("name-repeats-in-map", "warning")]),
        (texts("a-", Piece(frozenset(["execution"]), 1, 40)), "DISTRIBUTED", []),
        (texts("a-", ITEM), "INLINE", []),
        (texts("a-", INPUT), "INLINE", []),
        (texts("a-", Piece()), "INLINE", []),
        (String(frozenset(["a"])), "INLINE", [("name-repeats-in-map", "failure")]),
    ],
)
def test_each_item_has_a_name_of_its_own(
    check: Check, shape: Shape, mode: str, told: list[tuple[str, str]]
) -> None:
    given = job(**{"TransformJobName.$": "$.name"})
    found = check(TRANSFORM, given, known={"$.name": shape}, inside=mode)
    assert [(it.rule, it.severity) for it in found] == told


def test_an_express_child_may_have_its_name_again(check: Check) -> None:
    given = {"StateMachineArn": "${Child}", "Name": "load"}
    found = check("states:startExecution", given, inside="INLINE")
    assert [(it.rule, it.severity) for it in found] == [("name-repeats-in-map", "warning")]


@pytest.mark.parametrize(
    ("name", "retry", "rules"),
    [
        ("$.name", RETRY, ["name-repeats-on-retry"]),
        ("States.Format('{}-{}', $.name, $$.State.RetryCount)", RETRY, []),
        ("States.Format('score-{}', States.UUID())", RETRY, []),
        ("$.name", [{"ErrorEquals": ["SageMaker.AmazonSageMakerException"]}], []),
        ("$.name", [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}], []),
        ("$.name", [{"ErrorEquals": 5}, 7], []),
    ],
)
def test_a_job_that_failed_is_not_started_again_under_its_name(
    check: Check, name: str, retry: Any, rules: list[str]
) -> None:
    given = job(**{"TransformJobName.$": name})
    found = check(TRANSFORM, given, known={name: texts("score-", INPUT)}, Retry=retry)
    assert [(it.rule, it.severity) for it in found] == [(rule, "warning") for rule in rules]


def test_what_is_only_started_can_be_retried_under_its_name(check: Check) -> None:
    given = job(**{"TransformJobName.$": "$.name"})
    known = {"$.name": texts("score-", INPUT)}
    assert check(TRANSFORM.removesuffix(".sync"), given, known=known, Retry=RETRY) == []


@pytest.mark.parametrize(
    ("resource", "name", "retry", "rules"),
    [
        ("states:startExecution", "States.UUID()", RETRY, RANDOM),
        ("states:startExecution", "States.Format('s-{}', States.MathRandom(1, 9))", RETRY, RANDOM),
        ("states:startExecution", "States.UUID()", [], []),
        ("states:startExecution", "States.UUID()", [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}], []),
        ("states:startExecution", "$$.Execution.Name", RETRY, []),
        ("states:startExecution.sync:2", "States.UUID()", RETRY, []),
    ],
)
def test_an_execution_is_not_started_again_under_a_random_name(
    resource: str, name: str, retry: list[Any], rules: list[str]
) -> None:
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:ship"
    start = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Parameters": {"StateMachineArn": arn, "Name.$": name},
        "TimeoutSeconds": 60,
        "Retry": retry,
        "End": True,
    }
    found = check_machine(Subject({"StartAt": "Ship", "States": {"Ship": start}})).found
    assert [one.rule for one in found if one.rule.startswith("name-")] == rules
