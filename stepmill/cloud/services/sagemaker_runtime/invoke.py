"""InvokeEndpoint: one request to a model server of the fleet and variant it is routed to, measured, and
captured where that is asked for.

Not here: asynchronous calls, response streams, multi-model and multi-container targets, sessions.
"""

import http.client
import logging
import random
import time
import uuid
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, AwsError, Principal, Request, Service
from stepmill.cloud.services.sagemaker import capture, measures, records
from stepmill.cloud.services.sagemaker.endpoints import resources
from stepmill.cloud.services.sagemaker.plans import Plan, model_of
from stepmill.cloud.services.sagemaker.servers import Reply
from stepmill.cloud.services.sagemaker.serving import Endpoints
from stepmill.cloud.services.sagemaker_runtime.routing import Route, choose

log = logging.getLogger(__name__)
SERVICE = Service("sagemaker-runtime")

# Source: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html (payload), InvokeEndpoint (60 seconds)
MOST_BYTES = 6 << 20
TIMEOUT_S = 60.0
START_LIMIT_S = 30.0
MOST_TRIES = 3
REFUSED = ["TargetModel", "TargetContainerHostname", "InferenceComponentName", "SessionId"]


@SERVICE.operation("InvokeEndpoint", resources=resources)
def invoke_endpoint(cloud: Cloud, request: Request) -> Answer:
    params = request.params
    for key in REFUSED:
        if params.get(key):
            raise AwsError("ValidationError", f"{key} is not supported by the embedded cloud; leave it out")
    body = request.body.read(MOST_BYTES + 1) if request.body is not None else b""
    if len(body) > MOST_BYTES:
        raise AwsError(
            "ValidationError", f"Request body is larger than {MOST_BYTES} bytes; send fewer rows", 413
        )
    headers = {"Content-Type": params.get("ContentType", "text/csv")}
    if "Accept" in params:
        headers["Accept"] = params["Accept"]
    if "CustomAttributes" in params:
        headers["X-Amzn-SageMaker-Custom-Attributes"] = params["CustomAttributes"]
    route, reply = ask(cloud, params["EndpointName"], params.get("TargetVariant"), body, headers)
    if reply.status != 200:
        raise model_error(cloud, params["EndpointName"], route.variant, reply)
    config = route.plan["config"]
    if capture.is_wanted(config.get("DataCaptureConfig"), random.SystemRandom()):
        call = capture.Call(
            params["EndpointName"],
            route.variant,
            str(uuid.uuid4()),
            params.get("InferenceId"),
            body,
            headers["Content-Type"],
            reply.body,
            reply.content_type,
        )
        keep(cloud, route.plan, call)
    return {"Body": reply.body, "ContentType": reply.content_type, "InvokedProductionVariant": route.variant}


def serving(cloud: Cloud, endpoint: str) -> dict[str, Any]:
    """The record of an endpoint that answers. Raises: AwsError ValidationError."""
    data = records.find(cloud, "Endpoint", endpoint)
    if data is None or "ProductionVariants" not in data:
        raise AwsError("ValidationError", f"Endpoint {endpoint} of account {cloud.account} not found.")
    return data


def ask(
    cloud: Cloud, endpoint: str, target: str | None, body: bytes, headers: dict[str, str]
) -> tuple[Route, Reply]:
    """Route the request and ask a server; one that died is followed by its successor.

    A fleet that went while it was asked is followed by the one that serves now.
    """
    endpoints, begun_s = cloud.state(Endpoints), time.perf_counter()
    for tries in range(1, MOST_TRIES + 1):
        route = choose(serving(cloud, endpoint), target, random.SystemRandom())
        server = endpoints.server(endpoint, route.variant, START_LIMIT_S, route.fleet)
        if server is None:
            if time.perf_counter() - begun_s > START_LIMIT_S:
                break
            continue
        asked_s = time.perf_counter()
        try:
            reply = server.invoke(body, headers, TIMEOUT_S)
        except TimeoutError:
            message = f"did not respond within {TIMEOUT_S:.0f} seconds"
            reply = Reply(504, message.encode(), "text/plain")
        except (OSError, http.client.HTTPException) as error:
            if tries < MOST_TRIES:
                endpoints.restart(endpoint, route.fleet, route.variant, server)
                continue
            reply = Reply(500, str(error).encode(), "text/plain")
        answered_s = time.perf_counter()
        config_name = route.plan["config"]["EndpointConfigName"]
        times = (answered_s - asked_s, asked_s - begun_s)
        measures.emit(
            cloud,
            measures.Invocation(endpoint, route.variant, config_name, route.instances, reply.status, *times),
        )
        return route, reply
    raise AwsError("ServiceUnavailable", f"Endpoint {endpoint} is not ready yet", 503)


def model_error(cloud: Cloud, endpoint: str, variant: str, reply: Reply) -> AwsError:
    text = reply.body.decode("utf-8", "replace")
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
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


def keep(cloud: Cloud, plan: Plan, call: capture.Call) -> None:
    """The caller gets its answer even when the capture cannot be written; the endpoint's log says so."""
    principal = Principal(model_of(plan, call.variant)["ExecutionRoleArn"], "SageMaker")
    try:
        capture.write(cloud, principal, plan["config"]["DataCaptureConfig"], call)
    except AwsError as error:
        log.warning("endpoint %s: data capture failed: %s", call.endpoint, error)
        cloud.log(
            f"/aws/sagemaker/Endpoints/{call.endpoint}", "data-log", [f"[ERROR] data capture failed: {error}"]
        )
