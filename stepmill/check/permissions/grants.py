"""What policy documents in a template allow, statement by statement."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from stepmill.check.finding import pointer
from stepmill.check.permissions.need import Need
from stepmill.check.permissions.patterns import Distinct, covers, may_meet
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.template_values import ANY, SYMBOL, Either, Special, alternatives
from stepmill.check.records import dataclass, field

PASSED_TO = "iam:PassedToService"


@dataclass(frozen=True, slots=True)
class Entry:
    """One action or resource of a statement, and where it stands."""

    text: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Grant:
    """One statement that allows. is_certain: no condition of the template decides whether it is there.

    passed_to: the services of iam:PassedToService, None without that condition. is_generated: by SAM or AWS.
    excepted: what NotAction names, None without it; the actions are then all others.
    managed: the name of a policy of AWS's that allows a whole service or more.
    """

    file: str
    pointer: str
    actions: tuple[Entry, ...]
    resources: tuple[Entry, ...]
    passed_to: tuple[str, ...] | None = None
    is_certain: bool = True
    is_generated: bool = False
    excepted: tuple[Entry, ...] | None = None
    managed: str = ""

    def allows(self, need: Need, is_distinct: Distinct) -> bool:
        return (
            self.names(need.action)
            and self.reaches(need.resource, is_distinct)
            and (not need.passed_to or self.passed_to is None or _is_among(need.passed_to, self.passed_to))
        )

    def names(self, action: str) -> bool:
        if any(_surely_matches(entry.text, action) for entry in self.excepted or ()):
            return False
        return any(matches_action(entry.text, action) for entry in self.actions)

    def reaches(self, resource: str, is_distinct: Distinct) -> bool:
        return any(meets(entry.text, resource, is_distinct) for entry in self.resources)

    def denies(self, need: Need) -> bool:
        """As a statement that denies: whether it holds for all that is needed, whatever is not known yet."""
        resource = need.resource.replace(ANY, "*")
        return any(_surely_matches(entry.text, need.action) for entry in self.actions) and any(
            _surely_holds(entry.text, resource) for entry in self.resources
        )


@dataclass(slots=True)
class Grants:
    """unknown: why more may be allowed than `found` tells; empty when that is all.

    denied: statements that deny without a condition.
    """

    found: list[Grant] = field(default_factory=list)
    denied: list[Grant] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@lru_cache(maxsize=8192)
def matches_action(pattern: str, action: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return pattern.lower() == action.lower() or "${" in pattern
    return fnmatchcase(action.lower(), pattern.lower())


def _surely_matches(pattern: str, action: str) -> bool:
    return "${" not in pattern and matches_action(pattern, action)


def _surely_holds(pattern: str, resource: str) -> bool:
    """A single `?` says too little of a part that is not known."""
    return pattern == "*" or ("?" not in pattern and covers(pattern, resource))


def meets(given: str, needed: str, is_distinct: Distinct) -> bool:
    """SageMaker writes the names in its ARNs in small letters.

    What a parameter gives as a resource is an ARN, so it is one too where a request names it.
    """
    given, needed = given.replace(ANY, "*"), needed.replace(ANY, "*")
    if ":sagemaker:" in needed and "${" not in needed.rpartition(":")[2]:
        given, needed = _lowered(given), _lowered(needed)
    return may_meet(given, needed, is_distinct) or _is_arn_of(given, needed, is_distinct)


def _is_arn_of(given: str, needed: str, is_distinct: Distinct) -> bool:
    """`${Function}` for the ARN that was made of `${Function}` as if that were a name."""
    symbol = SYMBOL.match(given)
    if not symbol or is_distinct(symbol[1]) or symbol[0] not in needed or not needed.startswith("arn:"):
        return False
    return may_meet(given, needed[needed.rindex(symbol[0]) :], is_distinct)


def _lowered(text: str) -> str:
    head, colon, name = text.rpartition(":")
    return head + colon + (name if "${" in name else name.lower())


def _is_among(service: str, services: tuple[str, ...]) -> bool:
    return any("${" in one or fnmatchcase(service, one) or one == f"{service}.cn" for one in services)


def read_document(
    document: Any, scope: Scope, place: str, grants: Grants, *, is_certain: bool = True
) -> None:
    """Adds what a policy document allows. It may be any JSON value."""
    for option, certain in _options(document, scope, is_certain):
        told = option.get("Statement") if isinstance(option, dict) else None
        if told is None:
            grants.unknown.append(f"{place} is no policy document that can be read")
            continue
        for statements, is_sure in _options(told, scope, certain):
            if isinstance(statements, dict):
                _read_statement(statements, scope, place + "/Statement", grants, is_sure)
                continue
            for index, statement in enumerate(statements if isinstance(statements, list) else ()):
                here = place + pointer("Statement", index)
                for one, sure in _options(statement, scope, is_sure):
                    _read_statement(one, scope, here, grants, sure)


def _options(value: Any, scope: Scope, is_certain: bool) -> Iterator[tuple[Any, bool]]:
    """The forms that a value may take, each as it is written; more than one are not certain."""
    if isinstance(value, dict) and set(value) == {"Fn::If"}:
        branches = value["Fn::If"]
        for branch in branches[1:] if isinstance(branches, list) else ():
            if branch != {"Ref": "AWS::NoValue"}:
                yield from _options(branch, scope, False)
        return
    yield value, is_certain


def _read_statement(statement: Any, scope: Scope, place: str, grants: Grants, is_certain: bool) -> None:
    if not isinstance(statement, dict):
        grants.unknown.append(f"{place} is no statement")
        return
    is_denial = statement.get("Effect", "Allow") == "Deny"
    if is_denial and not (is_certain and _is_plain(statement, scope)):
        return
    if "NotResource" in statement:
        grants.unknown.append(f"{place} allows all but something")
        return
    if "NotAction" in statement:
        excepted = list(entries(statement["NotAction"], scope, f"{place}/NotAction"))
        actions: list[Entry | None] = [Entry("*", f"{place}/NotAction")]
    else:
        excepted = []
        actions = list(entries(statement.get("Action"), scope, f"{place}/Action"))
    resources = list(entries(statement.get("Resource"), scope, f"{place}/Resource"))
    if not is_denial and (None in actions or None in resources):
        grants.unknown.append(f"{place} cannot be resolved")
    grant = Grant(
        str(scope.file),
        place,
        tuple(entry for entry in actions if entry),
        tuple(entry for entry in resources if entry),
        _passed_to(statement.get("Condition"), scope),
        is_certain,
        excepted=tuple(entry for entry in excepted if entry) if "NotAction" in statement else None,
    )
    (grants.denied if is_denial else grants.found).append(grant)


def _is_plain(statement: dict[str, Any], scope: Scope) -> bool:
    """Nothing decides over what it says: no condition of its own, none of the template."""
    if statement.keys() & {"Condition", "NotAction", "NotResource"}:
        return False
    told = [statement.get("Action"), statement.get("Resource")]
    items = [item for one in told for item in (one if isinstance(one, list) else [one])]
    return not any(isinstance(resolve(item, scope), Either) for item in items)


def entries(told: Any, scope: Scope, place: str) -> Iterator[Entry | None]:
    """The texts of a list or of one; None for what cannot be known."""
    if not isinstance(told, list):
        yield from _entries_of_one(resolve(told, scope), place)
        return
    for index, item in enumerate(told):
        yield from _entries_of_one(resolve(item, scope), f"{place}/{index}")


def _entries_of_one(value: Any, place: str) -> Iterator[Entry | None]:
    for option in alternatives(value):
        if option is Special.NO_VALUE:
            continue
        if isinstance(option, list):
            for item in option:
                yield from _entries_of_one(item, place)
        else:
            yield Entry(option, place) if isinstance(option, str) else None


def _passed_to(condition: Any, scope: Scope) -> tuple[str, ...] | None:
    found: list[str] = []
    is_told = False
    resolved = resolve(condition, scope)
    for tests in resolved.values() if isinstance(resolved, dict) else ():
        for key, value in tests.items() if isinstance(tests, dict) else ():
            if str(key).lower() == PASSED_TO.lower():
                is_told = True
                for one in value if isinstance(value, list) else [value]:
                    found += [str(text) if isinstance(text, str) else "*" for text in alternatives(one)]
    return tuple(found) if is_told else None


__all__ = ["Either", "Entry", "Grant", "Grants", "entries", "matches_action", "meets", "read_document"]
