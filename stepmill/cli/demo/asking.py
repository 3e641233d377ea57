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
    """`by` has each endpoint's predictions, `predictions` what the rule made of them.

    `reasons`: why an endpoint has given none.
    """

    inference_id: str
    predictions: list[float]
    by: dict[str, list[float]]
    degraded: bool
    reasons: dict[str, str]


class Caller:
    """Somebody with credentials and an API key; may be used by a thread of its own."""

    def __init__(self, stage: Stage) -> None:
        asked = {"apiKey": stage.outputs["ApiKeyId"], "includeValue": True}
        self._url = stage.outputs["PredictUrl"]
        self._key = stage.client("apigateway").get_api_key(**asked)["value"]
        self._credentials = stage.session.get_credentials()
        self._region = stage.session.region_name

    def post(self, body: str) -> Answer:
        """Raises: PlotBroken when the API does not answer with predictions."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        headers = {"content-type": KIND, "x-api-key": self._key}
        asked = AWSRequest("POST", self._url, data=body.encode(), headers=headers)
        SigV4Auth(self._credentials, "execute-api", self._region).add_auth(asked)
        # The URL is the deployment's own.
        request = Request(self._url, asked.data, dict(asked.headers.items()))  # noqa: S310
        try:
            with urlopen(request, timeout=TIMEOUT_S) as got:  # noqa: S310
                told: dict[str, Any] = json.load(got)
        except HTTPError as refused:
            said = refused.read().decode(errors="replace")
            what = f"POST {self._url}: {refused.code}: {said}; `stepmill logs predict` says more"
            raise PlotBroken(what) from None
        except OSError as failed:
            raise PlotBroken(f"POST {self._url}: {failed}; `stepmill logs predict` says more") from None
        given = (told["inference_id"], told["predictions"], told["by"], told["degraded"])
        return Answer(*given, told.get("reasons", {}))


def post(stage: Stage, body: str) -> Answer:
    """Raises: PlotBroken when the API does not answer with predictions."""
    return Caller(stage).post(body)


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
