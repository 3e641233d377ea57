"""The tokens of a definition against DefinitionSubstitutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stepmill.check.finding import Finding, Findings, pointer, with_follow_ons
from stepmill.check.patterns import late_pattern
from stepmill.check.reading.template import Machine
from stepmill.check.rules.sam import SUBSTITUTION_MISSING, SUBSTITUTION_UNUSED

_TOKEN = late_pattern(r"\$\{([^}]+)\}")
# What a shell calls its variables, within what a shell runs: a longer text, or an item of a command.
_SHELL = late_pattern(r"[A-Z][A-Z0-9_]*")
_LAST_WORD = late_pattern(r"[A-Z][a-z0-9]*$")


def check_substitutions(machine: Machine) -> list[Finding]:
    subject = machine.subject
    told = machine.properties.get("DefinitionSubstitutions", {})
    if subject is None or not isinstance(told, dict) or any(str(key).startswith("Fn::") for key in told):
        return []
    used = set(machine.filled)
    lacking: dict[str, str] = {}
    # Within a template its own functions have become tokens too.
    known = set(told) | (machine.own_tokens if subject.pointer else set())
    for name, place, is_alone in tokens(subject.definition, subject.pointer):
        if name not in known and (is_alone or not _SHELL.fullmatch(name)):
            lacking.setdefault(name, place)
        used.add(name)
    spare = [str(name) for name in told if name not in used]
    missing, unused = Findings(), Findings()
    for name, place in lacking.items():
        missing.add(
            SUBSTITUTION_MISSING,
            place,
            f"{machine.logical_id}: DefinitionSubstitutions has no {name!r}, so ${{{name}}} stays as it "
            "is; give it a value",
            available=sorted(told),
            meant=spare[0] if _is_renamed(list(lacking), spare) else name,
        )
    here = machine.pointer + pointer("Properties", "DefinitionSubstitutions")
    for name in spare:
        unused.add(
            SUBSTITUTION_UNUSED,
            here + pointer(name),
            f"{machine.logical_id}: the definition has no token ${{{name}}}; remove it or use it",
            available=sorted(used),
            meant=name,
        )
    return _paired(missing.in_file(subject.file), unused.in_file(str(machine.scope.file)), here)


def _is_renamed(lacking: list[str], spare: list[str]) -> bool:
    """The one name that is left on each side says of the same kind of thing what it is: its last word."""
    if len(lacking) != 1 or len(spare) != 1:
        return False
    one, other = (_LAST_WORD.findall(name) for name in (lacking[0], spare[0]))
    return bool(one) and one == other


def _paired(missing: list[Finding], unused: list[Finding], here: str) -> list[Finding]:
    """What a missing token seems to mean is told with it."""
    left = {one.pointer: one for one in unused}
    for at, one in enumerate(missing):
        place = here + pointer(one.suggestion)
        if place in left:
            missing[at] = with_follow_ons(one, [left.pop(place)])
    return missing + list(left.values())


def tokens(value: Any, place: str) -> Iterator[tuple[str, str, bool]]:
    """(token, pointer of the text or of the member it names, whether it is a member's whole value or name).

    In the order of the definition.
    """
    if isinstance(value, str):
        yield from ((name, place, value == f"${{{name}}}") for name in _TOKEN.findall(value))
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str) and "${" not in item and "${" not in str(key):
                continue  # most of a definition: no place has to be told
            here = place + pointer(key)
            yield from ((name, here, True) for name in _TOKEN.findall(str(key)))
            yield from tokens(item, here)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            is_text = isinstance(item, str)
            for name, here, is_alone in tokens(item, place + pointer(index)):
                yield name, here, is_alone and not is_text
