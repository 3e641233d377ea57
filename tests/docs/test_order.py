"""The order of the stacks, as docs/deploy.md tells it, is the one that the template's references lead to."""

import json
import re

from samtranslator.yaml_helper import yaml_parse

from tests.docs.pages import ROOT

SECTION = re.compile(r"## In which order\n(.*?)\n## ", re.DOTALL)


def shown() -> list[list[str]]:
    found = SECTION.search((ROOT / "docs/deploy.md").read_text())
    assert found is not None
    lines = re.findall(r"^\d\. ((?:`\w+`(?:, )?)+)", found[1], re.MULTILINE)
    return [re.findall(r"`(\w+)`", line) for line in lines]


def needed() -> dict[str, set[str]]:
    """Stack -> the stacks whose outputs it takes."""
    resources = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]
    files = {
        name: one["Properties"]["TemplateURL"][len("stacks/") : -len(".yaml")]
        for name, one in resources.items()
    }
    return {
        files[name]: {
            files[other]
            for other in resources
            if re.search(rf'"{other}(?:"|\.)', json.dumps(one["Properties"]["Parameters"])) and other != name
        }
        for name, one in resources.items()
    }


def test_each_stack_stands_below_those_whose_outputs_it_takes() -> None:
    lines, before = shown(), needed()
    assert sorted(name for line in lines for name in line) == sorted(before)
    assert before["dashboards"] == {"insight"}
    for place, line in enumerate(lines):
        earlier = {name for above in lines[:place] for name in above}
        assert [name for name in line if not before[name] <= earlier] == []
