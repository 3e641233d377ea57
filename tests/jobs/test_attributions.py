"""Both steps around a model: what is asked for, and what its answers become."""

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from jobs.monitoring import attribution_plan, attribution_solve

Explain = Callable[..., tuple[int, str]]
SCHEMA = {
    "target": "Price",
    "columns": [
        {"name": "Mileage", "type": "numeric", "median": 50.0},
        {"name": "Make", "type": "categorical", "categories": ["Buick", "Saab"]},
        {"name": "Doors", "type": "numeric", "median": 4.0},
    ],
}
HEADER = "Price,Mileage,Make,Doors\n"
ROWS = HEADER + "".join(
    f"{number},{number * 37 % 101},{('Saab', 'Buick', '')[number % 3]},{2 + number % 2 * 2}\n"
    for number in range(200)
)
RECORDS = "".join(
    json.dumps({"inference_id": f"a-{n}", "features": {"Mileage": n, "Make": "Saab", "Doors": None}}) + "\n"
    for n in range(50)
)


def price(row: list[float]) -> float:
    """An additive model: what each column does is known."""
    mileage, is_buick, is_saab, doors = row
    return 1_000 - 3 * mileage + 40 * is_buick + 100 * is_saab + 0 * doors


def put(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def plan(tmp_path: Path, *options: str, rows: str = ROWS, name: str = "rows.csv") -> tuple[int, str]:
    put(tmp_path / "rows" / name, rows)
    put(tmp_path / "schema" / "features.json", json.dumps(SCHEMA))
    places = [f"--{place}={tmp_path / place}" for place in ("rows", "schema", "baseline", "message")]
    message = tmp_path / "message"
    message.unlink(missing_ok=True)
    code = attribution_plan.main([*places, f"--output={tmp_path}", *options])
    return code, message.read_text() if message.exists() else ""


def asked(tmp_path: Path) -> list[list[float]]:
    with (tmp_path / "ask" / "rows.csv").open(newline="") as file:
        return [[float(cell) for cell in row] for row in csv.reader(file)]


def answer(tmp_path: Path, model: Callable[[list[float]], float] = price) -> tuple[int, str]:
    put(tmp_path / "answers" / "rows.csv.out", "".join(f"{model(row)}\n" for row in asked(tmp_path)))
    return solve(tmp_path)


def solve(tmp_path: Path) -> tuple[int, str]:
    places = [
        f"--{place}={tmp_path / place}" for place in ("plan", "answers", "baseline", "output", "message")
    ]
    message = tmp_path / "message"
    message.unlink(missing_ok=True)
    code = attribution_solve.main([*places, "--label", "window 3"])
    return code, message.read_text() if message.exists() else ""


def analysis(tmp_path: Path) -> Any:
    return json.loads((tmp_path / "output" / "analysis.json").read_text())


def test_an_additive_model_is_explained_exactly_over_raw_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--explained", "20", "--background", "3", "--coalitions", "8"]
    assert plan(tmp_path, *options) == (0, "")
    document = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert document["background"]["algorithm"] == "k-prototypes"
    assert answer(tmp_path) == (0, "")
    weights, centres = document["background"]["weights"], document["background"]["rows"]
    worth = {"Saab": 100, "Buick": 40, "": 0}
    mileage = sum(w * float(row["Mileage"]) for w, row in zip(weights, centres, strict=True))
    make = sum(w * worth[row["Make"]] for w, row in zip(weights, centres, strict=True))
    local = [
        [-3 * (float(row["Mileage"]) - mileage), worth[row["Make"]] - make, 0.0]
        for row in document["explained"]["cells"]
    ]
    with (tmp_path / "output" / "explanations_shap" / "out.csv").open(newline="") as file:
        header, *written = csv.reader(file)
    assert header == ["inference_id", "Mileage_label0", "Make_label0", "Doors_label0"]
    assert [row[0] for row in written] == document["explained"]["ids"]
    assert np.array([row[1:] for row in written], dtype=float) == pytest.approx(np.array(local), abs=1e-6)
    means = np.abs(local).mean(axis=0)
    assert analysis(tmp_path) == {
        "version": "1.0",
        "explanations": {
            "kernel_shap": {
                "label0": {
                    "global_shap_values": {
                        "Mileage": pytest.approx(means[0]),
                        "Make": pytest.approx(means[1]),
                        "Doors": pytest.approx(0, abs=1e-6),
                    },
                    "expected_value": pytest.approx(1_000 - 3 * mileage + make),
                }
            }
        },
    }
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == {"rows": 3 + 20 * (6 * 3 + 1), "explained": 20, "background": 3, "coalitions": 6}
    assert lines[1]["explained"] == 20


def test_the_same_seed_asks_for_the_same_rows(tmp_path: Path) -> None:
    plan(tmp_path)
    first = (tmp_path / "ask" / "rows.csv").read_bytes()
    plan(tmp_path)
    assert (tmp_path / "ask" / "rows.csv").read_bytes() == first
    plan(tmp_path, "--seed", "8")
    assert (tmp_path / "ask" / "rows.csv").read_bytes() != first


def test_an_earlier_plan_lends_its_background_and_coalitions(tmp_path: Path) -> None:
    plan(tmp_path)
    earlier = json.loads((tmp_path / "plan" / "plan.json").read_text())
    put(tmp_path / "baseline" / "plan.json", json.dumps(earlier))
    (tmp_path / "rows" / "rows.csv").unlink()
    assert plan(tmp_path, rows=RECORDS, name="part-0.jsonl") == (0, "")
    now = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert (now["background"], now["coalitions"]) == (earlier["background"], earlier["coalitions"])
    assert now["explained"]["ids"][0].startswith("a-")
    assert now["explained"]["cells"][0]["Doors"] == ""


@pytest.mark.parametrize(
    ("model", "is_told"),
    [(price, False), (lambda row: 1_000 - 2 * row[0] + 900 * row[3], True)],
    ids=["same", "other"],
)
def test_a_ranking_that_changed_is_a_violation(tmp_path: Path, model: Any, is_told: bool) -> None:
    plan(tmp_path)
    answer(tmp_path)
    put(tmp_path / "baseline" / "analysis.json", json.dumps(analysis(tmp_path)))
    earlier = analysis(tmp_path)["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    assert answer(tmp_path, model) == (0, "")
    now = analysis(tmp_path)["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    path = tmp_path / "output" / "constraint_violations.json"
    assert path.exists() == is_told
    if is_told:
        score = attribution_solve.ndcg(earlier, now)
        assert json.loads(path.read_text()) == {
            "version": "1.0",
            "violations": [
                {
                    "label": "label0",
                    "metric_name": "shap",
                    "constraint_check_type": "feature_attribution_drift_check",
                    "description": f"Feature attribution drift {score} exceeds threshold 0.9",
                }
            ],
        }


def test_ndcg_is_that_of_scikit_learn() -> None:
    chance = np.random.default_rng(2)
    for _ in range(20):
        earlier, now = chance.random(8), chance.random(8)
        ours = attribution_solve.ndcg(
            {f"c{n}": value for n, value in enumerate(earlier)},
            {f"c{n}": value for n, value in enumerate(now)},
        )
        assert ours == pytest.approx(ndcg_score([earlier], [now]))


def test_the_report_loads_nothing_and_escapes_names(tmp_path: Path) -> None:
    plan(tmp_path)
    document = (tmp_path / "plan" / "plan.json").read_text().replace("Mileage", "<b>Mileage")
    put(tmp_path / "plan" / "plan.json", document)
    answer(tmp_path)
    text = (tmp_path / "output" / "report.html").read_text()
    assert "&lt;b&gt;Mileage" in text
    assert "<b>Mileage" not in text
    assert "src=" not in text
    assert "href=" not in text
    assert text.count("<svg") == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--explained", "150", "--max-rows", "1000"],
            "--explained: is 150, which with 6 coalitions and 10 rows of background asks for 9,160 rows, "
            "more than --max-rows 1,000; lower it to 16",
        ),
        (
            ["--max-rows", "50"],
            "--explained: is 50, which with 6 coalitions and 10 rows of background asks for 3,060 rows, "
            "more than --max-rows 50; lower --coalitions or --background",
        ),
        (["--explained", "0"], "--explained: is 0; give 1 or more for 3 columns"),
        (["--coalitions", "5"], "--coalitions: is 5; give 6 or more for 3 columns"),
    ],
)
def test_raises_when_too_much_or_too_little_is_asked(tmp_path: Path, options: list[str], said: str) -> None:
    assert plan(tmp_path, *options) == (2, said)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            "Price,Mileage\n1,2\n",
            "rows.csv: row 1, column Make, Doors: is not there, but the model takes it; "
            "give rows with all columns",
        ),
        (HEADER, "{rows}: holds no row; give rows to explain"),
    ],
)
def test_raises_when_rows_cannot_be_explained(tmp_path: Path, rows: str, said: str) -> None:
    assert plan(tmp_path, rows=rows) == (2, said.format(rows=tmp_path / "rows"))


def test_raises_when_answers_are_lost(tmp_path: Path) -> None:
    plan(tmp_path)
    put(tmp_path / "answers" / "rows.csv.out", "1\n2\n")
    remedy = "give what the transform of ask/rows.csv wrote, a number a row"
    said = f"{tmp_path / 'answers'}: holds 2 answers for the plan's 3060 rows; {remedy}"
    assert solve(tmp_path) == (2, said)


def test_raises_when_the_earlier_plan_is_of_another_model(tmp_path: Path) -> None:
    plan(tmp_path)
    earlier = json.loads((tmp_path / "plan" / "plan.json").read_text())
    put(tmp_path / "baseline" / "plan.json", json.dumps({**earlier, "columns": ["Mileage"]}))
    said = "plan.json: was made for the columns Mileage, not Mileage, Make, Doors"
    assert plan(tmp_path) == (2, f"{said}; give the plan of the same model, or none")


def test_an_importance_of_nothing_ranks_as_before() -> None:
    assert attribution_solve.ndcg({"a": 0.0}, {"a": 1.0}) == 1.0
    assert math.isclose(attribution_solve.ndcg({"a": 1.0, "b": 0.0}, {"b": 2.0, "a": 1.0}), 1 / math.log2(3))
