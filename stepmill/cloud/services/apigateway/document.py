"""An API's OpenAPI 3 or Swagger 2 body, read into the methods that it declares.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from stepmill.cloud.services.apigateway.service import bad

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method")
FUNCTION = re.compile(r"arn:[^:]+:apigateway:[^:]+:lambda:path/2015-03-31/functions/([^/]+)/invocations")
LONGEST_TIMEOUT_MS = 29_000
JSON = "application/json"


@dataclass(frozen=True)
class Method:
    """`schemas` by content type, to be read with `definitions` beside them; `credentials` as declared."""

    verb: str
    resource: str
    function_arn: str
    credentials: str | None
    is_signed: bool
    needs_key: bool
    timeout_s: float
    schemas: Mapping[str, Any] = field(default_factory=dict)
    needs_body: bool = False
    required_query: tuple[str, ...] = ()
    required_headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """What a deployment freezes. `definitions` are the parts that a schema's `$ref` may name."""

    methods: tuple[Method, ...]
    definitions: Mapping[str, Any]
    binary_types: frozenset[str]


def parse(text: bytes | str) -> dict[str, Any]:
    """JSON or YAML. Raises: AwsError BadRequestException."""
    try:
        body = yaml.safe_load(text)
    except yaml.YAMLError:
        body = None
    if not isinstance(body, dict) or not ("swagger" in body or "openapi" in body):
        raise bad("Invalid OpenAPI input.")
    return body


def read(body: Mapping[str, Any]) -> Document:
    """Raises: AwsError BadRequestException naming what is not supported here, or is wrong."""
    if "x-amazon-apigateway-policy" in body:
        raise bad("x-amazon-apigateway-policy: resource policies are not supported by the embedded cloud")
    methods = [
        _method(body, path, verb, item[verb])
        for path, item in (body.get("paths") or {}).items()
        for verb in VERBS
        if isinstance(item, dict) and verb in item
    ]
    return Document(
        tuple(methods),
        {key: body[key] for key in ("components", "definitions") if key in body},
        frozenset(body.get("x-amazon-apigateway-binary-media-types", [])),
    )


def _method(body: Mapping[str, Any], path: str, verb: str, declared: Mapping[str, Any]) -> Method:
    where = f"{verb.upper()} {path}"
    integration = declared.get("x-amazon-apigateway-integration") or {}
    kind = str(integration.get("type", "")).lower()
    if kind != "aws_proxy":
        raise bad(f"{where}: integration type {kind or 'none'!r} is not supported here; use aws_proxy")
    function = FUNCTION.fullmatch(str(integration.get("uri")))
    if function is None:
        raise bad(f"{where}: integration uri {integration.get('uri')!r} names no Lambda function")
    timeout_ms = int(integration.get("timeoutInMillis", LONGEST_TIMEOUT_MS))
    if not 50 <= timeout_ms <= LONGEST_TIMEOUT_MS:
        raise bad(f"{where}: Timeout should be between 50 ms and {LONGEST_TIMEOUT_MS} ms")
    schemes = set(_schemes(body, where, declared.get("security", body.get("security", []))))
    return Method(
        verb="ANY" if verb.startswith("x-") else verb.upper(),
        resource=path,
        function_arn=function[1],
        credentials=integration.get("credentials"),
        is_signed="signature" in schemes,
        needs_key="key" in schemes,
        timeout_s=timeout_ms / 1000,
        **_validation(body, declared),
    )


def _schemes(body: Mapping[str, Any], where: str, security: Any) -> Iterator[str]:
    """`signature` and `key`. Raises: AwsError for another authorizer."""
    declared = body.get("securityDefinitions") or body.get("components", {}).get("securitySchemes") or {}
    for name in (name for alternative in security for name in alternative):
        scheme = declared.get(name, {})
        if str(scheme.get("x-amazon-apigateway-authtype", "")).lower() == "awssigv4":
            yield "signature"
        elif "x-amazon-apigateway-authorizer" not in scheme and (
            scheme.get("type"),
            str(scheme.get("name")).lower(),
        ) == ("apiKey", "x-api-key"):
            yield "key"
        else:
            raise bad(f"{where}: authorizer {name!r} is not supported here; use AWS_IAM or an API key")


def _validation(body: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    name = declared.get(
        "x-amazon-apigateway-request-validator", body.get("x-amazon-apigateway-request-validator")
    )
    wanted = body.get("x-amazon-apigateway-request-validators", {}).get(name, {})
    parameters = [one for one in declared.get("parameters", []) if isinstance(one, dict)]
    found: dict[str, Any] = {}
    if wanted.get("validateRequestBody"):
        content = declared.get("requestBody", {})
        schemas = {kind: one["schema"] for kind, one in content.get("content", {}).items() if "schema" in one}
        bodies = [one for one in parameters if one.get("in") == "body"]
        for one in bodies:  # Swagger 2 has at most one
            schemas[JSON] = one.get("schema", {})
        found["schemas"] = schemas
        found["needs_body"] = bool(content.get("required") or any(one.get("required") for one in bodies))
    if wanted.get("validateRequestParameters"):
        for place, key in (("query", "required_query"), ("header", "required_headers")):
            found[key] = tuple(
                one["name"] for one in parameters if one.get("in") == place and one.get("required")
            )
    return found
