"""Which method of a deployed API a request's path means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.apigateway import document
from stepmill.cloud.services.apigateway.document import Document, Method
from stepmill.cloud.services.apigateway.service import known

PLACEHOLDER = re.compile(r"\{([^}+]+)(\+?)\}")


@dataclass(frozen=True)
class Match:
    """`path_parameters` are decoded."""

    method: Method
    path_parameters: Mapping[str, str]


class Deployments:
    """Deployments, read once: they never change. `cloud.state(Deployments)`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._read: dict[tuple[str, str], Document] = {}

    def document(self, api: str, deployment: str) -> Document:
        label = (api, deployment)
        if label not in self._read:
            self._read[label] = document.read(known(self._cloud, "Deployment", api, deployment)["_body"])
        return self._read[label]


def find(declared: Document, verb: str, path: str) -> Match | None:
    """The most literal resource wins, and of its methods the named one before ANY."""
    best: tuple[tuple[object, ...], Match] | None = None
    for method in declared.methods:
        if method.verb not in (verb, "ANY"):
            continue
        found = pattern(method.resource).fullmatch(path)
        if found is None:
            continue
        names = [name for name, _ in PLACEHOLDER.findall(method.resource)]
        values = [unquote(text) for text in found.groups()]
        match = Match(method, dict(zip(names, values, strict=True)))
        score = (*_literalness(method.resource), method.verb != "ANY")
        if best is None or score > best[0]:
            best = score, match
    return best[1] if best else None


def pattern(resource: str) -> re.Pattern[str]:
    """A slash at the end of a request's path is no difference."""
    text, position = "", 0
    for found in PLACEHOLDER.finditer(resource):
        text += re.escape(resource[position : found.start()])
        text += "(.+)" if found[2] else "([^/]+)"
        position = found.end()
    return re.compile(f"{text}{re.escape(resource[position:].rstrip('/'))}/?", re.DOTALL)


def _literalness(resource: str) -> tuple[int, int]:
    greedy = resource.count("+}")
    return -greedy, len(PLACEHOLDER.sub("", resource))
