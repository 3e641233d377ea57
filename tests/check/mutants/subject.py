"""Our own machines as `stepmill check` sees them, whole and with one fault."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from stepmill.asl.loading import load
from stepmill.check.checker import check_machine
from stepmill.check.finding import Finding, Findings
from stepmill.check.permissions.compare import check_role
from stepmill.check.permissions.views import Recording
from stepmill.check.reading.template import Machine, Template, machines_of
from stepmill.check.reading.template_contracts import contracts_of
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.text import read_file
from stepmill.check.records import replace
from stepmill.check.rule import FAILURE
from stepmill.check.services.written import keys_written
from stepmill.check.shapes.schema import of_schema
from stepmill.check.subject import Context, Subject, TaskView
from stepmill.check.syntax import check_syntax
from stepmill.check.templates import written_in
from stepmill.check.wiring.substitutions import check_substitutions

REPOSITORY = Path(__file__).parents[3]


@dataclass(frozen=True)
class Own:
    """One of our machines. source: the file in statemachines/ that builds it. name: its logical id."""

    source: str
    name: str

    @cached_property
    def schema(self) -> dict[str, Any]:
        """Of the input of an execution."""
        built = load(REPOSITORY / "statemachines" / self.source)
        assert built is not None
        return built.input_schema()

    @cached_property
    def template(self) -> Template:
        return _template()

    @cached_property
    def machine(self) -> Machine:
        found = self.template.machine(self.name)
        assert found is not None
        return found

    @property
    def is_deployed(self) -> bool:
        return self.template.machine(self.name) is not None

    @cached_property
    def subject(self) -> Subject:
        context = Context(
            input=of_schema(self.schema),
            lambdas=contracts_of(self.template),
            written=written_in(self.template),
        )
        found = self.machine.in_context(context)
        assert found is not None
        return found

    @cached_property
    def views(self) -> list[TaskView]:
        services = Recording()
        check_machine(self.subject, services)
        return services.views

    def findings(self, definition: Any) -> list[Finding]:
        """Of another definition in the place of the machine's own, up to the first check that fails.

        Last come the machines that read what this one writes.
        """
        subject = replace(self.subject, definition=definition)
        form = Findings()
        check_syntax(subject, form)
        if form.has_failure:
            return form.found
        machine, services = replace(self.machine, subject=subject), Recording()
        found = check_substitutions(machine)
        if not _has_failure(found):
            found = [*found, *check_machine(subject, services).found]
        if _has_failure(found):
            return found
        return [*found, *check_role(machine, services.views), *self._findings_of_readers(definition)]

    def _findings_of_readers(self, definition: Any) -> list[Finding]:
        others = [machine.subject for machine in self.template.machines if machine.logical_id != self.name]
        definitions = [other.definition for other in others if other is not None]
        written = keys_written([definition, *definitions])
        if written == self.subject.context.written:
            return []
        readers = [own for own in OWN if own.name != self.name and own.is_deployed]
        changed = [
            replace(own.subject, context=replace(own.subject.context, written=written)) for own in readers
        ]
        return [finding for subject in changed for finding in check_machine(subject).found]

    @cached_property
    def stack(self) -> Any:
        """The template in which the machine stands."""
        return self.machine.scope.document

    def findings_of_stack(self, document: Any) -> list[Finding]:
        """Of another template in the place of the machine's own."""
        root = _anew(_template().root, {self.machine.scope.path: document})
        machine = next((one for one in machines_of(root) if one.logical_id == self.name), None)
        if machine is None or machine.subject is None:
            return [Finding("definition-missing", "failure", "", "there is no machine")]
        return [*check_substitutions(machine), *check_role(machine, self.views)]


def _has_failure(found: list[Finding]) -> bool:
    return any(one.severity == FAILURE for one in found)


@cache
def _template() -> Template:
    file = REPOSITORY / "template.yaml"
    return Template(file, read_file(file, Findings()))


def _anew(scope: Scope, documents: dict[tuple[str, ...], Any], parent: Scope | None = None) -> Scope:
    """A stack and those in it as if read again, nothing of it resolved. documents: by the paths of stacks."""
    document = documents.get(scope.path, scope.document)
    if parent is None:
        made = Scope(scope.file, document)
    else:
        given = parent.properties(scope.path[-1]).get("Parameters", {})
        made = Scope(scope.file, document, scope.path, parent, given, parent.symbols)
    made.children = {name: _anew(child, documents, made) for name, child in scope.children.items()}
    return made


OWN = tuple(
    Own(file.name, file.stem.title().replace("_", ""))
    for file in sorted((REPOSITORY / "statemachines").glob("[!_]*.py"))
)
