import json
import math
from pathlib import Path
from typing import Any

import pytest

from jobs.monitoring import model_quality_baseline


def put(folder: Path, name: str, content: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content)


def run(tmp_path: Path) -> tuple[int, str]:
    names = ("truth", "predictions", "output", "message")
    places = [text for name in names for text in (f"--{name}", str(tmp_path / name))]
    code = model_quality_baseline.main(places)
    message = tmp_path / "message"
    return code, message.read_text() if message.exists() else ""


def document(tmp_path: Path, name: str) -> Any:
    return json.loads((tmp_path / "output" / name).read_text())


def test_writes_figures_and_thresholds_as_model_monitor_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html"""
    put(tmp_path / "truth", "truth.csv", "10\n20\n30\n")
    put(tmp_path / "predictions", "test.csv.out", "13\n20\n26\n")
    assert run(tmp_path) == (0, "")
    mse, r2 = 25 / 3, 1 - 25 / 200
    assert document(tmp_path, "statistics.json") == {
        "version": 0.0,
        "dataset": {"item_count": 3},
        "regression_metrics": {
            "mae": {"value": pytest.approx(7 / 3), "standard_deviation": "NaN"},
            "mse": {"value": pytest.approx(mse), "standard_deviation": "NaN"},
            "rmse": {"value": pytest.approx(math.sqrt(mse)), "standard_deviation": "NaN"},
            "r2": {"value": pytest.approx(r2), "standard_deviation": "NaN"},
        },
    }
    assert document(tmp_path, "constraints.json") == {
        "version": 0.0,
        "regression_constraints": {
            "mae": {"threshold": pytest.approx(7 / 3), "comparison_operator": "GreaterThanThreshold"},
            "mse": {"threshold": pytest.approx(mse), "comparison_operator": "GreaterThanThreshold"},
            "rmse": {
                "threshold": pytest.approx(math.sqrt(mse)),
                "comparison_operator": "GreaterThanThreshold",
            },
            "r2": {"threshold": pytest.approx(r2), "comparison_operator": "LessThanThreshold"},
        },
    }
    line = json.loads(capsys.readouterr().out)
    assert line == {
        "rows": 3,
        "mae": pytest.approx(7 / 3),
        "mse": pytest.approx(mse),
        "rmse": pytest.approx(math.sqrt(mse)),
        "r2": pytest.approx(r2),
    }


def test_200_rows_have_deviations_and_always_the_same(tmp_path: Path) -> None:
    truths = [100.0 * number for number in range(200)]
    put(tmp_path / "truth", "truth.csv", "\n".join(map(str, truths)))
    answers = [{"score": truth + 2_000 * math.sin(truth)} for truth in truths]
    put(
        tmp_path / "predictions",
        "test.csv.out",
        "\n".join(json.dumps({"predictions": [answer]}) for answer in answers),
    )
    assert run(tmp_path) == (0, "")
    first = document(tmp_path, "statistics.json")
    deviations = {name: figure["standard_deviation"] for name, figure in first["regression_metrics"].items()}
    assert 0 < deviations["rmse"] < 0.1 * first["regression_metrics"]["rmse"]["value"]
    assert all(0 < deviation < math.inf for deviation in deviations.values())
    run(tmp_path)
    assert document(tmp_path, "statistics.json") == first


def test_truth_that_never_changes_has_no_r2(tmp_path: Path) -> None:
    put(tmp_path / "truth", "truth.csv", "10\n10\n")
    put(tmp_path / "predictions", "test.csv.out", "11\n9\n")
    assert run(tmp_path) == (0, "")
    r2 = document(tmp_path, "statistics.json")["regression_metrics"]["r2"]
    assert r2 == {"value": "NaN", "standard_deviation": "NaN"}
    assert list(document(tmp_path, "constraints.json")["regression_constraints"]) == ["mae", "mse", "rmse"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            "1\n",
            "{folder}: holds 1 predictions for 2 true values in {truth}; "
            "give one prediction for each true value",
        ),
        (
            "",
            "{folder}: holds 0 predictions for 2 true values in {truth}; "
            "give one prediction for each true value",
        ),
        ("1\nnan\n", "test.csv.out: row 2: is nan; a model that gives no finite figure cannot be judged"),
        ("1\ncar\n", "test.csv.out: row 2: 'car' is not a number; expected a prediction a line"),
    ],
)
def test_answers_that_do_not_fit_are_refused(tmp_path: Path, answers: str, said: str) -> None:
    put(tmp_path / "truth", "truth.csv", "10\n20\n")
    put(tmp_path / "predictions", "test.csv.out", answers)
    said = said.format(folder=tmp_path / "predictions", truth=tmp_path / "truth")
    assert run(tmp_path) == (2, said)


def test_no_file_or_two_are_refused(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    assert run(tmp_path) == (2, f"{tmp_path / 'truth'}: holds 0 files; give exactly one")
    put(tmp_path / "truth", "a", "1\n")
    put(tmp_path / "truth", "b", "1\n")
    assert run(tmp_path) == (2, f"{tmp_path / 'truth'}: holds 2 files; give exactly one")
