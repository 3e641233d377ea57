"""A task's arguments against what its call takes: member by member, beside the template as it is written.

Only certain faults are told: what a shape does not say may be right. Of alternatives all must be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stepmill.check.finding import Finding, Findings
from stepmill.check.likeness import close_matches
from stepmill.check.records import dataclass, field, replace
from stepmill.check.rule import FAILURE, WARNING, Rule
from stepmill.check.rules.parameters import (
    PARAMETER_LENGTH,
    PARAMETER_MISSING,
    PARAMETER_ONE_OF,
    PARAMETER_PATTERN,
    PARAMETER_RANGE,
    PARAMETER_TYPE,
    PARAMETER_UNKNOWN,
    PARAMETER_VALUE,
)
from stepmill.check.services import values
from stepmill.check.services.forms import ANY
from stepmill.check.services.groups import GROUPS
from stepmill.check.services.members import meant, names_of, spelled
from stepmill.check.services.models import Operation
from stepmill.check.services.place import Place
from stepmill.check.services.spelling import spellings
from stepmill.check.shapes.describe import describe
from stepmill.check.shapes.shape import (
    UNKNOWN,
    Array,
    Boolean,
    Never,
    Null,
    Number,
    Object,
    Presence,
    Shape,
    String,
    Union,
    Unknown,
    options,
)

_OBJECT, _ARRAY, _TEXT = "an object", "an array", "a text"
_WANTED = {
    "structure": (Object, _OBJECT),
    "map": (Object, _OBJECT),
    "list": (Array, _ARRAY),
    "string": (String, _TEXT),
    "character": (String, _TEXT),
    "boolean": (Boolean, "true or false"),
    "integer": (Number, "a whole number"),
    "long": (Number, "a whole number"),
    "short": (Number, "a whole number"),
    "byte": (Number, "a whole number"),
    "bigInteger": (Number, "a whole number"),
    "float": (Number, "a number"),
    "double": (Number, "a number"),
    "bigDecimal": (Number, "a number"),
}
_FREE = frozenset({ANY, "blob", "timestamp"})
_CERTAIN = frozenset({PARAMETER_TYPE.id, PARAMETER_MISSING.id, PARAMETER_UNKNOWN.id})
_WHOLE = frozenset({"integer", "long", "short", "byte", "bigInteger"})


@dataclass(slots=True)
class Walk:
    """skipped: members of the root that another rule looks at, when they are texts."""

    operation: Operation
    findings: Findings
    skipped: frozenset[str] = frozenset()
    is_sdk: bool = False
    _depth: int = field(default=0)

    def root(self, shape: Shape, place: Place) -> None:
        if self.operation.input:
            self.value(shape, self.operation.input, place)
        else:
            self.value(shape, "", place)

    def value(self, shape: Shape, name: str, place: Place) -> None:
        model = self.operation.shapes.get(name, {"type": "structure", "members": {}})
        if model["type"] in _FREE or model.get("document") or model.get("eventstream") or self._depth > 24:
            return
        if isinstance(shape, Union):
            self._alternatives(shape, name, place)
            return
        if isinstance(shape, Unknown | Never | Null):
            return
        kind, wanted = _WANTED.get(model["type"], (None, ""))
        if kind is None:
            return
        if not isinstance(shape, kind) or _is_fraction(shape, model["type"]):
            if not values.is_taken_as_other(shape, "" if self.is_sdk else name):
                self._type(shape, wanted, place)
            return
        self._depth += 1
        self._inside(shape, name, model, place)
        self._depth -= 1

    def _type(self, shape: Shape, wanted: str, place: Place) -> None:
        """An SDK integration writes objects and arrays as JSON where a text is wanted. What it makes of a
        number for a text, or a text for a number, is not documented: that is a warning.
        """
        is_scalar = isinstance(shape, String | Number | Boolean)
        if self.is_sdk and wanted == _TEXT and not is_scalar:
            return
        text = f"is {describe(shape)}; the service takes {wanted}"
        is_sure = not (self.is_sdk and is_scalar and wanted not in (_OBJECT, _ARRAY))
        self._add(PARAMETER_TYPE, place, text, severity=FAILURE if is_sure else WARNING)

    def _inside(self, shape: Shape, name: str, model: Mapping[str, Any], place: Place) -> None:
        match shape:
            case Object() if model["type"] == "structure":
                self._structure(shape, name, model, place)
            case Object():
                self._map(shape, model, place)
            case Array():
                self._list(shape, model, place)
            case String():
                self._text(shape, model, place)
            case Number():
                fault = values.range_fault(shape, model)
                if fault:
                    self._add(PARAMETER_RANGE, place, f"{fault}; allowed is {_range(model)}")

    def _alternatives(self, shape: Union, name: str, place: Place) -> None:
        """A fault counts when every alternative has it. A type that some alternative has for certain wrong,
        and a member that it lacks or that nobody knows, is a warning: the ways that lead here were all found.
        """
        each: list[Findings] = []
        for option in shape.options:
            alone = Findings()
            Walk(self.operation, alone, self.skipped, self.is_sdk, self._depth).value(option, name, place)
            each.append(alone)
        common = set.intersection(*(one.seen for one in each))
        for found in (found for one in each for found in one.found):
            key = (found.rule, found.pointer)
            is_certain = found.rule in _CERTAIN and found.severity == FAILURE
            if key in self.findings.seen or not (key in common or is_certain):
                continue
            self.findings.seen.add(key)
            self.findings.found.append(found if key in common else _sometimes(found))

    def _structure(self, shape: Object, name: str, model: Mapping[str, Any], place: Place) -> None:
        known = spelled(model, name, self.operation.service, self.is_sdk, self._depth == 1)
        has_unknown = False
        for written, member in shape.members.items():
            if isinstance(member.shape, Never):
                continue
            it = known.get(written)
            inner = place.member(written)
            if it is None or it.severity == FAILURE:
                if member.presence is Presence.ALWAYS or inner.pointer != place.pointer:
                    self._unknown(written, inner, list(model.get("members", {})), name)
                    has_unknown = True
                continue
            if it.severity:
                text = f"is the service's own spelling; did you mean {it.meant}?"
                self._add(PARAMETER_UNKNOWN, inner, text, (it.meant,), it.meant, WARNING)
            if not (self._depth == 1 and it.member in self.skipped and isinstance(member.shape, String)):
                self.value(member.shape, model["members"][it.member], inner)
        if has_unknown:  # it may be the one that lacks
            return
        if shape.rest is None:
            self._missing(shape, name, model, place)
        self._groups(shape, name, model, place)

    def _unknown(self, written: str, place: Place, members: list[str], name: str) -> None:
        each = [names_of(name, member, self.is_sdk) for member in members]
        allowed = [names[0] for names in each]
        close = meant(written, {it.lower(): names[0] for names in each for it in names}, allowed)
        hint = f"did you mean {close}?" if close else f"it takes {_some(allowed)}"
        self._add(PARAMETER_UNKNOWN, place, f"does not exist; {hint}", allowed, close)

    def _missing(self, shape: Object, name: str, model: Mapping[str, Any], place: Place) -> None:
        given = _given_members(shape, name, model)
        lacking = [spellings(name, it)[0] for it in model.get("required", ()) if it not in given]
        if lacking:
            self._add(PARAMETER_MISSING, place, f"lacks {', '.join(lacking)}; the call requires it")

    def _groups(self, shape: Object, name: str, model: Mapping[str, Any], place: Place) -> None:
        given = _given_members(shape, name, model)
        for group in GROUPS.get((self.operation.service, name), ()):
            members = [member for member in group.members if member in model.get("members", {})]
            certain = [it for it in members if given.get(it) is Presence.ALWAYS]
            if shape.rest is None and members and sum(it in given for it in members) < group.least:
                self._add(PARAMETER_ONE_OF, place, f"has none of {', '.join(members)}; {group.rule}")
            elif len(certain) > group.most:
                self._add(PARAMETER_ONE_OF, place, f"has {' and '.join(certain)}; {group.rule}")
        if model.get("union"):
            certain = [it for it, presence in given.items() if presence is Presence.ALWAYS]
            if len(certain) > 1 or (shape.rest is None and not given and model.get("members")):
                names = [spellings(name, it)[0] for it in model["members"]]
                what = f"has {' and '.join(certain)}" if certain else "is empty"
                self._add(PARAMETER_ONE_OF, place, f"{what}; give exactly one of {_some(names)}")

    def _map(self, shape: Object, model: Mapping[str, Any], place: Place) -> None:
        keys = self.operation.shapes.get(model.get("key", ""), {})
        for written, member in shape.members.items():
            if isinstance(member.shape, Never):
                continue
            inner = place.member(written)
            key = String(frozenset([written]))
            if values.enum_fault(key, keys):
                self._add(PARAMETER_VALUE, inner, f"is no allowed key; allowed are {_some(keys['enum'])}")
            elif values.pattern_fault(key, keys):
                self._add(PARAMETER_PATTERN, inner, f"is no allowed key; keys match {keys['pattern']}")
            else:
                self.value(member.shape, model.get("value", ""), inner)

    def _list(self, shape: Array, model: Mapping[str, Any], place: Place) -> None:
        least, most = model.get("min"), model.get("max")
        if most is not None and shape.min_items > most:
            self._add(PARAMETER_LENGTH, place, f"has {shape.min_items} items or more; at most {most} may be")
        elif least is not None and shape.max_items is not None and shape.max_items < least:
            self._add(
                PARAMETER_LENGTH, place, f"has {shape.max_items} items at most; at least {least} must be"
            )
        for index, item in enumerate(shape.prefix):
            self.value(item, model.get("member", ""), place.item(index))
        if shape.min_items > len(shape.prefix):
            self.value(shape.items, model.get("member", ""), place.item(len(shape.prefix)))

    def _text(self, shape: String, model: Mapping[str, Any], place: Place) -> None:
        if fault := values.enum_fault(shape, model):
            close = [near for value in shape.values or () for near in _near(value, model["enum"])]
            hint = f"did you mean {close[0]}?" if close else f"allowed are {_some(model['enum'])}"
            self._add(PARAMETER_VALUE, place, f"{fault}; {hint}", model["enum"], close[0] if close else "")
        elif fault := values.length_fault(shape, model):
            self._add(PARAMETER_LENGTH, place, f"{fault}; allowed are {_range(model)}")
        elif fault := values.pattern_fault(shape, model):
            self._add(PARAMETER_PATTERN, place, f"{fault}; the service wants {model['pattern']}")

    def _add(
        self,
        rule: Rule,
        place: Place,
        text: str,
        available: list[str] | tuple[str, ...] = (),
        meant: str = "",
        severity: str = "",
    ) -> None:
        message = f"{place.where} {text}"
        self.findings.add(
            rule,
            place.pointer,
            message,
            state=place.state,
            available=available,
            meant=meant,
            severity=severity,
        )


def _sometimes(found: Finding) -> Finding:
    what, _, advice = found.message.partition("; ")
    return replace(found, severity=WARNING, message=f"{what} in some runs; {advice}")


def _given_members(shape: Object, name: str, model: Mapping[str, Any]) -> dict[str, Presence]:
    """The members, by the model's name, that are or may be there."""
    found: dict[str, Presence] = {}
    for member in model.get("members", {}):
        for spelling in (*spellings(name, member), member):
            it = shape.members.get(spelling)
            if it is not None and not isinstance(it.shape, Never):
                may_be_null = any(isinstance(option, Null | Unknown) for option in options(it.shape))
                found[member] = Presence.MAYBE if may_be_null and it.shape != UNKNOWN else it.presence
    return found


def _is_fraction(shape: Shape, kind: str) -> bool:
    if kind not in _WHOLE or not isinstance(shape, Number) or not shape.values:
        return False
    return all(not float(value).is_integer() for value in shape.values)


def _near(value: str, allowed: list[str]) -> Iterator[str]:
    same = [name for name in allowed if name.lower() == value.lower()]
    yield from same or close_matches(value, allowed, cutoff=0.6)


def _some(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names[:12]) + (", …" if len(names) > 12 else "")


def _range(model: Mapping[str, Any]) -> str:
    least, most = model.get("min"), model.get("max")
    if least is not None and most is not None:
        return f"{least} to {most}"
    return f"at least {least}" if least is not None else f"at most {most}"
