"""Questions that the Choices of a machine ask more than once, so that on one way both get the same answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from stepmill.check.flow.comparisons import OPERATORS, TESTS
from stepmill.check.flow.graph import inner_scopes, listed
from stepmill.check.flow.paths import CONTEXT, Many, Path, PathSyntax, parse_path
from stepmill.check.flow.texts import has_token
from stepmill.check.records import dataclass

if TYPE_CHECKING:
    from stepmill.check.flow.jsonata import Condition

Keys: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[str, Keys]  # "$", "$$" or the name of a variable, and the keys from there

_LASTING = frozenset(["Id", "Input", "Name", "RoleArn", "StartTime"])  # of $$.Execution: a redrive keeps them


@dataclass(frozen=True, slots=True)
class Question:
    """text: the same for the same question. places: what the answer depends on."""

    text: str
    places: frozenset[Place]


Answers: TypeAlias = frozenset[tuple[Question, bool]]


@dataclass(frozen=True, slots=True)
class Asking:
    """A rule, or a part of one, as a question. is_turned: it holds when the answer is no."""

    question: Question
    is_turned: bool = False

    @property
    def text(self) -> str:
        return f"Not({self.question.text})" if self.is_turned else self.question.text


class Questions:
    """Of one machine. by_rule: by the ids of rules and their parts. by_condition: JSONata's, by their texts.

    again: what is asked more than once; an answer that nobody asks for again is no reason to keep two ways
    apart. Parts of rules that are the same as a whole are not asked again by themselves.
    """

    def __init__(
        self, definition: Any = None, language: Any = "JSONPath", resolved: Callable[[str], str] = str
    ) -> None:
        self.by_rule: dict[int, Asking] = {}
        self.by_condition: dict[str, Condition] = {}
        askers: dict[Question, set[Hashable]] = {}
        places = count()
        for choice in _choices(definition):
            is_jsonata = choice.get("QueryLanguage", language) == "JSONata"
            for rule in listed(choice.get("Choices")):
                if is_jsonata:
                    self._take_condition(rule, resolved, next(places), askers)
                else:
                    self._ask(rule, resolved)
                    self._count(rule, next(places), askers)
        self.again = frozenset(question for question, found in askers.items() if len(found) > 1)
        self.by_rule = {rule: one for rule, one in self.by_rule.items() if one.question in self.again}

    def asked_in(self, state: Any) -> frozenset[Question]:
        """Those that are asked more than once, and by this state or one inside of it too."""
        if not self.again:
            return frozenset()
        found: set[Question] = set()
        waiting = [rule for choice in _choices({"States": {"": state}}) for rule in listed(choice["Choices"])]
        while waiting:
            rule = waiting.pop()
            if not isinstance(rule, dict):
                continue
            if id(rule) in self.by_rule:
                found.add(self.by_rule[id(rule)].question)
            condition = rule.get("Condition")
            if isinstance(condition, str) and condition in self.by_condition:
                found.update(question for question, _ in self.by_condition[condition].wholes(""))
            waiting += _parts(rule)
        return self.again & found

    def _ask(self, rule: Any, resolved: Callable[[str], str]) -> Asking | None:
        parts = [self._ask(part, resolved) for part in _parts(rule)]
        if not isinstance(rule, dict):
            return None
        if "Not" in rule and len(parts) == 1:
            inner = parts[0]
            return None if inner is None else Asking(inner.question, not inner.is_turned)
        name = "And" if listed(rule.get("And")) else "Or"
        asking = _together(name, parts) if parts else _compared(rule, resolved)
        if asking is not None:
            self.by_rule[id(rule)] = asking
        return asking

    def _count(self, rule: Any, asker: Hashable, askers: dict[Question, set[Hashable]]) -> None:
        """asker: what the rule is a part of; equal wholes are one."""
        asking = self.by_rule.get(id(rule))
        if asking is not None:
            askers.setdefault(asking.question, set()).add(asker)
        is_turned = isinstance(rule, dict) and "Not" in rule
        for part in _parts(rule):
            self._count(part, asker if is_turned or asking is None else asking.question, askers)

    def _take_condition(
        self,
        rule: Any,
        resolved: Callable[[str], str],
        asker: Hashable,
        askers: dict[Question, set[Hashable]],
    ) -> None:
        from stepmill.check.flow.jsonata import condition_of  # reads what only JSONata's machines need

        text = rule.get("Condition") if isinstance(rule, dict) else None
        condition = condition_of(resolved(text)) if isinstance(text, str) else None
        if isinstance(text, str) and condition is not None:
            self.by_condition[text] = condition
            for question, whole in condition.wholes(asker):
                askers.setdefault(question, set()).add(whole)


def _choices(scope: Any) -> Iterator[dict[str, Any]]:
    states = scope.get("States") if isinstance(scope, dict) else None
    for state in states.values() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        if isinstance(state.get("Choices"), list):
            yield state
        for inner, _ in inner_scopes(state, ""):
            yield from _choices(inner)


def _parts(rule: Any) -> list[Any]:
    """Of And, Or or Not, as a Choice takes them up: the first of these that there is."""
    if not isinstance(rule, dict):
        return []
    return listed(rule.get("And")) or listed(rule.get("Or")) or ([rule["Not"]] if "Not" in rule else [])


def _together(name: str, parts: list[Asking | None]) -> Asking | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    texts = sorted({part.text for part in known})
    places = frozenset().union(*(part.question.places for part in known))
    return Asking(Question(f"{name}({' '.join(texts)})", places))


def _compared(rule: dict[str, Any], resolved: Callable[[str], str]) -> Asking | None:
    """Of one comparison; None where the same question may get another answer, or cannot be read."""
    names = [name for name in rule if name in OPERATORS]
    if len(names) != 1:
        return None
    (name,) = names
    constant, is_turned = rule[name], False
    paths = [_path(rule.get("Variable"), resolved)]
    if name.endswith("Path"):
        paths.append(_path(constant, resolved))
        constant = None
    elif isinstance(constant, str):
        constant = resolved(constant)
    elif name in TESTS or name == "IsPresent":
        constant, is_turned = None, constant is False
    known = [path for path in paths if path is not None]
    places = [place_of(path.root, path.steps) for path in known]
    if len(known) < len(paths) or not all(map(lasts, places)):
        return None
    shown = [path.text if path.keys is None else repr((path.root, path.keys)) for path in known]
    return Asking(Question(f"{name} {' '.join(shown)} {constant!r}", frozenset(places)), is_turned)


def _path(text: Any, resolved: Callable[[str], str]) -> Path | None:
    try:
        text = resolved(text) if isinstance(text, str) else ""
        return None if has_token(text) else parse_path(text)
    except PathSyntax:
        return None


def place_of(root: str, steps: Iterable[str | int | Many]) -> Place:
    """As far as the steps lead to one place."""
    keys: list[str | int] = []
    for step in steps:
        if isinstance(step, Many):
            break
        keys.append(step)
    return root, tuple(keys)


def lasts(place: Place) -> bool:
    """Whether only a write can change what is there: parts of the context object change by themselves."""
    root, keys = place
    if root != CONTEXT:
        return True
    return keys[:1] in (("StateMachine",), ("Map",)) or (
        keys[:1] == ("Execution",) and len(keys) > 1 and keys[1] in _LASTING
    )
