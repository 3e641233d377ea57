import functools
import json
from collections.abc import Callable
from typing import Any

import pytest
from millkit import environment, uploads
from millkit.storage import Place

from functions.start_training.handler import handler

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:training"
WAIT = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 600, "End": True}}})
USE_CASE = {"target": "Price", "rmse_limit": 4000}
KEYS = ["cars.csv", "in/a b+c%2F (1).csv", "../up.csv", "Gebrauchtwagen/übersicht.csv", "a%20b.csv"]


@pytest.fixture
def states(client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Step Functions with the machine; its settings are in place."""
    monkeypatch.setenv("STATE_MACHINE_ARN", MACHINE)
    monkeypatch.setenv("USE_CASE_PARAMETER", "/cars/use_case")
    client("ssm").put_parameter(Name="/cars/use_case", Type="String", Value=json.dumps(USE_CASE))
    made = client("stepfunctions")
    made.create_state_machine(name="training", definition=WAIT, roleArn="arn:aws:iam::123456789012:role/r")
    return made


@pytest.fixture
def upload(s3: Any) -> Callable[..., dict[str, Any]]:
    """Put an object; the answer is the event that EventBridge gets."""

    def put(key: str = "cars.csv", body: bytes = b"a") -> dict[str, Any]:
        answer = s3.put_object(Bucket="artifacts", Key=key, Body=body)
        thing = {"key": key, "etag": answer["ETag"].strip('"'), "size": len(body)}
        if "VersionId" in answer:
            thing["version-id"] = answer["VersionId"]
        return {"detail-type": "Object Created", "detail": {"bucket": {"name": "artifacts"}, "object": thing}}

    return put


@pytest.fixture
def versions(s3: Any) -> None:
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})


def inputs(states: Any) -> list[Any]:
    """Of each execution, the oldest first."""
    executions = states.list_executions(stateMachineArn=MACHINE)["executions"]
    arns = [execution["executionArn"] for execution in executions]
    return [json.loads(states.describe_execution(executionArn=arn)["input"]) for arn in reversed(arns)]


@pytest.mark.parametrize("key", KEYS)
def test_starts_the_machine_with_the_use_case_and_the_key_as_it_is(
    states: Any, upload: Any, key: str
) -> None:
    event = upload(key)
    answer = handler(event, None)
    version = event["detail"]["object"]["etag"]
    name = uploads.execution_name(uploads.Upload(Place("artifacts", key), version, False))
    arn = f"arn:aws:states:eu-west-1:123456789012:execution:training:{name}"
    assert answer == {"execution_arn": arn, "outcome": "started", "variants": {}}
    assert inputs(states) == [{**USE_CASE, "data_uri": f"s3://artifacts/{key}", "data_version": version}]


@pytest.mark.usefixtures("versions")
def test_the_version_is_the_version_id_where_there_is_one(states: Any, upload: Any) -> None:
    event = upload()
    handler(event, None)
    assert [given["data_version"] for given in inputs(states)] == [event["detail"]["object"]["version-id"]]


def test_the_same_event_twice_starts_one_execution(states: Any, upload: Any) -> None:
    event = upload()
    assert handler(event, None) == handler(event, None)
    assert len(inputs(states)) == 1


def test_the_same_event_with_another_use_case_starts_nothing(
    states: Any, upload: Any, client: Callable[[str], Any]
) -> None:
    event = upload()
    first = handler(event, None)
    client("ssm").put_parameter(Name="/cars/use_case", Value='{"target": "Mileage"}', Overwrite=True)
    assert handler(event, None) == first | {"outcome": "already_started"}
    assert [given["target"] for given in inputs(states)] == ["Price"]


def test_the_same_event_after_the_execution_has_ended_starts_nothing(states: Any, upload: Any) -> None:
    event = upload()
    first = handler(event, None)
    states.stop_execution(executionArn=first["execution_arn"])
    assert handler(event, None) == first | {"outcome": "already_started"}
    assert len(inputs(states)) == 1


def test_20_deliveries_at_once_start_one_execution(
    states: Any, upload: Any, client: Callable[[str], Any], atomic: Any, at_once: Any
) -> None:
    told = uploads.upload_of(upload())
    clients = (atomic(states), client("s3"), client("ssm"))
    deliver = functools.partial(
        uploads.start, *clients, told, machine_arn=MACHINE, parameter="/cars/use_case"
    )
    started = at_once([deliver] * 20)
    assert len({answer.execution_arn for answer in started}) == 1
    assert len(inputs(states)) == 1


@pytest.mark.parametrize("has_versions", [False, True])
def test_of_two_versions_told_in_the_wrong_order_only_the_newer_runs(
    states: Any, upload: Any, request: pytest.FixtureRequest, has_versions: bool
) -> None:
    if has_versions:
        request.getfixturevalue("versions")
    older, newer = upload(body=b"old"), upload(body=b"new")
    assert handler(newer, None)["outcome"] == "started"
    assert handler(older, None) == {"execution_arn": None, "outcome": "stale", "variants": {}}
    version = newer["detail"]["object"].get("version-id", newer["detail"]["object"]["etag"])
    assert [given["data_version"] for given in inputs(states)] == [version]


@pytest.mark.usefixtures("versions")
def test_the_same_content_uploaded_again_is_a_version_of_its_own(states: Any, upload: Any) -> None:
    assert [handler(upload(), None)["outcome"] for _ in range(2)] == ["started", "started"]


@pytest.mark.parametrize("has_versions", [False, True])
def test_an_object_that_has_vanished_still_gets_an_execution_that_can_fail_aloud(
    states: Any, upload: Any, s3: Any, request: pytest.FixtureRequest, has_versions: bool
) -> None:
    if has_versions:
        request.getfixturevalue("versions")
    event = upload()
    s3.delete_object(Bucket="artifacts", Key="cars.csv")
    assert handler(event, None)["outcome"] == "started"
    assert [given["data_uri"] for given in inputs(states)] == ["s3://artifacts/cars.csv"]


class Refusing:
    """S3 that answers one error to all."""

    def __init__(self, s3: Any, code: str) -> None:
        self.exceptions = s3.exceptions
        self._code = code

    def head_object(self, **_: str) -> None:
        raise self.exceptions.ClientError({"Error": {"Code": self._code}}, "HeadObject")


@pytest.mark.parametrize("code", ["403", "SlowDown", "500"])
def test_an_error_of_s3_is_not_taken_for_an_object_that_has_vanished(s3: Any, code: str) -> None:
    told = uploads.Upload(Place("artifacts", "cars.csv"), "v", False)
    with pytest.raises(s3.exceptions.ClientError, match=code):
        uploads.is_stale(Refusing(s3, code), told)


@pytest.fixture
def variants(states: Any, client: Callable[[str], Any]) -> dict[str, Any]:
    """The use case has a second model, of another algorithm and on an endpoint of its own."""
    linear = {"algorithm": "linear-learner", "endpoint_name": "stepmill-dev-linear"}
    of_xgboost = {"algorithm": "xgboost", "hyperparameters": {"max_depth": "3"}}
    value = json.dumps({**USE_CASE, **of_xgboost, "variants": {"linear": linear}})
    client("ssm").put_parameter(Name="/cars/use_case", Value=value, Overwrite=True)
    return linear


def test_each_variant_gets_an_execution_with_its_own_fields(
    states: Any, upload: Any, variants: dict[str, Any]
) -> None:
    event = upload()
    answer = handler(event, None)
    thing = {"data_uri": "s3://artifacts/cars.csv", "data_version": event["detail"]["object"]["etag"]}
    main = {**USE_CASE, "algorithm": "xgboost", "hyperparameters": {"max_depth": "3"}, **thing}
    assert inputs(states) == [main, {**USE_CASE, **variants, **thing}]
    assert list(answer["variants"]) == ["linear"]
    assert answer["variants"]["linear"] != answer["execution_arn"]


@pytest.mark.usefixtures("variants")
def test_the_same_event_twice_starts_each_variant_once(states: Any, upload: Any) -> None:
    event = upload()
    assert handler(event, None) == handler(event, None)
    assert len(inputs(states)) == 2


class StartsOnce:
    """Step Functions that is lost after its first execution."""

    def __init__(self, states: Any) -> None:
        self.exceptions = states.exceptions
        self._states = states
        self._left = 1

    def start_execution(self, **params: Any) -> Any:
        if not self._left:
            raise ConnectionError("lost")
        self._left -= 1
        return self._states.start_execution(**params)


@pytest.mark.usefixtures("variants")
def test_a_variant_that_was_not_started_is_started_by_the_next_delivery(
    states: Any, upload: Any, client: Callable[[str], Any]
) -> None:
    event = upload()
    told = uploads.upload_of(event)
    with pytest.raises(ConnectionError, match="lost"):
        uploads.start_all(
            StartsOnce(states),
            client("s3"),
            client("ssm"),
            told,
            machine_arn=MACHINE,
            parameter="/cars/use_case",
        )
    assert len(inputs(states)) == 1
    handler(event, None)
    assert len(inputs(states)) == 2


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[1]", "parameter /cars/use_case: is list; expected a JSON object"),
        ('{"variants": [1]}', "parameter /cars/use_case: variants is [1]; give an object of objects"),
        (
            '{"variants": {"a": 1}}',
            "parameter /cars/use_case: variants is {'a': 1}; give an object of objects",
        ),
        (
            "{target",
            "parameter /cars/use_case: is not JSON (Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1)); mend it",
        ),
    ],
)
def test_a_use_case_that_is_no_object_is_named(
    states: Any, upload: Any, client: Callable[[str], Any], value: str, said: str
) -> None:
    client("ssm").put_parameter(Name="/cars/use_case", Value=value, Overwrite=True)
    with pytest.raises(uploads.UseCaseInvalid) as caught:
        handler(upload(), None)
    assert str(caught.value).startswith(said)


def test_no_body_of_an_event_or_input_is_logged(
    states: Any, upload: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = handler(upload(), None)
    line = {"level": "INFO", "event": "start_training", **answer}
    assert [json.loads(text) for text in capsys.readouterr().out.splitlines()] == [line]


def test_all_missing_settings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATE_MACHINE_ARN", raising=False)
    monkeypatch.delenv("USE_CASE_PARAMETER", raising=False)
    said = "^environment lacks STATE_MACHINE_ARN, USE_CASE_PARAMETER; set them in stacks/tabular.yaml$"
    with pytest.raises(environment.EnvironmentIncomplete, match=said):
        handler({}, None)
