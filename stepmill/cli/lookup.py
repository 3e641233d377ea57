"""Finds what a user means by a name: machines, executions, log groups."""

from difflib import get_close_matches
from typing import Any

from stepmill.cli.errors import UserError

_MOST_SHOWN = 8


def machine_arn(stepfunctions: Any, name: str) -> str:
    """A machine by its name, its ARN, or any part of its name that fits only one.

    Raises: UserError that names the machines that are there.
    """
    if name.startswith("arn:"):
        return name
    pages = stepfunctions.get_paginator("list_state_machines").paginate()
    machines = {one["name"]: one["stateMachineArn"] for page in pages for one in page["stateMachines"]}
    return str(machines[chosen(name, list(machines), "machine")])


def chosen(name: str, there: list[str], what: str) -> str:
    """The one of `there` that `name` means. Raises: UserError with suggestions."""
    if name in there:
        return name
    plain = _plain(name)
    fitting = [one for one in there if plain in _plain(one)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        shown, more = sorted(fitting)[:_MOST_SHOWN], len(fitting) - _MOST_SHOWN
        others = f" and {more} more" if more > 0 else ""
        raise UserError(f"{name!r} fits more than one {what}: {', '.join(shown)}{others}; name one of them")
    if not there:
        raise UserError(f"there is no {what} here yet; deploy one with `stepmill deploy`")
    near = get_close_matches(plain, [_plain(one) for one in there], 3, 0.5)
    hints = [one for one in there if _plain(one) in near] or sorted(there)
    raise UserError(f"there is no {what} {name!r}; did you mean {' or '.join(hints[:5])}?")


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
