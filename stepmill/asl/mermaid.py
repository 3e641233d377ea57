"""A Mermaid flowchart of a compiled machine: types, dotted errors, Parallel and Map as frames."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLAIN_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_RESERVED = {
    "end",
    "start",
    "graph",
    "subgraph",
    "flowchart",
    "style",
    "class",
    "click",
    "default",
    "direction",
}
_SHAPES = {"Choice": ("{", "}"), "Succeed": ("([", "])"), "Fail": ("([", "])"), "Wait": ("[/", "/]")}
_SIGNS = {
    "LessThanEquals": "<=",
    "GreaterThanEquals": ">=",
    "LessThan": "<",
    "GreaterThan": ">",
    "Equals": "=",
    "Matches": "like",
}
LABEL_LIMIT = 90


def picture(name: str, definition: Mapping[str, Any]) -> str:
    """The flowchart's text, the same for the same definition; ends with a newline."""
    ids = _ids(definition)
    lines = [f"%% {name}: written by `stepmill compile`", "flowchart TD"]
    lines.append(f'  start(("{_text(name)}")) --> {ids[definition["StartAt"]]}')
    lines += _scope(definition, ids, "  ")
    return "\n".join(lines) + "\n"


def _ids(definition: Mapping[str, Any]) -> dict[str, str]:
    """An identifier for each state: its name where Mermaid takes that, else a number."""
    names = [state for scope in _all_scopes(definition) for state in scope["States"]]
    ids: dict[str, str] = {}
    for number, name in enumerate(names, 1):
        plain = _PLAIN_ID.match(name) and name.lower() not in _RESERVED and not name.startswith("state_")
        ids[name] = name if plain else f"state_{number}"
    return ids


def _all_scopes(scope: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield scope
    for state in scope["States"].values():
        for inner in _inner_scopes(state):
            yield from _all_scopes(inner)


def _inner_scopes(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "ItemProcessor" in state:
        return [state["ItemProcessor"]]
    return list(state.get("Branches", []))


def _scope(scope: Mapping[str, Any], ids: Mapping[str, str], indent: str) -> list[str]:
    lines = []
    for name, state in scope["States"].items():
        lines += _node(name, state, ids, indent)
    for name, state in scope["States"].items():
        lines += [f"{indent}{ids[name]} {arrow} {ids[target]}" for arrow, target in _edges(state)]
    return lines


def _node(name: str, state: Mapping[str, Any], ids: Mapping[str, str], indent: str) -> list[str]:
    kind, identifier = state["Type"], ids[name]
    inner = _inner_scopes(state)
    if not inner:
        before, after = _SHAPES.get(kind, ("[", "]"))
        return [f'{indent}{identifier}{before}"{_text(name)}<br/><i>{_text(_detail(state))}</i>"{after}']
    lines = [f'{indent}subgraph {identifier}["{_text(name)}: {kind}"]']
    for number, scope in enumerate(inner, 1):
        if kind == "Map":
            lines += _scope(scope, ids, indent + "  ")
        else:
            lines.append(f'{indent}  subgraph {identifier}_{number}["branch {number}"]')
            lines += _scope(scope, ids, indent + "    ")
            lines.append(f"{indent}  end")
    return [*lines, f"{indent}end"]


def _detail(state: Mapping[str, Any]) -> str:
    kind = str(state["Type"])
    if kind == "Task":
        resource = str(state["Resource"])
        function = state.get("Parameters", {}).get("FunctionName") if ":lambda:invoke" in resource else None
        return f"Task {resource.rpartition(':::')[2]}" + (f" {function}" if isinstance(function, str) else "")
    if kind == "Wait":
        moments = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
        [moment] = [str(state[name]) for name in moments if name in state]
        return f"Wait {moment}" + " s" * ("Seconds" in state)
    if kind == "Fail":
        return f"Fail {state.get('Error', '')}".strip()
    return kind


def _edges(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for choice in state.get("Choices", []):
        yield f'-->|"{_text(_rule(choice))}"|', choice["Next"]
    if "Default" in state:
        yield '-->|"else"|', state["Default"]
    if "Next" in state:
        yield "-->", state["Next"]
    for catch in state.get("Catch", []):
        yield f'-.->|"{_text(", ".join(catch["ErrorEquals"]))}"|', catch["Next"]


def _rule(rule: Mapping[str, Any]) -> str:
    """A rule in words: `rmse < rmse_limit and is_new`."""
    if "Condition" in rule:
        return str(rule["Condition"]).removeprefix("{%").removesuffix("%}").strip()
    for joined in ("And", "Or"):
        if joined in rule:
            return f" {joined.lower()} ".join(_rule(part) for part in rule[joined])
    if "Not" in rule:
        return f"not ({_rule(rule['Not'])})"
    [(operator, value)] = [
        item for item in rule.items() if item[0] not in ("Variable", "Next", "Comment", "Assign")
    ]
    variable = _place(rule["Variable"])
    if operator.startswith("Is"):
        return f"{variable} is {'' if value else 'not '}{operator.removeprefix('Is').lower()}"
    sign = next(sign for name, sign in _SIGNS.items() if operator.removesuffix("Path").endswith(name))
    return f"{variable} {sign} {_place(value) if operator.endswith('Path') else value}"


def _place(path: str) -> str:
    return path.removeprefix("$.")


def _text(text: str) -> str:
    """Text inside a quoted label."""
    text = " ".join(text.split())
    if len(text) > LABEL_LIMIT:
        text = text[: LABEL_LIMIT - 1] + "…"
    for character, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, entity)
    return text
