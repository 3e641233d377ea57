"""Endpoints and transform jobs: models that answer, updates that fail, archives that attack."""

import io
import json
import pickle
import tarfile
import time
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.sagemaker.things import (
    BUCKET,
    LINEAR,
    XGBOOST,
    configure,
    deploy,
    get,
    invoke,
    keys,
    put,
    settled,
)


def archive(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return data.getvalue()


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
    from stepmill.cloud.services.sagemaker.serving import Endpoints

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
    with pytest.raises(AwsError, match="Could not find endpoint configuration"):
        cloud.call(
            "sagemaker", "UpdateEndpoint", {"EndpointName": "rolling", "EndpointConfigName": "nothing"}
        )


def test_a_deleted_endpoint_answers_no_more_and_leaves_its_name(
    cloud: Cloud, artefacts: dict[str, str]
) -> None:
    events: list[dict[str, Any]] = []
    cloud.listen("SageMaker Endpoint State Change", events.append)
    deploy(cloud, "brief", XGBOOST, artefacts["xgboost"])
    servers = cloud.root / "sagemaker" / "Endpoint" / "brief"
    assert servers.exists()
    cloud.call("sagemaker", "DeleteEndpoint", {"EndpointName": "brief"})
    assert not servers.exists()
    for operation in ("DescribeEndpoint", "DeleteEndpoint"):
        with pytest.raises(AwsError, match="Could not find endpoint"):
            cloud.call("sagemaker", operation, {"EndpointName": "brief"})
    with pytest.raises(AwsError, match="brief of account 123456789012 not found"):
        invoke(cloud, "brief", b"10,20")
    mine = [one["detail"]["EndpointStatus"] for one in events if one["detail"]["EndpointName"] == "brief"]
    assert mine == ["Creating", "InService", "Deleting"]
    again = {"EndpointName": "brief", "EndpointConfigName": "brief"}
    cloud.call("sagemaker", "CreateEndpoint", again)
    assert settled(cloud, "brief")["EndpointStatus"] == "InService"


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
