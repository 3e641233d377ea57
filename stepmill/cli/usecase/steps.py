"""The steps that a use case names: files beside it, in steps/, or of jobs/tabular/steps.

They are looked at as text, and run by the deployment only.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from stepmill.asl.errors import suggest
from stepmill.cli.errors import UserError
from stepmill.cli.usecase.model import UseCase

OURS = Path("jobs/tabular/steps")
BESIDE = "steps"
JOBS = Path("jobs")
NONE = "none"
WORDS = (NONE, "as_trained")
# What a function has besides the standard library.
IMPORTED = sys.stdlib_module_names | {"millkit"}
Loc = tuple[str, str]
FIELDS = {"before": ("data", "preprocess_step"), "after": ("scoring", "postprocess_step")}


def ours() -> Path:
    """The folder with ours: of the repository where the user is, else of the one that this file is in."""
    return OURS if OURS.is_dir() else Path(__file__).parents[3] / OURS


def beside(use_case: Path) -> dict[str, Path]:
    """The files of its own, by name."""
    return {file.stem: file for file in sorted((use_case.parent / BESIDE).glob("[a-z]*.py"))}


def known(use_case: Path) -> dict[str, Path]:
    """All that it may name."""
    return {file.stem: file for file in ours().glob("[a-z]*.py")} | beside(use_case)


def own(use_case: Path) -> list[Path]:
    """Those of them that are steps, named or not: an earlier model may have been trained with it."""
    return [file for file in beside(use_case).values() if any(not problem(file, hook) for hook in FIELDS)]


def archived(use_case: Path, template: Path) -> dict[Path, dict[str, Path]]:
    """What its deployment packs into the folder of the jobs besides: archive names of its own steps."""
    inside = OURS.relative_to(JOBS).as_posix()
    files = {f"{inside}/{file.name}": file for file in own(use_case)}
    return {template.parent / JOBS: files} if files else {}


def named(case: UseCase) -> Iterator[tuple[str, Loc, str]]:
    """(hook, field, name) of each step that the use case names."""
    for hook, name in (("before", case.data.preprocess_step), ("after", case.scoring.postprocess_step)):
        if name not in (None, NONE):
            yield hook, FIELDS[hook], str(name)


def problems(case: UseCase, use_case: Path) -> Iterator[tuple[Loc, str]]:
    """The field, and what is wrong with the step that it names."""
    there = known(use_case)
    for hook, field, name in named(case):
        said = f"{'.'.join(field)} is {name!r}"
        if name in WORDS:
            yield field, f"{said}; give a step, or leave it out for none"
        elif name not in there:
            fitting = [one for one, file in sorted(there.items()) if not problem(file, hook)]
            place = use_case.parent / BESIDE / f"{name}.py"
            allowed = f"known are {', '.join([NONE, *fitting])}; or write it as {place}"
            yield field, f"{said}, which is not known{suggest(name, fitting)}; {allowed}"
        elif wrong := problem(there[name], hook):
            yield field, f"{said}, and {wrong}"


def refuse_shadowed(use_case: Path) -> None:
    """Raises: UserError when a file of its own has the name of another one of ours."""
    for file in own(use_case):
        other = ours() / file.name
        if file.stem in WORDS:
            raise UserError(f"{file}: {file.stem} is no name for a step; give it another one")
        if other.is_file() and other.read_bytes() != file.read_bytes():
            raise UserError(f"{file}: differs from {other}; name one of them otherwise")


def problem(file: Path, hook: str) -> str:
    """What is wrong with a step's file for that hook; nothing when it is right."""
    try:
        tree = ast.parse(file.read_bytes(), str(file))
    except (SyntaxError, ValueError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        return f"{file}{line} is no Python ({error.args[0]}); correct it"
    except OSError as error:
        return f"{file} cannot be read ({error.strerror})"
    defined = _defined(tree)
    if hook not in defined:
        other = next((one for one in FIELDS if one != hook and one in defined), "")
        has = f" but {other}(rows), which is for {'.'.join(FIELDS[other])}" if other else ""
        return f"{file} has no function {hook}(rows){has}; write it, or give another step"
    for place, module in _imports(tree):
        if module.partition(".")[0] not in IMPORTED:
            what = f"imports {module or 'from its own folder'}"
            return f"{file}:{place} {what}; functions have the standard library alone, so import from that"
    return _call_problem(file, hook, defined[hook])


def _defined(tree: ast.Module) -> dict[str, ast.stmt]:
    """Functions, and what is assigned, by name."""
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
    return found


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "" if node.level else str(node.module)


def _call_problem(file: Path, hook: str, node: ast.stmt) -> str:
    if isinstance(node, ast.AsyncFunctionDef):
        return f"{file}:{node.lineno} makes {hook} async; write def {hook}(rows)"
    if isinstance(node, ast.FunctionDef):
        given = node.args
        positional = len(given.posonlyargs) + len(given.args)
        needed = positional - len(given.defaults)
        lacking = any(default is None for default in given.kw_defaults)
        if lacking or needed > 1 or (positional == 0 and given.vararg is None):
            return f"{file}:{node.lineno} gives {hook} other arguments than rows; write def {hook}(rows)"
    return ""
