"""A request to a deployed API on its way: found, admitted, handed to its function, answered.

`http://127.0.0.1:<port>/_aws/execute-api/<api id>/<stage>/<path>` stands for AWS's
`https://<api id>.execute-api.<region>.amazonaws.com/<stage>/<path>`.
"""

import concurrent.futures
import io
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.delivery import permission
from stepmill.cloud.delivery.parcel import Parcel, Undeliverable
from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.service import ROOT, AwsError, Principal
from stepmill.cloud.services.apigateway import access_log, admission, answer, event, routes
from stepmill.cloud.services.apigateway.answer import Response
from stepmill.cloud.services.apigateway.document import Document, Method
from stepmill.cloud.services.apigateway.event import Caller, Incoming, Pairs
from stepmill.cloud.services.apigateway.refusals import (
    Refused,
    forbidden,
    internal,
    no_token,
    timed_out,
    too_long,
)
from stepmill.cloud.services.apigateway.service import find

log = logging.getLogger(__name__)
PREFIX = "/_aws/execute-api/"
# Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
MOST_BYTES = 10 << 20
CALLERS_OWN = re.compile(r"arn:[^:]+:iam::\*:user/\*")  # the function is called with the caller's rights
HOST = re.compile(r"https://(?P<api>[a-z0-9]{10})\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?=/|$)")


def is_meant(path: str) -> bool:
    return path.startswith(PREFIX)


def local_address(cloud: Cloud, text: str) -> str:
    """`text` with AWS's addresses of APIs that are here made ours."""

    def ours(match: re.Match[str]) -> str:
        is_here = find(cloud, "RestApi", "", match["api"]) is not None
        return f"{cloud.endpoint_url}{PREFIX}{match['api']}" if is_here else match[0]

    return HOST.sub(ours, text)


def respond(cloud: Cloud, request: HttpRequest, headers: Pairs) -> Response:
    """Always a response. `headers` as they came, each as often as it did."""
    api, _, rest = request.path.removeprefix(PREFIX).partition("/")
    stage, _, path = rest.partition("/")
    incoming = Incoming(
        api,
        stage,
        request.method,
        f"/{path}",
        request.query_string,
        headers,
        request.read_body(),
        cloud.clock.time(),
    )
    caller, found = Caller(), find(cloud, "Stage", api, stage)
    resource = ""
    try:
        if found is None:
            raise forbidden()
        declared = cloud.state(routes.Deployments).document(api, found["deploymentId"])
        match = routes.find(declared, incoming.verb, incoming.path)
        if match is None:
            raise no_token()
        resource = match.method.resource
        principal, caller = admit(cloud, incoming, request.path, match.method, found, declared)
        response = ask(cloud, incoming, match, caller, principal, found, declared)
    except Refused as refused:
        response = refusal(refused)
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        response = refusal(internal())
    access_log.write(cloud, found, incoming, response, caller, resource)
    return Response(
        response.status, [*response.headers, ("x-amzn-requestid", incoming.request_id)], response.body
    )


def refusal(refused: Refused) -> Response:
    headers = [("content-type", "application/json"), ("x-amzn-errortype", refused.kind)]
    return Response(refused.status, headers, refused.body)


def refused_at_the_door(error: AwsError) -> Response:
    """Another Host, or a body that is too large or never ends."""
    if error.status == 413:
        return refusal(too_long())
    return refusal(Refused(error.status, error.message, f"{error.code}Exception"))


def admit(
    cloud: Cloud,
    incoming: Incoming,
    door_path: str,
    method: Method,
    stage: Mapping[str, Any],
    declared: Document,
) -> tuple[Principal, Caller]:
    """Raises: Refused."""
    principal, caller = ROOT, Caller()
    if method.is_signed:
        principal, caller = admission.authorise(cloud, incoming, door_path)
    if method.needs_key:
        key, plan = admission.key_of(cloud, incoming)
        caller = Caller(key, caller.access_key_id, caller.account, caller.arn)
        admission.check_plan(cloud, plan, key["id"], incoming, method)
    admission.check_stage(cloud, stage, incoming, method)
    admission.check_request(incoming, method, declared)
    return principal, caller


def ask(
    cloud: Cloud,
    incoming: Incoming,
    match: routes.Match,
    caller: Caller,
    principal: Principal,
    stage: Mapping[str, Any],
    declared: Document,
) -> Response:
    """Raises: Refused."""
    is_binary = takes_binary(declared, incoming.header("content-type"))
    asked = event.build(incoming, match, caller, stage, cloud.account, is_binary)
    acting = acting_as(cloud, match.method, incoming, principal)
    call = cloud.pool.submit(
        cloud.call,
        "lambda",
        "Invoke",
        {"FunctionName": match.method.function_arn},
        principal=acting,
        body=io.BytesIO(json.dumps(asked).encode()),
    )
    try:
        result = call.result(match.method.timeout_s)
    except concurrent.futures.TimeoutError:
        raise timed_out() from None
    except AwsError as error:
        log.warning("%s was not called: %s", match.method.function_arn, error)
        raise too_long() if error.status == 413 else internal() from None
    if result.get("FunctionError"):
        raise internal(502)
    accepts = incoming.header("accept").partition(",")[0]
    return answer.read(result["Payload"].read(), takes_binary(declared, accepts))


def takes_binary(declared: Document, kind: str) -> bool:
    base = kind.partition(";")[0].strip().lower()
    return bool(base) and (base in declared.binary_types or "*/*" in declared.binary_types)


def acting_as(cloud: Cloud, method: Method, incoming: Incoming, caller: Principal) -> Principal:
    """Whose rights the function is called with; without credentials its own policy must let the API in.

    Raises: Refused 500.
    """
    if method.credentials is None:
        arn = cloud.arn("execute-api", f"{incoming.api}/{incoming.stage}/{incoming.verb}{method.resource}")
        parcel = Parcel("", "apigateway.amazonaws.com", arn, method.function_arn, "")
        try:
            permission.check(cloud, parcel)
        except Undeliverable as refused:
            log.warning("API %s: %s", incoming.api, refused)
            raise internal() from None
        return ROOT
    if CALLERS_OWN.fullmatch(method.credentials):
        return caller
    try:
        return cloud.assume(method.credentials, "apigateway.amazonaws.com")
    except AwsError as error:
        log.warning("API %s: %s", incoming.api, error)
        raise internal() from None
