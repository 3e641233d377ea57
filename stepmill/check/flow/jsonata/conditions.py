"""A JSONata condition as the questions that it asks: by their answers it is decided, and by it they are."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

from stepmill.check.flow.jsonata.guards import inside, keys_of
from stepmill.check.flow.jsonata.parsing import parse
from stepmill.check.flow.paths import CONTEXT, INPUT
from stepmill.check.flow.questions import Answers, Place, Question, lasts
from stepmill.check.flow.texts import has_token
from stepmill.check.records import dataclass

_VARYING = ("'random'", "'now'", "'millis'", "'uuid'", "'eval'")  # the same call gives something else
_FORMAL = frozenset(["_outer_instance", "position", "bp", "lbp", "level"])


@dataclass(frozen=True, slots=True)
class Condition:
    """kind: "and", "or", or "" for what has no parts. question: turned when the condition is its opposite."""

    question: Question
    is_turned: bool = False
    kind: str = ""
    parts: tuple[Condition, ...] = ()

    def answer(self, answers: Answers) -> bool | None:
        """What follows from answers; None when nothing does."""
        for is_true in (True, False):
            if (self.question, is_true) in answers:
                return is_true is not self.is_turned
        found = {part.answer(answers) for part in self.parts}
        ends = self.kind == "or"  # one such part decides all
        if not found or (None in found and ends not in found):
            return None
        return (ends if ends in found else not ends) is not self.is_turned

    def learned(self, *, is_true: bool) -> Iterator[tuple[Question, bool]]:
        """The answers where the condition holds, or where it does not."""
        is_true = is_true is not self.is_turned
        yield self.question, is_true
        if self.parts and is_true is (self.kind == "and"):
            for part in self.parts:
                yield from part.learned(is_true=is_true)

    def wholes(self, whole: Hashable) -> Iterator[tuple[Question, Hashable]]:
        """Every question with what it is a part of, the condition itself of `whole`."""
        yield self.question, whole
        for part in self.parts:
            yield from part.wholes(self.question)


def condition_of(text: str) -> Condition | None:
    """None for one that cannot be read, or may give another answer to the same data."""
    if has_token(text):
        return None
    try:
        return _condition(parse(text.strip()[2:-2].strip()))
    except (ValueError, RecursionError):
        return None


def _condition(node: Any) -> Condition | None:
    node, is_turned = inside(node)
    form = _form(node)
    if any(word in form for word in _VARYING):
        return None
    places = frozenset(map(_place, _read(node)))
    if not all(map(lasts, places)):
        return None
    kind = str(node.value) if node.type == "binary" and node.value in ("and", "or") else ""
    parts = [_condition(part) for part in ((node.lhs, node.rhs) if kind else ())]
    known = tuple(part for part in parts if part is not None)
    return Condition(Question(form, places), is_turned, kind, known) if len(known) == len(parts) else None


def _read(node: Any) -> Iterator[tuple[str, ...]]:
    """The names of everything that the tree reads, each from its variable on; of functions too."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list | tuple):
            waiting += node
        if not hasattr(node, "_outer_instance"):
            continue
        held = {name: value for name, value in vars(node).items() if name not in _FORMAL}
        keys = keys_of(node) if node.type in ("path", "variable") else None
        if keys:
            yield keys
        if keys and node.type == "path":
            first, *held["steps"] = node.steps
            held["first"] = [value for name, value in vars(first).items() if name not in _FORMAL]
        waiting += held.values()


def _place(keys: tuple[str, ...]) -> Place:
    """`$states.input` is `$` of JSONPath, `$states.context` its `$$`."""
    root, *rest = keys
    if root != "states":
        return root, tuple(rest)
    return (INPUT, tuple(rest[1:])) if rest[:1] == ["input"] else (CONTEXT, tuple(rest[1:]))


def _form(node: Any) -> str:
    """The same for trees that differ only in how they are written: blanks, quotes, where they stand."""
    if isinstance(node, list | tuple):
        return f"[{' '.join(map(_form, node))}]"
    if not hasattr(node, "_outer_instance"):
        return repr(node)
    held = {name: value for name, value in vars(node).items() if name not in _FORMAL and value is not None}
    return f"({' '.join(f'{name}={_form(held[name])}' for name in sorted(held))})"
