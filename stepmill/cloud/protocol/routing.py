"""Which operation of which service a request asks for, found in botocore's models."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl

from botocore.model import OperationModel

from stepmill.cloud import models
from stepmill.cloud.protocol import aws_query
from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.service import AwsError

# Where the name in a signature is not botocore's name of the service.
SIGNED_AS = {
    "states": ["stepfunctions"],
    "sagemaker": ["sagemaker", "sagemaker-runtime", "sagemaker-featurestore-runtime", "sagemaker-metrics"],
    "monitoring": ["cloudwatch"],
    "email": ["ses"],
    "ses": ["sesv2"],
    "elasticfilesystem": ["efs"],
    "elasticmapreduce": ["emr"],
    "elasticloadbalancing": ["elbv2"],
    "greengrass": ["greengrassv2", "greengrass"],
    "iotdata": ["iot-data"],
    "cognito-idp": ["cognito-idp"],
    "apigateway": ["apigateway", "apigatewayv2"],
    "tagging": ["resourcegroupstaggingapi"],
    "cloudcontrolapi": ["cloudcontrol"],
    "airflow": ["mwaa"],
}


@dataclass(frozen=True)
class Route:
    """The operation, the raw values of its URI's labels, and the query keys that are part of its URI.

    `protocol` is the one that the request speaks, where the service knows several.
    """

    service: str
    operation: str
    labels: dict[str, str] = field(default_factory=dict)
    constants: frozenset[str] = frozenset()
    protocol: str | None = None


def candidates(signed_as: str) -> list[str]:
    """botocore's names of the services that sign as `signed_as`."""
    names = SIGNED_AS.get(signed_as, [signed_as])
    return [name for name in names if name in models.service_names()]


RPC = "smithy-rpc-v2-cbor"


def spoken(service: str, request: HttpRequest) -> str:
    """The protocol of a request; a service whose first is Smithy's RPC takes the older ones too."""
    protocol: str = models.service_model(service).metadata["protocol"]
    if protocol != RPC or request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return protocol
    return "json" if "x-amz-target" in request.headers else "query"


def find_route(services: Iterable[str], request: HttpRequest) -> Route:
    """Raises: AwsError UnknownOperationException when no operation of the services fits the request."""
    target = request.headers.get("x-amz-target")
    for service in services:
        model, protocol = models.service_model(service), spoken(service, request)
        if target is not None:
            prefix, _, name = target.rpartition(".")
            if prefix == model.metadata.get("targetPrefix") and name in model.operation_names:
                return Route(service, name, protocol=protocol)
            continue
        route = find_rpc(service, request)
        if route is None and protocol in ("query", "ec2"):
            route = find_action(service, request, protocol)
        elif route is None and protocol.startswith("rest"):
            route = find_rest(service, request)
        if route is not None:
            return route
    asked = target or f"{request.method} {request.path}"
    raise AwsError("UnknownOperationException", f"No operation known here fits the request {asked:.200}", 404)


def find_rpc(service: str, request: HttpRequest) -> Route | None:
    """Smithy RPC: POST /service/<target prefix>/operation/<name>."""
    match = re.fullmatch(r"/service/[\w.]+/operation/(\w+)", request.path)
    if match and match[1] in models.service_model(service).operation_names:
        return Route(service, match[1], protocol=RPC)
    return None


def find_action(service: str, request: HttpRequest, protocol: str) -> Route | None:
    form = {**dict(request.query), **aws_query.load(request.read_body())}
    name = form.get("Action", "")
    return (
        Route(service, name, protocol=protocol)
        if name in models.service_model(service).operation_names
        else None
    )


@dataclass(frozen=True)
class Template:
    """The URI of one operation. `needed_*`: members without which a request cannot be meant for it."""

    operation: str
    method: str
    path: re.Pattern[str]
    constants: tuple[tuple[str, str], ...]
    needed_query: frozenset[str]
    needed_headers: frozenset[str]
    literals: int
    is_deprecated: bool

    def score(self, request: HttpRequest, query: dict[str, str]) -> tuple[int, ...] | None:
        """How specifically the template fits; None when it does not."""
        if any(query.get(key) != value for key, value in self.constants):
            return None
        if not self.needed_query <= query.keys() or not self.needed_headers <= request.headers.keys():
            return None
        needs = len(self.needed_query) + len(self.needed_headers)
        return self.literals, len(self.constants), needs, not self.is_deprecated


def find_rest(service: str, request: HttpRequest) -> Route | None:
    query = dict(request.query)
    best: tuple[tuple[int, ...], Template, re.Match[str]] | None = None
    for template in templates(service):
        if template.method != request.method or not (match := template.path.fullmatch(request.path)):
            continue
        score = template.score(request, query)
        if score is not None and (best is None or score > best[0]):
            best = score, template, match
    if best is None:
        return None
    _, template, match = best
    labels = {
        name_of(service, template.operation, group): value for group, value in match.groupdict().items()
    }
    return Route(service, template.operation, labels, frozenset(key for key, _ in template.constants))


@cache
def templates(service: str) -> list[Template]:
    model = models.service_model(service)
    return [compile_template(models.operation_model(service, name)) for name in model.operation_names]


LABEL = re.compile(r"\{([^}]+?)(\+?)\}")


def compile_template(model: OperationModel) -> Template:
    path, _, query = model.http["requestUri"].partition("?")
    pattern, position = "", 0
    for number, label in enumerate(LABEL.finditer(path)):
        pattern += re.escape(path[position : label.start()])
        pattern += f"(?P<label{number}>{'.+' if label[2] else '[^/]+'})"
        position = label.end()
    pattern += re.escape(path[position:].rstrip("/")) + ("" if path.endswith("+}") else "/?")
    located = located_names(model)
    return Template(
        operation=model.name,
        method=model.http["method"],
        path=re.compile(pattern, re.DOTALL),
        constants=tuple(parse_qsl(query, keep_blank_values=True)),
        needed_query=located["querystring"],
        needed_headers=frozenset(name.lower() for name in located["header"]),
        literals=len(LABEL.sub("", path)),
        is_deprecated=model.deprecated,
    )


def located_names(model: OperationModel) -> dict[str, frozenset[str]]:
    """Wire names of the required members by location."""
    found: dict[str, set[str]] = {"querystring": set(), "header": set()}
    shape = model.input_shape
    for name, member in shape.members.items() if shape else ():
        if shape is None or name not in shape.required_members:
            continue
        location = member.serialization.get("location")
        if location in found:
            found[location].add(str(member.serialization.get("name", name)))
    return {location: frozenset(names) for location, names in found.items()}


@cache
def label_names(service: str, operation: str) -> list[str]:
    uri = models.operation_model(service, operation).http["requestUri"].partition("?")[0]
    return [label[1] for label in LABEL.finditer(uri)]


def name_of(service: str, operation: str, group: str) -> str:
    return label_names(service, operation)[int(group.removeprefix("label"))]
