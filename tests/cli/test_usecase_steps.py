"""Steps that a use case names: found beside it or among ours, looked at before anything is deployed."""

import argparse
import io
import zipfile
from pathlib import Path

import pytest

from stepmill.cli import main
from stepmill.cli.deploy import add_arguments, steps_of
from stepmill.cli.errors import UserError
from stepmill.cli.usecase.deploying import parameters
from stepmill.cli.usecase.reading import read
from stepmill.cloud.deploy.archive import ArtefactError, zipped
from stepmill.cloud.deploy.package import Package

ROOT = Path(__file__).parents[2]
RIGHT = "target: price\nrmse_limit: 10\nvariants: {xgboost: {algorithm: xgboost}}\n"
BEFORE = "def before(rows):\n    yield from rows\n"
AFTER = "def after(rows):\n    yield from rows\n"
WANTED = "data: {preprocess_step: city}\n"
LINE = "data.preprocess_step is 'city', and "


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a user types commands."""
    monkeypatch.chdir(ROOT)


def written(folder: Path, more: str, **steps: str) -> Path:
    """A use case with these files beside it."""
    for name, text in steps.items():
        (folder / "steps").mkdir(exist_ok=True)
        (folder / "steps" / f"{name}.py").write_text(text)
    (folder / "houses.yaml").write_text(RIGHT + more)
    return folder / "houses.yaml"


def refusal(folder: Path, more: str, **steps: str) -> str:
    """What reading it says, without the folder's name."""
    with pytest.raises(UserError) as refused:
        read(written(folder, more, **steps))
    return str(refused.value).replace(f"{folder}/", "")


WRONG = {
    "unknown": (
        "data: {preprocess_step: tidy_text}\n",
        {"mine": BEFORE},
        "data.preprocess_step is 'tidy_text', which is not known (did you mean 'tidy_texts'?); known are "
        "none, mine, tidy_texts; or write it as steps/tidy_text.py",
    ),
    "unknown after": (
        "scoring: {postprocess_step: positive}\n",
        {},
        "scoring.postprocess_step is 'positive', which is not known; known are none, not_negative; or write "
        "it as steps/positive.py",
    ),
    "before as after": (
        "scoring: {postprocess_step: tidy_texts}\n",
        {},
        "scoring.postprocess_step is 'tidy_texts', and jobs/tabular/steps/tidy_texts.py has no function "
        "after(rows) but before(rows), which is for data.preprocess_step; write it, or give another step",
    ),
    "after as before": (
        WANTED,
        {"city": AFTER},
        LINE + "steps/city.py has no function before(rows) but after(rows), which is for "
        "scoring.postprocess_step; write it, or give another step",
    ),
    "no function": (
        WANTED,
        {"city": "x = 1\n"},
        LINE + "steps/city.py has no function before(rows); write it, or give another step",
    ),
    "no Python": (
        WANTED,
        {"city": "def before(rows:\n"},
        LINE + "steps/city.py:1 is no Python ('(' was never ",
    ),
    "a package": (
        WANTED,
        {"city": f"import json\nfrom numpy import array\n\n{BEFORE}"},
        LINE
        + "steps/city.py:2 imports numpy; functions have the standard library alone, so import from that",
    ),
    "a sibling": (
        WANTED,
        {"city": f"from . import other\n\n{BEFORE}"},
        LINE + "steps/city.py:1 imports from its own folder; functions have the standard library alone",
    ),
    "async": (
        WANTED,
        {"city": "async def before(rows):\n    yield 1\n"},
        LINE + "steps/city.py:1 makes before async; write def before(rows)",
    ),
    "two arguments": (
        WANTED,
        {"city": "def before(rows, city):\n    yield from rows\n"},
        LINE + "steps/city.py:1 gives before other arguments than rows; write def before(rows)",
    ),
    "no argument": (
        WANTED,
        {"city": "def before():\n    yield 1\n"},
        LINE + "steps/city.py:1 gives before other arguments than rows; write def before(rows)",
    ),
    "no name": (
        "data: {preprocess_step: ../split}\n",
        {},
        "data.preprocess_step is '../split'; give a text that matches ^[a-z][a-z0-9_]{0,39}$",
    ),
    "a word": (
        "data: {preprocess_step: as_trained}\n",
        {},
        "data.preprocess_step is 'as_trained'; give a step, or leave it out for none",
    ),
}


@pytest.mark.parametrize(("more", "steps", "said"), WRONG.values(), ids=WRONG)
def test_a_step_that_does_not_fit_is_told_by_the_line_of_its_field(
    tmp_path: Path, more: str, steps: dict[str, str], said: str
) -> None:
    assert refusal(tmp_path, more, **steps).startswith(f"houses.yaml:4: {said}")


@pytest.mark.parametrize(
    "text",
    [
        BEFORE,
        f"import math\nfrom millkit.features import number\n\n{BEFORE}",
        "def before(rows, scale=2, *more, unit='m'):\n    yield from rows\n",
        "def before(*rows):\n    yield from rows[0]\n",
        "def made(rows):\n    yield from rows\n\n\nbefore = after = made\n",
        BEFORE + AFTER,
    ],
    ids=["plain", "imports", "defaults", "starred", "assigned", "both"],
)
def test_a_step_beside_the_use_case_is_taken(tmp_path: Path, text: str) -> None:
    assert read(written(tmp_path, WANTED, city=text)).data.preprocess_step == "city"


def test_both_mistakes_are_told_at_once(tmp_path: Path) -> None:
    said = refusal(tmp_path, WANTED + "scoring: {postprocess_step: city}\n", city="")
    assert [line.partition(" is ")[0] for line in said.splitlines()] == [
        "houses.yaml:4: data.preprocess_step",
        "houses.yaml:5: scoring.postprocess_step",
    ]


def test_a_step_of_its_own_takes_no_name_of_ours(tmp_path: Path) -> None:
    assert refusal(tmp_path, "", not_negative=BEFORE) == (
        "steps/not_negative.py: differs from jobs/tabular/steps/not_negative.py; name one of them otherwise"
    )
    ours = (ROOT / "jobs/tabular/steps/not_negative.py").read_text()
    assert read(written(tmp_path, "", not_negative=ours)).target == "price"
    assert (
        refusal(tmp_path, "", none=BEFORE) == "steps/none.py: none is no name for a step; give it another one"
    )


def test_elsewhere_ours_are_those_of_the_repository_that_the_command_is_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = written(tmp_path, "scoring: {postprocess_step: not_negative}\n")
    assert read(file).scoring.postprocess_step == "not_negative"


def test_none_is_no_step(tmp_path: Path) -> None:
    assert read(written(tmp_path, "data: {preprocess_step: none}\n")).data.preprocess_step == "none"


def test_check_says_where_the_steps_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, WANTED + "scoring: {postprocess_step: not_negative}\n", city=BEFORE)
    assert main(["usecase", "check", str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[2:4] == [
        f"  data.preprocess_step: {tmp_path}/steps/city.py",
        "  scoring.postprocess_step: jobs/tabular/steps/not_negative.py",
    ]


def test_for_sam_build_it_is_said_which_steps_to_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, WANTED, city=BEFORE, other=AFTER, notes="x = 1\n")
    assert main(["usecase", "parameters", str(file)]) == 0
    told = capsys.readouterr()
    copied = f"{tmp_path}/steps/city.py {tmp_path}/steps/other.py"
    assert told.err == f"before sam build, copy its steps: cp {copied} jobs/tabular/steps/\n"
    assert "preprocess_step" in told.out


def test_the_api_takes_the_step_of_scoring(tmp_path: Path) -> None:
    made = parameters(read(written(tmp_path, "scoring: {postprocess_step: not_negative}\n")))
    assert made["RealtimePostprocessStep"] == "not_negative"
    assert "RealtimePostprocessStep" not in parameters(read(written(tmp_path, "")))


def test_a_deployment_packs_the_steps_beside_the_use_case_with_the_jobs(tmp_path: Path) -> None:
    file = written(tmp_path, WANTED, city=BEFORE, notes="x = 1\n")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    others = steps_of(parser.parse_args(["--use-case", str(file)]))
    assert others == {Path("jobs"): {"tabular/steps/city.py": tmp_path / "steps/city.py"}}
    assert steps_of(parser.parse_args([])) == {}
    sent: dict[str, bytes] = {}
    Package("assets", sent.__setitem__, others).template(ROOT / "stacks/jobs.yaml")
    [names] = [found for one in map(listed, sent.values()) if "tabular/stepping.py" in (found := one)]
    assert {"tabular/steps/city.py", "tabular/steps/not_negative.py"} <= set(names)
    assert "tabular/steps/notes.py" not in names


def listed(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.namelist()


def test_what_is_packed_besides_changes_the_archive_and_nothing_else_does(tmp_path: Path) -> None:
    folder, other = tmp_path / "jobs", tmp_path / "city.py"
    folder.mkdir()
    (folder / "a.py").write_text("1")
    other.write_text("2")
    plain = zipped(folder)
    packed = zipped(folder, {"steps/city.py": other})
    assert plain == zipped(folder, {}) != packed == zipped(folder, {"steps/city.py": other})
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a.py": b"1",
            "steps/city.py": b"2",
        }
    (folder / "link.py").symlink_to(other)
    with pytest.raises(ArtefactError, match=r"link\.py: leads out of"):
        zipped(folder)
