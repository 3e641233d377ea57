"""Predictions over HTTP: what a user would type, sent, and the answer."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from stepmill.cli.demo.stage import PlotBroken, Stage

TIMEOUT_S = 60.0
KIND = "text/csv"


@dataclass(frozen=True)
class Answer:
    """`by` has each endpoint's predictions, `predictions` what the rule made of them."""

    inference_id: str
    predictions: list[float]
    by: dict[str, list[float]]
    degraded: bool


def post(stage: Stage, body: str) -> Answer:
    """Raises: PlotBroken when the API does not answer with predictions."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    url, session = stage.outputs["PredictUrl"], stage.session
    asked = {"apiKey": stage.outputs["ApiKeyId"], "includeValue": True}
    key = stage.client("apigateway").get_api_key(**asked)["value"]
    request = AWSRequest("POST", url, data=body.encode(), headers={"content-type": KIND, "x-api-key": key})
    SigV4Auth(session.get_credentials(), "execute-api", session.region_name).add_auth(request)
    try:
        # The URL is the deployment's own.
        with urlopen(Request(url, request.data, dict(request.headers.items())), timeout=TIMEOUT_S) as got:  # noqa: S310
            told: dict[str, Any] = json.load(got)
    except HTTPError as refused:
        said = refused.read().decode(errors="replace")
        raise PlotBroken(f"POST {url}: {refused.code}: {said}; `stepmill logs predict` says more") from None
    return Answer(told["inference_id"], told["predictions"], told["by"], told["degraded"])


def curl(body: str) -> str:
    """The command of docs/realtime.md with the first row in it; its variables are those of `stepmill up`."""
    header, row = body.splitlines()[:2]
    return (
        'curl --aws-sigv4 "aws:amz:$AWS_DEFAULT_REGION:execute-api" \\\n'
        '  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\\n'
        '  -H "x-api-key: $API_KEY" -H "content-type: text/csv" \\\n'
        f"  --data-binary $'{header}\\n{row}' \\\n"
        "  $PREDICT_URL"
    )


def show(stage: Stage, answer: Answer, unit: str) -> None:
    """The answer to one row."""
    by = ", ".join(f"{name} {values[0]:,.2f}" for name, values in answer.by.items())
    stage.done(f"{answer.predictions[0]:,.2f} {unit}".rstrip() + f" (the larger of {by})")
