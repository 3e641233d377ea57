"""Contracts read from handlers' type hints."""

from pathlib import Path

from stepmill.check.reading.signatures import contract_of
from stepmill.check.shapes.shape import (
    NULL,
    UNKNOWN,
    Array,
    Boolean,
    Member,
    Number,
    Object,
    Presence,
    String,
    Union,
    closed,
    of_value,
    union,
)
from stepmill.check.subject import Contract


def read(tmp_path: Path, text: str, function: str = "handler") -> Contract | None:
    file = tmp_path / "handler.py"
    file.write_text(text)
    return contract_of(file, function)


def test_typed_dicts_are_closed_objects_with_optional_members(tmp_path: Path) -> None:
    told = read(
        tmp_path,
        """
from typing import Literal, NotRequired, TypedDict

class Score(TypedDict):
    rmse: float
    rows: int
    ok: bool

class Event(TypedDict):
    names: list[str]
    unit: NotRequired[str]
    score: Score | None
    mode: Literal["fast", "slow"]
    free: dict[str, int]

def handler(event: Event, context: object) -> Score: ...
""",
    )
    score = closed(rmse=Number(), rows=Number(is_integer=True), ok=Boolean())
    event = Object(
        {
            "names": Member(Array(String())),
            "unit": Member(String(), Presence.MAYBE),
            "score": Member(union([score, NULL])),
            "mode": Member(Union((of_value("fast"), of_value("slow")))),
            "free": Member(Object(rest=Number(is_integer=True))),
        }
    )
    assert told == Contract(event, score)


def test_inherited_and_not_total_members_are_there_too(tmp_path: Path) -> None:
    told = read(
        tmp_path,
        """
from typing import TypedDict

class Base(TypedDict):
    name: str

class More(Base, total=False):
    size: int

def handler(event: "More", context: object) -> None: ...
""",
    )
    members = {"name": Member(String()), "size": Member(Number(is_integer=True), Presence.MAYBE)}
    assert told == Contract(Object(members), NULL)


def test_what_is_imported_or_untyped_is_unknown(tmp_path: Path) -> None:
    text = "from elsewhere import Event\ndef run(event: Event, context): ...\n"
    assert read(tmp_path, text, "run") == Contract(UNKNOWN, UNKNOWN)


def test_a_class_that_is_neither_typed_dict_nor_dataclass_is_unknown(tmp_path: Path) -> None:
    text = "class Event(Strange):\n    a: int\ndef handler(event: Event, context) -> None: ...\n"
    assert read(tmp_path, text) == Contract(UNKNOWN, NULL)


def test_a_class_that_holds_itself_is_known_to_a_depth_and_then_unknown(tmp_path: Path) -> None:
    text = "from typing import TypedDict\nclass Tree(TypedDict):\n    left: 'Tree | None'\n"
    told = read(tmp_path, text + "def handler(event: Tree, context) -> int: ...\n")
    assert told is not None
    assert isinstance(told.event, Object)


def test_no_such_function_no_file_and_no_python_are_no_contract(tmp_path: Path) -> None:
    assert read(tmp_path, "x = 1\n") is None
    assert read(tmp_path, "def handler(:\n") is None
    assert contract_of(tmp_path / "absent.py") is None
