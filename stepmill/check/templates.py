"""Templates, and the repository whose machines they deploy: machines, roles, wiring and events together."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stepmill.asl.loading import importing_from, load, machine_files
from stepmill.asl.machine import Machine
from stepmill.check.checker import check_machine
from stepmill.check.events import check_events
from stepmill.check.finding import Finding
from stepmill.check.permissions.compare import check_role
from stepmill.check.permissions.views import Recording
from stepmill.check.reading.context import Given
from stepmill.check.reading.template import Machine as Deployed
from stepmill.check.reading.template import Template
from stepmill.check.reading.template_contracts import codes_of, contracts_of, function_contracts
from stepmill.check.records import replace
from stepmill.check.rules.sam import DEFINITION_MISSING
from stepmill.check.run import Checked, check_definition, is_template, read
from stepmill.check.services.written import keys_written
from stepmill.check.shapes.schema import of_schema
from stepmill.check.shapes.shape import UNKNOWN, Shape
from stepmill.check.subject import Contract
from stepmill.check.wiring.template import check_wiring

NOTHING: Mapping[str, Machine] = MappingProxyType({})


def check_template(checked: Checked, file: Path, document: Any, given: Given) -> None:
    """Check the template, the stacks nested in it, their machines and these machines' roles."""
    _check_template(checked, Template(file, document), given)


def check_repository(root: Path, given: Given) -> Checked:
    """Check every machine under statemachines/, with the template that deploys it, functions and events.

    Raises: AslError when a machine's Python cannot be built.
    """
    with _without_collection():
        return _check_repository(root, given)


@contextmanager
def _without_collection() -> Iterator[None]:
    """A tenth of the time would go into searching for cycles what is needed to the end."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _check_repository(root: Path, given: Given) -> Checked:
    checked = Checked()
    machines = _built(root)
    deployed: set[str] = set()
    contracts: dict[str, Contract] = {}
    for file in _templates(root):
        document = read(file, checked)
        if is_template(document):
            template = Template(file, document)
            deployed |= _check_template(checked, template, given, machines)
            contracts |= function_contracts(template)
    for name, machine in machines.items():
        file = root / "statemachines" / "compiled" / f"{name}.asl.json"
        if name not in deployed and (document := read(file, checked)) is not None:
            context = replace(given.context, input=_input_of(machine))
            check_definition(checked, file, document, given.kind or "STANDARD", context)
    checked.findings += check_events(root / "events", contracts)
    checked.sort()
    return checked


def _check_template(
    checked: Checked, template: Template, given: Given, built: Mapping[str, Machine] = NOTHING
) -> set[str]:
    """Check the template, its machines and their roles; the names of the built machines that it deploys."""
    deployed = set()
    without = []
    lambdas = contracts_of(template)
    written = written_in(template)
    inputs = dict(given.inputs)
    files = [machine.definition_file for machine in template.machines]
    for machine in template.machines:
        name = machine.definition_file.name.removesuffix(".asl.json") if machine.definition_file else ""
        if name in built:
            deployed.add(name)
            inputs.setdefault(machine.logical_id, _input_of(built[name]))
        context = given.of(machine.logical_id)
        context = replace(
            context,
            input=inputs.get(machine.logical_id, context.input),
            lambdas={**lambdas, **context.lambdas},
            written=written,
        )
        subject = machine.in_context(context)
        if subject is None:
            without.append(machine)
            continue
        services = Recording()
        found = check_machine(subject, services).in_file(subject.file)
        found += check_role(machine, services.views, template.machines)
        is_all_known = context.input != UNKNOWN and files.count(machine.definition_file) == 1
        checked.add(subject, found, is_all_known=is_all_known and name in built)
    wiring = check_wiring(template, inputs)
    # What several machines tell of one role or file in the same words is told once.
    checked.findings[:] = dict.fromkeys([*checked.findings, *wiring])
    for machine in without:
        is_told = bool(machine.problems.found) or any(_is_of(one, machine) for one in wiring)
        names = checked.machines if is_told else checked.not_read
        names.append(f"{machine.scope.file}:{machine.logical_id}")
    return deployed


def _is_of(finding: Finding, machine: Deployed) -> bool:
    """It says why the machine has no definition."""
    is_there = f"{finding.pointer}/".startswith(f"{machine.pointer}/")
    return finding.rule == DEFINITION_MISSING.id and finding.file == str(machine.scope.file) and is_there


def written_in(template: Template) -> dict[str, frozenset[str]]:
    """The keys that its machines write: see `services.written`."""
    definitions = [machine.subject.definition for machine in template.machines if machine.subject]
    return keys_written(definitions, codes_of(template))


def _built(root: Path) -> dict[str, Machine]:
    with importing_from(root):
        machines = [load(path) for path in machine_files(root)]
    return {machine.name: machine for machine in machines if machine is not None}


def _input_of(machine: Machine) -> Shape:
    return UNKNOWN if machine.input is None else of_schema(machine.input_schema())


def _templates(root: Path) -> Iterable[Path]:
    """The root template, which leads to those nested in it; without one, all stacks."""
    template = root / "template.yaml"
    return [template] if template.is_file() else sorted((root / "stacks").glob("*.yaml"))
