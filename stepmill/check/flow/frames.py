"""Where a state runs: the machine as a whole, and the branch or iteration it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from stepmill.check.finding import Findings
from stepmill.check.flow.fingerprints import Fingerprints
from stepmill.check.flow.graph import inner_scopes, listed
from stepmill.check.flow.liveness import NOTHING, Live, Liveness
from stepmill.check.flow.plan import Plan
from stepmill.check.flow.questions import Questions
from stepmill.check.flow.sizes import Sizes
from stepmill.check.flow.texts import Texts
from stepmill.check.records import dataclass, field
from stepmill.check.shapes.shape import (
    Member,
    Number,
    Object,
    Piece,
    Presence,
    Shape,
    String,
    closed,
    of_value,
)
from stepmill.check.subject import Subject, TaskView

_COUNT = Number(minimum=0, is_integer=True)


class Services(Protocol):
    """What is known of the services behind Task resources."""

    def output(self, view: TaskView) -> Shape:
        """What the task gives before its ResultSelector."""

    def check_task(self, view: TaskView, findings: Findings) -> None:
        """Tells what is wrong with the call."""


@dataclass(frozen=True, slots=True)
class World:
    """What holds for the whole machine.

    broken: pointers of states whose form is wrong: what they do is not known. assigned: variable -> pointers
    of the scopes that assign it. may_hold_otherwise: whether the test at a pointer may hold when nothing is
    known of the input; None when this is not known. may_hold: collects such pointers, and the paths that a
    test of presence has found. plans: of the scopes that have been run, by their pointers. least_items: of
    each inline Map, by its pointer.
    """

    subject: Subject
    texts: Texts
    services: Services
    broken: frozenset[str] = frozenset()
    assigned: Mapping[str, frozenset[str]] = field(default_factory=dict)
    may_hold_otherwise: Callable[[str], bool] | None = None
    may_hold: set[str] = field(default_factory=set)
    fingerprints: Fingerprints = field(default_factory=lambda: Fingerprints(frozenset()))
    liveness: Liveness = field(default_factory=lambda: Liveness("JSONPath"))
    plans: dict[str, Plan] = field(default_factory=dict)
    questions: Questions = field(default_factory=Questions)
    sizes: Sizes = field(default_factory=Sizes)
    least_items: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """One scope. visible: pointers of the scopes whose variables can be read, this one last.

    item: what the enclosing Map gives as $$.Map, None outside of one. at_end: what is read of its output.
    lineage: the pointer of the Map whose items are at work, or of the machine.
    """

    pointer: str
    execution: Object
    visible: tuple[str, ...]
    item: Member | None = None
    at_end: Live = NOTHING
    lineage: str = ""
    is_in_map: bool = False
    can_repeat: bool = False


def machine_frame(subject: Subject) -> Frame:
    execution = execution_of(subject.context.input)
    return Frame(subject.pointer, execution, (subject.pointer,), lineage=subject.pointer)


def execution_of(given: Shape) -> Object:
    """$$.Execution, for an execution with this input."""
    varies = frozenset(["execution"])
    members = {
        "Id": Member(_arn(varies)),
        "Input": Member(given),
        "Name": Member(String(None, 1, 80, pieces=(Piece(varies, 1, 80),))),
        "RoleArn": Member(String(None, 1)),
        "StartTime": Member(_moment("execution")),
        "RedriveCount": Member(_COUNT),
        "RedriveTime": Member(_moment("time"), Presence.LIKELY),
    }
    return Object(members)


def _arn(varies: frozenset[str] = frozenset()) -> String:
    return String(None, 1, pieces=(Piece(varies, 1, holds=":"),))


def _moment(varies: str) -> String:
    """Such as 2026-11-22T05:41:00.123Z."""
    piece = Piece(frozenset([varies]), 20, 32, "0123456789-:.TZ", holds=":")
    return String(None, 20, 32, format="date-time", pieces=(piece,))


def map_context(item: Shape) -> Object:
    """$$.Map while an item is at work."""
    of_item = {
        "Index": Member(_COUNT),
        "Value": Member(item),
        "Key": Member(String(), Presence.LIKELY),
        "Source": Member(String(), Presence.LIKELY),
    }
    return closed(Item=Object(of_item))


_NOW = _moment("time")
_STATE_MACHINE = Member(closed(Id=_arn(), Name=String(None, 1, 80)))
_TASK = Member(closed(Token=String(None, 1, 2048)))


def context_object(frame: Frame, state: str, *, is_task: bool) -> Object:
    """`$$` in a state. A Task has Task.Token: whether it may be used is the integration's matter."""
    members = {
        "Execution": Member(frame.execution),
        "State": Member(closed(EnteredTime=_NOW, Name=of_value(state), RetryCount=_COUNT)),
        "StateMachine": _STATE_MACHINE,
    }
    if frame.item is not None:
        members["Map"] = frame.item
    if is_task:
        members["Task"] = _TASK
    return Object(members)


def assignments(definition: Any, pointer: str) -> dict[str, frozenset[str]]:
    """variable -> the scopes in which some state assigns it."""
    found: dict[str, set[str]] = {}
    for name, scope in _assigned(definition, pointer):
        found.setdefault(name, set()).add(scope)
    return {name: frozenset(scopes) for name, scopes in found.items()}


def _assigned(scope: Any, pointer: str) -> Iterator[tuple[str, str]]:
    states = scope.get("States") if isinstance(scope, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        for holder in (state, *_entries(state.get("Choices")), *_entries(state.get("Catch"))):
            given = holder.get("Assign")
            if isinstance(given, dict):
                yield from ((str(key).removesuffix(".$"), pointer) for key in given)
        for inner, place in inner_scopes(state, f"{pointer}/States/{_escaped(str(name))}"):
            yield from _assigned(inner, place)


def _entries(value: Any) -> Iterator[dict[str, Any]]:
    return (entry for entry in listed(value) if isinstance(entry, dict))


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def hidden(world: World, frame: Frame) -> dict[str, str]:
    """Variables that cannot be read here, with where they are assigned."""
    holder = frame.visible[0]
    found: dict[str, str] = {}
    for name, scopes in world.assigned.items():
        if scopes.isdisjoint(frame.visible):
            is_outside = any(holder.startswith(f"{scope}/") for scope in scopes)
            found[name] = (
                "is assigned outside of this distributed Map"
                if is_outside
                else "is assigned only inside of a branch or a Map"
            )
    return found
