"""Write the ASL, the IAM policy and a picture of every machine under statemachines/.

  stepmill compile             every machine; files of machines that are gone are removed
  stepmill compile training    one machine, its policy derived anew
  stepmill compile --check     write nothing; show what differs, exit code 1 when something does

Each statemachines/<name>.py with a build() becomes compiled/<name>.asl.json, <name>.policy.json (the least
that the machine's role must allow, as `stepmill policy` prints it) and <name>.mmd. The files are committed;
`--check` proves that they are what the sources say. A policy takes longer than all the rest: without names
it is derived where the ASL has changed or the policy is missing.
Exit code 2 when a machine is refused, with every reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from stepmill.asl.errors import AslError, suggest
from stepmill.asl.loading import importing_from, load, machine_files
from stepmill.asl.machine import as_json
from stepmill.asl.mermaid import picture
from stepmill.cli.errors import UserError

if TYPE_CHECKING:
    import argparse

    from stepmill.asl.machine import Machine

HELP = "write the ASL, the policy and a picture of every machine under statemachines/"
ASL, POLICY, PICTURE = ".asl.json", ".policy.json", ".mmd"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("machines", nargs="*", metavar="MACHINE", help="only these (default: all)")
    parser.add_argument("--root", type=Path, default=Path(), help="where statemachines/ lies (default: here)")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when a committed file differs"
    )


def run(args: argparse.Namespace) -> int:
    root: Path = args.root.resolve()
    machines = _built(root, args.machines)
    folder = root / "statemachines" / "compiled"
    is_thorough = bool(args.check or args.machines)
    wanted: dict[Path, str] = {}
    for machine in machines:
        wanted |= _files(folder, machine, is_thorough=is_thorough)
    gone = [] if args.machines else _gone(folder, {machine.name for machine in machines})
    if args.check:
        return _check(wanted, gone, root)
    try:
        _write(wanted, gone, root)
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be written: {error.strerror}") from error
    for machine in machines:
        print(f"{machine.name}: statemachines/compiled/{machine.name}{ASL}, {POLICY} and {PICTURE}")
    return 0


def _built(root: Path, names: list[str]) -> list[Machine]:
    """The machines of the repository, all or those named.

    Raises: UserError with every problem of every machine.
    """
    if not (root / "statemachines").is_dir():
        raise UserError(f"{root}: has no folder statemachines; run this in the repository or give --root")
    files = {path.stem: path for path in machine_files(root)}
    unknown = [name for name in names if name not in files]
    if unknown:
        raise UserError(
            f"{unknown[0]}: no such file under statemachines; "
            f"there are: {', '.join(files)}{suggest(unknown[0], files)}"
        )
    machines, errors = [], []
    with importing_from(root):
        for name in names or files:
            try:
                machine = load(files[name])
                if machine is None and names:
                    raise AslError(f"{name}.py: has no build(); write one that returns a Machine")
            except AslError as error:
                errors.append(error)
            else:
                machines += [machine] if machine is not None else []
    if errors:
        raise UserError("\n".join(map(str, errors))) from errors[0]
    return machines


def _files(folder: Path, machine: Machine, *, is_thorough: bool) -> dict[Path, str]:
    """What a machine becomes; without its policy where that is there and the ASL has not changed.

    The policy comes before the ASL: when it cannot be written, the next run finds the ASL changed still.
    """
    try:
        definition = machine.definition()
        asl, drawn = as_json(machine.name, definition), picture(machine.name, definition)
    except AslError as error:
        raise UserError(str(error)) from error
    files = {folder / f"{machine.name}{ASL}": asl, folder / f"{machine.name}{PICTURE}": drawn}
    policy = folder / f"{machine.name}{POLICY}"
    if not is_thorough and policy.exists() and _read(folder / f"{machine.name}{ASL}") == asl:
        return files
    from stepmill.cli.policy import policy_text  # loads the checker, which costs more than to compile

    return {policy: policy_text(machine.name, json.loads(asl)), **files}


def _read(path: Path) -> str | None:
    return path.read_bytes().decode(errors="replace") if path.exists() else None


def _gone(folder: Path, names: set[str]) -> list[Path]:
    """Files of machines that are no more."""
    return sorted(
        path
        for suffix in (ASL, POLICY, PICTURE)
        for path in folder.glob(f"*{suffix}")
        if path.name.removesuffix(suffix) not in names
    )


def _write(wanted: dict[Path, str], gone: list[Path], root: Path) -> None:
    for path, text in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    for path in gone:
        path.unlink()
        print(f"removed {path.relative_to(root)}: its machine is gone")


def _check(wanted: dict[Path, str], gone: list[Path], root: Path) -> int:
    """Print what differs; the exit code."""
    import difflib  # costs as much as a machine, and only this branch needs it

    differing: list[Path] = []
    for path, text in wanted.items():
        name = path.relative_to(root)
        old = _read(path)
        if old == text:
            continue
        differing.append(path)
        if old is None:
            print(f"{name}: missing")
            continue
        lines = difflib.unified_diff(
            old.split("\n"), text.split("\n"), f"{name} (committed)", f"{name} (compiled)", lineterm=""
        )
        print("\n".join(lines))
    for path in gone:
        print(f"{path.relative_to(root)}: extra; no machine has this name")
    if differing or gone:
        count = len(differing) + len(gone)
        print(f"{count} files differ from statemachines/; run {_remedy(differing, gone)} and commit")
        return 1
    print(f"{len(wanted)} files agree with statemachines/")
    return 0


def _remedy(differing: list[Path], gone: list[Path]) -> str:
    """Machines are named, so that their policies are derived whether their ASL has changed or not."""
    names = dict.fromkeys(path.name.split(".")[0] for path in differing)
    commands = ["`stepmill compile`"] if gone else []
    commands += [f"`stepmill compile {' '.join(names)}`"] if names else []
    return " and ".join(commands)
