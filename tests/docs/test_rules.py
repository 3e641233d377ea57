"""docs/rules.md is what the rules say of themselves; the hook for pre-commit runs a command that exists."""

import re
import shlex

import yaml

from stepmill.check.catalogue import page
from stepmill.cli import COMMANDS
from tests.docs.pages import ROOT


def test_the_page_of_rules_is_renewed_after_each_change() -> None:
    renew = "run `python -m stepmill.check.catalogue > docs/rules.md`"
    assert (ROOT / "docs" / "rules.md").read_text() == page(), renew


def test_the_hook_runs_a_command_of_ours() -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program, command = shlex.split(hook["entry"])
    assert (program, command in COMMANDS, hook["language"]) == ("stepmill", True, "python")


def test_the_hook_takes_machines_and_templates_alike_wherever_it_is_written() -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    names = ["a/m.asl.json", "m.asl.yml", "template.yaml", "a/template.json", "my-template.yaml", "a/m.json"]
    assert [name for name in names if re.search(hook["files"], name)] == names[:4]
    assert f"files: '{hook['files']}'" in (ROOT / "docs" / "check.md").read_text()
