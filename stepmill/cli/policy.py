"""Print the least-privilege IAM policy of a machine.

  stepmill policy training                       a machine of this repository; ${Token}s stay as they are
  stepmill policy machine.asl.json               any machine in Amazon States Language, JSON or YAML
  stepmill policy template.yaml:Training         a machine of a SAM or CloudFormation template
  stepmill policy training --template template.yaml     the same, found by its name

The policy holds the exact actions and resources that the states need: the calls, iam:PassRole with the one
service that gets the role, for `.sync` what sees and stops the work, S3 access of readers and writers. From a
template it also holds log delivery and tracing, when they are on, and resources by their names there.
`*` stands for the part of a name that only an execution knows, such as a job's number.

What cannot be derived is told on stderr: keys of topics and queues, and data that a query reads.
Exit code 2 when there is no such machine, or when its structure is broken, so that no states can be followed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepmill.asl.errors import suggest
from stepmill.cli.errors import UserError

if TYPE_CHECKING:
    import argparse

    from stepmill.check.permissions.need import Needs
    from stepmill.check.reading.template import Machine, Template
    from stepmill.check.subject import Subject

HELP = "print the least-privilege IAM policy of a machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "machine", metavar="MACHINE", help="a machine's name, an ASL file, or TEMPLATE:LOGICAL_ID"
    )
    parser.add_argument("--template", type=Path, metavar="FILE", help="find the machine in this template")
    parser.add_argument("--format", choices=["json", "yaml"], default="json", help="default: json")
    parser.add_argument("--root", type=Path, default=Path(), help="where statemachines/ lies (default: here)")


def run(args: argparse.Namespace) -> int:
    needs = _needs(args.machine, args.template, args.root)
    if args.format == "yaml":
        import yaml

        from stepmill.check.permissions.document import document_of

        print(yaml.safe_dump(document_of(needs), sort_keys=False, width=1000), end="")
    else:
        print(_as_json(needs), end="")
    _tell_unknown(args.machine, needs)
    return 0


def policy_text(name: str, definition: Any) -> str:
    """The policy of a machine by its name and its definition, as JSON; tells what may be missing from it."""
    needs = _of_definition(definition, f"{name}.asl.json")
    _tell_unknown(name, needs)
    return _as_json(needs)


def _as_json(needs: Needs) -> str:
    from stepmill.check.permissions.document import document_of

    return json.dumps(document_of(needs), indent=2) + "\n"


def _tell_unknown(name: str, needs: Needs) -> None:
    for prefix in sorted(needs.unknown):
        what = f"more of {prefix}:*" if prefix else "more, for a Resource that is not known"
        print(f"stepmill policy: {name} may need {what}; look at its states", file=sys.stderr)


def _needs(name: str, template: Path | None, root: Path) -> Needs:
    if template is None and ":" in name and not Path(name).exists():
        file, _, name = name.rpartition(":")
        template = Path(file)
    if template is not None:
        return _of_machine(_machine(_template(template), name, template), template)
    path = Path(name) if Path(name).is_file() else _of_repository(name, root)
    document = _read(path)
    from stepmill.check.run import is_template

    if is_template(document):
        return _of_machine(_machine(_template(path), "", path), path)
    return _of_definition(document, str(path), is_checked=True)


def _of_definition(definition: Any, file: str, *, is_checked: bool = False) -> Needs:
    from stepmill.check.permissions.derive import derive
    from stepmill.check.permissions.views import views_of
    from stepmill.check.subject import Subject

    subject = Subject(definition, file, Path(file).name)
    if is_checked:
        _refuse_broken(subject, file, Path(file))
    return derive(subject, views_of(subject))


def _refuse_broken(subject: Subject, name: str, file: Path) -> None:
    """A policy of what cannot be followed would lack what nobody sees."""
    from stepmill.check.finding import Findings
    from stepmill.check.rule import FAILURE, Rule
    from stepmill.check.rules import structure
    from stepmill.check.syntax import check_syntax

    findings = Findings()
    check_syntax(subject, findings)
    rules = [rule for rule in vars(structure).values() if isinstance(rule, Rule)]
    failures = {rule.id for rule in rules if rule.severity == FAILURE}
    broken = [one for one in findings.found if one.rule in failures]
    if broken:
        raise UserError(f"{name}: {broken[0].message}; run `stepmill check {file}` first")


def _of_machine(machine: Machine, file: Path) -> Needs:
    from stepmill.check.permissions.compare import deployment_of
    from stepmill.check.permissions.derive import derive
    from stepmill.check.permissions.views import views_of

    if machine.subject is None:
        where = machine.definition_file or "its definition"
        raise UserError(f"{machine.logical_id}: {where} cannot be read; give a file that is there")
    _refuse_broken(machine.subject, machine.logical_id, file)
    return derive(machine.subject, views_of(machine.subject), deployment_of(machine))


def _of_repository(name: str, root: Path) -> Path:
    folder = root / "statemachines" / "compiled"
    path = folder / f"{name}.asl.json"
    if path.is_file():
        return path
    names = sorted(one.name.removesuffix(".asl.json") for one in folder.glob("*.asl.json"))
    there = f"there are: {', '.join(names)}{suggest(name, names)}" if names else "give a file"
    raise UserError(f"{name}: is neither a file nor a machine under {folder}; {there}")


def _template(file: Path) -> Template:
    from stepmill.check.reading.template import Template
    from stepmill.check.run import is_template

    document = _read(file)
    if not is_template(document):
        raise UserError(f"{file}: is no SAM or CloudFormation template; give one with Resources")
    return Template(file, document)


def _machine(template: Template, name: str, file: Path) -> Machine:
    """By logical id, by the name of its definition's file, or the only one for ""."""
    machines = template.machines
    fitting = [machine for machine in machines if name in _names(machine)] if name else machines
    if len(fitting) == 1:
        return fitting[0]
    names = [machine.logical_id for machine in machines]
    if not names:
        raise UserError(f"{file}: has no state machine")
    if fitting and not name:
        raise UserError(f"{file}: has several machines; name one, as in {file}:{names[0]}")
    raise UserError(f"{file}: has no machine {name!r}; there are: {', '.join(names)}{suggest(name, names)}")


def _names(machine: Machine) -> set[str]:
    file = machine.definition_file
    return {machine.logical_id} | ({file.name.split(".")[0]} if file else set())


def _read(file: Path) -> Any:
    from stepmill.check.finding import Findings
    from stepmill.check.reading.text import read_file

    findings = Findings()
    document = read_file(file, findings)
    if document is None:
        raise UserError(findings.found[0].message)
    return document
