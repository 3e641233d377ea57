"""Files in, findings out: what `stepmill check` does, for whoever wants it from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepmill.check import suppression
from stepmill.check.checker import check_machine
from stepmill.check.finding import Finding, Findings
from stepmill.check.reading import text
from stepmill.check.reading.bare import without_calls
from stepmill.check.reading.context import Given
from stepmill.check.records import dataclass, field, replace
from stepmill.check.rule import FAILURE
from stepmill.check.subject import Context, Kind, Subject
from stepmill.check.suppression import Ignore

if TYPE_CHECKING:
    from stepmill.check.reading.places import Places


@dataclass(slots=True)
class Checked:
    """findings: once `sort` has been called, file by file and in each from its top.

    machines: what was checked, `file` or `file:name`. not_read: machines of templates, `file:name`, whose
    definition lies elsewhere, in S3 for one. definitions: of the machines that could be read.
    """

    findings: list[Finding] = field(default_factory=list)
    machines: list[str] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    definitions: list[Any] = field(default_factory=list)
    _places: dict[str, Places] = field(default_factory=dict)

    def add(self, subject: Subject, found: Sequence[Finding], *, is_all_known: bool = False) -> None:
        """is_all_known: of the world around the machine, so that what tells nothing has nothing to tell."""
        written = list(suppression.written_in(subject.definition))
        left = suppression.kept(found, [one.ignore for one in written if one.ignore is not None])
        if written:
            from stepmill.check import ignoring  # reads all rules

            left = ignoring.in_vain(subject, written, found, left, is_all_known=is_all_known)
        self.findings += left
        self.definitions.append(subject.definition)
        self.machines.append(f"{subject.file}:{subject.name}" if subject.pointer else subject.file)

    def without(self, ignores: Sequence[Ignore]) -> Checked:
        """All but what is switched off."""
        return replace(self, findings=suppression.kept(self.findings, ignores))

    def unknown_states(self, ignores: Sequence[Ignore]) -> list[str]:
        """A sentence for each that names a state that is not here: nothing unless all were read."""
        named = [ignore for ignore in ignores if ignore.state]
        if not named or self.not_read or len(self.definitions) < len(self.machines):
            return []
        from stepmill.check import ignoring  # reads all rules

        return ignoring.unknown_states(named, self.definitions)

    def fails(self, *, strict: bool) -> bool:
        return any(strict or finding.severity == FAILURE for finding in self.findings)

    def sort(self) -> None:
        """The files in the order in which something was found in them."""
        files = {file: position for position, file in enumerate(dict.fromkeys(map(_file, self.findings)))}
        self.findings.sort(key=lambda finding: (files[finding.file], self._place(finding)))

    def line(self, finding: Finding) -> int:
        """The line of a finding in its file, from 1."""
        return self._place(finding)[0]

    def _place(self, finding: Finding) -> tuple[int, int]:
        from stepmill.check.reading.places import Places

        if finding.file not in self._places:
            try:
                content = Path(finding.file).read_text(encoding="utf-8-sig", errors="replace")
            except OSError:
                content = ""
            self._places[finding.file] = Places(content)
        return self._places[finding.file].place(finding.pointer)


def _file(finding: Finding) -> str:
    return finding.file


def check_files(files: Sequence[Path], given: Given) -> Checked:
    """Check machines and templates. A file that cannot be read is a finding."""
    checked = Checked()
    for file in files:
        document = read(file, checked)
        if document is None:
            checked.machines.append(str(file))
        elif is_template(document):
            from stepmill.check import templates  # what a bare machine can do without

            templates.check_template(checked, file, document, given)
        else:
            check_definition(checked, file, document, given.kind or "STANDARD", given.context)
    checked.sort()
    return checked


def is_template(document: Any) -> bool:
    """A SAM or CloudFormation template, as against Amazon States Language."""
    if not isinstance(document, Mapping) or not isinstance(document.get("Resources"), Mapping):
        return False
    return "States" not in document


def read(file: Path, checked: Checked) -> Any:
    """The file's data; None with a finding when it cannot be read."""
    findings = Findings()
    document = text.read_file(file, findings)
    checked.findings += findings.in_file(str(file))
    return document


def check_definition(checked: Checked, file: Path, document: Any, kind: Kind, context: Context) -> None:
    subject = Subject(without_calls(document), str(file), file.name, kind=kind, context=context)
    checked.add(subject, check_machine(subject).in_file(str(file)))
