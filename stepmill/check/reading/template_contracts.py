"""The contracts of a template's functions, from the type hints of their handlers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stepmill.check.reading.signatures import contract_of
from stepmill.check.reading.template import Template
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_scope import Scope, beside
from stepmill.check.subject import Contract

FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")


def contracts_of(template: Template) -> dict[str, Contract]:
    """By the ARN as the template's own references resolve to it; of Python handlers that lie beside it."""
    return {arn: contract for _, arn, contract in _functions(template) if arn}


def function_contracts(template: Template) -> dict[str, Contract]:
    """By the name of the folder that holds the handler."""
    return {folder: contract for folder, _, contract in _functions(template)}


def codes_of(template: Template) -> Iterator[str]:
    """The files of the Python handlers that lie beside it."""
    for scope in template.root.tree():
        for name in scope.of_type(*FUNCTIONS):
            file = _handler(scope, name)
            if file is not None and file[0].is_file():
                yield file[0].read_text(encoding="utf-8", errors="replace")


def _functions(template: Template) -> Iterator[tuple[str, str, Contract]]:
    for scope in template.root.tree():
        for name in scope.of_type(*FUNCTIONS):
            arn, file = scope.attribute(name, "Arn"), _handler(scope, name)
            contract = contract_of(*file) if file else None
            if file is not None and contract is not None:
                yield file[0].parent.name, arn if isinstance(arn, str) else "", contract


def _handler(scope: Scope, name: str) -> tuple[Path, str] | None:
    properties = scope.properties(name)
    code = resolve(properties.get("CodeUri", properties.get("Code")), scope)
    handler = resolve(properties.get("Handler"), scope)
    if not isinstance(code, str) or "://" in code or not isinstance(handler, str) or "." not in handler:
        return None
    module, _, function = handler.rpartition(".")
    return beside(scope.file, code) / f"{module.replace('.', '/')}.py", function
