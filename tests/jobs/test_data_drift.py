import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.monitoring import data_baseline, data_drift

Drift = Callable[..., tuple[int, str]]
MAKES = ("Saab", "Buick", "Chevy")


def rows(count: int, mileage: float = 0.0, seed: int = 1) -> list[dict[str, Any]]:
    chance = np.random.default_rng(seed)
    return [
        {
            "Price": round(20_000 + 4_000 * chance.normal(), 2),
            "Mileage": round(50_000 + mileage + 10_000 * chance.normal()),
            "Make": MAKES[int(chance.integers(3))],
        }
        for _ in range(count)
    ]


def csv(table: list[dict[str, Any]]) -> str:
    lines = [",".join("" if value is None else str(value) for value in row.values()) for row in table]
    return "\n".join([",".join(table[0]), *lines]) + "\n"


def lines(table: list[dict[str, Any]]) -> str:
    """As records: the price is what the model answered."""
    made = [
        {"features": {k: v for k, v in row.items() if k != "Price"}, "prediction": row["Price"]}
        for row in table
    ]
    return "".join(json.dumps(record) + "\n" for record in made)


@pytest.fixture
def drift(tmp_path: Path) -> Drift:
    """Compare current files (name -> content) with the baseline of 500 rows."""

    def call(
        files: dict[str, str],
        *,
        baseline: list[dict[str, Any]] | None = None,
        config: dict[str, Any] | None = None,
    ) -> tuple[int, str]:
        for name in ("train", "current"):
            (tmp_path / name).mkdir()
        (tmp_path / "train" / "train.csv").write_text(csv(baseline or rows(500)))
        assert data_baseline.main([f"--input={tmp_path / 'train'}", f"--output={tmp_path / 'baseline'}"]) == 0
        if config:
            path = tmp_path / "baseline" / "constraints.json"
            document = json.loads(path.read_text())
            document["monitoring_config"].update(config)
            path.write_text(json.dumps(document))
        for name, content in files.items():
            (tmp_path / "current" / name).write_text(content)
        places = [
            f"--{name}={tmp_path / name}" for name in ("current", "baseline", "schema", "output", "message")
        ]
        code = data_drift.main([*places, "--label", "window <3>"])
        message = tmp_path / "message"
        return code, message.read_text() if message.exists() else ""

    return call


def violations(tmp_path: Path) -> list[tuple[str, str, str]]:
    document = json.loads((tmp_path / "output" / "constraint_violations.json").read_text())
    assert list(document) == ["violations"]
    names = ("feature_name", "constraint_check_type", "description")
    assert all(tuple(violation) == names for violation in document["violations"])
    return [tuple(violation.values()) for violation in document["violations"]]


def checks(tmp_path: Path) -> list[tuple[str, str]]:
    return [(name, check) for name, check, _ in violations(tmp_path)]


def figures(tmp_path: Path) -> dict[str, Any]:
    document = json.loads((tmp_path / "output" / "figures.json").read_text())
    return {feature["name"]: feature for feature in document["features"]}


@pytest.mark.parametrize("write", [csv, lines], ids=["csv", "records"])
def test_rows_like_the_baseline_violate_nothing(tmp_path: Path, drift: Drift, write: Any) -> None:
    assert drift({"part-0.jsonl" if write is lines else "a.csv": write(rows(200, seed=2))}) == (0, "")
    assert violations(tmp_path) == []
    assert {name: figure["violations"] for name, figure in figures(tmp_path).items()} == {
        "Price": [],
        "Mileage": [],
        "Make": [],
    }


@pytest.mark.parametrize("write", [csv, lines], ids=["csv", "records"])
def test_a_column_that_moved_is_told_with_distance_and_limit(
    tmp_path: Path, drift: Drift, write: Any
) -> None:
    drift({"a.jsonl" if write is lines else "a.csv": write(rows(400, mileage=8_000, seed=2))})
    [(name, check, description)] = violations(tmp_path)
    figure = figures(tmp_path)["Mileage"]
    assert (name, check) == ("Mileage", "baseline_drift_check")
    assert description == f"Baseline drift distance: {figure['distance']:.4f} exceeds threshold: 0.1"
    assert figure["distance"] == pytest.approx(figure["l_infinity"] - 1.8 * (900 / 200_000) ** 0.5)
    assert figure["psi"] > 0.25


def test_two_files_are_one_data_set(tmp_path: Path, drift: Drift, capsys: pytest.CaptureFixture[str]) -> None:
    drift({"a.csv": csv(rows(60, seed=2)), "b.csv": csv(rows(40, seed=3))})
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line == {"rows": 100, "features": 3, "violations": 0, "moved": []}
    statistics = json.loads((tmp_path / "output" / "statistics.json").read_text())
    assert statistics["dataset"] == {"item_count": 100}


def test_a_column_without_any_value_is_incomplete_and_not_compared(tmp_path: Path, drift: Drift) -> None:
    drift({"a.csv": csv([{**row, "Mileage": "NaN"} for row in rows(100, seed=2)])})
    assert violations(tmp_path) == [
        (
            "Mileage",
            "completeness_check",
            "Completeness requirement is not met. Expected: 100.0%. Observed: Only 0.0% of data is there.",
        )
    ]
    assert figures(tmp_path)["Mileage"]["not_compared"] == "no value is there"


def test_a_category_never_seen_is_told_with_its_count(tmp_path: Path, drift: Drift) -> None:
    table = rows(100, seed=2)
    table[7]["Make"] = table[8]["Make"] = "Tesla"
    drift({"a.csv": csv(table)})
    assert violations(tmp_path) == [
        (
            "Make",
            "categorical_values_check",
            "Domain content requirement is not met. Expected match: 100.0%. Observed: Only 98.0% of data is "
            "among the baseline's values. Unknown: 'Tesla' (2).",
        )
    ]


def test_a_lost_and_a_new_column_are_told_each(tmp_path: Path, drift: Drift) -> None:
    table = [{"Price": row["Price"], "Make": row["Make"], "Colour": "red"} for row in rows(100, seed=2)]
    drift({"a.csv": csv(table)})
    counts = "Number of columns in current dataset: 3, Number of columns in baseline constraints: 3"
    assert violations(tmp_path) == [
        ("Mileage", "missing_column_check", f"There are missing columns in current dataset. {counts}"),
        ("Colour", "extra_column_check", f"There are extra columns in current dataset. {counts}"),
    ]


def test_a_column_in_some_records_alone_is_incomplete(tmp_path: Path, drift: Drift) -> None:
    table = rows(100, seed=2)
    for row in table[:25]:
        del row["Mileage"]
    drift({"a.jsonl": lines(table)})
    assert checks(tmp_path) == [("Mileage", "completeness_check")]
    assert figures(tmp_path)["Mileage"]["completeness"] == 0.75


def test_texts_and_fractions_among_whole_numbers_are_of_the_wrong_type(tmp_path: Path, drift: Drift) -> None:
    table = rows(100, seed=2)
    table[3]["Mileage"], table[4]["Mileage"] = "many", 12.5
    drift({"a.csv": csv(table)})
    assert violations(tmp_path) == [
        (
            "Mileage",
            "data_type_check",
            "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
            "Observed: Only 98.0% of data is Integral.",
        )
    ]
    assert figures(tmp_path)["Mileage"]["not_compared"] == "Integral has become String"


def test_numbers_in_a_column_of_texts_are_texts(tmp_path: Path, drift: Drift) -> None:
    sized = [{**row, "Make": ("2", "4", "x")[place % 3]} for place, row in enumerate(rows(500))]
    now = [{**row, "Make": 2 + 2 * (place % 2)} for place, row in enumerate(rows(300, seed=2))]
    drift({"a.jsonl": lines(now)}, baseline=sized)
    assert checks(tmp_path) == [("Make", "baseline_drift_check")]


def test_few_rows_get_no_verdict_on_distributions(tmp_path: Path, drift: Drift) -> None:
    drift({"a.csv": csv(rows(29, mileage=90_000))})
    assert violations(tmp_path) == []
    assert figures(tmp_path)["Mileage"]["not_compared"] == "fewer than 30 values"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"evaluate_constraints": "Disabled"}, []),
        ({"distribution_constraints": {"perform_comparison": "Disabled"}}, []),
        (
            {
                "distribution_constraints": {
                    "comparison_threshold": 0.9,
                    "categorical_comparison_threshold": 0.1,
                }
            },
            [],
        ),
        (
            {"distribution_constraints": {"comparison_threshold": 0.01, "comparison_method": "Simple"}},
            [(name, "baseline_drift_check") for name in ("Price", "Mileage", "Make")],
        ),
    ],
    ids=["off", "no comparison", "high limit", "simple"],
)
def test_the_constraints_file_decides(
    tmp_path: Path, drift: Drift, config: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    drift({"a.csv": csv(rows(400, mileage=8_000, seed=2))}, config=config)
    assert checks(tmp_path) == expected


def test_predictions_take_the_place_of_the_target_and_the_books_are_left_out(
    tmp_path: Path, drift: Drift
) -> None:
    table = [
        {"inference_id": f"a-{place}", "event_time": "2026-07-01T00:00:00Z", "Mileage": row["Mileage"]}
        | {"Make": row["Make"], "prediction": row["Price"] + 9_000, "model_package": 3}
        for place, row in enumerate(rows(300, seed=2))
    ]
    drift({"a.csv": csv(table)})
    assert checks(tmp_path) == [("Price", "baseline_drift_check")]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "{current}: holds no file that ends in .csv; give one or more"),
        ({"a.csv": "Price,Mileage,Make\n"}, "a.csv: has a header but no data rows; give rows to compare"),
        ({"a.csv": ""}, "a.csv: row 1: is empty; upload a file with a header row and data rows"),
        ({"a.jsonl": "\n"}, "a.jsonl: holds no record; give records to compare"),
        (
            {"a.jsonl": '{"prediction": 1}\n'},
            'a.jsonl: row 1: has no features, only prediction; write {{"features": {{"Mileage": 20105}}, '
            '"prediction": 22661.5}}, one a line',
        ),
        (
            {"a.csv": "Price,Mileage,Make\n1,2,Saab\n1,2\n"},
            "a.csv: row 3: has 2 cells where the header has 3 columns; "
            "mend the row; quote a cell that holds a comma",
        ),
    ],
    ids=["nothing", "header", "empty", "no record", "no features", "ragged"],
)
def test_raises_when_the_current_rows_cannot_be_read(
    tmp_path: Path, drift: Drift, files: dict[str, str], said: str
) -> None:
    assert drift(files) == (2, said.format(current=tmp_path / "current"))


def test_raises_when_the_baseline_is_in_another_form(tmp_path: Path, drift: Drift) -> None:
    code, line = drift({"a.csv": csv(rows(50))}, config={"distribution_constraints": 7})
    assert code == 2
    assert line.startswith(
        "statistics.json, constraints.json: are not in the form of Model Monitor (TypeError"
    )


class Page(HTMLParser):
    """What a page would load, and the tags it is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [
            str(value) for name, value in attrs if name in ("src", "href", "srcset", "data", "action")
        ]


def test_the_report_is_one_file_that_draws_each_column_and_escapes_names(
    tmp_path: Path, drift: Drift
) -> None:
    table = [{**row, "Make": '<script>"&'} for row in rows(200, mileage=9_000, seed=2)]
    drift({"a.csv": csv([{**row, "Make": '"<script>""&"'} for row in table])})
    text = (tmp_path / "output" / "report.html").read_text()
    page = Page(text)
    assert (page.loads, "script" in page.tags) == ([], False)
    assert not re.search(r"url\(|@import", text)
    assert "&lt;script&gt;&quot;&amp;" in text
    assert "window &lt;3&gt;" in text
    assert page.tags.count("section") == 2  # Mileage and Make moved
    assert page.tags.count("svg") == 4  # the overview and the three columns
    assert page.tags.count("details") == 1
    assert (text.count('class="then"'), text.count('class="now"')) == (6, 2)  # two columns, and four makes
