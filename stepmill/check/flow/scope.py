"""What the expressions of one state see, and where what is wrong with them is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from stepmill.check.finding import Finding, Findings
from stepmill.check.flow.lacking import in_other_items, lacks_text, may_lack_text, spelled_alike, wrappings
from stepmill.check.flow.paths import CONTEXT, INPUT, Path, PathSyntax, parse_path
from stepmill.check.flow.reading import NOWHERE, UNTESTED, Reading, counted, follow
from stepmill.check.flow.texts import Texts, has_token
from stepmill.check.likeness import close_matches
from stepmill.check.records import dataclass, field, replace
from stepmill.check.rule import WARNING, Rule
from stepmill.check.rules.contracts import KEY_NEVER_WRITTEN
from stepmill.check.rules.data_flow import (
    MEMBER_NAME_NEAR,
    PATH_MAYBE_MISSING,
    PATH_MISSING,
    PATH_SYNTAX,
    VARIABLE_MISSING,
    VARIABLE_SCOPE,
)
from stepmill.check.shapes.describe import available_paths, step_text
from stepmill.check.shapes.shape import UNKNOWN, UNWRITTEN, Object, Presence, Shape, String, Unknown, options

NEAR = 0.9


@dataclass(frozen=True, slots=True)
class Lack:
    """What a path does not find, or may not: in the input ("$") or in a variable, at these keys.

    is_lost: nothing there is spelled like it, so that the data is not what was thought: other members will be
    missing for the same reason.
    """

    pointer: str
    root: str
    keys: tuple[str | int, ...]
    is_lost: bool = False


@dataclass(slots=True)
class Report:
    """Tells findings of one state. pointer: of the state. origin: the way by which the data at work came.

    lacks: what the state does not find in its input or a variable; made_lacks: in what it has made of them.
    lineage: states of the same lineage have the same data.
    """

    state: str
    pointer: str
    findings: Findings
    origin: str = ""
    lineage: str = ""
    lacks: dict[Lack, None] = field(default_factory=dict)
    made_lacks: dict[Lack, None] = field(default_factory=dict)

    def tell(
        self,
        rule: Rule,
        pointer: str,
        what: str,
        *,
        available: Iterable[str] = (),
        meant: str = "",
        severity: str = "",
        follow_ons: Iterable[Finding] = (),
    ) -> None:
        """what: what is wrong with the field at `pointer`; the state and the field are put before it."""
        field = self.field_at(pointer)
        message = f"States.{self.state}: {f'{field} ' if field else ''}{what}"
        self.findings.add(
            rule,
            pointer,
            message,
            state=self.state,
            available=available,
            meant=meant,
            severity=severity,
            follow_ons=follow_ons,
        )

    @property
    def aside(self) -> Report:
        """One whose findings are told only with another's."""
        return replace(self, findings=Findings())

    def field_at(self, pointer: str) -> str:
        parts = pointer.removeprefix(self.pointer).strip("/").split("/")
        return ".".join(part.replace("~1", "/").replace("~0", "~") for part in parts)

    @property
    def when(self) -> str:
        return f" when it comes from {self.origin}" if self.origin else ""


def keep_lacks(earlier: Report, report: Report) -> None:
    """What was once found lacking: data that comes round in a loop with the lack made good may hide it."""
    found = {lack.pointer for lack in report.lacks}
    for lack in earlier.lacks:
        if lack.pointer in found:
            continue
        report.lacks[lack] = None
        for finding in earlier.findings.found:
            if (
                finding.pointer == lack.pointer
                and (finding.rule, finding.pointer) not in report.findings.seen
            ):
                report.findings.seen.add((finding.rule, finding.pointer))
                report.findings.found.append(finding)


@dataclass(frozen=True, slots=True)
class Scope:
    """data: `$` of JSONPath. states: `$states` of JSONata. variables: what Assign has made so far.

    elsewhere: names of variables that only other scopes assign, and where they do. assignable: names that
    some state assigns and that can be read here, on whatever way. is_input: `$` is the state's input itself.
    is_only: no other way than this one leads to the state.
    """

    report: Report
    texts: Texts
    data: Shape = UNKNOWN
    context: Shape = UNKNOWN
    variables: Object = field(default_factory=Object)
    states: Shape = UNKNOWN
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    assignable: Collection[str] = ()
    is_input: bool = False
    is_only: bool = True

    def over(self, data: Shape) -> Scope:
        """The same over other data."""
        return replace(self, data=data, is_input=self.is_input and data is self.data)


def read_text(text: str, scope: Scope, pointer: str) -> Shape:
    """What the path in `text` gives; UNKNOWN after a finding, and for a path that holds a token."""
    path = path_of(text, scope, pointer)
    return UNKNOWN if path is None else read(path, scope, pointer)


def path_of(text: str, scope: Scope, pointer: str) -> Path | None:
    """The path in `text`; None, after a finding or without one for a token, when it cannot be read."""
    text = scope.texts.resolved(text)
    try:
        return parse_path(text)
    except PathSyntax as error:
        if not has_token(text):
            scope.report.tell(PATH_SYNTAX, pointer, f"'{text}' is no path: {error}")
        return None


def read(path: Path, scope: Scope, pointer: str) -> Shape:
    if has_token(path.text):
        return UNKNOWN
    root = root_of(path, scope)
    if root is None:
        scope.report.lacks[Lack(pointer, path.root, ())] = None
        _tell_variable(path.root, scope, pointer)
        return UNKNOWN
    reading = follow(root, path.steps)
    if reading.lack:
        keys = tuple(step for step in path.steps[: reading.at + 1] if isinstance(step, (str, int)))
        is_lost = reading.lack == NOWHERE and not spelled_alike(keys[-1], reading.holder)
        lack = Lack(pointer, path.root, keys, is_lost)
        if path.root not in (INPUT, CONTEXT) or (path.root == INPUT and scope.is_input):
            scope.report.lacks[lack] = None
        else:
            scope.report.made_lacks[lack] = None
        tell_lack(path, root, reading, scope.report, pointer)
        if reading.lack != UNTESTED:
            return UNKNOWN
    tell_unwritten(path, root, reading.shape, scope.report, pointer)
    if isinstance(reading.shape, Unknown):
        _tell_near(path, root, scope.report, pointer)
    return counted(path.function) if path.function else reading.shape


def root_of(path: Path, scope: Scope) -> Shape | None:
    """What the path begins at; None for a variable that there is not."""
    if path.root == INPUT:
        return scope.data
    if path.root == CONTEXT:
        return scope.context
    return variable(path.root, scope.variables)


def variable(name: str, variables: Object) -> Shape | None:
    held = variables.members.get(name)
    return variables.rest if held is None else held.shape


def tell_lack(path: Path, root: Shape, reading: Reading, report: Report, pointer: str) -> None:
    """The finding for a path that finds nothing, or may, in what it begins at."""
    steps = [step for step in path.steps if isinstance(step, (str, int))]
    place = path.root_text + "".join(map(step_text, steps[: reading.at]))
    key = steps[reading.at]
    read = place + step_text(key)
    available = tuple(path for path in available_paths(reading.holder, place, str(key)) if path != read)
    if place != path.root_text and reading.lack == NOWHERE and not available:
        available = (place,)
    same = [path for path in available if path.endswith(step_text(key))]
    alike = spelled_alike(key, reading.holder)
    near = [place + step_text(name) for name in alike] if key not in alike else []
    holders = [place + step_text(name) for name in wrappings(reading)]
    others = [path.root_text + "".join(map(step_text, keys)) for keys in in_other_items(root, path.keys)]
    available = tuple(dict.fromkeys([*others, *holders, *available]))
    meant = next(iter([*others, *same, *near, *holders]), "")
    if reading.lack == NOWHERE:
        lacking = lacks_text(place, key, reading.holder)
        what = f"reads '{path.text}', but {lacking}{report.when}; read what is there"
        report.tell(PATH_MISSING, pointer, what, available=available, meant=meant)
        return
    what = (
        f"reads '{path.text}', but {may_lack_text(place, key, reading.holder)}{report.when}; "
        "test it with IsPresent before, or give it a default"
    )
    severity = WARNING if reading.lack == UNTESTED else ""
    report.tell(PATH_MAYBE_MISSING, pointer, what, available=available, meant=meant, severity=severity)


def tell_unwritten(path: Path, root: Shape, found: Shape, report: Report, pointer: str) -> None:
    """The finding for a key that none of the machines writes whose keys are known."""
    if not any(isinstance(one, String) and one.format and one == UNWRITTEN for one in options(found)):
        return
    keys = path.keys or ()
    for at, key in enumerate(keys):
        holder = follow(root, keys[:at]).shape
        for option in options(holder):
            if isinstance(option, Object) and option.rest == UNWRITTEN and key not in option.members:
                place = path.root_text + "".join(step_text(key) for key in keys[:at])
                available = available_paths(holder, place, str(key))
                what = f"reads '{path.text}', a key that no machine here writes; read one that is written"
                meant = place + step_text(key)
                report.tell(KEY_NEVER_WRITTEN, pointer, what, available=available, meant=meant)
                return


def _tell_near(path: Path, root: Shape, report: Report, pointer: str) -> None:
    """The finding for a name that is not known where one spelled nearly like it is certainly there."""
    keys = path.keys or ()
    for at, key in enumerate(keys):
        forms = options(follow(root, keys[:at]).shape)
        if not forms or any(isinstance(form, Object) and key in form.members for form in forms):
            continue
        sure = sorted(frozenset.intersection(*[_sure_names(form) for form in forms]))
        close = [
            name for name in close_matches(str(key), sure, cutoff=NEAR) if not _is_plural(str(key), name)
        ]
        if close:
            place = path.root_text + "".join(step_text(step) for step in keys[:at])
            meant = place + step_text(close[0])
            what = f"reads '{path.text}', which may be there, but {meant} certainly is; read that one"
            report.tell(MEMBER_NAME_NEAR, pointer, what, available=[meant], meant=place + step_text(key))
        return


def _sure_names(form: Shape) -> frozenset[str]:
    members = form.members.items() if isinstance(form, Object) else ()
    return frozenset(name for name, member in members if member.presence is Presence.ALWAYS)


def _is_plural(one: str, other: str) -> bool:
    return one.rstrip("s") == other.rstrip("s")


def _tell_variable(name: str, scope: Scope, pointer: str) -> None:
    available = [f"${known}" for known in scope.variables.members]
    where = scope.elsewhere.get(name)
    if where is not None:
        what = f"reads the variable '${name}', which {where}; give the value on as output instead"
        scope.report.tell(VARIABLE_SCOPE, pointer, what, available=available, meant=f"${name}")
        return
    what = f"reads the variable '${name}', which no state before has assigned{scope.report.when}"
    scope.report.tell(
        VARIABLE_MISSING, pointer, f"{what}; assign it first", available=available, meant=f"${name}"
    )
