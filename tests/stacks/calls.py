"""Which AWS operations a function's code calls, by walking from its handler through millkit.

A client is a variable named after its service (`s3.get_object(...)`) or `aws.client("sns")`.
"""

import ast
from collections.abc import Iterator

from .deployment import ROOT

MILLKIT = ROOT / "layers" / "common" / "python" / "millkit"
CLIENTS = {
    "s3": "s3",
    "ecr": "ecr",
    "dynamodb": "dynamodb",
    "cloudwatch": "cloudwatch",
    "states": "states",
    "stepfunctions": "states",
    "ssm": "ssm",
    "sagemaker": "sagemaker",
    "sns": "sns",
    "sqs": "sqs",
    "runtime": "sagemaker",
}
NOT_OPERATIONS = ("exceptions",)
# Operations that IAM names otherwise.
ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
}


def actions(function: str) -> set[str]:
    """IAM actions of functions/<function>/handler.py."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [("", "handler")]
    modules = {"": ast.parse((ROOT / "functions" / function / "handler.py").read_text())}
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        module, name = place
        if module not in modules:
            modules[module] = ast.parse((MILLKIT / f"{module}.py").read_text())
        for definition in modules[module].body:
            if isinstance(definition, (ast.FunctionDef, ast.ClassDef)) and definition.name == name:
                for service, operation in _operations(definition):
                    action = f"{service}:{''.join(word.title() for word in operation.split('_'))}"
                    found.add(ACTIONS.get(action, action))
                waiting += [(target or module, called) for target, called in _names(definition)]
    return found


def _operations(definition: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(definition):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            service = _service(node.func.value)
            if service and node.func.attr not in NOT_OPERATIONS:
                yield service, node.func.attr


def _service(value: ast.expr) -> str | None:
    if isinstance(value, ast.Name):
        return CLIENTS.get(value.id)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "client":
        [argument] = value.args
        assert isinstance(argument, ast.Constant)
        return CLIENTS[str(argument.value)]
    return None


def _names(definition: ast.AST) -> Iterator[tuple[str, str]]:
    """(millkit module or "", function) of everything that is mentioned."""
    for node in ast.walk(definition):
        if isinstance(node, ast.Name):
            yield "", node.id
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (MILLKIT / f"{node.value.id}.py").exists()
        ):
            yield node.value.id, node.attr
