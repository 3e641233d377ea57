"""One admitted request: routed, authorised, answered by our handler or passed on to moto."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from stepmill.cloud import caller, models
from stepmill.cloud.forward import Forwarder
from stepmill.cloud.gate import Signed
from stepmill.cloud.protocol.codec import parse_request, serialise_answer
from stepmill.cloud.protocol.errors import serialise_error
from stepmill.cloud.protocol.messages import HttpRequest, HttpResponse
from stepmill.cloud.protocol.routing import Route, candidates, find_route, spoken
from stepmill.cloud.replay import KEPT, keeps
from stepmill.cloud.service import ROOT, AwsError, Later, Principal, Request
from stepmill.cloud.signature import check_signature

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

logger = logging.getLogger(__name__)
T = TypeVar("T")

# What is larger takes long to parse, so the door's thread leaves it to the pool.
QUICK_BYTES = 64 << 10
# The protocols whose requests we read.
READ = ("json", "query", "rest-json", "rest-xml", "smithy-rpc-v2-cbor")


@dataclass(frozen=True)
class Begun:
    """A request whose answer another thread works on; `Dispatcher.finish` turns it into a response."""

    route: Route
    later: Later


class Dispatcher:
    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._forwarder = Forwarder(cloud.moto)

    def is_quick(self, signed: Signed, principal: Principal, request: HttpRequest) -> bool:
        """Whether `begin` waits for nothing; a role's request may wait for moto to tell its policies."""
        if principal != ROOT:
            return False
        target = request.headers.get("x-amz-target", "").rpartition(".")[2]
        found = (caller.find_operation(self._cloud, name, target) for name in candidates(signed.service))
        is_quick = any(operation.is_quick for operation in found if operation)
        return is_quick and request.size_bytes() <= QUICK_BYTES

    def respond(self, signed: Signed, principal: Principal, request: HttpRequest) -> HttpResponse:
        """Always a response: errors are worded by the service's protocol. Waits for the answer."""
        begun = self.begin(signed, principal, request)
        return self.finish(begun, request) if isinstance(begun, Begun) else begun

    def begin(self, signed: Signed, principal: Principal, request: HttpRequest) -> HttpResponse | Begun:
        """`respond` for those who must not wait: until `finish`."""
        route = worded(
            lambda: self._admit(signed, principal, request), signed.service, request.method, request
        )
        if isinstance(route, HttpResponse):
            return route
        service, operation = (route.service, route.operation) if route else (signed.service, request.method)
        return worded(lambda: self._answer(route, principal, request), service, operation, request)

    @staticmethod
    def finish(begun: Begun, request: HttpRequest) -> HttpResponse:
        """Waits when it is not done."""
        service, operation = begun.route.service, begun.route.operation
        model = models.operation_model(service, operation)
        return worded(
            lambda: serialise_answer(model, begun.later.make(), begun.route.protocol),
            service,
            operation,
            request,
        )

    def _admit(self, signed: Signed, principal: Principal, request: HttpRequest) -> Route | None:
        cloud = self._cloud
        secret = cloud.keyring.secret_of(signed.access_key_id)
        check_signature(request, signed.headers, signed.access_key_id, secret, cloud.server_time)
        return self._route(signed, principal, request)

    def _route(self, signed: Signed, principal: Principal, request: HttpRequest) -> Route | None:
        """None: pass it on unread, as the owner may do anything and the service is none of ours."""
        services = candidates(signed.service)
        is_ours = any(service in self._cloud.services for service in services)
        if principal == ROOT and not is_ours and signed.service not in KEPT:
            return None
        try:
            return find_route(services, request)
        except AwsError:
            if principal == ROOT:
                return None
            raise

    def _answer(
        self, route: Route | None, principal: Principal, request: HttpRequest
    ) -> HttpResponse | Begun:
        cloud = self._cloud
        if route is None:
            return self._forwarder.forward(request)
        model = models.operation_model(route.service, route.operation)
        ours = caller.find_operation(cloud, route.service, route.operation)
        if ours is None:
            is_read = principal != ROOT or keeps(route.service, route.operation)
            params = self._forwarded_params(route, request) if is_read else {}
            cloud.authority.check(route.service, route.operation, None, params, principal)
            return self._pass_on(route, params, request)
        params, body = parse_request(model, route, request)
        asked = Request(route.operation, params, principal, None, body, request.headers)
        answer = caller.begin(cloud, route.service, ours, asked)
        if isinstance(answer, Later):
            return Begun(route, answer)
        return serialise_answer(model, answer, route.protocol)

    def _pass_on(self, route: Route, params: dict[str, Any], request: HttpRequest) -> HttpResponse:
        if not keeps(route.service, route.operation):
            return self._forwarder.forward(request)
        with self._cloud.replay.writing(route.service, route.operation, params) as accepted:
            response = self._forwarder.forward(request)
            if response.status < 300:
                accepted()
        self._cloud.authority.forget_on_write(route.service, route.operation)
        return response

    @staticmethod
    def _forwarded_params(route: Route, request: HttpRequest) -> dict[str, Any]:
        """For the ARNs a role's call touches; a protocol that we do not read touches `*`."""
        model = models.operation_model(route.service, route.operation)
        if (route.protocol or model.metadata["protocol"]) not in READ:
            return {}
        return parse_request(model, route, request)[0]


def worded(work: Callable[[], T], service: str, operation: str, request: HttpRequest) -> T | HttpResponse:
    """What `work` gives; an error of it as the service words errors."""
    try:
        return work()
    except AwsError as error:
        return refusal(error, service, request)
    except Exception:
        logger.exception("%s %s failed", service, operation)
        failure = AwsError("InternalFailure", "The embedded cloud failed; see its log", 500)
        return refusal(failure, service, request)


def refusal(error: AwsError, service: str, request: HttpRequest) -> HttpResponse:
    names = candidates(service) or ["ssm"]  # any service with a JSON protocol
    is_cbor = "smithy-protocol" in request.headers
    protocol = spoken(names[0], request)
    return serialise_error(
        models.service_model(names[0]), error, request.method, is_cbor=is_cbor, protocol=protocol
    )
