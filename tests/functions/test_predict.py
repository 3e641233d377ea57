import json
import threading
import time
from typing import Any

import pytest
from millkit import predicting
from millkit.endpoint_schema import FRESH_S

from tests.functions.endpoints import CAR, Answer, Api, SageMaker, each, error, fails, slow


@pytest.fixture
def api(sagemaker: SageMaker, s3: Any) -> Api:
    return Api(sagemaker, s3)


ROW = {"Mileage": 5, "Make": "Saab"}
# Long enough for a busy machine; nobody waits so long unless the test fails.
WAIT_S = 10.0


def test_answers_the_largest_of_both_endpoints_predictions(api: Api, sagemaker: SageMaker) -> None:
    assert api.post({"rows": [ROW, {"Mileage": None, "Make": "Ford"}]}) == (
        200,
        {
            "inference_id": "r1",
            "predictions": [2005.0, 22000.0],
            "by": {"xgb": [1005.0, 21000.0], "linear": [2005.0, 22000.0]},
            "rule": "largest",
            "degraded": False,
        },
    )
    assert sorted((one["EndpointName"], one["InferenceId"]) for one in sagemaker.asked) == [
        ("linear", "r1"),
        ("xgb", "r1"),
    ]
    assert {one["Body"] for one in sagemaker.asked} == {b"5,0,1\n20000,0,0\n"}


def test_both_endpoints_are_asked_at_once(api: Api, sagemaker: SageMaker) -> None:
    """Each answers only when the other one was asked as well."""
    both = threading.Barrier(2, timeout=WAIT_S)

    def met(price: float) -> Answer:
        def answer(rows: list[list[str]]) -> bytes:
            both.wait()
            return each(price)(rows)

        return answer

    sagemaker.answers |= {"xgb": met(1000), "linear": met(2000)}
    patient = Api(sagemaker, api.s3, timeout_s=WAIT_S)
    assert patient.post(ROW)[1]["by"] == {"xgb": [1005.0], "linear": [2005.0]}


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (fails(error("ModelError", OriginalStatusCode=500)), "failed (ModelError 500)"),
        (fails(error("ModelError", OriginalStatusCode=400)), "refused the rows (status 400)"),
        (fails(error("ThrottlingException")), "failed (ThrottlingException)"),
        (fails(ConnectionResetError("10.0.0.1")), "could not be reached (ConnectionResetError)"),
        (slow(5.0), "gave no answer within 0.3 s"),
        (lambda _rows: b"nan\n", "gave an answer that holds no finite numbers (NumberNotFinite)"),
        (lambda _rows: b"<html>", "gave an answer that holds no finite numbers (PredictionInvalid)"),
        (lambda _rows: b"1\n2\n", "gave 2 predictions for 1 rows"),
    ],
    ids=["error", "refusal", "throttle", "reset", "slow", "nan", "html", "count"],
)
def test_one_endpoint_that_fails_leaves_the_others_answer_marked_degraded(
    api: Api, sagemaker: SageMaker, failure: Any, reason: str
) -> None:
    sagemaker.answers["linear"] = failure
    begin_s = time.monotonic()
    status, told = api.post(ROW)
    assert time.monotonic() - begin_s < 4
    assert (status, told["predictions"], told["by"]) == (200, [1005.0], {"xgb": [1005.0]})
    assert (told["degraded"], told["reasons"]) == (True, {"linear": reason})
    assert [record["degraded"] for record in api.records().values()] == [True]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (None, "failed (ValidationException)"),
        ({"EndpointStatus": "Creating"}, "has status Creating"),
        (
            {"EndpointConfigName": "other"},
            "model other has no SCHEMA_URI that tells how its features are made",
        ),
    ],
    ids=["absent", "creating", "no-schema"],
)
def test_an_endpoint_that_cannot_be_known_is_told(
    api: Api, sagemaker: SageMaker, changes: dict[str, Any] | None, reason: str
) -> None:
    sagemaker.model_named("other", {"PrimaryContainer": {}})
    if changes is None:
        del sagemaker.endpoints["linear"]
    else:
        sagemaker.endpoints["linear"] |= changes
    status, told = api.post(ROW)
    assert (status, told["reasons"]) == (200, {"linear": reason})


def test_without_any_endpoint_the_service_is_unavailable(api: Api, sagemaker: SageMaker) -> None:
    sagemaker.answers |= {"xgb": fails(error("ServiceUnavailable")), "linear": slow(1.0)}
    assert api.post(ROW) == (
        503,
        {
            "message": "No endpoint answered; try again",
            "reasons": {"xgb": "failed (ServiceUnavailable)", "linear": "gave no answer within 0.3 s"},
            "inference_id": "r1",
        },
    )
    assert api.records() == {}
    sagemaker.endpoints.clear()
    assert Api(sagemaker, api.s3).post(ROW)[0] == 503


def test_each_endpoint_gets_the_row_as_its_own_model_takes_it(api: Api, sagemaker: SageMaker) -> None:
    sagemaker.serve("linear", each(0), [CAR[0], {"name": "Doors", "type": "numeric", "median": 4}])
    assert api.post({**ROW, "Doors": 2})[0] == 200
    bodies = {one["EndpointName"]: one["Body"] for one in sagemaker.asked}
    assert bodies == {"xgb": b"5,0,1\n", "linear": b"5,2\n"}


def test_a_schema_named_by_the_model_package_is_found(api: Api, sagemaker: SageMaker) -> None:
    sagemaker.configure("linear", [CAR[0]], "packaged")
    sagemaker.model_named("p", {"Containers": [{"ModelPackageName": "arn"}]})
    facts = {"schema_uri": "s3://artifacts/training/linear-packaged/features.json"}
    sagemaker.describe_model_package = lambda **_asked: {"CustomerMetadataProperties": facts}  # type: ignore[attr-defined]
    sagemaker.endpoints["linear"]["EndpointConfigName"] = "p"
    assert api.post(ROW)[0] == 200
    assert {one["Body"] for one in sagemaker.asked} == {b"5,0,1\n", b"5\n"}


def test_a_model_that_was_replaced_is_asked_again_in_its_own_encoding(
    sagemaker: SageMaker, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api(sagemaker, s3, timeout_s=WAIT_S)  # a look, and the call once more, on a busy machine
    api.post(ROW)
    seen = sagemaker.described
    api.post(ROW, request_id="r2")
    assert sagemaker.described == seen  # a look that is fresh is not renewed
    sagemaker.serve("linear", each(0), [CAR[1], CAR[0]], config="two")
    monkeypatch.setattr("millkit.endpoint_schema.FRESH_S", 0.0)
    assert api.post(ROW, request_id="r3")[1]["by"]["linear"] == [0.0]
    bodies = [one["Body"] for one in sagemaker.asked if one["InferenceId"] == "r3"]
    assert sorted(bodies) == [b"0,1,5\n", b"5,0,1\n", b"5,0,1\n"]
    assert FRESH_S == 5.0


def test_a_refusal_of_the_rows_leads_to_a_look_at_once(api: Api, sagemaker: SageMaker) -> None:
    api.post(ROW)

    def strict(rows: list[list[str]]) -> bytes:
        if len(rows[0]) != 1:
            raise error("ModelError", OriginalStatusCode=400)
        return b"7\n"

    sagemaker.serve("linear", strict, [CAR[0]], config="two")
    assert api.post(ROW, request_id="r2")[1]["by"]["linear"] == [7.0]


def test_an_update_to_other_features_puts_the_endpoint_aside(api: Api, sagemaker: SageMaker) -> None:
    pending = sagemaker.configure("linear", [CAR[0]], "two")
    sagemaker.endpoints["linear"] |= {
        "EndpointStatus": "Updating",
        "PendingDeploymentSummary": {"EndpointConfigName": pending},
    }
    told = api.post(ROW)[1]
    assert told["reasons"] == {"linear": "is being updated to a model that takes other features"}


def test_the_answered_request_is_recorded_once(api: Api) -> None:
    api.post({"rows": [ROW, {"Mileage": "", "Make": "Buick"}]})
    api.post({"rows": [ROW, {"Mileage": "", "Make": "Buick"}]})
    [(key, record)] = api.records().items()
    day = record["time"][:10]
    assert key == f"realtime/xgb/dt={day}/r1.json"
    assert {name: value for name, value in record.items() if name != "time"} == {
        "inference_id": "r1",
        "rows": [{"Mileage": 5, "Make": "Saab"}, {"Mileage": None, "Make": "Buick"}],
        "predictions": [2005.0, 22000.0],
        "by": {"xgb": [1005.0, 21000.0], "linear": [2005.0, 22000.0]},
        "rule": "largest",
        "degraded": False,
    }


def test_a_record_that_s3_does_not_take_goes_to_the_queue(api: Api) -> None:
    kept = predicting.Kept(api.s3, lambda: api.queue, "no-such-bucket", "xgb", "https://queue")
    record = {"inference_id": "r1", "time": "2026-11-22T10:00:00.000000Z", "rows": []}
    predicting.keep(kept, record)
    [message] = api.queue.sent
    assert message["QueueUrl"] == "https://queue"
    assert json.loads(message["MessageBody"]) == {
        "bucket": "no-such-bucket",
        "key": "realtime/xgb/dt=2026-11-22/r1.json",
        "record": record,
    }


def test_no_answer_is_given_that_is_nowhere_recorded(api: Api, s3: Any) -> None:
    api.queue.is_down = True
    kept = predicting.Kept(s3, lambda: api.queue, "no-such-bucket", "xgb", "https://queue")
    event = {"headers": {"content-type": "text/csv"}, "body": "5,Saab"}
    answer = predicting.answer(event, "r1", api.asker, "largest", kept)
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "5")


def test_no_row_is_in_the_log(api: Api, sagemaker: SageMaker, capsys: pytest.CaptureFixture[str]) -> None:
    sagemaker.answers["linear"] = fails(error("ModelError", OriginalStatusCode=400))
    api.post({"rows": [{"Mileage": 98765, "Make": "Saab"}]})
    api.post({"rows": [{"Mileage": "abcde", "Make": "Saab"}]})
    text = capsys.readouterr().out
    assert [word for word in ("98765", "Saab", "abcde", "secret") if word in text] == []
    assert [json.loads(line)["event"] for line in text.splitlines()] == ["predict", "predict_refused"]
