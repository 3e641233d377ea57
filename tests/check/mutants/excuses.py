"""Which mutants are correct machines too: told by botocore, by the handlers, by what the machine reads.

What is excused here does not count. What survives without an excuse does, and is printed with the reason why
no rule sees it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.session import get_session

from stepmill.check.shapes.shape import Member, Object, Presence
from tests.check.mutants.mutation import Mutant, Place, at, places
from tests.check.mutants.operators import PATH, is_read
from tests.check.mutants.subject import Own

OF_DATA = ("result path renamed", "member dropped", "member renamed")
OF_VALUES = ("text as number", "number as text")
# Correct as well, though it takes a reader to see it: (kind, end of the place, reason).
EQUAL = (
    ("", "throttled/wait_s", "a counter writes it before a Wait reads it"),
    ("", "GoBack/Parameters/wait_s", "a counter writes it before a Wait reads it"),
    ("", "Settings/Parameters/previous/config_name", "every way to its readers writes it anew"),
    ("result path renamed", "NothingBefore/ResultPath", "the settings hold the same null"),
    ("member dropped", "defaults/data_uri", "the input has to give it"),
)
RESOURCE = re.compile(r":states:::(?:aws-sdk:)?(\w+):(\w+)")
# Why a kind of mutant may live on: (kind, place, reason). Nobody can know it, or no rule tells it.
REASONS = (
    ("field dropped", "ResultPath", "its readers find what they look for in the answer too"),
    ("step elsewhere", "", "goes to a state that takes the same data; which one is meant, nobody can say"),
    ("error name misspelt", "", "a service or a handler may well raise an error of that name"),
    ("", "/hyperparameters/", "what an algorithm takes is in no model of AWS"),
    ("", "/Environment/", "what a job looks for in its environment is in no model of AWS"),
    (
        "",
        "States/Defaults/",
        "the machine's own checks refuse that default, whenever it is needed",
    ),
    ("sync dropped", "", "nothing reads what the finished job would give"),
    ("result path renamed", "/CountThrottled", "the counter stays as it was; what is read is there"),
)


def excuse(own: Own, mutant: Mutant) -> str:
    """Why this one is a correct machine as well; empty when it is not."""
    definition, place = own.subject.definition, mutant.place
    state = _state(place)
    holder = at(definition, state)
    where = "/".join(map(str, place))
    if not state:
        return ""
    for kind, part, text in EQUAL:
        if kind in ("", mutant.kind) and where.endswith(part):
            return text
    if mutant.kind == "member dropped" and "Parameters" in place and "Resource" in holder:
        return _optional(own, place, state)
    if mutant.kind in OF_DATA or (mutant.kind in OF_VALUES and "Resource" not in holder):
        written = _written(definition, place, state)
        if written and not any(_touches(path, written) for path in paths_read(own)):
            return f"nothing in the machine reads {written}"
        if _is_last(definition, state):
            return "it is only in the machine's output, which nothing declares"
    if place[-1] == "ResultPath" and mutant.kind == "field dropped" and _is_given_up(definition, state):
        return "the Parallel drops what its branches give"
    return ""


def reason(own: Own, mutant: Mutant) -> str:
    """Why no rule tells it, as far as it is known."""
    where = "/".join(map(str, mutant.place))
    definition = own.subject.definition
    state = _state(mutant.place)
    is_written = mutant.kind in OF_DATA and bool(state)
    if is_written and _written(definition, mutant.place, state) in paths_tested(own):
        return "whoever reads it asks first whether it is there"
    if mutant.kind == "path segment renamed" and mutant.note.partition(" ")[0] in paths_tested(own):
        return "it is asked first whether it is there, and it need not be"
    for kind, part, text in REASONS:
        if kind in ("", mutant.kind) and part in f"{where}/":
            return text
    return "UNEXPLAINED"


def excuse_of_stack(own: Own, mutant: Mutant) -> str:
    """The same of a change of the template."""
    if mutant.kind == "condition dropped" and at(own.stack, mutant.place[:-1])["Action"] != "iam:PassRole":
        return "it allows more than before: the machine does the same"
    return ""


def reason_of_stack(own: Own, mutant: Mutant) -> str:
    if mutant.kind == "resource elsewhere" and "DescribeModelPackage" in str(
        at(own.stack, mutant.place[:-1])["Action"]
    ):
        return "its ARN comes with the input: which package it is, only the caller knows"
    return "UNEXPLAINED"


def _state(place: Place) -> Place:
    """The innermost state that the place lies in; the machine itself when there is none."""
    for index in range(len(place) - 1, 0, -1):
        if place[index - 1] == "States":
            return place[: index + 1]
    return ()


def _is_last(definition: Any, state: Place) -> bool:
    """Whether what it gives is what the machine gives: it ends, or a Succeed follows."""
    found = at(definition, state)
    if len(state) != 2:
        return False
    following = definition["States"].get(found.get("Next"), {})
    return bool(found.get("End")) or following.get("Type") == "Succeed"


def _is_given_up(definition: Any, state: Place) -> bool:
    """It ends a branch of a Parallel that keeps nothing of it."""
    if "Branches" not in state or not at(definition, state).get("End"):
        return False
    parallel = at(definition, state[: len(state) - 1 - state[::-1].index("Branches")])
    return "ResultPath" in parallel and parallel["ResultPath"] is None


def _written(definition: Any, place: Place, state: Place) -> str:
    """The path at which others find what is written at this place; empty when that cannot be said."""
    if place[-1] == "ResultPath":
        return str(at(definition, place))
    holder = at(definition, state)
    field = place[len(state)]
    in_result = holder["Type"] == "Pass" and field in ("Parameters", "Result")
    inner = [str(part).removesuffix(".$") for part in place[len(state) + 1 :]]
    target = holder.get("ResultPath", "$")
    if not (in_result or field == "ResultSelector") or target is None or "OutputPath" in holder:
        return ""
    return ".".join([target, *inner])


def _touches(read: str, written: str) -> bool:
    """Whether one path lies within the other; of what reads all there is, nothing can be said."""
    return read != "$" and (f"{read}.".startswith(f"{written}.") or f"{written}.".startswith(f"{read}."))


@lru_cache
def paths_read(own: Own) -> frozenset[str]:
    return frozenset(
        path
        for place, value in places(own.subject.definition)
        if isinstance(value, str) and is_read(place)
        for path in PATH.findall(value)
    )


@lru_cache
def paths_tested(own: Own) -> frozenset[str]:
    """Those of which a Choice asks whether they are there."""
    return frozenset(
        value["Variable"]
        for _, value in places(own.subject.definition)
        if isinstance(value, dict) and "IsPresent" in value
    )


def _optional(own: Own, place: Place, state: Place) -> str:
    """By botocore's model of the request, or by the handler's type hints below lambda:invoke's Payload."""
    definition = own.subject.definition
    inner = place[len(state) + 1 :]
    found = RESOURCE.search(at(definition, state)["Resource"])
    if found is None:
        return ""
    if found[1] == "lambda" and len(inner) > 1 and inner[0] == "Payload":
        return _optional_to_handler(own, at(definition, state)["Parameters"]["FunctionName"], inner[1:])
    operation = _operation(found[1], found[2])
    shape: Shape | None = operation.input_shape if operation else None
    for part in inner[:-1]:
        shape = _below(shape, part)
    name = str(inner[-1]).removesuffix(".$")
    if isinstance(shape, StructureShape) and name in shape.members and name not in shape.required_members:
        return f"botocore: optional in {shape.name}"
    return ""


def _below(shape: Shape | None, part: str | int) -> Shape | None:
    if isinstance(shape, StructureShape):
        return shape.members.get(str(part).removesuffix(".$"))
    if isinstance(shape, ListShape):
        return shape.member
    return shape.value if isinstance(shape, MapShape) else None


@lru_cache
def _operation(service: str, action: str) -> OperationModel | None:
    try:
        return get_session().get_service_model(service).operation_model(action[:1].upper() + action[1:])
    except UnknownServiceError:
        return None


def _optional_to_handler(own: Own, function: str, inner: Place) -> str:
    shapes = own.subject.substitutions or {}
    told = shapes.get(function.removeprefix("${").removesuffix("}"))
    values = getattr(told, "values", None) or {function}
    contract = own.subject.context.contract(next(iter(values)))
    shape: Any = contract.event if contract else None
    member: Member | None = None
    for part in inner:
        member = shape.members.get(str(part).removesuffix(".$")) if isinstance(shape, Object) else None
        shape = member.shape if member else None
    if member is not None and member.presence is not Presence.ALWAYS:
        return "its handler can do without it"
    return ""
