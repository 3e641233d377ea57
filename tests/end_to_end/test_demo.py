"""The demos, as a user runs them."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.platform import REPOSITORY


def stepmill(*words: str, limit_s: int = 280) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "stepmill.cli", *words]
    return subprocess.run(argv, check=False, cwd=REPOSITORY, capture_output=True, text=True, timeout=limit_s)


def test_the_cars_demo_shows_what_it_claims(tmp_path: Path) -> None:
    root = tmp_path / ".stepmill"
    done = stepmill("demo", "cars", "--root", str(root))
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((root / "demo/cars/summary.json").read_text())
    assert summary["claims"] == {
        "the upload alone put a linear-learner model live": True,
        "the better of both models serves": True,
        "what serves is a version of the Model Registry": True,
        "the model from spoilt data was rejected": True,
        "the champion was left untouched": True,
        "every end was told by e-mail, the rejection too": True,
        "the drift was caught: Mileage, Make": True,
        "the team was told by e-mail": True,
    }
    assert [run["accepted"] for run in summary["runs"]] == [True, True, False]
    versions = [run["version"].rpartition("/")[2] for run in summary["runs"]]
    assert versions == ["1", "2", ""]
    assert summary["runs"][1]["rmse"] < summary["runs"][0]["rmse"] < 4000
    assert len(summary["prices"]) == 3
    assert {mail["file"] for mail in summary["mails"]} == {
        file.name for file in (root / "mail").glob("*.eml")
    }
    shows_the_drift(done.stdout, summary)


def shows_the_drift(shown: str, summary: dict[str, Any]) -> None:
    """What moved and nothing else, how far and against what limit; and a page that can be opened."""
    drift = summary["drift"]
    assert drift["injected"] == "Mileage doubled, a Make never seen in every second row"
    assert {line["feature"] for line in drift["violations"]} == {"Mileage", "Make"}
    assert drift["mail"] == summary["mails"][-1]["file"]
    # The mail in its frame, folded where the terminal ends.
    assert re.search(r"│ +Mileage, distribution: 0\.\d+ against a limit of 0\.1", shown)
    assert max(map(len, shown[shown.index("╭") : shown.index("╯")].splitlines())) == 80
    page = Path(drift["report"])
    assert page.read_text().startswith("<!doctype html>")
    assert str(page) in shown


def test_a_table_of_the_users_own_works_the_same_way(tmp_path: Path) -> None:
    table = tmp_path / "rooms.csv"
    rows = [f"{100 + 50 * n % 977 + 3 * (n % 7)},{n % 7},{50 * n % 977}" for n in range(300)]
    table.write_text("\n".join(["rent,floor,size", *rows]) + "\n")
    root = tmp_path / ".stepmill"
    done = stepmill("demo", "rooms", "--csv", str(table), "--target", "rent", "--root", str(root))
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((root / "demo/rooms/summary.json").read_text())
    assert (summary["target"], set(summary["claims"].values())) == ("rent", {True})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["boats"], "there is no example 'boats' in examples/; there are: cars, diamonds"),
        (["x", "--csv", "nowhere.csv", "--target", "y"], "--csv nowhere.csv: No such file or directory"),
        (["x", "--csv", "README.md"], "--csv and --target go together: the table, and the column to predict"),
        (["cars", "--rmse-limit", "3"], "--rmse-limit goes with --csv; an example has its own limit"),
    ],
)
def test_a_mistake_is_said_at_once(tmp_path: Path, words: list[str], message: str) -> None:
    done = stepmill("demo", *words, "--root", str(tmp_path / ".stepmill"))
    assert (done.returncode, done.stderr) == (2, f"stepmill demo: {message}\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n", "there is no column 'y'; the columns are: a, b"),
        ("a,y\n1,2\n3,nan\n", "line 3, column y: 'nan' is not a number; mend that cell"),
        ("a,y\n1,2\n3\n", "line 3 does not have 2 columns as the header has; mend that line"),
    ],
)
def test_a_table_that_cannot_do_is_refused_by_its_place(tmp_path: Path, content: str, message: str) -> None:
    table = tmp_path / "t.csv"
    table.write_text(content)
    done = stepmill("demo", "t", "--csv", str(table), "--target", "y", "--root", str(tmp_path / ".stepmill"))
    assert (done.returncode, done.stderr) == (2, f"stepmill demo: {table}: {message}\n")


def test_a_cloud_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    root = tmp_path / ".stepmill"
    root.mkdir()
    (root / "cloud.sqlite").write_bytes(b"mine")
    done = stepmill("demo", "cars", "--root", str(root))
    what = f"{root} holds a cloud of yours; run the demo elsewhere with --root DIR, or remove it first"
    assert (done.returncode, done.stderr) == (2, f"stepmill demo: {what}\n")
    assert (root / "cloud.sqlite").read_bytes() == b"mine"
