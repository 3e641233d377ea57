"""Steps that a use case adds before and after the model: files <name>.py of one folder, chosen by name.

A step has one or both of these, each a generator over rows as dicts of texts by column:
    before(rows)   rows as uploaded -> rows as the model's features are made of them
    after(rows)    rows with their `prediction` -> rows as they are handed out
It yields one row for each that it is given, in their order, all with the same columns, and looks at no other
row: rows come in blocks of any size. Training, scoring and the API with the same `before` see the same
columns. A function takes the code from its layers, which come with the deployment, and from no bucket.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from millkit.errors import DataError, MillError
from millkit.hyperparameters import InputInvalid

NONE = "none"
AS_TRAINED = "as_trained"  # a model's schema tells which step its training had
BEFORE, AFTER = "before", "after"
MAX_SHOWN = 200
Cells = dict[str, str]
Step = Callable[[Iterable[Mapping[str, str]]], list[Cells]]


class RowsRefused(MillError):
    """A step that failed on rows: `reasons` by the row's place in the block, from 0."""

    def __init__(self, name: str, reasons: Mapping[int, str]) -> None:
        first = next(iter(reasons.values()))
        super().__init__(
            f"step {name!r}: failed on {len(reasons)} rows ({first}); mend the step, or the rows"
        )
        self.reasons = reasons


def deployed(paths: Iterable[str]) -> Path | None:
    """The steps in the layer with the jobs, if there is one on the path.

    Lambda puts each layer's `python` on the path, and AWS joins all layers in /opt.
    """
    folders = (Path(path).parent / "tabular" / "steps" for path in paths if Path(path).name == "python")
    return next((folder for folder in folders if folder.is_dir()), None)


def names(folder: Path | None) -> list[str]:
    return sorted(path.stem for path in folder.glob("[a-z]*.py")) if folder is not None else []


def check(folder: Path | None, name: str, hook: str, field: str) -> None:
    """Raises: InputInvalid: the input `field` names what is no step, or one that does not have the hook."""
    try:
        load(folder, name, hook)
    except DataError as wrong:
        raise InputInvalid(f"input.{field}: {wrong}") from wrong


def load(folder: Path | None, name: str, hook: str) -> Step | None:
    """The step's `before` or `after`; None of the step "none".

    Raises:
        DataError: there is no such step, it cannot be loaded, or it lacks the hook.
    """
    if name == NONE:
        return None
    if folder is None or name not in names(folder):
        known = [one for one in names(folder) if folder and _shows(folder / f"{one}.py", hook)]
        allowed = " or ".join([NONE, *known])
        raise DataError(f"step {name!r}", f"is not known{_meant(name, known)}", f"give {allowed}")
    found = getattr(_module(folder, name), hook, None)
    if found is None:
        raise DataError(f"step {name!r}", f"has no function {hook}", "write it, or give another step")
    return checked(name, found)


def _shows(file: Path, hook: str) -> bool:
    """Whether its text has such a function; a step that is named is loaded."""
    return re.search(rf"^def {hook}\b", file.read_text("utf-8"), re.MULTILINE) is not None


def _meant(name: str, known: list[str]) -> str:
    from difflib import get_close_matches  # for a message only, as it costs a cold start

    return "".join(f" (did you mean {one!r}?)" for one in get_close_matches(name, known, 1, 0.7))


def _module(folder: Path, name: str) -> Any:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(f"step_{name}", folder / f"{name}.py")
    module: Any = module_from_spec(spec) if spec else None
    try:
        if spec and spec.loader:
            spec.loader.exec_module(module)
    except Exception as wrong:
        what = f"cannot be loaded here ({type(wrong).__name__}: {wrong})"
        raise DataError(f"step {name!r}", what, "mend it; it may import the standard library") from wrong
    return module


def checked(name: str, step: Any) -> Step:
    """The step, held to its contract.

    Raises, when it runs:
        RowsRefused: it failed on some rows.
        DataError: what it gave is not what a step gives.
    """

    def run(rows: Iterable[Mapping[str, str]]) -> list[Cells]:
        given = list(rows)
        try:
            made: list[Cells] = list(step(dict(row) for row in given))
        except Exception as wrong:
            if reasons := _reasons(step, given):
                raise RowsRefused(name, reasons) from wrong
            what = f"fails on {len(given)} rows, and on none of them alone ({_told(wrong)})"
            raise DataError(f"step {name!r}", what, "let it look at no other row") from wrong
        if len(made) != len(given):
            raise DataError(f"step {name!r}", f"made {len(made)} rows of {len(given)}", "yield one for each")
        for row in made:
            if list(row) != list(made[0]):
                what = f"gave one row the columns {', '.join(row)}, another one {', '.join(made[0])}"
                raise DataError(f"step {name!r}", what, "give all rows the same columns in the same order")
            if not all(isinstance(cell, str) for cell in row.values()):
                column, cell = next(item for item in row.items() if not isinstance(item[1], str))
                what = f"gave column {column} a value of type {type(cell).__name__}"
                raise DataError(f"step {name!r}", what, "give texts, such as str(value)")
        return made

    return run


def _reasons(step: Any, rows: list[Mapping[str, str]]) -> dict[int, str]:
    """What the step says of each row that it fails on alone."""
    found: dict[int, str] = {}
    for place, row in enumerate(rows):
        try:
            list(step(iter([dict(row)])))
        except Exception as wrong:  # noqa: BLE001 - a user's code may raise anything
            found[place] = _told(wrong)
    return found


def _told(wrong: Exception) -> str:
    return f"{type(wrong).__name__}: {wrong}"[:MAX_SHOWN]
