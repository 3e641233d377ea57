"""What a function is given against what its handler takes: only what is wrong for certain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from stepmill.check.finding import Findings
from stepmill.check.likeness import close_matches
from stepmill.check.records import dataclass
from stepmill.check.rule import Rule
from stepmill.check.rules.contracts import HANDLER_INPUT_MISSING, HANDLER_INPUT_TYPE, HANDLER_INPUT_UNKNOWN
from stepmill.check.services.place import Place, start
from stepmill.check.services.resources import Integration, Invocation, Opaque, Resource, is_placeholder
from stepmill.check.services.responses import member_of, text_of
from stepmill.check.shapes.describe import describe
from stepmill.check.shapes.shape import (
    NEVER,
    Array,
    Member,
    Never,
    Number,
    Object,
    Presence,
    Shape,
    String,
    Unknown,
    options,
)
from stepmill.check.subject import Contract, TaskView

DEPTH = 12


def check_contract(task: TaskView, found: Resource, findings: Findings) -> None:
    told = _called(task, found)
    if told is None:
        return
    function, contract, event, place = told
    Comparison(function, findings).value(event, contract.event, place, DEPTH)


def _called(task: TaskView, found: Resource) -> tuple[str, Contract, Shape, Place] | None:
    """The function, its contract, what it is given and where that is written."""
    context = task.subject.context
    field = next((name for name in ("Parameters", "Arguments") if name in task.raw), "")
    raw = task.raw.get(field)
    place = (
        start(task.state, task.pointer, field, raw) if field else Place(task.state, task.pointer, "the input")
    )
    if isinstance(found, Invocation | Opaque):
        name = found.function if isinstance(found, Invocation) else found.text
        contract = context.contract(name)
        return (name, contract, task.arguments, place) if contract is not None else None
    if not isinstance(found, Integration) or found.is_sdk or found.name != "lambda:invoke":
        return None
    written = raw.get("FunctionName") if isinstance(raw, Mapping) else None
    names = [name for name in (written, text_of(task.arguments, "FunctionName")) if isinstance(name, str)]
    for name in names:
        contract = context.contract(name)
        if contract is None:
            continue
        payload = member_of(task.arguments, "Payload")
        if payload is None and isinstance(task.arguments, Object) and task.arguments.rest is None:
            return name, contract, Object({}), place
        return (name, contract, payload, place.member("Payload")) if payload is not None else None
    return None


@dataclass(slots=True)
class Comparison:
    function: str
    findings: Findings

    def value(self, given: Shape, wanted: Shape, place: Place, depth: int) -> None:
        if depth == 0 or isinstance(given, Unknown | Never) or isinstance(wanted, Unknown):
            return
        given_forms, forms = options(given), options(wanted)
        if len(given_forms) > 1 and all(isinstance(form, Object) for form in given_forms):
            self._alternatives(given_forms, wanted, place, depth)
            return
        if isinstance(given, Object):  # the only form of an object is the one that is meant, fitting or not
            objects = [form for form in forms if isinstance(form, Object)]
            if len(objects) == 1:
                self._object(given, objects[0], place, depth)
                return
        if not any(may_be(one, form) for one in given_forms for form in forms):
            self._add(
                HANDLER_INPUT_TYPE, place, f"is {describe(given)}; {self.function} takes {describe(wanted)}"
            )
            return
        arrays = [form for form in forms if isinstance(form, Array)]
        if isinstance(given, Array) and len(arrays) == 1:
            for index, item in enumerate(given.prefix):
                self.value(item, _item(arrays[0], index), place.item(index), depth - 1)
            if given.max_items is None or given.max_items > len(given.prefix):
                # There may be none of the rest; but what they are is what is meant for the handler.
                self.value(given.items, arrays[0].items, place.item(len(given.prefix)), depth - 1)

    def _alternatives(self, given: Iterable[Shape], wanted: Shape, place: Place, depth: int) -> None:
        """Objects of several forms, by the ways that lead here: a fault counts when all of them have it."""
        each = []
        for form in given:
            alone = Findings()
            Comparison(self.function, alone).value(form, wanted, place, depth)
            each.append(alone)
        common = set.intersection(*(one.seen for one in each)) - self.findings.seen
        self.findings.seen |= common
        self.findings.found += [one for one in each[0].found if (one.rule, one.pointer) in common]

    def _object(self, given: Object, wanted: Object, place: Place, depth: int) -> None:
        unknown = self._unknown(given, wanted, place)
        for name, there in given.members.items():
            member = wanted.members.get(name)
            taken = wanted.rest if member is None else member.shape
            if taken is not None and not isinstance(there.shape, Never):
                self.value(there.shape, taken, place.member(name), depth - 1)
        lacking = [
            name
            for name, member in wanted.members.items()
            if member.presence is Presence.ALWAYS and _is_absent(given, name)
        ]
        if lacking:
            names = ", ".join(lacking)
            meant = close_matches(lacking[0], unknown, cutoff=0.6)
            hint = f"did you mean that by {meant[0]}?" if meant else f"{self.function} requires it"
            self._add(HANDLER_INPUT_MISSING, place, f"lacks {names}; {hint}", tuple(given.members))
            return
        for name in unknown:
            text = f"is not known to {self.function}; it takes {', '.join(wanted.members) or 'nothing'}"
            self._add(HANDLER_INPUT_UNKNOWN, place.member(name), text, tuple(wanted.members), name)

    def _unknown(self, given: Object, wanted: Object, place: Place) -> list[str]:
        """Members written out in the template that the handler does not know."""
        if wanted.rest is not None:
            return []
        return [
            name
            for name in given.members
            if name not in wanted.members and place.member(name).pointer != place.pointer
        ]

    def _add(
        self, rule: Rule, place: Place, text: str, available: tuple[str, ...] = (), meant: str = ""
    ) -> None:
        message = f"{place.where} {text}"
        self.findings.add(rule, place.pointer, message, state=place.state, available=available, meant=meant)


def may_be(given: Shape, wanted: Shape) -> bool:
    """Whether some value is both. True when nobody can say."""
    if isinstance(given, Unknown) or isinstance(wanted, Unknown):
        return True
    return any(_meet(one, other) for one in options(given) for other in options(wanted))


def _meet(given: Shape, wanted: Shape) -> bool:
    match given, wanted:
        case Unknown(), _:
            return True
        case _, Unknown():
            return True
        case String(), String():
            if given.values is None or wanted.values is None:
                return True
            return any(is_placeholder(value) for value in given.values) or bool(given.values & wanted.values)
        case Number(), Number():
            return _numbers_meet(given, wanted)
        case Object(), Object():
            return all(_meet(*pair) for pair in _listed(given, wanted))
        case Array(), Array():
            return _arrays_meet(given, wanted)
    if type(given) is not type(wanted):
        return False
    one, other = getattr(given, "value", None), getattr(wanted, "value", None)
    return one is None or other is None or one == other


def _listed(given: Object, wanted: Object) -> Iterator[tuple[Shape, Shape]]:
    """Members with listed texts: they tell the forms of an object apart."""
    for name, member in wanted.members.items():
        there = given.members.get(name, Member(NEVER))
        if isinstance(member.shape, String) and member.shape.values and isinstance(there.shape, String):
            yield there.shape, member.shape


def _arrays_meet(given: Array, wanted: Array) -> bool:
    """By their lengths, and by what comes after the items known one by one: those are looked at alone.

    Of a list that may be empty nobody can say that its items are wrong.
    """
    if wanted.max_items is not None and given.min_items > wanted.max_items:
        return False
    if given.max_items is not None and given.max_items < wanted.min_items:
        return False
    index = len(given.prefix)
    return given.min_items <= index or may_be(given.items, _item(wanted, index))


def _numbers_meet(given: Number, wanted: Number) -> bool:
    values = given.values
    if values is None:
        return True
    if wanted.values is not None:
        return bool(values & wanted.values)
    fitting = [value for value in values if not wanted.is_integer or float(value).is_integer()]
    fitting = [value for value in fitting if wanted.minimum is None or value >= wanted.minimum]
    return any(wanted.maximum is None or value <= wanted.maximum for value in fitting)


def _is_absent(given: Object, name: str) -> bool:
    there = given.members.get(name)
    return (there is None and given.rest is None) or (there is not None and isinstance(there.shape, Never))


def _item(wanted: Array, index: int) -> Shape:
    return wanted.prefix[index] if index < len(wanted.prefix) else wanted.items
