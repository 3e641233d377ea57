"""SageMaker's containers run older Pythons than Lambda: what goes into them keeps to the syntax of 3.9."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "layers").rglob("*.py"), *(ROOT / "jobs").rglob("*.py")])


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_keeps_to_python_39(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
    has_annotations = any(
        isinstance(node, (ast.AnnAssign, ast.arg, ast.FunctionDef)) for node in ast.walk(tree)
    )
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    # `float | None` in an annotation is read by nobody there, if annotations stay texts.
    assert not has_annotations or any(node.module == "__future__" for node in imports)
