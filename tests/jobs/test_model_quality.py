import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.monitoring import model_quality, model_quality_baseline

Judge = Callable[..., tuple[int, str]]
TRUTHS = [float(1_000 + 100 * number) for number in range(40)]


def joined(pairs: list[tuple[Any, Any]]) -> str:
    lines = [
        {"inference_id": f"a-{n}", "prediction": answer, "truth": truth}
        for n, (truth, answer) in enumerate(pairs)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Hold records against a baseline made of (truth, answer) pairs."""

    def call(baseline: list[tuple[float, float]], records: str, *options: str) -> tuple[int, str]:
        for name, column in (("truth", 0), ("predictions", 1)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "a.csv").write_text("".join(f"{pair[column]}\n" for pair in baseline))
        problem = [option for option in options if "slack" not in option]
        places = [f"--{name}={tmp_path / name}" for name in ("truth", "predictions")]
        assert model_quality_baseline.main([*places, f"--output={tmp_path / 'baseline'}", *problem]) == 0
        (tmp_path / "records").mkdir()
        (tmp_path / "records" / "part-0.jsonl").write_text(records)
        places = [f"--{name}={tmp_path / name}" for name in ("records", "baseline", "output", "message")]
        code = model_quality.main([*places, *options])
        message = tmp_path / "message"
        return code, message.read_text() if message.exists() else ""

    return call


def written(tmp_path: Path, name: str) -> Any:
    return json.loads((tmp_path / "output" / name).read_text())


def test_a_worse_model_violates_its_limits(tmp_path: Path, judge: Judge) -> None:
    before = [(truth, truth + 100) for truth in TRUTHS]
    assert judge(before, joined([(truth, truth + 300) for truth in TRUTHS])) == (0, "")
    document = written(tmp_path, "constraint_violations.json")
    assert [violation["metric_name"] for violation in document["violations"]] == ["mae", "mse", "rmse"]
    assert document["version"] == 0.0
    assert document["violations"][2] == {
        "constraint_check_type": "GreaterThanThreshold",
        "description": "Metric rmse with 300.0 +/- NaN was GreaterThanThreshold '100.0' by more than 10%",
        "metric_name": "rmse",
    }


@pytest.mark.parametrize(("slack", "violated"), [("0.1", []), ("0", ["mae", "mse", "rmse", "r2"])])
def test_a_hair_worse_is_within_the_slack(
    tmp_path: Path, judge: Judge, slack: str, violated: list[str]
) -> None:
    before = [(truth, truth + 100) for truth in TRUTHS]
    judge(before, joined([(truth, truth + 104) for truth in TRUTHS]), f"--slack={slack}")
    found = written(tmp_path, "constraint_violations.json")["violations"]
    assert [violation["metric_name"] for violation in found] == violated


def test_records_without_truth_are_left_out_and_counted(
    tmp_path: Path, judge: Judge, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs: list[tuple[Any, Any]] = [(truth, truth + 100) for truth in TRUTHS]
    assert judge(pairs, joined([*pairs, (None, 5.0), (None, 6.0)])) == (0, "")
    assert written(tmp_path, "statistics.json")["dataset"] == {"item_count": 40}
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {name: line[name] for name in ("rows", "without_truth", "violations", "mae")} == {
        "rows": 40,
        "without_truth": 2,
        "violations": 0,
        "mae": 100.0,
    }


def test_a_binary_model_is_judged_by_its_scores(tmp_path: Path, judge: Judge) -> None:
    before = [(float(number % 2), 0.9 if number % 2 else 0.1) for number in range(40)]
    now = [(number % 2, 0.9 if number % 4 == 1 else 0.1) for number in range(40)]
    assert judge(before, joined(now), "--problem=binary") == (0, "")
    statistics = written(tmp_path, "statistics.json")["binary_classification_metrics"]
    assert statistics["confusion_matrix"] == {"0": {"0": 20, "1": 0}, "1": {"0": 10, "1": 10}}
    assert statistics["recall"] == {"value": 0.5, "standard_deviation": "NaN"}
    found = written(tmp_path, "constraint_violations.json")["violations"]
    names = {violation["metric_name"]: violation["constraint_check_type"] for violation in found}
    assert names["recall"] == "LessThanThreshold"
    assert names["false_negative_rate"] == "GreaterThanThreshold"
    assert "precision" not in names


def test_several_classes_may_be_texts_or_numbers(tmp_path: Path, judge: Judge) -> None:
    before = [(float(number % 3), float(number % 3)) for number in range(30)]
    now = [(number % 3, f"{number % 3}.0") for number in range(30)]
    assert judge(before, joined([*now, ("3", 2)]), "--problem=multiclass") == (0, "")
    matrix = written(tmp_path, "statistics.json")["multiclass_classification_metrics"]["confusion_matrix"]
    assert matrix == {
        "0": {"0": 10, "1": 0, "2": 0, "3": 0},
        "1": {"0": 0, "1": 10, "2": 0, "3": 0},
        "2": {"0": 0, "1": 0, "2": 10, "3": 0},
        "3": {"0": 0, "1": 0, "2": 1, "3": 0},
    }
    assert written(tmp_path, "constraint_violations.json")["violations"] == []


@pytest.mark.parametrize(
    ("problem", "record", "said"),
    [
        ("regression", '{"prediction": 1, "truth": "x"}', "part-0.jsonl: row 1: truth: is 'x', not a number"),
        ("binary", '{"prediction": 0.5, "truth": 2}', "part-0.jsonl: row 1: truth: is '2', not 0 or 1"),
        (
            "binary",
            '{"prediction": 1.5, "truth": 1}',
            "part-0.jsonl: row 1: prediction: is '1.5', not a score from 0 to 1",
        ),
    ],
)
def test_raises_when_a_value_does_not_fit_the_problem(
    judge: Judge, problem: str, record: str, said: str
) -> None:
    line = f"{said}; mend the record, or name another --problem"
    assert judge([(0.0, 0.0), (1.0, 1.0)], record + "\n", f"--problem={problem}") == (2, line)


def test_raises_when_no_truth_has_come(tmp_path: Path, judge: Judge) -> None:
    said = f"{tmp_path / 'records'}: holds no record with a truth (1 without one); "
    remedy = "give joined records once their truth has come"
    assert judge([(0.0, 1.0), (1.0, 1.0)], joined([(None, 1.0)])) == (2, said + remedy)


def test_raises_when_the_baseline_is_of_another_problem(tmp_path: Path, judge: Judge) -> None:
    judge([(0.0, 0.0), (1.0, 1.0)], joined([(1, 1)]))
    places = [f"--{name}={tmp_path / name}" for name in ("records", "baseline", "output", "message")]
    assert model_quality.main([*places, "--problem=binary"]) == 2
    assert (tmp_path / "message").read_text() == (
        "constraints.json: holds no limits of a binary_classification model "
        "(KeyError: 'binary_classification_constraints'); give the file that "
        "model_quality_baseline.py --problem binary wrote; a training's own baseline is that of a regression"
    )
