"""Whether a request may pass to its function: signature, API key, limits, required members, model.

What is checked first is told first, in API Gateway's order: authorization, key, throttling, request.
"""

import hmac
import io
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import jsonschema  # type: ignore[import-untyped]  # its stubs are a package of their own

from stepmill.cloud import gate
from stepmill.cloud.cloud import Cloud
from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.services.apigateway.document import JSON, Document, Method
from stepmill.cloud.services.apigateway.event import Caller, Incoming
from stepmill.cloud.services.apigateway.limits import Buckets, count
from stepmill.cloud.services.apigateway.refusals import (
    Refused,
    bad_request,
    forbidden,
    no_token,
    quota_used_up,
    too_many,
)
from stepmill.cloud.services.apigateway.service import everything, find
from stepmill.cloud.signature import check_signature


def method_arn(cloud: Cloud, incoming: Incoming) -> str:
    return cloud.arn("execute-api", f"{incoming.api}/{incoming.stage}/{incoming.verb}{incoming.path}")


def signer(cloud: Cloud, incoming: Incoming, door_path: str) -> tuple[Principal, str]:
    """Who signed, and with which key; `door_path` is the path that the signature speaks of.

    Raises: Refused 403.
    """
    headers = dict(incoming.headers)
    signed = gate.read_signature(headers, incoming.query_string)
    if signed is None:
        raise no_token()
    request = HttpRequest(incoming.verb, door_path, incoming.query_string, headers, io.BytesIO(incoming.body))
    try:
        signed, principal = gate.admit(cloud, signed)
        if signed.service != "execute-api":
            raise Refused(
                403,
                "Credential should be scoped to correct service: 'execute-api'. ",
                "InvalidSignatureException",
            )
        secret = cloud.keyring.secret_of(signed.access_key_id)
        check_signature(request, headers, signed.access_key_id, secret, cloud.server_time)
        return principal, signed.access_key_id
    except AwsError as error:
        raise Refused(403, error.message, error.code) from None


def authorise(cloud: Cloud, incoming: Incoming, door_path: str) -> tuple[Principal, Caller]:
    """A signed caller who may execute-api:Invoke the method. Raises: Refused 403."""
    principal, access_key_id = signer(cloud, incoming, door_path)
    try:
        cloud.allow(principal, "execute-api:Invoke", method_arn(cloud, incoming))
    except AwsError as error:
        raise Refused(403, error.message, "AccessDeniedException", member="Message") from None
    arn = cloud.authority.arn_of(principal)
    return principal, Caller(access_key_id=access_key_id, account=cloud.account, arn=arn)


def key_of(cloud: Cloud, incoming: Incoming) -> tuple[dict[str, Any], dict[str, Any]]:
    """The enabled key that was sent, and its usage plan for this stage. Raises: Refused 403."""
    sent = incoming.header("x-api-key").encode()
    place = (incoming.api, incoming.stage)
    for key in everything(cloud, "ApiKey"):
        if not hmac.compare_digest(key["value"].encode(), sent) or not key["enabled"]:
            continue
        for plan in everything(cloud, "UsagePlan"):
            is_for_stage = place in [(one["apiId"], one["stage"]) for one in plan["apiStages"]]
            if is_for_stage and find(cloud, "UsagePlanKey", plan["id"], key["id"]) is not None:
                return key, plan
    raise forbidden()


def check_plan(cloud: Cloud, plan: Mapping[str, Any], key: str, incoming: Incoming, method: Method) -> None:
    """Raises: Refused 429 when the key is too fast, or has used up its quota."""
    buckets = cloud.state(Buckets)
    stage = next(
        one for one in plan["apiStages"] if (one["apiId"], one["stage"]) == (incoming.api, incoming.stage)
    )
    own = stage.get("throttle", {}).get(f"{method.resource}/{method.verb}")
    name = ("plan", plan["id"], key, incoming.api, incoming.stage)
    if own and not _take(buckets, (*name, method.resource, method.verb), own):
        raise too_many()
    if (limit := plan.get("throttle")) and not _take(buckets, name, limit):
        raise too_many()
    if not count(cloud, plan, key):
        raise quota_used_up()


def check_stage(cloud: Cloud, stage: Mapping[str, Any], incoming: Incoming, method: Method) -> None:
    """The method's own setting counts before the stage's. Raises: Refused 429."""
    settings = stage.get("methodSettings", {})
    own = settings.get(f"{method.resource.strip('/') or '~1'}/{method.verb}", {})
    both = settings.get("*/*", {}) | own
    if "throttlingRateLimit" not in both and "throttlingBurstLimit" not in both:
        return
    limit = {"rateLimit": both.get("throttlingRateLimit"), "burstLimit": both.get("throttlingBurstLimit")}
    name = ("stage", incoming.api, incoming.stage, method.resource, method.verb)
    if not _take(cloud.state(Buckets), name, {k: v for k, v in limit.items() if v is not None}):
        raise too_many()


def _take(buckets: Buckets, name: tuple[str, ...], limit: Mapping[str, Any]) -> bool:
    rate = float(limit.get("rateLimit", 10_000))
    return buckets.take(name, rate, float(limit.get("burstLimit", 5_000)))


def check_request(incoming: Incoming, method: Method, declared: Document) -> None:
    """Raises: Refused 400."""
    query = {name for name, _ in parse_qsl(incoming.query_string, keep_blank_values=True)}
    headers = {name for name, _ in incoming.headers}
    missing = [name for name in method.required_query if name not in query]
    missing += [name for name in method.required_headers if name.lower() not in headers]
    if missing:
        raise bad_request(f"Missing required request parameters: [{', '.join(missing)}]")
    kind = incoming.header("content-type").partition(";")[0].strip().lower() or JSON
    schema = method.schemas.get(kind)
    if not incoming.body:
        if method.needs_body or schema is not None:
            raise bad_request("Invalid request body")
        return
    if schema is not None and not is_valid(incoming.body, {**declared.definitions, "allOf": [schema]}):
        raise bad_request("Invalid request body")


def is_valid(body: bytes, schema: Mapping[str, Any]) -> bool:
    """API Gateway's models are JSON Schema draft 4."""
    try:
        jsonschema.Draft4Validator(schema).validate(json.loads(body))
    except (ValueError, jsonschema.ValidationError, RecursionError):
        return False
    return True
