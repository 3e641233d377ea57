"""The fields of one object against its grammar: unknown, misplaced, mixed, missing, exclusive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stepmill.check.likeness import close_matches
from stepmill.check.rule import WARNING
from stepmill.check.rules.fields import FIELD_EXCLUSIVE, FIELD_MISPLACED, FIELD_UNKNOWN
from stepmill.check.rules.languages import LANGUAGE_MIXED
from stepmill.check.rules.structure import STATE_FIELD_MISSING
from stepmill.check.syntax import grammar
from stepmill.check.syntax.comparisons import RULE
from stepmill.check.syntax.grammar import Field, Grammar
from stepmill.check.syntax.place import JSONATA, JSONPATH, Place
from stepmill.check.syntax.values import check_value

_OWNERS: tuple[tuple[str, Mapping[str, Field]], ...] = (
    ("the machine", {"StartAt": grammar.TEXT, "States": grammar.OBJECT}),
    *((name, part.fields) for name, part in grammar.STATES.items()),
    ("the machine", grammar.MACHINE.fields),
    ("a choice rule", RULE),
    ("a retrier", grammar.RETRIER.fields),
    ("a catcher", grammar.CATCHER.fields),
    ("ItemProcessor", grammar.PROCESSOR.fields),
    ("ProcessorConfig", grammar.PROCESSOR_CONFIG.fields),
    ("ItemReader", grammar.ITEM_READER.fields),
    ("ReaderConfig", grammar.READER_CONFIG.fields),
    ("ItemBatcher", grammar.ITEM_BATCHER.fields),
    ("ResultWriter", grammar.RESULT_WRITER.fields),
    ("WriterConfig", grammar.WRITER_CONFIG.fields),
)


def owners(name: str) -> list[str]:
    """What has a field of this name."""
    return list(dict.fromkeys(owner for owner, fields in _OWNERS if name in fields))


def nearest(name: str, known: Iterable[str]) -> str:
    """The known field that a misspelt one means; "" when none is near."""
    names = list(known)
    plain = name.removesuffix(".$")
    for guess in (f"{plain}Path", plain) if name != plain else (plain,):
        for each in names:
            if each.lower() == guess.lower().replace("_", "").replace("-", ""):
                return each
    return next(iter(close_matches(plain, names, cutoff=0.7)), "")


def check_fields(place: Place, what: str, value: Mapping[str, Any], part: Grammar) -> set[str]:
    """Hold an object against its grammar; `what` names it in messages.

    Returns the fields that stand as they should.
    """
    meant = _check_names(place, what, value, part)
    known = _check_languages(place, value, part)
    good = {name for name in known if check_value(place, name, part.fields[name], value[name])}
    _check_exclusive(place, value, part)
    _check_needs(place, what, value, part, meant)
    return good


def _check_names(place: Place, what: str, value: Mapping[str, Any], part: Grammar) -> set[str]:
    """The fields that were meant by unknown ones; None among them when fields of another kind stand here."""
    meant: set[str] = set()
    misplaced: list[str] = []
    for name in value:
        if name in part.fields:
            continue
        near = nearest(name, (each for each in part.fields if each not in value))
        if owners(name):
            misplaced.append(name)
            continue
        meant.add(near)
        place.tell(
            FIELD_UNKNOWN,
            f"{name} is no field of {what}; {f'use {near}' if near else 'remove it'}",
            available=sorted(part.fields),
            meant=near,
            at=place.at(name),
        )
    if misplaced:
        meant.add(MISPLACED)
        _tell_misplaced(place, what, misplaced, value)
    return meant


MISPLACED = "?"


def _tell_misplaced(place: Place, what: str, names: list[str], value: Mapping[str, Any]) -> None:
    belongs = "; ".join(f"{name} belongs to {', '.join(owners(name))}" for name in names)
    few = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    verb = "is" if len(names) == 1 else "are"
    fields = "a field" if len(names) == 1 else "fields"
    message = f"{few} {verb} not {fields} of {what}; {belongs}"
    # It says what is so anyway, and stands in machines that people run.
    is_harmless = names == ["End"] and value.get("End") is True and value.get("Type") in ("Succeed", "Fail")
    place.tell(
        FIELD_MISPLACED,
        message,
        is_breaking=not is_harmless,
        severity=WARNING if is_harmless else "",
        at=place.at(names[0]),
    )


def _check_languages(place: Place, value: Mapping[str, Any], part: Grammar) -> list[str]:
    """Tell once of the fields of the other language. Returns the others, in their order."""
    known = [name for name in value if name in part.fields]
    mixed = [name for name in known if part.fields[name].language not in ("", place.language)]
    if mixed:
        other = JSONPATH if place.language == JSONATA else JSONATA
        advice = (
            "use Arguments, Output and {% %} texts" if other == JSONPATH else 'set "QueryLanguage": "JSONata"'
        )
        verb = "belongs" if len(mixed) == 1 else "belong"
        place.tell(
            LANGUAGE_MIXED,
            f"{', '.join(mixed)} {verb} to {other}, but {place.language} holds here; {advice}",
            at=place.at(mixed[0]),
        )
    return [name for name in known if name not in mixed]


def _check_exclusive(place: Place, value: Mapping[str, Any], part: Grammar) -> None:
    for group in part.exclusive:
        found = [
            name for name in value if name in group and part.fields[name].language in ("", place.language)
        ]
        if len(found) > 1:
            place.tell(
                FIELD_EXCLUSIVE,
                f"{' and '.join(found)} exclude each other; keep one",
                at=place.at(found[-1]),
            )


def _check_needs(place: Place, what: str, value: Mapping[str, Any], part: Grammar, meant: set[str]) -> None:
    if MISPLACED in meant:
        return
    for group in part.needs:
        if meant.isdisjoint(group) and not any(name in value for name in group):
            allowed = [name for name in group if part.fields[name].language in ("", place.language)]
            place.tell(
                STATE_FIELD_MISSING,
                f"{' or '.join(allowed)} is missing; {what} needs {'it' if len(allowed) == 1 else 'one'}",
                available=allowed,
            )
