"""Why no rule tells a mutant that behaves otherwise: the reason is looked for in the machine, not assumed."""

from __future__ import annotations

import re
from functools import lru_cache

from stepmill.check.permissions.compare import deployment_of
from stepmill.check.permissions.derive import derive
from stepmill.check.permissions.need import Need
from tests.check.mutants.excuses import requires_nothing
from tests.check.mutants.mutation import Mutant, at, places
from tests.check.mutants.subject import Own
from tests.check.mutants.uses import keys_of
from tests.check.mutants.writing import Writing, path_of, state_of

# Names that are free in AWS's models: (part of the place, who gives them their meaning).
FREE = (
    ("/hyperparameters/", "what an algorithm takes is in no model of AWS"),
    ("/fixed/", "what an algorithm takes is in no model of AWS"),
    ("/Environment/", "what a job looks for in its environment is in no model of AWS"),
    ("/Arguments/", "which arguments a Glue job takes is in no model of AWS"),
    ("/CustomerMetadataProperties/", "a package is registered with any keys, and no machine here reads this"),
)


def reason(own: Own, mutant: Mutant) -> str:
    """Empty when nobody knows: then a rule is missing."""
    looks = (_of_kind, _of_place, _of_writing, _of_path)
    return next((why for look in looks if (why := look(own, mutant))), "")


def reason_of_stack(own: Own, mutant: Mutant) -> str:
    if mutant.kind != "resource elsewhere":
        return ""
    told = at(own.stack, (*mutant.place[:-1], "Action"))
    actions = told if isinstance(told, list) else [told]
    names = sorted({need.resource for need in needs(own) if need.action in actions and "*" in need.resource})
    return f"which {names[0].rpartition(':')[2]} it is, only a run knows" if names else ""


def _of_kind(own: Own, mutant: Mutant) -> str:
    definition, state = own.subject.definition, state_of(mutant.place)
    if mutant.kind == "step elsewhere":
        return "goes to a state that takes the same data; which one is meant, nobody can say"
    if mutant.kind == "error name misspelt":
        return "nothing known is spelled like it; a service or a handler may well raise an error of that name"
    if mutant.kind == "field dropped" and mutant.place[-1] == "Parameters" and requires_nothing(own, state):
        return "the call requires nothing; what it makes of members that it does not know is not documented"
    if mutant.kind == "sync dropped" and at(definition, state).get("ResultPath", "") is None:
        return "nothing reads what the finished job would give"
    return ""


def _of_place(own: Own, mutant: Mutant) -> str:
    where = "/".join(map(str, mutant.place))
    for part, why in FREE:
        if part in f"/{where}/":
            return why
    if mutant.place[2:-1] == ("Parameters", "defaults"):
        path = f"$.config.{str(mutant.place[-1]).removesuffix('.$')}"
        if path in paths_compared(own):
            return f"a Choice looks at {path} and refuses that default, whenever it is needed"
    return ""


def _of_writing(own: Own, mutant: Mutant) -> str:
    """Of what is handed on under another name, or not at all, or as another kind of value."""
    written = Writing.of(own, mutant)
    if written is None:
        return ""
    if written.whole:
        return f"whoever reads it takes all of {written.whole} as it is"
    if written.path in paths_tested(own):
        return "whoever reads it asks first whether it is there"
    if mutant.kind == "text as number" and is_only_told(own, written.path):
        return f"{written.path} is compared with words, and written into texts: there a number is as good"
    if mutant.kind == "result path renamed":
        return f"what an earlier state has put at {written.path} is read in its place"
    return ""


def _of_path(own: Own, mutant: Mutant) -> str:
    if mutant.kind != "path segment renamed":
        return ""
    path = mutant.note.partition(" ")[0]
    if path in paths_tested(own):
        return "it is asked first whether it is there, and it need not be"
    if path.split(".")[2] in inputs_open(own):
        return f"the input model does not say what is in {'.'.join(path.split('.')[:3])}"
    keys, new = keys_of(path), keys_of(mutant.note.rpartition(" ")[2])
    common = next(index for index, pair in enumerate(zip(keys, new, strict=True)) if pair[0] != pair[1])
    if keys[:common] in texts_read(own):
        return f"only the text that {path_of(keys[:common])} is read from says what is in it"
    return ""


def is_only_told(own: Own, path: str) -> bool:
    """Whether it is read only by comparisons, and by calls that write it into a text; and copied."""
    readers = re.compile(re.escape(path) + r"(?![\w.])")
    return all(
        place[-1] == "Variable" or value == path or value.startswith("States.Format(")
        for place, value in places(own.subject.definition)
        if isinstance(value, str) and readers.search(value)
    )


@lru_cache
def inputs_open(own: Own) -> frozenset[str]:
    """The inputs that are objects of any members."""
    found = set()
    for name, told in own.schema["properties"].items():
        forms = told.get("anyOf", [told])
        if any(form.get("type") == "object" and "properties" not in form for form in forms):
            found.add(name)
    return frozenset(found)


@lru_cache
def needs(own: Own) -> tuple[Need, ...]:
    return derive(own.subject, own.views, deployment_of(own.machine)).needs


@lru_cache
def paths_compared(own: Own) -> frozenset[str]:
    """Those that a Choice looks at."""
    return frozenset(
        value["Variable"]
        for _, value in places(own.subject.definition)
        if isinstance(value, dict) and isinstance(value.get("Variable"), str)
    )


@lru_cache
def paths_tested(own: Own) -> frozenset[str]:
    """Those of which a Choice asks whether they are there."""
    return frozenset(
        value["Variable"]
        for _, value in places(own.subject.definition)
        if isinstance(value, dict) and "IsPresent" in value
    )


@lru_cache
def texts_read(own: Own) -> frozenset[tuple[str | int, ...]]:
    """Where a Pass keeps the JSON that it has read from a text of the data."""
    definition = own.subject.definition
    found = set()
    for place, value in places(definition):
        if isinstance(value, str) and "States.StringToJson($" in value and str(place[-1]).endswith(".$"):
            state = state_of(place)
            target = at(definition, state).get("ResultPath", "$")
            inner = place[len(state) + 1 :]
            found.add((*keys_of(target), *(str(part).removesuffix(".$") for part in inner)))
    return frozenset(found)
