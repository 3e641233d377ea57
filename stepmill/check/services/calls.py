"""Whether a Resource can be called at all: the service, the action, the way of waiting, the task token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.likeness import close_matches
from stepmill.check.patterns import late_pattern
from stepmill.check.rule import Rule
from stepmill.check.rules.integrations import (
    ACTION_UNKNOWN,
    PATTERN_IN_EXPRESS,
    PATTERN_UNSUPPORTED,
    RESOURCE_SYNTAX,
    SERVICE_UNKNOWN,
    TOKEN_NOT_PASSED,
    TOKEN_WITHOUT_WAIT,
)
from stepmill.check.services import models
from stepmill.check.services.integrations import (
    OPTIMISED,
    PATTERNS,
    SDK_PATTERNS,
    TOKEN,
    UNSUPPORTED,
    WITHOUT_MODEL,
)
from stepmill.check.services.resources import Activity, Integration, Invocation, Malformed, Resource
from stepmill.check.subject import TaskView

# What an argument can read of the context that is not the token, nor holds it.
_OTHER_CONTEXT = late_pattern(r"\$\$\.(Execution|State|StateMachine|Map)\b")
_CONTEXT = late_pattern(r"\$\$(?![A-Za-z_])")
_JSONATA_OTHER = late_pattern(
    r"\$states\.(input|result|errorOutput|context\.(Execution|State|StateMachine|Map)\b)"
)
_JSONATA_CONTEXT = late_pattern(r"\$states\b")
_TOKEN_READ = late_pattern(r"\$\$\.Task\.Token\b|\$states\.context\.Task\.Token\b")


def check_resource(task: TaskView, found: Resource, findings: Findings) -> bool:
    """Whether there is such a call; faults are told."""
    at = task.pointer + pointer("Resource")

    def add(rule: Rule, text: str, available: tuple[str, ...] = (), meant: str = "") -> None:
        message = f"States.{task.state}: Resource {text}"
        findings.add(rule, at, message, state=task.state, available=available, meant=meant)

    match found:
        case Malformed():
            add(RESOURCE_SYNTAX, f"{found.text!r} {found.reason}")
            return False
        case Activity() if is_express(task):
            add(
                PATTERN_IN_EXPRESS, "is an activity; an express workflow cannot wait for one, call a function"
            )
        case Integration(is_sdk=True):
            return _sdk(task, found, add)
        case Integration():
            return _optimised(task, found, add)
    return True


def _optimised(task: TaskView, call: Integration, add: Any) -> bool:
    actions = OPTIMISED.get(call.service)
    if actions is None:
        behind = models.service_for(call.service)
        hint = f"call it as aws-sdk:{behind}:{call.action}" if behind else _meant(call.service, OPTIMISED)
        add(SERVICE_UNKNOWN, f"names {call.service!r}, which has no integration of its own; {hint}", ())
        return False
    if call.action not in actions:
        hint = _meant(call.action, actions)
        add(
            ACTION_UNKNOWN,
            f"has no action {call.action!r} of {call.service}; {hint}",
            tuple(actions),
            call.action,
        )
        return False
    return _pattern(task, call, actions[call.action], add)


def _sdk(task: TaskView, call: Integration, add: Any) -> bool:
    if call.service in WITHOUT_MODEL:
        return _pattern(task, call, SDK_PATTERNS, add)
    actions = models.operation(call.service, call.action)
    if actions is None and not models.services():
        return _pattern(task, call, SDK_PATTERNS, add)
    if actions is None and call.service not in models.services():
        known = models.services()
        meant = models.service_for(call.service) or ""
        hint = f"did you mean {meant}?" if meant else _meant(call.service, known)
        close = tuple(close_matches(meant or call.service, known, 8, cutoff=0.4))
        add(
            SERVICE_UNKNOWN,
            f"names {call.service!r}, which is no service; {hint}",
            close,
            meant or call.service,
        )
        return False
    if actions is None:
        known = models.actions(call.service) or ()
        if not known:
            return True
        close = tuple(close_matches(call.action, known, 8, cutoff=0.4))
        hint = _meant(call.action, known)
        add(ACTION_UNKNOWN, f"has no action {call.action!r} of {call.service}; {hint}", close, call.action)
        return False
    if actions.streams or call.action in UNSUPPORTED.get(call.service, ()):
        add(ACTION_UNKNOWN, f"has the action {call.action!r}, which a machine cannot call; use a function")
        return False
    return _pattern(task, call, SDK_PATTERNS, add)


def _pattern(task: TaskView, call: Integration, patterns: tuple[str, ...], add: Any) -> bool:
    if call.pattern not in patterns:
        allowed = ", ".join(f".{pattern}" for pattern in patterns if pattern)
        hint = f"it has {allowed}" if allowed else "give the call alone"
        what = f"ends in .{call.pattern}" if call.pattern else "ends without a pattern"
        names = tuple(pattern for pattern in patterns if pattern)
        add(PATTERN_UNSUPPORTED, f"{what}, which {call.name} does not have; {hint}", names, call.pattern)
        return call.pattern in PATTERNS
    if call.pattern and is_express(task):
        add(
            PATTERN_IN_EXPRESS,
            f"ends in .{call.pattern}; an express workflow only takes the answer of a call",
        )
    return True


def is_pattern_known(call: Integration) -> bool:
    """The call has its pattern, or nobody can say."""
    if call.is_sdk:
        return call.pattern in SDK_PATTERNS
    actions = OPTIMISED.get(call.service)
    return actions is None or call.pattern in actions.get(call.action, ("", *PATTERNS))


def check_token(task: TaskView, found: Resource, findings: Findings) -> None:
    """A task that waits for its token gives it away, one that does not wait has none.

    Nothing is said where the pattern itself is wrong: nobody knows whether it was meant to wait.
    """
    if isinstance(found, Integration) and not is_pattern_known(found):
        return
    field = _arguments_field(task)
    given = [task.raw.get(field), task.raw.get("InputPath")]
    waits = isinstance(found, Integration) and found.pattern == TOKEN
    is_jsonata = _is_jsonata(task)
    if waits and not any(_may_hold_token(text, is_jsonata=is_jsonata) for _, text in _texts(given, "")):
        at = task.pointer + (pointer(field) if field else "")
        token = "{% $states.context.Task.Token %}" if is_jsonata else "$$.Task.Token"
        message = f"States.{task.state}: {field or 'the task'} holds no task token; pass {token}"
        findings.add(TOKEN_NOT_PASSED, at, message, state=task.state)
    elif at := token_without_wait(task, found):
        message = (
            f"States.{task.state}: {field} reads a task token that is not there; "
            "end Resource in .waitForTaskToken"
        )
        findings.add(TOKEN_WITHOUT_WAIT, task.pointer + at, message, state=task.state)


def token_without_wait(task: TaskView, found: Resource) -> str:
    """Where in the state a token is read that the task does not have; "" nowhere."""
    field = _arguments_field(task)
    waits = isinstance(found, Integration) and found.pattern == TOKEN
    if waits or not isinstance(found, Integration | Invocation) or not field:
        return ""
    for at, text in _texts(task.raw[field], pointer(field)):
        is_read = at.endswith(".$") or text.lstrip().startswith("{%")
        if is_read and _TOKEN_READ.search(text):
            return at
    return ""


def _arguments_field(task: TaskView) -> str:
    return next((name for name in ("Parameters", "Arguments") if name in task.raw), "")


def _is_jsonata(task: TaskView) -> bool:
    machine = task.subject.definition
    default = machine.get("QueryLanguage") if isinstance(machine, Mapping) else None
    return "Arguments" in task.raw or task.raw.get("QueryLanguage", default) == "JSONata"


def _may_hold_token(text: str, *, is_jsonata: bool) -> bool:
    if is_jsonata and not text.lstrip().startswith("{%"):
        return False
    plain = _JSONATA_OTHER.sub("", _OTHER_CONTEXT.sub("", text))
    return bool(_CONTEXT.search(plain) or _JSONATA_CONTEXT.search(plain))


def _texts(raw: Any, at: str) -> Iterator[tuple[str, str]]:
    """Every text in it, with its pointer."""
    if isinstance(raw, str):
        yield at, raw
    elif isinstance(raw, Mapping):
        for name, value in raw.items():
            yield from _texts(value, at + pointer(str(name)))
    elif isinstance(raw, list):
        for index, value in enumerate(raw):
            yield from _texts(value, f"{at}/{index}")


def is_express(task: TaskView) -> bool:
    """It runs in an express workflow: the machine itself, or the children of a distributed Map."""
    kind = task.subject.kind
    for holder in enclosing_maps(task):
        processor = holder.get("ItemProcessor")
        config = processor.get("ProcessorConfig") if isinstance(processor, Mapping) else None
        if isinstance(config, Mapping) and config.get("Mode") == "DISTRIBUTED":
            kind = "EXPRESS" if config.get("ExecutionType") == "EXPRESS" else "STANDARD"
            break
    return kind == "EXPRESS"


def enclosing_maps(task: TaskView) -> list[Mapping[str, Any]]:
    """The Map states around a task, the innermost first."""
    place: Any = task.subject.definition
    found: list[Mapping[str, Any]] = []
    inner = task.pointer.removeprefix(task.subject.pointer)
    for part in inner.split("/")[1:]:
        if isinstance(place, Mapping):
            if place.get("Type") == "Map":
                found.insert(0, place)
            place = place.get(part.replace("~1", "/").replace("~0", "~"))
        elif isinstance(place, list) and part.isdigit() and int(part) < len(place):
            place = place[int(part)]
        else:
            break
    return found


def _meant(written: str, known: Any) -> str:
    close = close_matches(written, known, cutoff=0.6)
    same = [name for name in known if name.lower() == written.lower()]
    if same or close:
        return f"did you mean {(same or close)[0]}?"
    names = sorted(known)
    return f"there are {', '.join(names[:12])}{', …' if len(names) > 12 else ''}"
