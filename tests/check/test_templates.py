"""A repository as a whole: checked without a trace in the process, and with all that is known of it."""

import gc
import json
from pathlib import Path

import pytest

from stepmill.asl.errors import AslError
from stepmill.check.reading.context import Given
from stepmill.check.templates import check_repository


def test_python_collects_garbage_again_after_a_check(tmp_path: Path) -> None:
    assert check_repository(tmp_path, Given()).findings == []
    assert gc.isenabled()


def test_python_collects_garbage_again_after_a_check_that_fails(tmp_path: Path) -> None:
    (tmp_path / "statemachines").mkdir()
    (tmp_path / "statemachines" / "broken.py").write_text("def build():\n    raise ValueError('no')\n")
    with pytest.raises(AslError, match="no"):
        check_repository(tmp_path, Given())
    assert gc.isenabled()


MACHINE = """
from dataclasses import dataclass
from stepmill.asl import Machine, Pass, field

@dataclass(frozen=True, kw_only=True)
class Input:
    seed: int = field(default=7, description="of the split")

def build() -> Machine:
    return Machine(name="hold", comment="It holds.", timeout_seconds=60, GIVEN states=Pass("Only"))
"""
HELD = {
    "StartAt": "Only",
    "TimeoutSeconds": 60,
    "States": {"Only": {"Type": "Pass", "Comment": "[check-ignore path-missing: it was]", "End": True}},
}


def deploying(root: Path, *names: str, given: str = "input=Input,") -> list[str]:
    """The rules told of a repository whose template deploys its one machine under these names."""
    compiled = root / "statemachines" / "compiled"
    compiled.mkdir(parents=True)
    (root / "statemachines" / "hold.py").write_text(MACHINE.replace("GIVEN", given))
    (compiled / "hold.asl.json").write_text(json.dumps(HELD))
    uri = "statemachines/compiled/hold.asl.json"
    one = {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": uri}}
    resources = dict.fromkeys(names, one)
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
    (root / "template.yaml").write_text(json.dumps(template))
    return [one.rule for one in check_repository(root, Given()).findings]


def test_of_a_machine_of_the_repository_it_is_known_that_a_rule_tells_nothing(tmp_path: Path) -> None:
    assert deploying(tmp_path / "one", "Hold") == ["ignore-in-vain"]


def test_of_a_machine_that_is_deployed_twice_or_takes_any_input_it_is_not(tmp_path: Path) -> None:
    """What switches nothing off in one place may do so in the other."""
    assert deploying(tmp_path / "two", "Hold", "HoldAgain") == []
    assert deploying(tmp_path / "any", "Hold", given="") == []
