"""What Choices have answered on a way, and for how long that holds: until something is written there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stepmill.check.flow.graph import States, listed, successors
from stepmill.check.flow.paths import CONTEXT, INPUT, PathSyntax, parse_path
from stepmill.check.flow.questions import Answers, Place, Question, Questions
from stepmill.check.flow.texts import has_token

NONE: Answers = frozenset()
EVERYTHING: Place = (INPUT, ())
_SAME_INPUT = "{%$states.input%}"


def after(answers: Answers, state: Mapping[str, Any], holder: Any, *, is_jsonata: bool) -> Answers:
    """What holds on once `holder` has written: the state itself, one of its rules or entries of Catch."""
    if not answers:
        return answers
    written = [*_assigned(holder)]
    written += _jsonata_written(state, holder) if is_jsonata else _written(state, holder)
    return _without(answers, written)


def on_entry(answers: Answers, choice: Mapping[str, Any]) -> Answers:
    """What holds for the data that the rules of a JSONPath Choice see."""
    return answers if not answers or _is_whole(choice, "InputPath") else _without(answers, [EVERYTHING])


def in_branches(answers: Answers, state: Mapping[str, Any], *, is_jsonata: bool) -> Answers:
    """What holds for the input of a Parallel's branches."""
    is_same = "Arguments" not in state if is_jsonata else "Parameters" not in state
    if not answers or (is_same and (is_jsonata or _is_whole(state, "InputPath"))):
        return answers
    return _without(answers, [EVERYTHING])


def in_items(answers: Answers, *, is_distributed: bool) -> Answers:
    """What holds for an iteration. A distributed one is an execution of its own, and sees no variables."""
    return NONE if is_distributed else _without(answers, [EVERYTHING, (CONTEXT, ("Map",))])


def asked_from(places: dict[str, int], states: States, questions: Questions) -> dict[str, set[Question]]:
    """For every state what it asks again, or any that may come after it. places: in their order."""
    if not questions.again:
        return {}
    found = {name: set(questions.asked_in(states[name])) for name in places}
    is_settled = False
    while not is_settled:
        is_settled = True
        for name in reversed(places):
            for target in successors(states[name]):
                if target in found and not found[target] <= found[name]:
                    found[name] |= found[target]
                    is_settled = False
    return found


def _without(answers: Answers, written: list[Place]) -> Answers:
    if not written:
        return answers
    return frozenset(
        one for one in answers if not any(_overlap(*pair) for pair in _pairs(one[0].places, written))
    )


def _pairs(places: frozenset[Place], written: list[Place]) -> Iterator[tuple[Place, Place]]:
    return ((place, other) for place in places for other in written)


def _overlap(one: Place, other: Place) -> bool:
    """Whether they are the same, or one is inside of the other."""
    shared = min(len(one[1]), len(other[1]))
    return one[0] == other[0] and one[1][:shared] == other[1][:shared]


def _assigned(holder: Any) -> Iterator[Place]:
    given = holder.get("Assign") if isinstance(holder, Mapping) else None
    for key in given if isinstance(given, dict) else ():
        yield str(key).removesuffix(".$"), ()


def _jsonata_written(state: Mapping[str, Any], holder: Any) -> list[Place]:
    if "Output" in holder:
        output = holder["Output"]
        is_same = isinstance(output, str) and "".join(output.split()) == _SAME_INPUT
    else:
        is_same = state.get("Type") not in ("Task", "Parallel", "Map")
    return [] if is_same else [EVERYTHING]


def _written(state: Mapping[str, Any], holder: Any) -> list[Place]:
    is_catch = any(holder is entry for entry in listed(state.get("Catch")))
    if not is_catch and not _is_whole(state, "OutputPath"):
        return [EVERYTHING]
    kind = state.get("Type")
    if kind in ("Choice", "Wait", "Succeed"):
        return [] if kind == "Choice" or _is_whole(state, "InputPath") else [EVERYTHING]
    if "ResultPath" in holder and holder["ResultPath"] is None:
        return []
    place = _place(holder.get("ResultPath", INPUT))
    made = {"Parameters", "Result", "ResultSelector"} & state.keys()
    if kind == "Pass" and place == EVERYTHING and not made and _is_whole(state, "InputPath"):
        return []
    return [place]


def _place(text: Any) -> Place:
    """Where a ResultPath writes; anywhere in the data when it cannot be read."""
    try:
        path = parse_path(text) if isinstance(text, str) and not has_token(text) else None
    except PathSyntax:
        path = None
    return EVERYTHING if path is None or path.root != INPUT or path.keys is None else (INPUT, path.keys)


def _is_whole(state: Mapping[str, Any], field: str) -> bool:
    return bool(state.get(field, INPUT) == INPUT)
