"""Endpoints and transform jobs: models that answer, updates that fail, archives that attack."""

import io
import json
import pickle
import tarfile
import time
from collections.abc import Iterator
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.sagemaker.things import (
    BUCKET,
    LINEAR,
    XGBOOST,
    channel,
    get,
    keys,
    prices,
    put,
    role,
    run,
    settled,
    training,
)


@pytest.fixture(scope="module")
def artefacts(cloud: Cloud) -> dict[str, str]:
    """A trained model of each algorithm."""
    train, validation = put(cloud, "e/train.csv", prices(200)), put(cloud, "e/val.csv", prices(50, seed=2))
    channels = [channel("train", train), channel("validation", validation)]
    made = {}
    for name, image, parameters in (
        ("xgboost", XGBOOST, {"num_round": "40"}),
        ("linear", LINEAR, {"predictor_type": "regressor"}),
    ):
        params = training(cloud, f"for-{name}", image, HyperParameters=parameters, InputDataConfig=channels)
        done = run(cloud, "TrainingJob", params)
        assert done["TrainingJobStatus"] == "Completed", done.get("FailureReason")
        made[name] = done["ModelArtifacts"]["S3ModelArtifacts"]
    return made


def configure(cloud: Cloud, name: str, image: str, artefact: str, **more: Any) -> str:
    """A model and a configuration of one variant, both called `name`."""
    model = {"ModelName": name, "ExecutionRoleArn": role(cloud)}
    cloud.call(
        "sagemaker", "CreateModel", model | {"PrimaryContainer": {"Image": image, "ModelDataUrl": artefact}}
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    params = {"EndpointConfigName": name, "ProductionVariants": [variant], **more}
    cloud.call("sagemaker", "CreateEndpointConfig", params)
    return name


def deploy(cloud: Cloud, name: str, image: str, artefact: str, **more: Any) -> dict[str, Any]:
    configure(cloud, name, image, artefact, **more)
    cloud.call("sagemaker", "CreateEndpoint", {"EndpointName": name, "EndpointConfigName": name})
    return settled(cloud, name)


def invoke(cloud: Cloud, endpoint: str, body: bytes, **more: Any) -> dict[str, Any]:
    params = {"EndpointName": endpoint, "Body": body, "ContentType": "text/csv", **more}
    answer = cloud.call("sagemaker-runtime", "InvokeEndpoint", params)
    return {**answer, "Body": answer["Body"].read()}


def archive(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return data.getvalue()


@pytest.fixture(scope="module")
def served(cloud: Cloud, artefacts: dict[str, str]) -> Iterator[str]:
    assert deploy(cloud, "served", XGBOOST, artefacts["xgboost"])["EndpointStatus"] == "InService"
    yield "served"
    cloud.call("sagemaker", "DeleteEndpoint", {"EndpointName": "served"})


def test_xgboost_answers_one_line_a_row(cloud: Cloud, served: str) -> None:
    answer = invoke(cloud, served, b"10,20\n40,5\n")
    predictions = [float(line) for line in answer["Body"].decode().splitlines()]
    assert [abs(predictions[0] - 80) < 15, abs(predictions[1] - 140) < 15] == [True, True]
    assert answer["InvokedProductionVariant"] == "AllTraffic"


def test_the_http_front_invokes_too(cloud: Cloud, aws: Any, served: str) -> None:
    runtime = aws("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=served, Body=b"10,20", ContentType="text/csv")
    assert answer["Body"].read() == invoke(cloud, served, b"10,20")["Body"]


def test_linear_learner_answers_json_or_csv(cloud: Cloud, artefacts: dict[str, str]) -> None:
    assert deploy(cloud, "linear", LINEAR, artefacts["linear"])["EndpointStatus"] == "InService"
    scores = json.loads(invoke(cloud, "linear", b"10,20")["Body"])
    assert [round(one["score"], 2) for one in scores["predictions"]] == [80.0]
    assert round(float(invoke(cloud, "linear", b"10,20", Accept="text/csv")["Body"]), 2) == 80.0


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"1,2,3", 400, "Feature size of csv inference data 3"),
        (b"1,x", 400, "request: row 1, column 2: 'x' is no number"),
        (b"", 400, "the request has no rows"),
    ],
)
def test_a_bad_request_is_the_models_error(
    cloud: Cloud, served: str, body: bytes, status: int, message: str
) -> None:
    with pytest.raises(AwsError, match=message) as caught:
        invoke(cloud, served, body)
    assert (caught.value.code, caught.value.status, caught.value.extra["OriginalStatusCode"]) == (
        "ModelError",
        424,
        status,
    )


def test_refuses_a_body_over_the_limit_and_unknown_endpoints_and_variants(cloud: Cloud, served: str) -> None:
    with pytest.raises(AwsError, match="larger than 6291456 bytes"):
        invoke(cloud, served, b"x" * (6 * 1024 * 1024 + 1))
    with pytest.raises(AwsError, match="Endpoint nobody of account 123456789012 not found"):
        invoke(cloud, "nobody", b"1,2")
    with pytest.raises(AwsError, match="Variant other not found"):
        invoke(cloud, served, b"1,2", TargetVariant="other")


def test_a_killed_model_server_is_followed_by_another(cloud: Cloud, served: str) -> None:
    from stepmill.cloud.services.sagemaker.endpoints import Endpoints

    server = cloud.state(Endpoints).server(served, "AllTraffic")
    assert server is not None
    before = invoke(cloud, served, b"10,20")["Body"]
    server._process.kill()
    server._process.wait()
    assert invoke(cloud, served, b"10,20")["Body"] == before


def test_captured_calls_are_written_as_aws_writes_them(cloud: Cloud, artefacts: dict[str, str]) -> None:
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    done = deploy(cloud, "captured", XGBOOST, artefacts["xgboost"], DataCaptureConfig=capture)
    assert done["DataCaptureConfig"]["CaptureStatus"] == "Started"
    answer = invoke(cloud, "captured", b"10,20", InferenceId="car-7")
    (key,) = keys(cloud, "captured/")
    assert key.startswith(f"captured/captured/AllTraffic/{time.strftime('%Y/%m/%d/', time.gmtime())}")
    record = json.loads(get(cloud, f"s3://{BUCKET}/{key}"))
    meta = record.pop("eventMetadata")
    assert (meta["inferenceId"], sorted(meta)) == ("car-7", ["eventId", "inferenceId", "inferenceTime"])
    assert record == {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": "10,20",
                "encoding": "CSV",
            },
            "endpointOutput": {
                "observedContentType": "text/csv; charset=utf-8",
                "mode": "OUTPUT",
                "data": answer["Body"].decode(),
                "encoding": "CSV",
            },
        },
        "eventVersion": "0",
    }


def test_an_update_swaps_the_model(cloud: Cloud, artefacts: dict[str, str]) -> None:
    deploy(cloud, "swaps", XGBOOST, artefacts["xgboost"])
    configure(cloud, "swaps-2", LINEAR, artefacts["linear"])
    cloud.call("sagemaker", "UpdateEndpoint", {"EndpointName": "swaps", "EndpointConfigName": "swaps-2"})
    done = settled(cloud, "swaps")
    assert (done["EndpointStatus"], done["EndpointConfigName"]) == ("InService", "swaps-2")
    assert "predictions" in json.loads(invoke(cloud, "swaps", b"1,2")["Body"])


def test_an_update_that_fails_leaves_the_old_model_serving(cloud: Cloud, artefacts: dict[str, str]) -> None:
    events: list[dict[str, Any]] = []
    cloud.listen("SageMaker Endpoint State Change", events.append)
    deploy(cloud, "steady", XGBOOST, artefacts["xgboost"])
    before = invoke(cloud, "steady", b"10,20")["Body"]
    configure(cloud, "steady-bad", XGBOOST, put(cloud, "bad/model.tar.gz", archive({"other": b"x"})))
    cloud.call("sagemaker", "UpdateEndpoint", {"EndpointName": "steady", "EndpointConfigName": "steady-bad"})
    done = settled(cloud, "steady")
    assert (done["EndpointStatus"], done["EndpointConfigName"]) == ("InService", "steady")
    assert "did not pass the ping health check" in done["FailureReason"]
    assert invoke(cloud, "steady", b"10,20")["Body"] == before
    mine = [one["detail"]["EndpointStatus"] for one in events if one["detail"]["EndpointName"] == "steady"]
    assert mine == ["Creating", "InService", "Updating", "InService"]


def test_calls_during_an_update_all_succeed(cloud: Cloud, artefacts: dict[str, str]) -> None:
    deploy(cloud, "rolling", XGBOOST, artefacts["xgboost"])
    configure(cloud, "rolling-2", XGBOOST, artefacts["xgboost"])
    before = invoke(cloud, "rolling", b"10,20")["Body"]
    cloud.call("sagemaker", "UpdateEndpoint", {"EndpointName": "rolling", "EndpointConfigName": "rolling-2"})
    answers = set()
    while (
        cloud.call("sagemaker", "DescribeEndpoint", {"EndpointName": "rolling"})["EndpointStatus"]
        == "Updating"
    ):
        answers.add(invoke(cloud, "rolling", b"10,20")["Body"])
    assert answers <= {before}
    with pytest.raises(AwsError, match="not supported|Could not find endpoint configuration"):
        cloud.call(
            "sagemaker", "UpdateEndpoint", {"EndpointName": "rolling", "EndpointConfigName": "nothing"}
        )


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("loaded",))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"../x": b"x"}, "is no name inside the archive"),
        ({"xgboost-model": pickle.dumps(Evil())}, "is a pickle by content"),
        ({"model.pkl": b"{}"}, "has a pickle's extension"),
    ],
)
def test_an_endpoint_refuses_an_archive_that_attacks(
    cloud: Cloud, members: dict[str, bytes], message: str, request: pytest.FixtureRequest
) -> None:
    name = f"evil-{len(message)}"
    done = deploy(cloud, name, XGBOOST, put(cloud, f"{name}/model.tar.gz", archive(members)))
    assert done["EndpointStatus"] == "Failed"
    assert message in done["FailureReason"]


def test_what_is_missing_is_named_as_aws_names_it(cloud: Cloud, artefacts: dict[str, str]) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012"
    for operation, params, message in (
        ("DescribeEndpoint", {"EndpointName": "none"}, f'Could not find endpoint "{arn}:endpoint/none".'),
        ("DescribeModel", {"ModelName": "none"}, f'Could not find model "{arn}:model/none".'),
        (
            "CreateEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "none"},
            f'Could not find endpoint configuration "{arn}:endpoint-config/none".',
        ),
    ):
        with pytest.raises(AwsError) as caught:
            cloud.call("sagemaker", operation, params)
        assert (caught.value.code, caught.value.message) == ("ValidationException", message)
    configure(cloud, "there", XGBOOST, artefacts["xgboost"])
    with pytest.raises(AwsError, match="Cannot create already existing model"):
        configure(cloud, "there", XGBOOST, artefacts["xgboost"])


def transform(name: str, source: str, **more: Any) -> dict[str, Any]:
    where = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}}
    return {
        "TransformJobName": name,
        "ModelName": "served",
        "TransformInput": {"DataSource": where, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/transformed/{name}", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }


@pytest.mark.parametrize("strategy", ["MultiRecord", "SingleRecord"])
def test_a_transform_job_answers_each_line_of_each_file(cloud: Cloud, served: str, strategy: str) -> None:
    put(cloud, f"batch-{strategy}/a.csv", "10,20\n40,5\n")
    put(cloud, f"batch-{strategy}/deep/b.csv", "1,2")
    params = transform(strategy.lower(), f"s3://{BUCKET}/batch-{strategy}/", BatchStrategy=strategy)
    done = run(cloud, "TransformJob", params)
    assert done["TransformJobStatus"] == "Completed", done.get("FailureReason")
    prefix = f"transformed/{strategy.lower()}/"
    assert keys(cloud, prefix) == [f"{prefix}a.csv.out", f"{prefix}deep/b.csv.out"]
    expected = [invoke(cloud, served, row)["Body"] for row in (b"10,20", b"40,5")]
    assert get(cloud, f"s3://{BUCKET}/{prefix}a.csv.out") == b"".join(expected)


def test_a_transform_job_over_a_bad_row_fails_with_its_file(cloud: Cloud, served: str) -> None:
    put(cloud, "batch-bad/a.csv", "10,oops\n")
    done = run(cloud, "TransformJob", transform("bad-row", f"s3://{BUCKET}/batch-bad/"))
    assert done["TransformJobStatus"] == "Failed"
    assert done["FailureReason"].startswith(
        "ClientError: a.csv: request 1: the model answered 400: request: row 1"
    )


def test_a_filter_is_refused_by_name(cloud: Cloud, served: str) -> None:
    params = transform("filtered", f"s3://{BUCKET}/x/", DataProcessing={"InputFilter": "$[1:]"})
    with pytest.raises(AwsError, match="DataProcessing.InputFilter is not supported"):
        cloud.call("sagemaker", "CreateTransformJob", params)
