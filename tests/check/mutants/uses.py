"""What of the data is still used after a state, members copied by a Pass followed one by one.

For the fields that our machines have. Whatever is not followed counts as used: of what is said to be unused
nobody ever learns. Also used is the output of the machine, and all that is sent to a service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from stepmill.check.flow.calls import Call, CallFault, parse_call
from stepmill.check.flow.paths import INPUT, Path, PathSyntax, parse_path

Keys: TypeAlias = tuple[str | int, ...]
Used: TypeAlias = frozenset[Keys]  # () in it: everything
ALL: Used = frozenset([()])
NONE: Used = frozenset()
LONGEST = 6


def used_inputs(states: dict[str, Any], at_end: Used = ALL) -> dict[str, Used]:
    """By the name of a state what is used of its input, by itself and by those after it."""
    found = dict.fromkeys(states, NONE)
    is_new = True
    while is_new:
        is_new = False
        for name in reversed(states):
            used = _shortest(_used(states[name], found, at_end))
            is_new = is_new or used != found[name]
            found[name] = used
    return found


def used_after(holder: dict[str, Any], inputs: dict[str, Used], at_end: Used = ALL) -> Used:
    """Of the output of a state, or of what an entry of its Catch hands on."""
    targets = [rule["Next"] for rule in holder.get("Choices", ())]
    targets += [holder[field] for field in ("Next", "Default") if field in holder]
    after = NONE.union(*(inputs.get(target, ALL) for target in targets))
    return after if targets else at_end


def used_of_end(holder: dict[str, Any], index: int | None = None) -> Used:
    """Of what a branch of a Parallel gives, or an iteration of a Map. index: of the branch."""
    if holder.get("ResultPath", INPUT) is None:
        return NONE
    if index is None or "ResultSelector" not in holder:
        return ALL
    read = _shortest(_made_of(holder["ResultSelector"], ()))
    return frozenset(keys[1:] for keys in read if not keys or keys[0] == index)


def is_used(keys: Keys, used: Used) -> bool:
    return any(other[: len(keys)] == keys or keys[: len(other)] == other for other in used)


def keys_of(path: str) -> Keys:
    """The names and indexes of a path, up to the first step that may find many."""
    return _keys(parse_path(path))


def _used(state: dict[str, Any], inputs: dict[str, Used], at_end: Used) -> Iterator[Keys]:
    after = used_after(state, inputs, NONE if state["Type"] == "Fail" else at_end)
    for entry in state.get("Catch", ()):
        yield from _beside(entry, used_after(entry, inputs))
    match state["Type"]:
        case "Pass":
            yield from _beside(state, after)
            yield from _of_pass(state, _inside(state, after))
        case "Choice":
            yield from after
            yield from _compared(state["Choices"])
        case "Task":
            yield from _beside(state, after)
            yield from _made_of(state["Parameters"], ()) if "Parameters" in state else ALL
        case "Parallel":
            yield from _beside(state, after)
            for index, branch in enumerate(state["Branches"]):
                yield from used_inputs(branch["States"], used_of_end(state, index))[branch["StartAt"]]
        case "Map":
            yield from _beside(state, after)
            yield keys_of(state.get("ItemsPath", INPUT))
            yield from _made_of(state.get("ItemSelector", {}), ())
        case "Wait" | "Succeed" | "Fail":
            yield from after
            for field, value in state.items():
                yield from _of_text(value, ()) if field.endswith("Path") else ()
        case _:
            yield ()


def _beside(holder: dict[str, Any], after: Used) -> Iterator[Keys]:
    """What is used of the data around the place where the result goes."""
    if "ResultPath" not in holder:
        return
    if holder["ResultPath"] is None:
        yield from after
        return
    place = keys_of(holder["ResultPath"])
    yield from (keys for keys in after if keys[: len(place)] != place)


def _inside(holder: dict[str, Any], after: Used) -> Used:
    """What is used of the result."""
    if "ResultPath" in holder and holder["ResultPath"] is None:
        return NONE
    place = keys_of(holder.get("ResultPath", INPUT))
    within = {keys[len(place) :] for keys in after if keys[: len(place)] == place}
    return frozenset(within | {() for keys in after if place[: len(keys)] == keys})


def _of_pass(state: dict[str, Any], result: Used) -> Iterator[Keys]:
    if "Result" in state:
        return
    base = keys_of(state.get("InputPath", INPUT))
    for keys in result:
        yield from _made_of(state["Parameters"], keys) if "Parameters" in state else [base + keys]


def _made_of(template: Any, keys: Keys) -> Iterator[Keys]:
    """What the part of a template's result at these keys is made of."""
    if isinstance(template, dict):
        for name, value in template.items():
            if not keys or name.removesuffix(".$") == keys[0]:
                is_read = name.endswith(".$")
                yield from _of_text(value, keys[1:]) if is_read else _made_of(value, keys[1:])
    elif isinstance(template, list):
        for item in template:
            yield from _made_of(item, ())


def _of_text(text: str, keys: Keys) -> Iterator[Keys]:
    try:
        found = parse_path(text) if text.startswith("$") else parse_call(text)
    except (PathSyntax, CallFault):
        yield ()
        return
    yield from _of_argument(found, keys)


def _of_argument(found: object, keys: Keys) -> Iterator[Keys]:
    if isinstance(found, Path) and found.root == INPUT:
        read = _keys(found)
        yield read + keys if read == found.keys else read
    elif isinstance(found, Call):
        inner = keys if found.name == "JsonMerge" else ()
        for argument in found.arguments:
            yield from _of_argument(argument, inner)


def _compared(rule: Any) -> Iterator[Keys]:
    """The paths of a Choice's rules, both sides of a comparison."""
    if isinstance(rule, list):
        for each in rule:
            yield from _compared(each)
    elif isinstance(rule, dict):
        for field, value in rule.items():
            if isinstance(value, str) and (field == "Variable" or field.endswith("Path")):
                yield from _of_text(value, ())
            else:
                yield from _compared(value)


@lru_cache(maxsize=4096)
def _keys(path: Path) -> Keys:
    keys: list[str | int] = []
    for step in path.steps:
        if not isinstance(step, str | int):
            break
        keys.append(step)
    return tuple(keys)


def _shortest(found: Iterable[Keys]) -> Used:
    """Cut, and without what a shorter one holds already."""
    cut = {keys[:LONGEST] for keys in found}
    return frozenset(keys for keys in cut if not any(keys[:length] in cut for length in range(len(keys))))
