"""One policy document after another against one question, decided as IAM does: explicit deny wins.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

from stepmill.cloud.iam.conditions import are_met

Document = Mapping[str, Any]


class Decision(Enum):
    ALLOW = "allow"
    DENY = "deny"
    NONE = "none"


@dataclass(frozen=True)
class Question:
    """May `action` be done on `resource`? `context` holds the condition keys of the request."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def decide(documents: Iterable[Document], question: Question) -> Decision:
    decision = Decision.NONE
    for document in documents:
        for statement in as_list(document.get("Statement")):
            if not applies(statement, question):
                continue
            if statement.get("Effect") == "Deny":
                return Decision.DENY
            decision = Decision.ALLOW
    return decision


def applies(statement: Mapping[str, Any], question: Question) -> bool:
    is_deny = statement.get("Effect") == "Deny"
    return (
        names_action(statement, question.action)
        and names_resource(statement, question)
        and are_met(statement.get("Condition", {}), question.context, unknown=is_deny)
    )


def names_action(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(
            matches(pattern.lower(), action.lower()) for pattern in as_list(statement["NotAction"])
        )
    return any(matches(pattern.lower(), action.lower()) for pattern in as_list(statement.get("Action")))


def names_resource(statement: Mapping[str, Any], question: Question) -> bool:
    """A statement without either element (a trust policy's) speaks of the resource it hangs on."""
    for element, expected in (("Resource", True), ("NotResource", False)):
        if element in statement:
            patterns = [with_variables(pattern, question.context) for pattern in as_list(statement[element])]
            found = any(pattern is not None and matches(pattern, question.resource) for pattern in patterns)
            return found == expected
    return True


VARIABLE = re.compile(r"\$\{([^}]*)\}")


def with_variables(pattern: str, context: Mapping[str, str]) -> str | None:
    """`${aws:PrincipalArn}` and the like filled in; None when the request has no such key."""
    values = {key.lower(): value for key, value in context.items()}
    literals = {"*": "*", "?": "?", "$": "$"}
    for name in VARIABLE.findall(pattern):
        if name not in literals and name.lower() not in values:
            return None
    return VARIABLE.sub(lambda found: literals.get(found[1]) or values[found[1].lower()], pattern)


def matches(pattern: str, text: str) -> bool:
    """`*` is any run of characters, `?` any one; case counts."""
    return compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL)


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
