"""The insight stack in a cloud of its own, over files as the monitor, the API and scoring write them."""

import json
from typing import Any

from stepmill.cloud.cloud import Cloud
from tests.cloud.deploy.things import create

from .deployment import ROOT

DATA, MADE, ENDPOINT = "lake-data", "lake-made", "stepmill-dev"
RELAYED = "stepmill-dev-relayed"
PARAMETERS = {"EndpointNames": f"{ENDPOINT},{RELAYED}", "DataBucketName": DATA, "ArtifactsBucketName": MADE}


def deploy_insight(cloud: Cloud) -> None:
    for bucket in (DATA, MADE):
        cloud.call("s3", "CreateBucket", {"Bucket": bucket})
    stack = create(cloud, "insight", (ROOT / "stacks/insight.yaml").read_text(), **PARAMETERS)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack


def put(cloud: Cloud, bucket: str, key: str, text: str) -> None:
    cloud.call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": text.encode()})


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def record(name: str, hour: int, km: float, prediction: float, truth: float | None = None) -> dict[str, Any]:
    return {
        "inference_id": name,
        "event_time": f"2026-11-20T{hour:02}:30:00Z",
        "source": "endpoint",
        "endpoint_name": ENDPOINT,
        "model_name": "model-1" if hour < 12 else "model-2",
        "features": {"km": km, "make": "vw"},
        "prediction": prediction,
        "truth": truth,
    }


def violation(
    window: int, feature: str, value: float, *, violated: bool = True, job: str = "", model: str = ""
) -> dict[str, Any]:
    return {
        "window": window,
        "time": f"2026-11-20T1{window}:00:00Z",
        "feature": feature,
        "check_type": "baseline_drift_check",
        "value": value,
        "threshold": 0.2,
        "violated": violated,
        "description": f"{feature} is {value} away",
        "monitoring_job": job or f"drift-{window}",
        "model_name": model or f"model-{window}",
        "report_uri": f"s3://{MADE}/monitoring/{ENDPOINT}/reports/window={window}/report.html",
        "sample_rows": [{"inference_id": "c", "truth": None, "value": 900}] if violated else [],
    }


def fill(cloud: Cloud, today: str) -> None:
    """Two windows, a drift of `km` in the second, late truth, and a request of each other source.

    Of the two scored rows one has a line break in a cell: no table of lines can show it.
    """
    place = f"monitoring/{ENDPOINT}"
    first = lines(record("a", 10, 1, 100, 110), record("b", 10, 2, 200))
    put(cloud, MADE, f"{place}/records/window=1/part-0.jsonl", first)
    put(
        cloud,
        MADE,
        f"{place}/records/window=2/part-0.jsonl",
        lines(record("c", 13, 900, 300), record("d", 14, 8, 5)),
    )
    measured = lines(violation(1, "km", 0.1, violated=False), violation(1, "make", 0.05, violated=False))
    put(cloud, MADE, f"{place}/violations/dt={today}/window=1.jsonl", measured)
    put(cloud, MADE, f"{place}/violations/dt={today}/window=2.jsonl", lines(violation(2, "km", 0.7)))
    truths = "inference_id,truth,time\nb,230,2026-11-20\nb,220,2026-11-21\nc,300,2026-11-21\n"
    put(cloud, DATA, f"truth/{ENDPOINT}/late.csv", truths)
    answered = {
        "inference_id": "r",
        "time": f"{today}T09:00:00Z",
        "rows": [[1, "vw"]],
        "predictions": [10.0, 30.0],
    }
    put(cloud, MADE, f"realtime/{ENDPOINT}/dt={today}/r.json", json.dumps({**answered, "rule": "largest"}))
    scored = f"inference_id,event_time,km,make,prediction,package\ns,{today}T08:00:00Z,5,vw,50.5,3\n"
    scored += f't,{today}T08:00:00Z,5,6,"v\nw",a,b,60.5,3\n'
    put(cloud, MADE, f"scored/{ENDPOINT}/dt={today}/e-1/part-0.csv", scored)


def fill_two_models(cloud: Cloud, today: str) -> list[str]:
    """A window of another endpoint whose champion changed. The keys that were put.

    `km` had drifted for both models, `make` for the second one.
    """
    place = f"monitoring/{RELAYED}"
    before, after = (
        record(name, hour, 7, 1) | {"endpoint_name": RELAYED} for name, hour in (("e", 11), ("f", 12))
    )
    both = [
        violation(1, "km", 0.5, job="of-model-1", model="model-1"),
        violation(1, "km", 0.4, job="of-model-2", model="model-2"),
        violation(1, "make", 0.3, job="of-model-2", model="model-2"),
    ]
    texts = {
        f"{place}/records/window=1/model=1/part-0.jsonl": lines(before),
        f"{place}/records/window=1/model=2/part-0.jsonl": lines(after),
        f"{place}/violations/dt={today}/window=1.jsonl": lines(*both),
    }
    for key, text in texts.items():
        put(cloud, MADE, key, text)
    return list(texts)
