"""docs/rules.md is what the rules say of themselves; the hook for pre-commit runs a command that exists."""

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
