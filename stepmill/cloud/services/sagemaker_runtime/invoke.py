"""InvokeEndpoint: one request to a variant's model server, chosen by weight, captured where that is asked
for.

Not here: asynchronous calls, response streams, multi-model and multi-container targets, sessions.
"""

import http.client
import logging
import random
import uuid
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, AwsError, Principal, Request, Service
from stepmill.cloud.services.sagemaker import capture, records
from stepmill.cloud.services.sagemaker.endpoints import resources
from stepmill.cloud.services.sagemaker.servers import Reply, Server
from stepmill.cloud.services.sagemaker.serving import Endpoints

log = logging.getLogger(__name__)
SERVICE = Service("sagemaker-runtime")

# Source: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html (payload), InvokeEndpoint (60 seconds)
MOST_BYTES = 6 << 20
TIMEOUT_S = 60.0
START_LIMIT_S = 30.0
REFUSED = ["TargetModel", "TargetContainerHostname", "InferenceComponentName", "SessionId"]


@SERVICE.operation("InvokeEndpoint", resources=resources)
def invoke_endpoint(cloud: Cloud, request: Request) -> Answer:
    params = request.params
    for key in REFUSED:
        if params.get(key):
            raise AwsError("ValidationError", f"{key} is not supported by the embedded cloud; leave it out")
    data = records.find(cloud, "Endpoint", params["EndpointName"])
    if data is None or "ProductionVariants" not in data:
        raise AwsError(
            "ValidationError", f"Endpoint {params['EndpointName']} of account {cloud.account} not found."
        )
    body = request.body.read(MOST_BYTES + 1) if request.body is not None else b""
    if len(body) > MOST_BYTES:
        raise AwsError(
            "ValidationError", f"Request body is larger than {MOST_BYTES} bytes; send fewer rows", 413
        )
    variant = choose(data, params.get("TargetVariant"))
    headers = {"Content-Type": params.get("ContentType", "text/csv")}
    if "Accept" in params:
        headers["Accept"] = params["Accept"]
    if "CustomAttributes" in params:
        headers["X-Amzn-SageMaker-Custom-Attributes"] = params["CustomAttributes"]
    reply = ask(cloud, data, variant, body, headers)
    if reply.status != 200:
        raise model_error(cloud, data, variant, reply)
    config = data["_Plan"]["config"]
    if capture.is_wanted(config.get("DataCaptureConfig"), random.SystemRandom()):
        call = capture.Call(
            params["EndpointName"],
            variant,
            str(uuid.uuid4()),
            params.get("InferenceId"),
            body,
            headers["Content-Type"],
            reply.body,
            reply.content_type,
        )
        keep(cloud, data["_Plan"], call)
    return {"Body": reply.body, "ContentType": reply.content_type, "InvokedProductionVariant": variant}


def choose(data: dict[str, Any], target: str | None) -> str:
    """The variant that was asked for, else one drawn by weight. Raises: AwsError ValidationError."""
    weights: dict[str, float] = {
        one["VariantName"]: one["CurrentWeight"] for one in data["ProductionVariants"]
    }
    if target is not None:
        if target not in weights:
            raise AwsError(
                "ValidationError", f"Variant {target} not found for Endpoint {data['EndpointName']}."
            )
        return target
    if not sum(weights.values()):
        return next(iter(weights))
    return random.choices(list(weights), list(weights.values()))[0]  # noqa: S311  a share of traffic, no secret


def ask(cloud: Cloud, data: dict[str, Any], variant: str, body: bytes, headers: dict[str, str]) -> Reply:
    """Ask the server; one that died, or was replaced meanwhile, is followed by its successor once."""
    endpoints = cloud.state(Endpoints)
    server: Server | None = endpoints.server(data["EndpointName"], variant, START_LIMIT_S)
    for is_last in (False, True):
        if server is None:
            raise AwsError(
                "ServiceUnavailable", f"Endpoint {data['EndpointName']}: {variant} is not ready yet", 503
            )
        try:
            return server.invoke(body, headers, TIMEOUT_S)
        except TimeoutError:
            message = f"did not respond within {TIMEOUT_S:.0f} seconds"
            raise model_error(cloud, data, variant, Reply(504, message.encode(), "text/plain")) from None
        except (OSError, http.client.HTTPException) as error:
            if is_last:
                raise model_error(
                    cloud, data, variant, Reply(500, str(error).encode(), "text/plain")
                ) from None
            current = endpoints.server(data["EndpointName"], variant)
            is_same = current is server
            server = endpoints.restart(data["EndpointName"], variant, server) if is_same else current
    raise AssertionError("unreachable: the last try answers or raises")


def model_error(cloud: Cloud, data: dict[str, Any], variant: str, reply: Reply) -> AwsError:
    text = reply.body.decode("utf-8", "replace")
    group = f"/aws/sagemaker/Endpoints/{data['EndpointName']}"
    kind = "client" if reply.status < 500 else "server"
    return AwsError(
        "ModelError",
        f'Received {kind} error ({reply.status}) from {variant} with message "{text}". See https://{cloud.region}.console'
        f".aws.amazon.com/cloudwatch/home?region={cloud.region}#logEventViewer:group={group} in account "
        f"{cloud.account} "
        "for more information.",
        424,
        OriginalStatusCode=reply.status,
        OriginalMessage=text,
        LogStreamArn=cloud.arn("logs", f"log-group:{group}"),
    )


def keep(cloud: Cloud, plan: dict[str, Any], call: capture.Call) -> None:
    """The caller gets its answer even when the capture cannot be written; the endpoint's log says so."""
    config = plan["config"]
    variant = next(one for one in config["ProductionVariants"] if one["VariantName"] == call.variant)
    principal = Principal(plan["models"][variant["ModelName"]]["ExecutionRoleArn"], "SageMaker")
    try:
        capture.write(cloud, principal, config["DataCaptureConfig"], call)
    except AwsError as error:
        log.warning("endpoint %s: data capture failed: %s", call.endpoint, error)
        cloud.log(
            f"/aws/sagemaker/Endpoints/{call.endpoint}", "data-log", [f"[ERROR] data capture failed: {error}"]
        )
