"""All rules: `stepmill check --explain RULE` shows one, docs/rules.md has them all.

Renew the page with: python -m stepmill.check.catalogue > docs/rules.md
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
import textwrap
from collections.abc import Mapping
from functools import cache
from typing import Any

from stepmill.check import rules
from stepmill.check.rule import FAILURE, Example, Rule

LONGEST_TEXT, MOST_MEMBERS, WIDTH = 300, 12, 100
ABOUT = """\
# The rules of `stepmill check`

Written by `python -m stepmill.check.catalogue` from `stepmill/check/rules/`. {failures} rules are failures:
the machine cannot be deployed or will fail when it runs. {warnings} are warnings: legal, mostly a mistake.

`stepmill check --explain RULE` shows one of them. To switch a rule off for a state, write the reason into its
Comment, `[check-ignore RULE: reason]`, or into the machine's, `[check-ignore RULE in STATE: reason]`, or give
`--ignore RULE@STATE=reason`.
"""


@cache
def all_rules() -> dict[str, Rule]:
    """By id, in the order of families and of their files."""
    found: dict[str, Rule] = {}
    for module in sorted(pkgutil.iter_modules(rules.__path__), key=lambda module: module.name):
        members = vars(importlib.import_module(f"{rules.__name__}.{module.name}"))
        found |= {rule.id: rule for rule in members.values() if isinstance(rule, Rule)}
    return dict(sorted(found.items(), key=lambda item: item[1].family))


def explained(rule: Rule) -> str:
    """One rule as text for a terminal."""
    parts = [
        f"{rule.id} ({rule.severity}, {rule.family.replace('_', ' ')})",
        rule.line,
        textwrap.fill(rule.paragraph, WIDTH),
        f"Wrong:\n{_shown(rule.bad)}",
        f"Right:\n{_shown(rule.good)}",
        f"Source: {rule.source}",
    ]
    return "\n\n".join(parts)


def page() -> str:
    """docs/rules.md."""
    known = list(all_rules().values())
    failures = sum(rule.severity == FAILURE for rule in known)
    parts = [ABOUT.format(failures=failures, warnings=len(known) - failures)]
    for family in dict.fromkeys(rule.family for rule in known):
        parts.append(f"## {family.replace('_', ' ').capitalize()}\n")
        parts += [_section(rule) for rule in known if rule.family == family]
    return "\n".join(parts)


def _section(rule: Rule) -> str:
    return (
        f"### {rule.id}\n{rule.severity.capitalize()}. {rule.line}\n\n{rule.paragraph}\n\n"
        f"Wrong:\n```json\n{_shown(rule.bad)}\n```\n[Source]({rule.source})\n"
    )


def _shown(example: Example) -> str:
    text = json.dumps(_short(example.document), indent=2, ensure_ascii=False)
    if example.context:
        text += f"\nwith the context {json.dumps(_short(example.context), ensure_ascii=False)}"
    return text


def _short(value: Any) -> Any:
    """Long texts, and objects and lists of many members, cut: some examples are about size."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:20]}... ({len(value)} characters)"
    if isinstance(value, Mapping):
        shown = {name: _short(item) for name, item in list(value.items())[:MOST_MEMBERS]}
        more = len(value) - MOST_MEMBERS
        return shown | {"...": f"{more} more"} if more > 0 else shown
    if isinstance(value, list | tuple):
        rest = [f"... {len(value) - MOST_MEMBERS} more"] if len(value) > MOST_MEMBERS else []
        return [_short(item) for item in value[:MOST_MEMBERS]] + rest
    return value


if __name__ == "__main__":
    sys.stdout.write(page())
