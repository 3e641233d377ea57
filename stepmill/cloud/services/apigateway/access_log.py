"""A stage's access log: one line a request, its `$context` variables filled in.

Known are the variables below; any other one is `-`, as one without value is.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.apigateway.answer import Response
from stepmill.cloud.services.apigateway.event import Caller, Incoming

log = logging.getLogger(__name__)
VARIABLE = re.compile(r"\$context\.([A-Za-z.]+)")


def write(
    cloud: Cloud,
    stage: Mapping[str, Any] | None,
    incoming: Incoming,
    response: Response,
    caller: Caller,
    resource: str,
) -> None:
    """Nothing for a stage without access log; one that cannot be written costs nobody the answer."""
    settings = (stage or {}).get("accessLogSettings", {})
    arn, form = settings.get("destinationArn", ""), settings.get("format", "")
    group = arn.partition(":log-group:")[2].removesuffix(":*")
    if not group or not form:
        return
    known = variables(cloud, incoming, response, caller, resource)
    line = VARIABLE.sub(lambda match: known.get(match[1].rstrip(".")) or "-", form)
    try:
        cloud.log(group, f"{incoming.api}/{incoming.stage}", [line])
    except Exception:
        log.exception("access log %s of API %s", group, incoming.api)


def variables(
    cloud: Cloud, incoming: Incoming, response: Response, caller: Caller, resource: str
) -> dict[str, str]:
    received = datetime.fromtimestamp(incoming.received_s, UTC)
    took_ms = max(0, round((cloud.clock.time() - incoming.received_s) * 1000))
    return {
        "accountId": cloud.account,
        "apiId": incoming.api,
        "httpMethod": incoming.verb,
        "identity.apiKeyId": str((caller.key or {}).get("id", "")),
        "identity.caller": caller.arn or "",
        "identity.sourceIp": "127.0.0.1",
        "identity.userArn": caller.arn or "",
        "path": f"/{incoming.stage}{incoming.path}",
        "protocol": "HTTP/1.1",
        "requestId": incoming.request_id,
        "requestTime": received.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": str(int(incoming.received_s * 1000)),
        "resourcePath": resource,
        "responseLatency": str(took_ms),
        "responseLength": str(len(response.body)),
        "stage": incoming.stage,
        "status": str(response.status),
    }
