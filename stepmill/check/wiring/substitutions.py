"""The tokens of a definition against DefinitionSubstitutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stepmill.check.finding import Finding, Findings, pointer
from stepmill.check.patterns import late_pattern
from stepmill.check.reading.template import Machine
from stepmill.check.rules.sam import SUBSTITUTION_MISSING, SUBSTITUTION_UNUSED

_TOKEN = late_pattern(r"\$\{([^}]+)\}")
# What a shell calls its variables, within what a shell runs: a longer text, or an item of a command.
_SHELL = late_pattern(r"[A-Z][A-Z0-9_]*")


def check_substitutions(machine: Machine) -> list[Finding]:
    subject = machine.subject
    told = machine.properties.get("DefinitionSubstitutions", {})
    if subject is None or not isinstance(told, dict) or any(str(key).startswith("Fn::") for key in told):
        return []
    missing, unused = Findings(), Findings()
    used: set[str] = set()
    told_of: set[str] = set()
    # Within a template its own functions have become tokens too.
    known = set(told) | (machine.own_tokens if subject.pointer else set())
    for name, place, is_alone in tokens(subject.definition, subject.pointer):
        is_of_shell = not is_alone and _SHELL.fullmatch(name)
        if name not in known and not is_of_shell and name not in told_of:
            told_of.add(name)
            missing.add(
                SUBSTITUTION_MISSING,
                place,
                f"{machine.logical_id}: DefinitionSubstitutions has no {name!r}, so ${{{name}}} stays as it "
                "is; give it a value",
                available=sorted(told),
                meant=name,
            )
        used.add(name)
    here = machine.pointer + pointer("Properties", "DefinitionSubstitutions")
    # One that a missing token seems to mean is not told twice.
    meant = {finding.suggestion for finding in missing.found}
    for name in told:
        if name not in used and name not in meant:
            unused.add(
                SUBSTITUTION_UNUSED,
                here + pointer(name),
                f"{machine.logical_id}: the definition has no token ${{{name}}}; remove it or use it",
                available=sorted(used),
                meant=str(name),
            )
    return missing.in_file(subject.file) + unused.in_file(str(machine.scope.file))


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
