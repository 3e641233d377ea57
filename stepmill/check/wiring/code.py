"""Files that a template names, held against the disk.

Does not look for what a build makes, nor into anything but Python.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.reading.template import FILES, MACHINES
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_scope import NESTED, Scope, beside
from stepmill.check.rule import Rule
from stepmill.check.rules.sam import CODE_MISSING, DEFINITION_MISSING, HANDLER_MISSING, LAYER_MISSING

FUNCTIONS = {"AWS::Serverless::Function": "CodeUri", "AWS::Lambda::Function": "Code"}
LAYERS = {"AWS::Serverless::LayerVersion": "ContentUri", "AWS::Lambda::LayerVersion": "Content"}
# Parts of a path by which one knows what a build makes.
BUILT = ("build", "dist", "target", "out", "bin", "publish", ".aws-sam", "node_modules", "package", "release")
ARCHIVES = (".zip", ".jar", ".war")
LIMIT_BYTES = 1024 * 1024


def check_files(scope: Scope, findings: Findings) -> None:
    named = list(_named(scope))
    if len(named) > 1 and not any(path.exists() for _, _, _, path in named):
        return  # a template on its own, away from what belongs to it
    for rule, place, told, path in named:
        if not path.exists():
            what = place.split("/")[2]
            findings.add(
                rule,
                place,
                f"{what}: {place.rpartition('/')[2]} is {told!r}, but there is no {path}; name what is there",
            )
        elif rule is CODE_MISSING:
            _check_handler(scope, place.split("/")[2], path, findings)


def _named(scope: Scope) -> Iterator[tuple[Rule, str, str, Path]]:
    for name, resource in scope.resources.items():
        kind = resource["Type"]
        for rule, key in _keys(kind):
            told = scope.properties(name).get(key)
            if isinstance(told, str) and _is_local(told) and not (rule is CODE_MISSING and _is_built(told)):
                place = pointer("Resources", name, "Properties", key)
                yield rule, place, told, beside(scope.file, told)


def _keys(kind: str) -> Iterator[tuple[Rule, str]]:
    if kind in FUNCTIONS:
        yield CODE_MISSING, FUNCTIONS[kind]
    if kind in LAYERS:
        yield LAYER_MISSING, LAYERS[kind]
    if kind in NESTED:
        yield DEFINITION_MISSING, NESTED[kind]
    if kind in MACHINES:
        yield from ((DEFINITION_MISSING, key) for key in FILES)


def _is_local(told: str) -> bool:
    return bool(told) and "://" not in told and "${" not in told and "{{resolve" not in told


def _is_built(told: str) -> bool:
    path = Path(told)
    return path.suffix in ARCHIVES or any(part in BUILT for part in path.parts)


def _check_handler(scope: Scope, name: str, code: Path, findings: Findings) -> None:
    properties = scope.properties(name)
    handler, runtime = (resolve(properties.get(key), scope) for key in ("Handler", "Runtime"))
    is_built = "BuildMethod" in _metadata(scope, name)
    if not code.is_dir() or is_built or not isinstance(handler, str) or "${" in handler:
        return
    if not isinstance(runtime, str) or not runtime.startswith("python") or "." not in handler:
        return
    module, _, function = handler.rpartition(".")
    places = [code / f"{module}.py", code / f"{module.replace('.', '/')}.py"]
    places.append(code / module.replace(".", "/") / "__init__.py")
    file = next((place for place in places if place.is_file()), None)
    where = pointer("Resources", name, "Properties")
    where += "/Handler" if "Handler" in scope.resources[name].get("Properties", {}) else ""
    if file is None:
        there = sorted(path.stem for path in code.glob("*.py"))
        findings.add(
            HANDLER_MISSING,
            where,
            f"{name}: Handler is {handler!r}, but there is no {places[1]}; name a file that is there",
            available=[f"{stem}.{function}" for stem in there],
            meant=handler,
        )
        return
    names = _defined(file)
    if names is not None and function not in names:
        findings.add(
            HANDLER_MISSING,
            where,
            f"{name}: Handler is {handler!r}, but {file} defines no {function!r}; name one that is there",
            available=[f"{module}.{one}" for one in sorted(names)],
            meant=handler,
        )


def _metadata(scope: Scope, name: str) -> dict[str, Any]:
    found = scope.resources[name].get("Metadata")
    return found if isinstance(found, dict) else {}


def _defined(file: Path) -> frozenset[str] | None:
    """The names that a module gives to what it holds; None when nobody can tell."""
    try:
        return None if file.stat().st_size > LIMIT_BYTES else _defined_in(file.read_bytes())
    except OSError:
        return None


@lru_cache(maxsize=256)
def _defined_in(code: bytes) -> frozenset[str] | None:
    try:
        module = ast.parse(code)
    except (SyntaxError, ValueError):
        return None
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.asname or alias.name for alias in node.names]
            if "*" in names:
                return None
            found |= {name.split(".")[0] for name in names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return frozenset(found)
