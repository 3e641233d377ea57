"""The repository's own templates, and what becomes of them when something is broken."""

import re
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.finding import Findings
from stepmill.check.reading.template import Template
from stepmill.check.reading.text import read_text
from stepmill.check.wiring.template import check_wiring

ROOT = Path(__file__).parents[3]
TEMPLATES = ["template.yaml", *sorted(f"stacks/{path.name}" for path in (ROOT / "stacks").glob("*.yaml"))]


def of_text(text: str, file: str) -> list[tuple[str, str, str]]:
    document: Any = read_text(text, file, Findings())
    found = check_wiring(Template(ROOT / file, document))
    return [(one.rule, one.file.removeprefix(f"{ROOT}/"), one.pointer) for one in found]


@pytest.mark.parametrize("file", TEMPLATES)
def test_nothing_is_wrong_with_our_own(file: str) -> None:
    assert of_text((ROOT / file).read_text(), file) == []


BROKEN = [
    ("stacks/tabular.yaml", "training.asl.json", "trainin.asl.json", "definition-missing",
     "/Resources/Training/Properties/DefinitionUri"),
    ("stacks/tabular.yaml", "        RmseLimit: !Ref RmseLimit", "        RmseLimits: !Ref RmseLimit",
     "substitution-missing", None),
    ("stacks/tabular.yaml", "!GetAtt StartTrainingRole.Arn", "!GetAtt StartTrainigRole.Arn",
     "reference-unknown", None),
    ("stacks/tabular.yaml", "functions/start_training/", "functions/start_trainig/", "code-missing",
     "/Resources/StartTraining/Properties/CodeUri"),
    ("stacks/tabular.yaml", "Handler: handler.handler", "Handler: handler.handle", "handler-missing", None),
    ("stacks/tabular.yaml", "[Object Created]", "[Object created]", "event-never-matches", None),
    ("stacks/foundation.yaml", "layers/common/", "layers/commn/", "layer-missing",
     "/Resources/CommonLayer/Properties/ContentUri"),
    ("stacks/foundation.yaml", "[SUCCEEDED, FAILED", "[SUCCEEDED, Failed", "event-never-matches", None),
    ("stacks/foundation.yaml", "events.amazonaws.com", "sns.amazonaws.com", "topic-policy-missing", None),
    ("template.yaml", "        Target: !Ref Target\n", "        Tarket: !Ref Target\n", "parameter-undefined",
     None),
    ("template.yaml", "Foundation.Outputs.AlertsTopicArn\n", "Foundation.Outputs.AlertTopicArn\n",
     "reference-unknown", None),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "rule", "place"), BROKEN, ids=[case[2] for case in BROKEN])
def test_what_is_broken_is_found(file: str, old: str, new: str, rule: str, place: str | None) -> None:
    text = (ROOT / file).read_text()
    assert old in text
    found = of_text(re.sub(re.escape(old), lambda _: new, text, count=1), file)
    assert rule in [one[0] for one in found]
    assert place in [None, *(one[2] for one in found)]
