import json
from pathlib import Path

import pytest
from millkit import job
from millkit.errors import DataError


def fail_on_data() -> None:
    raise DataError("cars.csv", "is empty", "upload rows", row=1, column="Price")


def test_ends_with_0_and_no_message(tmp_path: Path) -> None:
    assert job.run(lambda: None, tmp_path / "message") == 0
    assert list(tmp_path.iterdir()) == []


def test_data_to_mend_ends_with_2_and_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "cars.csv: row 1, column Price: is empty; upload rows"
    assert job.run(fail_on_data, tmp_path / "message") == 2
    assert (tmp_path / "message").read_text() == line
    assert capsys.readouterr().err == line + "\n"


def test_any_other_failure_ends_with_1_and_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.run(lambda: print(1 // 0), tmp_path / "message") == 1
    assert (tmp_path / "message").read_text() == "ZeroDivisionError: integer division or modulo by zero"
    assert "Traceback" in capsys.readouterr().err


def test_a_message_is_cut_to_what_sagemaker_keeps(tmp_path: Path) -> None:
    def fail() -> None:
        raise DataError("f" * 2_000, "a", "b")

    assert job.run(fail, tmp_path / "message") == 2
    assert (tmp_path / "message").read_text() == "f" * 1_024


def test_writes_no_message_where_there_is_no_folder_for_it(tmp_path: Path) -> None:
    assert job.run(fail_on_data, tmp_path / "opt" / "message") == 2
    assert list(tmp_path.iterdir()) == []


def test_an_error_is_one_line_whatever_the_data_hold() -> None:
    assert (
        str(DataError("a.csv", "is 'x\ny'", "mend it", column="b\r\nc"))
        == "a.csv: column b c: is 'x y'; mend it"
    )


def test_writes_json_into_new_folders(tmp_path: Path) -> None:
    job.write_json(tmp_path / "a" / "b.json", {"ü": 1})
    assert json.loads((tmp_path / "a" / "b.json").read_text(encoding="utf-8")) == {"ü": 1}
