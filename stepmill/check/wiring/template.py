"""A template held against every rule of wiring, the stacks nested in it included."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from stepmill.check.finding import Finding, Findings
from stepmill.check.reading.template import Template
from stepmill.check.reading.template_scope import Scope
from stepmill.check.shapes.shape import Shape
from stepmill.check.wiring.code import check_files
from stepmill.check.wiring.definitions import check_definition
from stepmill.check.wiring.inputs import check_input
from stepmill.check.wiring.patterns import check_pattern
from stepmill.check.wiring.queues import check_delivery, check_notifications, check_sources
from stepmill.check.wiring.references import check_nested, check_parameters, check_references
from stepmill.check.wiring.rules_of import triggers
from stepmill.check.wiring.schedules import check_schedule
from stepmill.check.wiring.substitutions import check_substitutions

NOTHING: Mapping[str, Shape] = MappingProxyType({})


def check_wiring(template: Template, inputs: Mapping[str, Shape] = NOTHING) -> list[Finding]:
    """inputs: of machines, by logical id. Each finding names its file."""
    found: list[Finding] = []
    for scope in template.root.tree():
        found += scope.findings.in_file(str(scope.file))
        found += _of_stack(scope, inputs).in_file(str(scope.file))
    for machine in template.machines:
        file = str(machine.definition_file or machine.scope.file)
        found += machine.problems.in_file(file)
        found += check_substitutions(machine)
        undefined = Findings()
        check_definition(machine, undefined)
        found += undefined.in_file(str(machine.scope.file))
    return list(dict.fromkeys(found))


def _of_stack(scope: Scope, inputs: Mapping[str, Shape]) -> Findings:
    findings = Findings()
    check_references(scope, findings)
    check_parameters(scope, findings)
    check_nested(scope, findings)
    check_files(scope, findings)
    check_sources(scope, findings)
    check_notifications(scope, findings)
    for trigger in triggers(scope):
        check_pattern(scope, trigger, findings)
        check_schedule(trigger, findings)
        check_delivery(scope, trigger, findings)
        check_input(scope, trigger, inputs, findings)
    return findings
