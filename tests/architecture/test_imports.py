"""Who may import whom: the rooms' table, held against every import statement of the repository."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
STANDARD = frozenset(sys.stdlib_module_names)
ML = frozenset({"numpy", "pandas", "sklearn"})
BOTO = frozenset({"boto3", "botocore"})

# room -> what its files may import besides the standard library and the room itself
ALLOWED = {
    "stepmill/asl": {"stepfunctions", "pydantic"},
    "stepmill/check": {"stepmill.asl", "jsonata", "yaml"},
    "stepmill/engine": {"jsonata"},
    "stepmill/cloud": {
        "stepmill.engine",
        "stepmill.cloud",
        "moto",
        "samtranslator",
        "uvicorn",
        "urllib3",
        "awscrt",
        "cronsim",
        "duckdb",
        "aiosmtpd",
        "jsonschema",
        "yaml",
        "s3transfer",
        *BOTO,
    },
    "stepmill/cloud/images": {"xgboost", "stepmill.cloud", *ML},
    "statemachines": {"stepmill.asl", "pydantic"},
    "functions": {"millkit"},
    "jobs/tabular": {"millkit", "pyarrow", *ML},
    "jobs/monitoring": {"millkit", "pyarrow", *ML},
    "layers/common/python/millkit": {*BOTO},
}


def files_of(room: str) -> Iterator[Path]:
    inner = [REPOSITORY / other for other in ALLOWED if other != room and other.startswith(room + "/")]
    for file in sorted((REPOSITORY / room).rglob("*.py")):
        if not any(file.is_relative_to(folder) for folder in inner):
            yield file


def imports_of(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, ".".join(filter(None, [package_of(file, node.level), node.module]))


def package_of(file: Path, level: int) -> str:
    """The dotted package that `level` leading dots in `file` name; empty for an absolute import."""
    if level == 0:
        return ""
    folders = file.relative_to(REPOSITORY).with_suffix("").parts[:-level]
    return ".".join(folders).removeprefix("layers.common.python.")


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


@pytest.mark.parametrize("room", ALLOWED)
def test_imports_only_what_its_room_may_import(room: str) -> None:
    own = room.replace("layers/common/python/", "").replace("/", ".")
    allowed = {own, *ALLOWED[room]}
    files = list(files_of(room))
    assert files, f"{room}: no Python file; the room has moved"
    wrong = [
        f"{file.relative_to(REPOSITORY)}:{line}: imports {module}"
        for file in files
        for line, module in imports_of(file)
        if module.split(".")[0] not in STANDARD and not any(is_within(module, package) for package in allowed)
    ]
    assert wrong == []


def test_a_function_imports_no_other_function() -> None:
    names = {folder.name for folder in (REPOSITORY / "functions").iterdir() if folder.is_dir()}
    wrong = [
        f"{file.relative_to(REPOSITORY)}:{line}: imports {module}"
        for file in files_of("functions")
        for line, module in imports_of(file)
        if module.split(".")[0] in {"functions", *names}
    ]
    assert wrong == []


def test_moto_is_reached_only_through_its_server() -> None:
    wrong = [
        f"{file.relative_to(REPOSITORY)}:{line}: imports {module}"
        for file in sorted((REPOSITORY / "stepmill").rglob("*.py"))
        for line, module in imports_of(file)
        if is_within(module, "moto") and module != "moto.server"
    ]
    assert wrong == []


def test_no_python_file_is_longer_than_300_lines() -> None:
    rooms = ["stepmill", "statemachines", "functions", "jobs", "layers", "tests", "bench"]
    counts = {
        str(file.relative_to(REPOSITORY)): len(file.read_text().splitlines())
        for room in rooms
        for file in sorted((REPOSITORY / room).rglob("*.py"))
    }
    assert {name: count for name, count in counts.items() if count > 300} == {}
