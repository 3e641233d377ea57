"""The jobs as SageMaker starts them: code below /opt/ml, no argument about places.

Those of jobs/tabular need no installed package, those of jobs/monitoring the ones of the scikit-learn image.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CARS = "Price,Mileage,Make\n" + "".join(f"{number * 7},{number},Saab\n" for number in range(100))


@pytest.fixture
def opt_ml(tmp_path: Path) -> Path:
    code = tmp_path / "ml" / "processing" / "input" / "code"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "jobs", code / "jobs", ignore=ignore)
    shutil.copytree(ROOT / "layers/common/python/millkit", code / "millkit", ignore=ignore)
    (tmp_path / "ml" / "output").mkdir()
    return tmp_path / "ml"


def put(folder: Path, name: str, content: str) -> None:
    folder.mkdir(parents=True)
    (folder / name).write_text(content)


def run(opt_ml: Path, script: str, *arguments: str) -> int:
    code = opt_ml / "processing" / "input" / "code"
    alone = ["-S"] if script.startswith("tabular/") else []
    command = [sys.executable, *alone, str(code / "jobs" / script), *arguments]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(code)}
    return subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=False).returncode


def written(opt_ml: Path) -> list[str]:
    output = opt_ml / "processing" / "output"
    return sorted(str(path.relative_to(output)) for path in output.rglob("*.*"))


def test_preprocess_finds_its_input_and_leaves_its_output(opt_ml: Path) -> None:
    put(opt_ml / "processing" / "input" / "data", "cars.csv", CARS)
    assert run(opt_ml, "tabular/preprocess.py", "--target", "Price") == 0
    assert written(opt_ml) == [
        "baseline/train.csv",
        "held_out/rows.csv",
        "schema/features.json",
        "test/test.csv",
        "train/train.csv",
        "truth/truth.csv",
        "validation/validation.csv",
    ]
    assert list((opt_ml / "output").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "Prize"], "cars.csv: row 1, column Prize: the target column is not there"),
        (["--target", "Price", "--seed", "x"], "preprocess: argument --seed: invalid int value: 'x'; mend"),
        ([], "preprocess: the following arguments are required: --target; mend the use case"),
    ],
)
def test_preprocess_leaves_the_line_that_tells_why(opt_ml: Path, arguments: list[str], said: str) -> None:
    put(opt_ml / "processing" / "input" / "data", "cars.csv", CARS)
    assert run(opt_ml, "tabular/preprocess.py", *arguments) == 2
    assert (opt_ml / "output" / "message").read_text().startswith(said)


def test_encode_finds_its_input_and_leaves_its_output(opt_ml: Path) -> None:
    inputs = opt_ml / "processing" / "input"
    put(inputs / "held_out", "rows.csv", CARS)
    columns = [{"name": "Mileage", "type": "numeric", "median": 1.0}]
    fractions = {"train": 0.7, "validation": 0.15, "test": 0.15}
    schema = {"target": "Price", "columns": columns, "seed": 7, "fractions": fractions}
    put(inputs / "schema", "features.json", json.dumps(schema))
    assert run(opt_ml, "tabular/encode.py", "--target", "Price", "--data", "s3://d/cars.csv") == 0
    assert written(opt_ml) == ["champion/test.csv", "champion/unseen.csv"]


def test_data_baseline_finds_its_input_and_leaves_its_output(opt_ml: Path) -> None:
    put(opt_ml / "processing" / "input" / "baseline", "train.csv", CARS)
    assert run(opt_ml, "monitoring/data_baseline.py") == 0
    assert written(opt_ml) == ["constraints.json", "statistics.json"]


def test_model_quality_baseline_finds_its_input_and_leaves_its_output(opt_ml: Path) -> None:
    put(opt_ml / "processing" / "input" / "truth", "truth.csv", "1\n2\n")
    put(opt_ml / "processing" / "input" / "predictions", "test.csv.out", "1\n3\n")
    assert run(opt_ml, "monitoring/model_quality_baseline.py") == 0
    assert written(opt_ml) == ["constraints.json", "statistics.json"]
    statistics = json.loads((opt_ml / "processing" / "output" / "statistics.json").read_text())
    assert statistics["regression_metrics"]["mae"]["value"] == 0.5


RECORDS = "".join(
    json.dumps(
        {"features": {"Mileage": number, "Make": "Saab"}, "prediction": number * 7, "truth": number * 7}
    )
    + "\n"
    for number in range(40)
)


def made(opt_ml: Path, folder: str) -> None:
    """Move what a job has written to where the next one finds it."""
    output = opt_ml / "processing" / "output"
    for path in [path for path in output.rglob("*") if path.is_file()]:
        target = opt_ml / "processing" / "input" / folder / path.relative_to(output)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)


def test_data_drift_finds_its_input_and_leaves_its_output(opt_ml: Path) -> None:
    put(opt_ml / "processing" / "input" / "baseline", "train.csv", CARS)
    assert run(opt_ml, "monitoring/data_baseline.py") == 0
    made(opt_ml, "baseline")
    put(opt_ml / "processing" / "input" / "current", "part-0.jsonl", RECORDS)
    assert run(opt_ml, "monitoring/data_drift.py", "--label", "window 1") == 0
    assert written(opt_ml) == ["constraint_violations.json", "figures.json", "report.html", "statistics.json"]


def test_model_quality_finds_its_input_and_leaves_its_output(opt_ml: Path) -> None:
    put(opt_ml / "processing" / "input" / "truth", "truth.csv", "1\n2\n")
    put(opt_ml / "processing" / "input" / "predictions", "test.csv.out", "1\n3\n")
    assert run(opt_ml, "monitoring/model_quality_baseline.py") == 0
    made(opt_ml, "baseline")
    put(opt_ml / "processing" / "input" / "records", "part-0.jsonl", RECORDS)
    assert run(opt_ml, "monitoring/model_quality.py", "--problem", "regression") == 0
    assert written(opt_ml) == ["constraint_violations.json", "statistics.json"]


def test_attributions_find_their_input_and_leave_their_output(opt_ml: Path) -> None:
    inputs = opt_ml / "processing" / "input"
    put(inputs / "rows", "part-0.jsonl", RECORDS)
    columns = [
        {"name": "Mileage", "type": "numeric", "median": 1.0},
        {"name": "Make", "type": "categorical", "categories": ["Saab"]},
    ]
    put(inputs / "schema", "features.json", json.dumps({"target": "Price", "columns": columns}))
    assert run(opt_ml, "monitoring/attribution_plan.py", "--explained", "3") == 0
    assert written(opt_ml) == ["ask/rows.csv", "plan/plan.json"]
    asked = (opt_ml / "processing" / "output" / "ask" / "rows.csv").read_text().splitlines()
    made(opt_ml, ".")
    put(inputs / "answers", "rows.csv.out", "".join(f"{line.split(',')[0]}\n" for line in asked))
    assert run(opt_ml, "monitoring/attribution_solve.py", "--label", "window 1") == 0
    shap = ["explanations_shap/baseline.csv", "explanations_shap/out.csv"]
    assert written(opt_ml) == ["analysis.json", *shap, "figures.json", "report.html"]
