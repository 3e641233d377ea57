"""Columns that went, came, emptied or changed reach the drift job as what they are."""

import json
from pathlib import Path

import pytest

from jobs.monitoring import data_baseline, data_drift
from tests.monitoring.lake import Lake

HEADER = "inference_id,event_time,{},prediction,model_package"


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    (tmp_path / "rows").mkdir()
    rows = [f"{place},{place},{('Buick', 'Saab')[place % 2]}" for place in range(60)]
    (tmp_path / "rows/a.csv").write_text("\n".join(["Price,Mileage,Make", *rows, ""]))
    assert data_baseline.main([f"--input={tmp_path / 'rows'}", f"--output={tmp_path / 'base'}"]) == 0
    return tmp_path / "base"


@pytest.mark.parametrize(
    ("columns", "cells", "violation"),
    [
        ("Mileage", "{0}", ("Make", "missing_column_check")),
        ("Mileage,Make,Year", "{0},Saab,1999", ("Year", "extra_column_check")),
        ("Mileage,Make", "nan,Saab", ("Mileage", "completeness_check")),
        ("Mileage,Make", "{0},Lada", ("Make", "categorical_values_check")),
    ],
    ids=["lost", "added", "all_nan", "unseen_category"],
)
def test_what_has_become_of_a_column_is_found(
    lake: Lake, tmp_path: Path, baseline: Path, columns: str, cells: str, violation: tuple[str, str]
) -> None:
    rows = [f"s{place},2026-11-20T12:00:00Z,{cells.format(place)},{place},1" for place in range(60)]
    table = "\n".join([HEADER.format(columns), *rows, ""])
    lake.put(f"scored/{lake.endpoint}/dt=2026-11-20/x/part-0.csv", table)
    records = lake.window()
    assert len(records) == 60
    (tmp_path / "now").mkdir()
    (tmp_path / "now/a.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in records))
    places = [f"--current={tmp_path / 'now'}", f"--baseline={baseline}", f"--output={tmp_path / 'out'}"]
    assert data_drift.main(places) == 0
    found = json.loads((tmp_path / "out/constraint_violations.json").read_text())["violations"]
    assert violation in [(one["feature_name"], one["constraint_check_type"]) for one in found]


def test_the_analyzer_of_aws_gets_rows_as_the_baseline_had_them(lake: Lake) -> None:
    lake.scored("b", "s1,2026-11-20T12:00:00Z,5,Saab,9.5,1", "s2,2026-11-20T12:00:00Z,,Ford,8,1")
    lake.window(monitor_image="aws")
    [model] = lake.document(1)["models"]
    key = model["columns_uri"].partition("/artifacts/")[2] or model["columns_uri"].split("/", 3)[3]
    body = lake.s3.get_object(Bucket="artifacts", Key=f"{key}part-00000.csv")["Body"].read()
    assert body.decode() == "Price,Mileage,Make\n9.5,5,Saab\n8,,Ford\n"
