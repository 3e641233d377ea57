"""What the pages for users hold: blocks of code, commands, links; and the table of the training inputs."""

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A snippet that is a file says so in its first line.
FILE = re.compile(r"# (\S+\.py)\n")
LIMITS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}


@dataclass(frozen=True)
class Block:
    """`line` is where the text begins on the page; `output` is what the page says that it prints."""

    page: Path
    line: int
    language: str
    text: str
    output: str

    @property
    def file(self) -> str | None:
        found = FILE.match(self.text)
        return found[1] if found else None


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    found = list(BLOCK.finditer(text))
    made = []
    for one, following in zip_longest(found, found[1:]):
        is_output = following is not None and following[1] == "text" and following.start() == one.end() + 1
        output = following[2] if following is not None and is_output else ""
        made.append(Block(page, text.count("\n", 0, one.start(2)) + 1, one[1], one[2], output))
    return made


def shell_lines(page: Path) -> Iterator[str]:
    """The commands of blocks without a language, as typed; lines that a backslash joins are one."""
    for block in blocks(page):
        if not block.language:
            yield from block.text.replace("\\\n", " ").splitlines()


def inputs_table(model: type, giver: str, others: Mapping[str, str]) -> str:
    """The Markdown table of an input model's fields. giver: of what is left out, but for `others`."""
    rows = [
        f"| `{item.name}` | {_default(item, others.get(item.name, giver))} | {_meaning(item)} |"
        for item in dataclasses.fields(model)
    ]
    return "\n".join(["| input | default | what |", "|---|---|---|", *rows, ""])


def _default(item: "dataclasses.Field[Any]", giver: str) -> str:
    if item.default_factory is not dataclasses.MISSING:
        return f"`{json.dumps(item.default_factory())}`"
    if item.default is dataclasses.MISSING:
        return "required"
    return giver if item.default is None else f"`{json.dumps(item.default)}`"


def _meaning(item: "dataclasses.Field[Any]") -> str:
    facts = item.metadata
    limits = [f"{words} {facts[name]:.10g}" for name, words in LIMITS.items() if name in facts]
    unit = f", in {facts['unit']}" if facts["unit"] == "s" else ""
    description = facts["description"].replace("<", "&lt;").replace(">", "&gt;")
    return "; ".join([description + unit, *([" and ".join(limits)] if limits else [])])
