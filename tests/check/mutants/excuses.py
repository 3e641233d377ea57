"""Which mutants are correct machines too: told by botocore, by the handlers, by what the machine uses.

What is excused here does not count. What survives without an excuse does: `reasons` says why no rule sees it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.session import get_session

from stepmill.check.shapes.shape import Member, Object, Presence
from tests.check.mutants.mutation import Mutant, Place, at
from tests.check.mutants.subject import Own
from tests.check.mutants.uses import NONE
from tests.check.mutants.writing import Writing, end_of, state_of

# Correct as well, though it takes a reader to see it: (kind, end of the place, reason).
EQUAL = (
    ("result path renamed", "NothingBefore/ResultPath", "the settings hold the same null"),
    ("text as number", "UseCustom/Parameters/algorithm/image", "RefuseNoImage: the input has given one"),
)
# What botocore calls the services whose names in a Resource are others.
NAMES = {"applicationautoscaling": "application-autoscaling", "sfn": "stepfunctions"}
RESOURCE = re.compile(r":states:::(?:aws-sdk:)?(\w+):(\w+)")


def excuse(own: Own, mutant: Mutant) -> str:
    """Why this one is a correct machine as well; empty when it is not."""
    definition, place = own.subject.definition, mutant.place
    state = state_of(place)
    where = "/".join(map(str, place))
    if not state:
        return ""
    for kind, part, text in EQUAL:
        if kind == mutant.kind and where.endswith(part):
            return text
    if place[2:-1] == ("Parameters", "defaults") and is_required(own, place):
        return "the input has to give it: no default is ever taken"
    if mutant.kind == "member dropped" and "Parameters" in place and "Resource" in at(definition, state):
        return _optional(own, place, state)
    written = Writing.of(own, mutant)
    if written is not None and not written.readers:
        return f"nothing after it reads {written.path}"
    if written is not None and _is_last(definition, state):
        return "it is only in the machine's output, which nothing declares"
    if place[-1] == "ResultPath" and mutant.kind == "field dropped":
        return _without_result_path(definition, place, state)
    return ""


def _without_result_path(definition: Any, place: Place, state: Place) -> str:
    if at(definition, place) == "$":
        return "a result goes there anyway"
    is_own = place == (*state, "ResultPath")
    if is_own and at(definition, state).get("End") and end_of(definition, state[:-1]) == NONE:
        return "the Parallel drops what its branches give"
    return ""


def excuse_of_stack(own: Own, mutant: Mutant) -> str:
    """The same of a change of the template."""
    if mutant.kind == "condition dropped" and at(own.stack, mutant.place[:-1])["Action"] != "iam:PassRole":
        return "it allows more than before: the machine does the same"
    return ""


def is_required(own: Own, place: Place) -> bool:
    return str(place[-1]).removesuffix(".$") in own.schema.get("required", ())


def _is_last(definition: Any, state: Place) -> bool:
    """Whether what it gives is what the machine gives: it ends, or a Succeed follows."""
    found = at(definition, state)
    if len(state) != 2:
        return False
    following = definition["States"].get(found.get("Next"), {})
    return bool(found.get("End")) or following.get("Type") == "Succeed"


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
    if isinstance(shape, StructureShape) and name not in shape.members:
        name = name[:1].lower() + name[1:]  # the SDK's own spelling begins with a capital
    if isinstance(shape, StructureShape) and name in shape.members and name not in shape.required_members:
        return f"botocore: optional in {shape.name}"
    return ""


def requires_nothing(own: Own, state: Place) -> bool:
    """Whether botocore's model of the call that the state makes requires no member."""
    found = RESOURCE.search(at(own.subject.definition, state).get("Resource", ""))
    operation = _operation(found[1], found[2]) if found else None
    shape = operation.input_shape if operation else None
    return isinstance(shape, StructureShape) and not shape.required_members


def _below(shape: Shape | None, part: str | int) -> Shape | None:
    if isinstance(shape, StructureShape):
        return shape.members.get(str(part).removesuffix(".$"))
    if isinstance(shape, ListShape):
        return shape.member
    return shape.value if isinstance(shape, MapShape) else None


@lru_cache
def _operation(service: str, action: str) -> OperationModel | None:
    try:
        model = get_session().get_service_model(NAMES.get(service, service))
        return model.operation_model(action[:1].upper() + action[1:])
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
