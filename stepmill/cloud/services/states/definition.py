"""What CreateStateMachine refuses: a definition that is no ASL, or that calls what cannot be called."""

import json
from collections.abc import Iterator
from typing import Any

from stepmill.cloud.service import AwsError
from stepmill.cloud.tasks import UnknownResource, check_task
from stepmill.engine import InvalidDefinition, parse

SIZE_LIMIT_BYTES = 1_048_576


def problems(definition: str) -> list[str]:
    """Everything found, each beginning with where it is."""
    if len(definition.encode()) > SIZE_LIMIT_BYTES:
        return [f"/: the definition has over {SIZE_LIMIT_BYTES} bytes"]
    try:
        parse(definition)
    except InvalidDefinition as error:
        return [str(error)]
    found = []
    for pointer, state in _tasks(json.loads(definition), ""):
        try:
            check_task(state["Resource"], state.get("Parameters"))
        except UnknownResource as error:
            found.append(f"{pointer}/Resource: {error}")
    return found


def check(definition: str) -> None:
    """Raises: AwsError InvalidDefinition with all that was found."""
    found = problems(definition)
    if found:
        raise AwsError("InvalidDefinition", f"Invalid State Machine Definition: '{'; '.join(found)}'")


def _tasks(machine: dict[str, Any], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every Task state with its JSON pointer, branches and processors included."""
    for name, state in machine["States"].items():
        pointer = f"{where}/States/{name}"
        if state["Type"] == "Task":
            yield pointer, state
        for index, branch in enumerate(state.get("Branches", [])):
            yield from _tasks(branch, f"{pointer}/Branches/{index}")
        for field in ("ItemProcessor", "Iterator"):
            if field in state:
                yield from _tasks(state[field], f"{pointer}/{field}")
