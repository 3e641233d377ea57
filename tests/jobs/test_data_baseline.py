import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.monitoring import data_baseline

Write = Callable[..., Path]


def run(folder: Path) -> tuple[int, str]:
    message = folder.parent / "message"
    arguments = ["--input", str(folder), "--output", str(folder.parent / "out"), "--message", str(message)]
    code = data_baseline.main(arguments)
    return code, message.read_text() if message.exists() else ""


def document(folder: Path, name: str) -> Any:
    return json.loads((folder.parent / "out" / name).read_text())


def features(folder: Path, name: str) -> dict[str, Any]:
    return {feature["name"]: feature for feature in document(folder, name)["features"]}


def test_writes_statistics_as_model_monitor_does(data: Write) -> None:
    """Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-statistics.html"""
    folder = data("Price,Make\n0,Saab\n10,Buick\n5.5,Saab\n,\n")
    assert run(folder) == (0, "")
    counts = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    buckets = [
        {"lower_bound": float(place), "upper_bound": float(place + 1), "count": count}
        for place, count in enumerate(counts)
    ]
    assert document(folder, "statistics.json") == {
        "version": 0.0,
        "dataset": {"item_count": 4},
        "features": [
            {
                "name": "Price",
                "inferred_type": "Fractional",
                "numerical_statistics": {
                    "common": {"num_present": 3, "num_missing": 1},
                    "mean": pytest.approx(15.5 / 3),
                    "sum": 15.5,
                    "std_dev": pytest.approx(4.089281, abs=1e-6),
                    "min": 0.0,
                    "max": 10.0,
                    "distribution": {
                        "kll": {
                            "buckets": buckets,
                            "sketch": {
                                "parameters": {"c": 0.64, "k": 2048.0},
                                "data": [[0.0, 10.0, 5.5]],
                            },
                        }
                    },
                },
            },
            {
                "name": "Make",
                "inferred_type": "String",
                "string_statistics": {
                    "common": {"num_present": 3, "num_missing": 1},
                    "distinct_count": 2,
                    "distribution": {
                        "categorical": {
                            "buckets": [{"value": "Buick", "count": 1}, {"value": "Saab", "count": 2}]
                        }
                    },
                },
            },
        ],
    }


def test_writes_constraints_as_model_monitor_does(data: Write) -> None:
    """Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html"""
    folder = data("Price,Change,Make,Gone\n1,-2,Saab,\n2,3,,\n")
    assert run(folder) == (0, "")
    assert document(folder, "constraints.json") == {
        "version": 0.0,
        "features": [
            {
                "name": "Price",
                "inferred_type": "Integral",
                "completeness": 1.0,
                "num_constraints": {"is_non_negative": True},
            },
            {
                "name": "Change",
                "inferred_type": "Integral",
                "completeness": 1.0,
                "num_constraints": {"is_non_negative": False},
            },
            {
                "name": "Make",
                "inferred_type": "String",
                "completeness": 0.5,
                "string_constraints": {"domains": ["Saab"]},
            },
            {"name": "Gone", "inferred_type": "Unknown", "completeness": 0.0},
        ],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 1.0,
            "domain_content_threshold": 1.0,
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": 0.1,
                "comparison_method": "Robust",
                "categorical_comparison_threshold": 0.1,
                "categorical_drift_method": "LInfinity",
            },
        },
    }


def test_a_column_with_one_text_is_a_column_of_texts(data: Write) -> None:
    folder = data("a,b\n1,1\n2,x\n")
    run(folder)
    types = {name: feature["inferred_type"] for name, feature in features(folder, "statistics.json").items()}
    assert types == {"a": "Integral", "b": "String"}


def test_a_column_of_many_texts_has_no_domain(data: Write) -> None:
    folder = data("a,b\n" + "".join(f"text {number},{number}\n" for number in range(21)))
    run(folder)
    constraints = {"name": "a", "inferred_type": "String", "completeness": 1.0}
    assert features(folder, "constraints.json")["a"] == constraints


def test_a_column_that_never_changes_has_all_its_rows_in_one_bucket(data: Write) -> None:
    folder = data("a,b\n" + "7,1\n" * 5)
    run(folder)
    numbers = features(folder, "statistics.json")["a"]["numerical_statistics"]
    assert (numbers["mean"], numbers["std_dev"]) == (7.0, 0.0)
    buckets = numbers["distribution"]["kll"]["buckets"]
    assert buckets == [
        {"lower_bound": 7.0, "upper_bound": 7.0, "count": count} for count in [0.0] * 9 + [5.0]
    ]


def test_mean_and_deviation_stay_exact_far_from_zero(data: Write) -> None:
    folder = data("a,b\n" + "".join(f"{1_000_000_000 + number % 3},1\n" for number in range(3_000)))
    run(folder)
    numbers = features(folder, "statistics.json")["a"]["numerical_statistics"]
    assert numbers["mean"] == 1_000_000_001
    assert numbers["std_dev"] == pytest.approx((2 / 3) ** 0.5, rel=1e-6)


def test_prints_one_line_of_figures(data: Write, capsys: pytest.CaptureFixture[str]) -> None:
    run(data("a,b\n1,2\n"))
    assert json.loads(capsys.readouterr().out) == {"rows": 1, "features": 2}


def test_a_folder_without_csv_files_is_refused(data: Write) -> None:
    folder = data("a\n1\n", "a.txt")
    assert run(folder) == (2, f"{folder}: holds no file that ends in .csv; give one or more")


def test_several_files_are_one_data_set_whatever_the_order_of_their_columns(data: Write) -> None:
    data("a,b\n1,x\n2,y\n", "1.csv")
    folder = data("b,a\nx,3\n", "2.csv")
    assert run(folder) == (0, "")
    found = features(folder, "statistics.json")
    assert document(folder, "statistics.json")["dataset"] == {"item_count": 3}
    assert found["a"]["numerical_statistics"]["sum"] == 6
    buckets = [{"value": "x", "count": 2}, {"value": "y", "count": 1}]
    assert found["b"]["string_statistics"]["distribution"]["categorical"]["buckets"] == buckets


def test_files_whose_columns_differ_are_refused(data: Write) -> None:
    data("a,b\n1,2\n", "1.csv")
    folder = data("a\n1\n", "2.csv")
    said = "2.csv: row 1, column b: is not here, but in 1.csv; give all files the same columns"
    assert run(folder) == (2, said)


def test_a_file_without_rows_is_refused(data: Write) -> None:
    assert run(data("a,b\n")) == (2, "cars.csv: has a header but no data rows; give the training rows")


@pytest.mark.parametrize("late", [3, 1_000, 50_000])
def test_a_text_after_many_numbers_makes_all_of_them_texts_as_they_were_written(
    data: Write, late: int
) -> None:
    folder = data("a,b\n" + "01,1\n2.0,1\n" * late + "x,1\n")
    assert run(folder) == (0, "")
    found = features(folder, "statistics.json")
    assert found["a"] == {
        "name": "a",
        "inferred_type": "String",
        "string_statistics": {
            "common": {"num_present": 2 * late + 1, "num_missing": 0},
            "distinct_count": 3,
            "distribution": {
                "categorical": {
                    "buckets": [
                        {"value": "01", "count": late},
                        {"value": "2.0", "count": late},
                        {"value": "x", "count": 1},
                    ]
                }
            },
        },
    }
    assert found["b"]["inferred_type"] == "Integral"


def test_a_text_in_the_second_file_makes_the_first_ones_numbers_texts(data: Write) -> None:
    data("a,b\n1,1\n", "1.csv")
    folder = data("a,b\nx,1\n", "2.csv")
    assert run(folder) == (0, "")
    assert features(folder, "statistics.json")["a"]["string_statistics"]["distinct_count"] == 2


def test_whole_numbers_become_fractional_with_the_first_fraction(data: Write) -> None:
    folder = data("a,b\n" + "1,2\n" * 300_000 + "1.5,2.0\n")
    run(folder)
    types = {name: feature["inferred_type"] for name, feature in features(folder, "statistics.json").items()}
    assert types == {"a": "Fractional", "b": "Integral"}


def test_a_column_of_countless_texts_is_told_and_not_kept(
    data: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data("id,b\n" + "".join(f"customer {number},{number % 3}\n" for number in range(10_001)))
    assert run(folder) == (0, "")
    assert json.loads(capsys.readouterr().out) == {"rows": 10_001, "features": 2, "too_many_texts": ["id"]}
    assert features(folder, "statistics.json")["id"]["string_statistics"] == {
        "common": {"num_present": 10_001, "num_missing": 0},
        "distinct_count": 10_000,
        "distribution": {"categorical": {"buckets": []}},
    }


def test_few_texts_that_are_very_long_are_not_kept_either(
    data: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    run(data("a,b\n" + "".join(f"{number}{'x' * 100_000},1\n" for number in range(41))))
    assert json.loads(capsys.readouterr().out) == {"rows": 41, "features": 2, "too_many_texts": ["a"]}
