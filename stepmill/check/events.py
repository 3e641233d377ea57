"""Sample events of functions against what their handlers take: `events/<function>.<case>.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from stepmill.check.finding import Finding, Findings
from stepmill.check.reading import text
from stepmill.check.rules.sam_events import EVENT_INPUT_UNFIT
from stepmill.check.subject import Contract
from stepmill.check.wiring.inputs import problems


def check_events(folder: Path, contracts: Mapping[str, Contract]) -> Iterator[Finding]:
    """contracts: by the function's folder. Inputs of machines are left alone: some are to be refused."""
    for file in sorted(folder.glob("*.json")):
        contract = contracts.get(file.name.partition(".")[0])
        if contract is None:
            continue
        findings = Findings()
        event = text.read_file(file, findings)
        problem = next(problems(event, contract.event, "event"), "") if event is not None else ""
        if problem:
            message = f"{file.name}: {problem}; give what the handler of {file.name.partition('.')[0]} takes"
            findings.add(EVENT_INPUT_UNFIT, "", message)
        yield from findings.in_file(str(file))
