import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from millkit import job
from millkit.errors import DataError

Run = Callable[..., int]


def parser() -> job.Parser:
    made = job.Parser(prog="fit")
    made.add_argument("--seed", type=int, default=7)
    return made


def fail_on_data(arguments: argparse.Namespace) -> None:
    raise DataError("cars.csv", "is empty", "upload rows", row=1, column="Price")


def call(work: Callable[[argparse.Namespace], None], message: Path, *arguments: str) -> int:
    return job.main(parser(), work, ["--message", str(message), *arguments])


def test_ends_with_0_and_no_message(tmp_path: Path) -> None:
    seeds: list[int] = []
    assert call(lambda arguments: seeds.append(arguments.seed), tmp_path / "message", "--seed", "3") == 0
    assert seeds == [3]
    assert list(tmp_path.iterdir()) == []


def test_data_to_mend_ends_with_2_and_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "cars.csv: row 1, column Price: is empty; upload rows"
    assert call(fail_on_data, tmp_path / "message") == 2
    assert (tmp_path / "message").read_text() == line
    assert capsys.readouterr().err == line + "\n"


def test_any_other_failure_ends_with_1_and_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(lambda _: print(1 // 0), tmp_path / "message") == 1
    assert (tmp_path / "message").read_text() == "ZeroDivisionError: integer division or modulo by zero"
    assert "Traceback" in capsys.readouterr().err


def test_wrong_arguments_end_with_2_and_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert job.main(parser(), fail_on_data, ["--seed", "7.5"]) == 2
    said = "fit: argument --seed: invalid int value: '7.5'; mend the use case or the job's arguments\n"
    assert capsys.readouterr().err == said


def test_a_message_is_cut_to_what_sagemaker_keeps(tmp_path: Path) -> None:
    def fail(arguments: argparse.Namespace) -> None:
        raise DataError("f" * 2_000, "a", "b")

    assert call(fail, tmp_path / "message") == 2
    assert (tmp_path / "message").read_text() == "f" * 1_024


def test_writes_no_message_where_there_is_no_folder_for_it(tmp_path: Path) -> None:
    assert call(fail_on_data, tmp_path / "opt" / "message") == 2
    assert list(tmp_path.iterdir()) == []


def test_an_error_is_one_line_whatever_the_data_hold() -> None:
    line = "a.csv: column b c: is 'x y'; mend it"
    assert str(DataError("a.csv", "is 'x\ny'", "mend it", column="b\r\nc")) == line


def test_writes_json_into_new_folders(tmp_path: Path) -> None:
    job.write_json(tmp_path / "a" / "b.json", {"ü": 1})
    assert json.loads((tmp_path / "a" / "b.json").read_text(encoding="utf-8")) == {"ü": 1}
