"""Finds a repository's machine files and runs their `build()`."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stepmill.asl.errors import AslError
from stepmill.asl.machine import Machine

if TYPE_CHECKING:
    from types import ModuleType

PACKAGE = "statemachines"


def machine_files(root: Path) -> list[Path]:
    """The Python files right under `root/statemachines`, by name; without those that begin with `_`."""
    return sorted(path for path in (root / PACKAGE).glob("*.py") if not path.name.startswith("_"))


@contextmanager
def importing_from(root: Path) -> Iterator[None]:
    """Machine files may import one another as `statemachines.<name>`, all read anew from this root."""
    for name in [name for name in sys.modules if name == PACKAGE or name.startswith(PACKAGE + ".")]:
        del sys.modules[name]
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))


def load(path: Path) -> Machine | None:
    """The machine that the file builds, inside `importing_from`; None for a file without `build()`.

    Raises: AslError for whatever the file's author has to change.
    """
    try:
        module = _imported(path)
        build = getattr(module, "build", None)
        machine = build() if callable(build) else None
    except AslError as error:
        raise error.under(path.stem) from error
    except Exception as error:  # any fault in a machine file is its author's to read
        raise AslError(
            f"{_line_of(error, path)}: {type(error).__name__}: {error}; correct the file"
        ) from error
    if build is None:
        return None
    if not isinstance(machine, Machine):
        raise AslError(f"{path.name}: build() returned {machine!r}; return a Machine")
    if machine.name != path.stem:
        raise AslError(f"{path.name}: name is {machine.name!r}; name the machine {path.stem!r}, as its file")
    return machine


def _imported(path: Path) -> ModuleType:
    name = f"{PACKAGE}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


def _line_of(error: BaseException, path: Path) -> str:
    """`training.py:34`, the last line of the file itself on the way to the error."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return path.name if line is None else f"{path.name}:{line}"
