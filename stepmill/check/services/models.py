"""What botocore's model files say of one operation: the shapes of its input and its output.

The files are read, botocore is not imported. What a model says is kept as a small extract per operation
(cache.py), for the models of large services take tenths of a second to read.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stepmill.check.records import dataclass
from stepmill.check.services import cache
from stepmill.check.services.spelling import method, service_of

# Java's name of a service -> its folder in botocore, where the folder is not that name with hyphens.
_FOLDERS = MappingProxyType(
    {
        "applicationdiscovery": "discovery",
        "cloudwatchevents": "events",
        "cloudwatchlogs": "logs",
        "cognitoidentityprovider": "cognito-idp",
        "costandusagereport": "cur",
        "costexplorer": "ce",
        "databasemigration": "dms",
        "directory": "ds",
        "directoryservicedata": "ds-data",
        "elasticloadbalancing": "elb",
        "elasticloadbalancingv2": "elbv2",
        "elasticsearch": "es",
        "eventbridge": "events",
        "iotdataplane": "iot-data",
        "iotjobsdataplane": "iot-jobs-data",
        "lexmodelbuilding": "lex-models",
        "lexmodelsv2": "lexv2-models",
        "lexruntimev2": "lexv2-runtime",
        "marketplacemetering": "meteringmarketplace",
        "migrationhub": "mgh",
        "pinpointsmsvoice": "sms-voice",
        "serverlessapplicationrepository": "serverlessrepo",
        "sfn": "stepfunctions",
        "simpledb": "sdb",
    }
)

_KEPT = (
    "type", "required", "enum", "pattern", "min", "max", "union", "document", "eventstream", "streaming"
)  # fmt: skip

Trait = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """input, output: names in `shapes`, "" when there is none. streams: it sends or answers events.

    errors: what any operation of the service may fail with.
    """

    service: str
    name: str
    input: str
    output: str
    streams: bool
    shapes: Mapping[str, Trait]
    errors: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def data_folder() -> Path | None:
    found = importlib.util.find_spec("botocore")
    places = list(found.submodule_search_locations or ()) if found else []
    return Path(places[0]) / "data" if places else None


@lru_cache(maxsize=1)
def version() -> str:
    """botocore's version, "" when there is no botocore."""
    folder = data_folder()
    if folder is None:
        return ""
    try:
        found = re.search(r"__version__ = ['\"]([0-9.]+)", (folder.parent / "__init__.py").read_text("utf-8"))
    except OSError:
        return ""
    return found[1] if found else ""


@lru_cache(maxsize=1)
def _folders() -> Mapping[str, str]:
    """Java's name of each service that botocore has -> its folder."""
    folder = data_folder()
    names: list[str] = []
    if folder is not None:
        with suppress(OSError), os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir()]
    special = {java: name for java, name in _FOLDERS.items() if name in names}
    plain = {name.replace("-", ""): name for name in names if name not in special.values()}
    return plain | special


def services() -> tuple[str, ...]:
    """The names that can stand behind aws-sdk:."""
    return tuple(sorted(_folders()))


def service_for(name: str) -> str | None:
    """The name behind aws-sdk: of a service called by botocore's or the command line's name."""
    folders = _folders()
    plain = name.lower()
    by_folder = {folder: java for java, folder in folders.items() if java != "cloudwatchevents"}
    return by_folder.get(plain) or (plain.replace("-", "") if plain.replace("-", "") in folders else None)


@lru_cache(maxsize=8)
def _model(service: str) -> Mapping[str, Any] | None:
    """The whole model of a service, by its Java name."""
    folder, name = data_folder(), _folders().get(service)
    if folder is None or name is None:
        return None
    import gzip  # an extract does without

    try:
        newest = max(entry.name for entry in (folder / name).iterdir() if entry.is_dir())
        with gzip.open(folder / name / newest / "service-2.json.gz") as file:
            model = json.load(file)
    except (OSError, ValueError):
        return None
    return model if isinstance(model, dict) else None


@lru_cache(maxsize=256)
def actions(service: str) -> tuple[str, ...] | None:
    """The actions of a service; None when there is no model of it."""
    model = _model(service)
    if model is None:
        return None
    return tuple(method(name) for name in model.get("operations", {}))


def service_id(service: str) -> str:
    model = _model(service) or {}
    return service_of(str(model.get("metadata", {}).get("serviceId", "")))


@lru_cache(maxsize=512)
def operation(service: str, action: str) -> Operation | None:
    """What an action takes and gives; None when the service or the action is not known."""
    kept = cache.read(version(), service, action)
    found = _of_extract(service, kept) if kept is not None else None
    if found is not None and method(found.name) == action:
        return found
    extract = _extract(service, action)
    if extract is None:
        return None
    cache.write(version(), service, action, extract)
    return _of_extract(service, extract)


def _extract(service: str, action: str) -> dict[str, Any] | None:
    model = _model(service)
    if model is None:
        return None
    name = action[:1].upper() + action[1:]
    found = model["operations"].get(name)
    if found is None or method(name) != action:
        found = next((it for key, it in model["operations"].items() if method(key) == action), None)
    if found is None:
        return None
    ends = [found.get(end, {}).get("shape", "") for end in ("input", "output")]
    shapes: dict[str, dict[str, Any]] = {}
    queue = [end for end in ends if end]
    while queue:
        shape = queue.pop()
        if shape in shapes:
            continue
        shapes[shape] = _slim(model["shapes"][shape])
        queue += _targets(shapes[shape])
    errors = sorted(name for name, shape in model["shapes"].items() if shape.get("exception"))
    named = {"name": str(found["name"]), "input": ends[0], "output": ends[1]}
    return {**named, "shapes": shapes, "errors": errors}


def _slim(shape: Mapping[str, Any]) -> dict[str, Any]:
    slim = {key: shape[key] for key in _KEPT if key in shape}
    slim |= {key: shape[key]["shape"] for key in ("key", "value", "member") if key in shape}
    if "members" in shape:
        slim["members"] = {name: member["shape"] for name, member in shape["members"].items()}
        given = [name for name, member in shape["members"].items() if member.get("idempotencyToken")]
        if given:  # the SDK makes one up
            slim["required"] = [name for name in shape.get("required", ()) if name not in given]
    return slim


def _targets(shape: Mapping[str, Any]) -> list[str]:
    return [
        *shape.get("members", {}).values(),
        *(shape[key] for key in ("key", "value", "member") if key in shape),
    ]


def _of_extract(service: str, extract: Mapping[str, Any]) -> Operation | None:
    """None unless the extract has the form that `_extract` gives it and names no shape it does not hold."""
    name, shapes, errors = extract.get("name"), extract.get("shapes"), extract.get("errors")
    ends = extract.get("input"), extract.get("output")
    if not isinstance(name, str) or not isinstance(shapes, dict):
        return None
    if not isinstance(errors, list) or not all(isinstance(error, str) for error in errors):
        return None
    if not all(isinstance(end, str) and (not end or end in shapes) for end in ends):
        return None
    if not all(_is_sound(shape, shapes) for shape in shapes.values()):
        return None
    streams = any(shape.get("eventstream") for shape in shapes.values())
    return Operation(service, name, str(ends[0]), str(ends[1]), streams, shapes, tuple(errors))


def _is_sound(shape: Any, shapes: Mapping[str, Any]) -> bool:
    """Asked of hundreds of shapes a call, so without generators."""
    if not isinstance(shape, dict) or not isinstance(shape.get("type"), str):
        return False
    if not isinstance(shape.get("members", {}), dict) or not isinstance(shape.get("pattern", ""), str):
        return False
    for key in ("required", "enum"):
        if key in shape and not (isinstance(shape[key], list) and {*map(type, shape[key])} <= {str}):
            return False
    if not isinstance(shape.get("min", 0), int | float) or not isinstance(shape.get("max", 0), int | float):
        return False
    targets = _targets(shape)
    return {*map(type, targets)} <= {str} and shapes.keys() >= {*targets}
