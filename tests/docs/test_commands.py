"""Commands, links, rooms and inputs that the pages name exist."""

import argparse
import dataclasses
import importlib
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from statemachines import batch_scoring, deployment, model_monitor, training
from statemachines.fragments import registry
from stepmill.cli import COMMANDS, main
from tests.docs.pages import PAGES, ROOT, inputs_table, shell_lines

MAKE_TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
LINES = [(page.stem, line) for page in PAGES for line in shell_lines(page)]
TYPED = [(page, shlex.split(line, comments=True)) for page, line in LINES]
STEPMILL = [(page, words[1:]) for page, words in TYPED if words and Path(words[0]).name == "stepmill"]
# In the helps, the command stands in column 2; two blanks end it.
IN_HELP = re.compile(r"^  (stepmill \S.*?)(?:  .*)?$", re.MULTILINE)


def parser_of(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    importlib.import_module(f"stepmill.cli.{name}").add_arguments(parser)
    return parser


def helps() -> list[tuple[str, list[str]]]:
    modules = {name: importlib.import_module(f"stepmill.cli.{name}") for name in COMMANDS}
    texts = {name: module.__doc__ or "" for name, module in modules.items()}
    return [(name, shlex.split(line)[1:]) for name, text in texts.items() for line in IN_HELP.findall(text)]


@pytest.mark.parametrize(
    ("where", "words"), STEPMILL + helps(), ids=lambda one: one if isinstance(one, str) else " ".join(one)
)
def test_a_stepmill_command_that_is_shown_is_accepted(where: str, words: list[str]) -> None:
    if words[0] in ("--help", "COMMAND"):
        return
    assert words[0] in COMMANDS, where
    parser_of(words[0]).parse_args(words[1:])


def test_every_command_shows_examples() -> None:
    assert {name for name, _ in helps()} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: stepmill {name}" in capsys.readouterr().out


def test_every_make_target_that_is_shown_exists() -> None:
    in_lines = {word for _, words in TYPED if words[:1] == ["make"] for word in words[1:] if "=" not in word}
    in_text = {word for page in PAGES for word in re.findall(r"`make ([a-z-]+)", page.read_text())}
    assert in_lines | in_text <= MAKE_TARGETS
    assert {"demo", "test", "deploy"} <= in_lines


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    lost = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert lost == []


def test_the_readme_leads_to_every_page() -> None:
    text = (ROOT / "README.md").read_text()
    assert [page.name for page in PAGES[1:] if f"(docs/{page.name})" not in text] == []


def test_every_room_of_the_readme_is_a_place_that_exists() -> None:
    text = (ROOT / "README.md").read_text()
    rooms = re.findall(r"`([^`]+)`", "".join(re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)))
    assert len(rooms) > 10
    assert [room for room in rooms if not (ROOT / room).exists()] == []


def test_every_stack_and_stage_that_is_deployed_exists() -> None:
    text = (ROOT / "docs/deploy.md").read_text()
    assert {path.name for path in (ROOT / "stacks").glob("*.yaml")} == set(
        re.findall(r"`stacks/(\w+\.yaml)`", text)
    )
    stages = set(tomllib.loads((ROOT / "samconfig.toml").read_text())) - {"version", "default"}
    assert set(re.findall(r"STAGE=(\w+)", text)) <= stages


def test_the_table_of_parameters_is_that_of_the_template() -> None:
    loaded = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
    words = {None: "required", "": "empty"}
    given = {name: one.get("Default") for name, one in loaded.items()}
    declared = {name: words.get(value, f"`{value}`") for name, value in given.items()}
    text = (ROOT / "docs/deploy.md").read_text()
    table = text.partition("| parameter | default | meaning |\n")[2].partition("\n\n")[0]
    assert dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", table, re.MULTILINE)) == declared


# Inputs that have no default, and are given by something else than the rest of their machine's.
OTHER_GIVERS = {"deployment": {"alarms": "the stack's"}}


@pytest.mark.parametrize(
    ("machine", "model", "giver"),
    [
        ("training", training.Input, "the algorithm's"),
        ("deployment", deployment.Input, "the version's"),
        ("batch_scoring", batch_scoring.Input, ""),
        ("monitoring", model_monitor.Input, ""),
    ],
    ids=["training", "deployment", "batch_scoring", "monitoring"],
)
def test_the_table_of_inputs_is_that_of_the_machine(machine: str, model: type, giver: str) -> None:
    text = (ROOT / f"docs/{machine}.md").read_text()
    shown = re.search(r"<!-- inputs: begin .*?-->\n(.*?)<!-- inputs: end", text, re.DOTALL)
    assert shown is not None
    assert shown[1] == inputs_table(model, giver, OTHER_GIVERS.get(machine, {}))


def test_what_the_version_gives_stands_in_its_metadata() -> None:
    shown = (ROOT / "docs/deployment.md").read_text()
    named = set(re.findall(r"^\| `(\w+)` \| the version's \|", shown, re.MULTILINE))
    assert named == {item.name for item in dataclasses.fields(deployment.Input)} & set(registry.FACTS)


@pytest.mark.parametrize(
    ("machine", "some"),
    [
        ("training", {"InputInvalid", "JobFailed", "LockLost"}),
        ("deployment", {"InputInvalid", "NotApproved", "EndpointStuck"}),
        ("batch_scoring", {"InputInvalid", "JobFailed", "JobStopped"}),
        ("model_monitor", {"InputInvalid", "ConsolidateFailed", "JobFailed", "JobStopped"}),
    ],
)
def test_every_error_of_a_machine_is_explained(machine: str, some: set[str]) -> None:
    definition = json.loads((ROOT / f"statemachines/compiled/{machine}.asl.json").read_text())
    states = definition["States"].values()
    raised = {state["Error"] for state in states if "Error" in state}
    said = {
        state.get("Parameters", {}).get("Error") for state in states if state.get("ResultPath") == "$.failure"
    }
    names = raised | said - {None}
    assert some <= names
    page = {"model_monitor": "monitoring"}.get(machine, machine)
    text = (ROOT / f"docs/{page}.md").read_text()
    assert {name for name in names if f"`{name}`" not in text} == set()
