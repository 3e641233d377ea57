"""A file arrives and a model goes live; the same file twice, late and in competition."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.end_to_end.platform import Platform, first_row, run_of, wait_for


def test_an_upload_puts_a_model_live_and_exports_its_names(served: Platform) -> None:
    model, config, answer = served.champion()
    run = run_of(model)
    assert served.parameters() == {
        "candidate-model-name": f"stepmill-dev-model-{run}-0-0",
        "model-name": f"stepmill-dev-model-{run}-0-0",
        "endpoint-name": "stepmill-dev",
        "endpoint-config-name": config,
    }
    assert float(answer) > 0
    assert "is under the limit 4000 and there is no champion yet" in served.mail_with("accepted")


def test_baselines_of_data_and_model_quality_are_written(served: Platform) -> None:
    folder = f"training/{run_of(served.parameters()['model-name'])}/baseline"
    read = {}
    for kind in ("data", "model_quality"):
        for name in ("statistics", "constraints"):
            answer = served.client("s3").get_object(
                Bucket=served.outputs["ArtifactsBucketName"], Key=f"{folder}/{kind}/{name}.json"
            )
            read[kind, name] = json.loads(answer["Body"].read())
    features = read["data", "statistics"]["features"]
    assert [feature["name"] for feature in features][:2] == ["Price", "Mileage"]
    assert read["data", "constraints"]["features"][0]["completeness"] == 1.0
    assert read["model_quality", "statistics"]["regression_metrics"]["rmse"]["value"] > 0


def test_what_is_asked_of_the_endpoint_is_captured(served: Platform) -> None:
    answer = served.champion()[2]

    def captured() -> list[str]:
        bucket = served.outputs["ArtifactsBucketName"]
        found = served.client("s3").list_objects_v2(Bucket=bucket, Prefix="capture/").get("Contents", [])
        return [
            line
            for one in found
            for line in served.client("s3")
            .get_object(Bucket=bucket, Key=one["Key"])["Body"]
            .read()
            .decode()
            .splitlines()
        ]

    record = json.loads(wait_for(captured, "a captured request")[-1])
    assert record["captureData"]["endpointOutput"]["data"].strip() == answer.strip()


def test_the_same_event_twenty_times_starts_one_execution(served: Platform, cars: bytes) -> None:
    uri = served.upload("again.csv", cars)
    event = event_of(served, uri)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: start_training(served, event), range(20)))
    executions = served.executions_on(uri)
    assert len(executions) == 1
    assert {answer["execution_arn"] for answer in answers} == {executions[0]["executionArn"]}
    assert {answer["outcome"] for answer in answers} <= {"started", "already_started"}
    # The same data make the same model, which is no better than the champion.
    assert json.loads(served.ended(executions[0]["executionArn"])["output"])["outcome"] == "rejected"


def test_an_event_that_a_newer_version_has_overtaken_starts_nothing(served: Platform, cars: bytes) -> None:
    uri = served.upload("overtaken.csv", cars)
    older = event_of(served, uri)
    served.upload("overtaken.csv", cars + cars.splitlines(keepends=True)[1])
    newer = event_of(served, uri)
    assert start_training(served, newer)["outcome"] in ("started", "already_started")
    versions = {json.loads(one["input"])["data_version"] for one in served.executions_on(uri)}
    assert start_training(served, older) in (
        {"execution_arn": None, "outcome": "stale"},
        # Its own event came before it was overtaken.
        {"execution_arn": execution_on(served, uri, older), "outcome": "already_started"},
    )
    assert {json.loads(one["input"])["data_version"] for one in served.executions_on(uri)} == versions
    for execution in served.executions_on(uri):
        served.ended(execution["executionArn"])


def test_of_two_executions_at_once_the_better_model_serves(served: Platform) -> None:
    """At an endpoint of their own: whichever comes first meets no champion, the other one the first."""
    shared = {
        "data_uri": f"s3://{served.outputs['DataBucketName']}/data/champion.csv",
        "endpoint_name": f"{served.outputs['EndpointName']}-two",
        "parameter_prefix": served.outputs["ParameterPrefix"] + "/two",
        "rmse_limit": 1_000_000,
    }
    champion = served.champion()
    arns = [served.start(algorithm=name, **shared) for name in ("linear-learner", "xgboost")]
    outputs = [json.loads(served.ended(arn)["output"]) for arn in arns]
    best = min(outputs, key=lambda output: float(output["verdict"]["candidate_rmse"]))
    assert best["outcome"] == "live"
    assert served.parameters("/two") == {
        "candidate-model-name": served.parameters("/two")["candidate-model-name"],
        "endpoint-name": shared["endpoint_name"],
        "endpoint-config-name": best["endpoint_config_name"],
        "model-name": best["model_name"],
    }
    endpoint = served.client("sagemaker").describe_endpoint(EndpointName=shared["endpoint_name"])
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == (
        "InService",
        best["endpoint_config_name"],
    )
    # One held the lock while the other one compared: exactly one of them met no champion.
    assert sorted(output["verdict"]["champion_rmse"] is None for output in outputs) == [False, True]
    assert served.champion() == champion


def test_no_log_holds_a_row_of_the_data_a_request_or_a_secret(served: Platform, cars: bytes) -> None:
    served.champion()
    logs = served.client("logs")
    groups = [
        group["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for group in page["logGroups"]
    ]
    text = "\n".join(
        event["message"]
        for group in groups
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    )
    files = [served.root / "cloud.log", served.root / "moto" / "moto.log", served.root.parent / "up.log"]
    text += "".join(file.read_text() for file in files)
    assert '"event": "start_training"' in text
    assert "validation-rmse" in text
    owner = json.loads((served.root / "cloud.json").read_text())
    pasted = f"AWS_SECRET_ACCESS_KEY={owner['secret_access_key']}"  # the one line for the user's shell
    text = text.replace(pasted, "")
    rows = cars.decode().splitlines()[1:]
    hidden = [first_row(served), owner["secret_access_key"], "X-Amz-Signature", "X-Amz-Security-Token"]
    assert [part for part in [*rows, *hidden] if part in text] == []
    history = served.client("stepfunctions").get_paginator("get_execution_history")
    for execution in served.client("stepfunctions").list_executions(stateMachineArn=served.machine)[
        "executions"
    ]:
        told = json.dumps(list(history.paginate(executionArn=execution["executionArn"])), default=str)
        assert [part for part in [*rows, *hidden] if part in told] == []


def event_of(platform: Platform, uri: str) -> dict[str, Any]:
    """S3's event for the object's newest version."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    head = platform.client("s3").head_object(Bucket=bucket, Key=key)
    described = {
        "key": key,
        "size": head["ContentLength"],
        "etag": head["ETag"].strip('"'),
        "version-id": head["VersionId"],
        "sequencer": "01",
    }
    detail = {"version": "0", "bucket": {"name": bucket}, "object": described, "reason": "PutObject"}
    return {"id": "e", "source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def start_training(platform: Platform, event: dict[str, Any]) -> dict[str, Any]:
    answer = platform.client("lambda").invoke(
        FunctionName="stepmill-dev-start-training", Payload=json.dumps(event).encode()
    )
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, found
    return found


def execution_on(platform: Platform, uri: str, event: dict[str, Any]) -> str | None:
    version = event["detail"]["object"]["version-id"]
    for execution in platform.executions_on(uri):
        if json.loads(execution["input"])["data_version"] == version:
            return str(execution["executionArn"])
    return None
