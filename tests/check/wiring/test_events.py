"""Event rules, schedules and what they start."""

import json
from typing import Any

import pytest

from stepmill.check.finding import Finding
from stepmill.check.wiring.schedules import problem_of

from .trees import Short, function, machine, resource, short
from .trees import found as found_in

PLACE = "/Resources/F/Properties/Events/E/Properties"
DEAD = {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead"}}


def of_pattern(pattern: Any, **resources: Any) -> list[Finding]:
    event = {"Type": "EventBridgeRule", "Properties": {"Pattern": pattern, **DEAD}}
    return found_in({"F": function(Events={"E": event}), **resources})


def s3(**detail: Any) -> dict[str, Any]:
    return {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}


def states(**detail: Any) -> dict[str, Any]:
    return {
        "source": ["aws.states"],
        "detail": detail,
        "detail-type": ["Step Functions Execution Status Change"],
    }


NEVER: list[tuple[Any, str]] = [
    ({"source": "aws.s3"}, "source"),
    ({"source": []}, "source"),
    ({"source": ["AWS.S3"]}, "source/0"),
    ({"Source": ["aws.s3"]}, "Source"),
    ({"source": ["aws.s3"], "detailType": ["Object Created"]}, "detailType"),
    ({"source": ["aws.s3"], "detail-type": ["Object Created", "ObjectCreated"]}, "detail-type/1"),
    ({"source": ["aws.states"], "detail-type": ["Execution Status Change"]}, "detail-type/0"),
    ({"source": ["aws.sagemaker"], "detail-type": ["Sagemaker Training Job State Change"]}, "detail-type/0"),
    (s3(Bucket={"name": ["b"]}), "detail/Bucket"),
    (s3(bucket={"name": "b"}), "detail/bucket/name"),
    (states(status=["SUCCEEDED", "Failed"]), "detail/status/1"),
    (states(executionARN=[{"prefix": "arn:"}]), "detail/executionARN"),
    (s3(bucket={"name": ["b", "arn:aws:s3:::b"]}), "detail/bucket/name/1"),
    (s3(object={"key": [{"startsWith": "raw/"}]}), "detail/object/key/0"),
    (s3(object={"key": ["x", {"numeric": [">=", "raw"]}]}), "detail/object/key/1"),
    (s3(object={"size": [{"numeric": [">"]}]}), "detail/object/size/0"),
    (s3(object={"size": [{"numeric": ["=>", 1]}]}), "detail/object/size/0"),
    (s3(object={"key": [{"prefix": 1}]}), "detail/object/key/0"),
    (s3(object={"key": [{"exists": "yes"}]}), "detail/object/key/0"),
    (s3(object={"key": [{"anything-but": {"starts": "x"}}]}), "detail/object/key/0"),
    (s3(**{"$or": [{"object": {"key": [{"suffixes": "x"}]}}]}), "detail/$or/0/object/key/0"),
    (
        {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Training Job State Change"],
            "detail": {"TrainingJobStatus": ["COMPLETED"]},
        },
        "detail/TrainingJobStatus/0",
    ),
]


@pytest.mark.parametrize(("pattern", "place"), NEVER, ids=[place for _, place in NEVER])
def test_a_pattern_that_no_event_fits_is_a_failure(pattern: Any, place: str) -> None:
    assert short(of_pattern(pattern)) == [("event-never-matches", "failure", f"{PLACE}/Pattern/{place}")]


GOOD: list[Any] = [
    {"source": ["cars"], "detail-type": ["anything"], "detail": {"Status": ["x"]}},
    {"source": ["aws.s3", "cars"], "detail-type": ["anything"]},
    {"source": [{"prefix": "aws."}], "detail-type": ["anything"]},
    {
        "source": ["aws.s3"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventName": ["PutObject"]},
    },
    {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Something New State Change"]},
    s3(object={"size": [{"numeric": [">", 0, "<=", 5.5]}, {"numeric": ["=", "3"]}, {"exists": False}]}),
    s3(object={"key": [{"suffix": {"equals-ignore-case": ".PNG"}}, {"wildcard": "a/*.csv"}, None]}),
    s3(object={"key": [{"anything-but": ["a", "b"]}, {"anything-but": {"prefix": "x"}}]}),
    s3(object={"size": [{"numeric": [">", {"Ref": "AWS::AccountId"}]}]}),
    s3(object={"key": [{"prefix": {"Ref": "AWS::Region"}}]}),
    s3(**{"$or": [{"object": {"key": [{"prefix": "x"}]}}, {"bucket": {"name": ["b"]}}]}),
    s3(bucket={"name": ["b"]}, object={"key": [{"prefix": "x/"}], "size": [{"numeric": [">", 0]}]}),
    states(status=["SUCCEEDED", {"anything-but": "x"}], stateMachineArn=[{"prefix": {"Fn::Sub": "arn:"}}]),
    {"$or": [{"source": ["a"]}, {"source": ["b"]}]},
    {"Fn::Transform": {}},
    None,
]


@pytest.mark.parametrize("pattern", GOOD, ids=[f"{n}" for n in range(len(GOOD))])
def test_a_pattern_that_some_event_may_fit_is_none(pattern: Any) -> None:
    assert of_pattern(pattern) == []


def test_what_the_pattern_may_hold_is_told() -> None:
    [finding] = of_pattern({"source": ["aws.s3"], "detail-type": ["Object created"]})
    assert finding.message == (
        "F.E: the pattern never matches, for aws.s3 sends no detail-type 'Object created'; "
        "write it as the service does"
    )
    assert finding.suggestion == "Object Created"


def of_bucket(**properties: Any) -> list[Short]:
    own = s3(bucket={"name": [{"Ref": "B"}]})
    return short(of_pattern(own, B=resource("S3::Bucket", **properties)))


def test_a_bucket_must_send_its_events() -> None:
    rule = ("bucket-without-eventbridge", "failure")
    on, off = ({"EventBridgeConfiguration": {"EventBridgeEnabled": value}} for value in (True, False))
    configured = "/Resources/B/Properties/NotificationConfiguration"
    assert of_bucket(NotificationConfiguration=on) == []
    assert of_bucket(NotificationConfiguration={"EventBridgeConfiguration": {}}) == []
    assert of_bucket(NotificationConfiguration={"Ref": "Stage"})[:1] != [(*rule, "/Resources/B/Properties")]
    assert of_bucket(BucketName="b") == [(*rule, "/Resources/B/Properties")]
    assert of_bucket(NotificationConfiguration=off) == [
        (*rule, f"{configured}/EventBridgeConfiguration/EventBridgeEnabled")
    ]
    assert of_bucket(NotificationConfiguration={}) == [(*rule, configured)]


@pytest.mark.parametrize(
    "expression",
    ["rate(1 minute)", "rate(12 hours)", "cron(0 12 * * ? *)", "cron(0/15 8-17 ? * MON-FRI *)",
     "cron(0 0 L * ? *)", "cron(0 0 ? * 6#3 *)", "cron(0 0 ? JAN,JUL 2L 2026)", "cron(0 10 15W * ? *)"],
)  # fmt: skip
def test_a_schedule_that_can_be_read_has_no_problem(expression: str) -> None:
    assert problem_of(expression) == ""


@pytest.mark.parametrize(
    "expression",
    ["rate(1 minutes)", "rate(2 day)", "rate(0 days)", "rate(5 seconds)", "rate(5)", "5 minutes",
     "cron(0 12 * * *)", "cron(0 12 * * * *)", "cron(0 12 ? * ? *)", "cron(60 12 * * ? *)",
     "cron(0 24 * * ? *)", "cron(0 12 * 13 ? *)", "cron(0 12 ? * 8 *)", "cron(0 12 * FOO ? *)",
     "cron(*/x 12 * * ? *)", "at(2026-01-01T00:00:00)", ""],
)  # fmt: skip
def test_a_schedule_that_cannot_be_read_has_one(expression: str) -> None:
    assert problem_of(expression) != ""


def test_a_schedule_is_told_at_its_place() -> None:
    assert problem_of("rate(1 minutes)", is_scheduler=True) == ""
    once = {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": "at(2026-01-01)"}}
    rule = resource("Events::Rule", ScheduleExpression="rate(1 days)", Targets=[])
    scheduler = resource("Scheduler::Schedule", ScheduleExpression="at(2026-01-01T00:00:00)", Target={})
    found = found_in({"F": function(Events={"E": once}), "R": rule, "S": scheduler})
    assert short(found) == [
        ("schedule-syntax", "failure", f"{PLACE}/ScheduleExpression"),
        ("schedule-syntax", "failure", "/Resources/R/Properties/ScheduleExpression"),
    ]


SCHEMA = {
    "type": "object",
    "required": ["uri"],
    "properties": {
        "uri": {"type": "string", "pattern": "^s3://"},
        "size": {"type": "integer", "minimum": 1},
        "kind": {"enum": ["a", "b"]},
        "rows": {"type": "array", "items": {"type": "number"}},
    },
    "additionalProperties": False,
}


def of_input(text: Any, **more: Any) -> list[Short]:
    told = {"Schedule": "rate(1 day)", **({} if text is None else {"Input": text}), **more}
    one = machine(Events={"E": {"Type": "Schedule", "Properties": told}})
    return short(found_in({"M": one}, inputs={"M": SCHEMA}))


@pytest.mark.parametrize(
    "value",
    [{}, {"uri": 3}, {"uri": "http://x"}, {"uri": "s3://x", "size": 0}, {"uri": "s3://x", "kind": "c"},
     {"uri": "s3://x", "rows": [1, "2"]}, {"uri": "s3://x", "more": 1}, []],
    ids=lambda value: json.dumps(value)[:30],
)  # fmt: skip
def test_an_input_that_the_machine_does_not_take_is_a_failure(value: Any) -> None:
    place = "/Resources/M/Properties/Events/E/Properties/Input"
    assert of_input(json.dumps(value)) == [("event-input-unfit", "failure", place)]


def test_an_input_that_fits_or_is_not_known_is_none() -> None:
    assert of_input('{"uri": "s3://x", "size": 2, "kind": "a", "rows": [1.5]}') == []
    assert of_input({"Fn::Sub": '{"uri": "${AWS::Region}"}'}) == []
    assert of_input({"Ref": "AWS::Region"}) == []
    assert of_input(None, InputPath="$.detail") == []
    assert short(found_in({"M": machine(Events={"E": {"Type": "Schedule", "Properties": {}}})})) == []


def test_without_input_the_machine_gets_the_event() -> None:
    place = "/Resources/M/Properties/Events/E/Properties"
    assert of_input(None) == [("event-input-unfit", "failure", place)]
    assert of_input("{") == [("event-input-unfit", "failure", f"{place}/Input")]
    anything = {"type": "object", "required": ["detail"], "properties": {"source": {"const": "cars"}}}
    event = {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["cars"]}, **DEAD}}
    assert found_in({"M": machine(Events={"E": event})}, inputs={"M": anything}) == []


def test_a_rule_that_starts_a_machine_of_here_is_held_against_it() -> None:
    target = {"Id": "a", "Arn": {"Ref": "M"}, "Input": '{"url": 1}', **DEAD}
    rule = resource("Events::Rule", ScheduleExpression="rate(1 day)", Targets=[target])
    found = found_in({"M": machine(), "R": rule}, inputs={"M": SCHEMA})
    assert short(found) == [("event-input-unfit", "failure", "/Resources/R/Properties/Targets/0/Input")]
