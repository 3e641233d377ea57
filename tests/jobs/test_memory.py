"""What a job holds does not grow with the rows it reads, but for the numbers that two jobs need at once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from jobs.monitoring import data_baseline, model_quality_baseline

from .peaks import MB, peak_bytes
from .scoring import RUN, Scoring

MAKES = ("Saab", "Buick", "Chevy", "Pontiac")
SCHEMA = {
    "target": "Price",
    "columns": [
        {"name": "Mileage", "type": "numeric", "median": 50.0},
        {"name": "Make", "type": "categorical", "categories": list(MAKES)},
    ],
}


def preprocessed(folder: Path, rows: int) -> int:
    """Of rows of 160 bytes: eight columns of numbers, all different, and a text."""
    data = folder / "data"
    data.mkdir()
    with (data / "cars.csv").open("w") as file:
        file.write(f"Price,{','.join(f'column {place}' for place in range(8))},Make\n")
        for number in range(rows):
            numbers = ",".join(str(number * 7_919 * place % 1_000_003) for place in range(1, 9))
            file.write(f"{20_000 - number % 977},{numbers},{MAKES[number % 4]:100}\n")
    options = ["--target=Price", f"--input={data}", f"--output={folder / 'out'}"]
    return peak_bytes("tabular.preprocess", *options)


def encoded(folder: Path, rows: int) -> int:
    """Of rows of 120 bytes, each with a text of its own in a column that the model does not know."""
    for name in ("schema", "held_out"):
        (folder / name).mkdir()
    parts = {"seed": 7, "fractions": {"train": 0.7, "validation": 0.15, "test": 0.15}}
    (folder / "schema/features.json").write_text(json.dumps({**SCHEMA, **parts}))
    with (folder / "held_out/rows.csv").open("w") as file:
        file.write("Price,Mileage,Make,Note\n")
        for number in range(rows):
            file.write(f"{number}.5,{number},{MAKES[number % 4]},customer {number:090}\n")
    options = ["--target=Price", "--data=cars.csv", f"--input={folder}", f"--output={folder / 'out'}"]
    return peak_bytes("tabular.encode", *options)


def prepared(folder: Path, rows: int) -> int:
    """Of rows of 116 bytes."""
    lines = f"{12345.678},Saab,{'x' * 100}\n" * 1_000
    scoring = Scoring(folder, {"rows.csv": "Mileage,Make,Note\n" + lines * (rows // 1_000)})
    places = [f"--{name}={folder / name}" for name in ("data", "schema")]
    peak = peak_bytes("tabular.prepare_scoring", *places, f"--output={folder / 'made'}")
    assert scoring.prepared()["rows"] == rows
    return peak


def finished(folder: Path, rows: int) -> int:
    """Of parts of 20,000 rows of 116 bytes."""
    made, size = folder / "made", 20_000
    for name in ("raw", "predictions", "report"):
        (made / name).mkdir(parents=True)
    schema = pa.schema([("row", pa.int64()), ("record", pa.string())], metadata={"header": "Mileage,Make"})
    records = pa.array([f"{12345.678},{'Saab':100}"] * size)
    for part in range(rows // size):
        numbers = np.arange(part * size + 1, part * size + size + 1)
        with pa.ipc.new_stream(str(made / f"raw/part-{part:05}.arrow"), schema) as stream:
            stream.write_batch(pa.record_batch([pa.array(numbers), records], schema=schema))
        answers = "".join(f"{number},{number}.5\n" for number in numbers)
        (made / f"predictions/part-{part:05}.csv.out").write_text(answers)
    (made / "report/prepared.json").write_text(f'{{"rows": {rows}, "scored": {rows}, "rejected": 0}}')
    return peak_bytes("tabular.finish_scoring", f"--input={made}", f"--output={folder / 'done'}", *RUN)


def profiled(folder: Path, rows: int) -> int:
    """Of rows of 116 bytes: an identifier, a number, a category."""
    data = folder / "data"
    data.mkdir()
    with (data / "rows.csv").open("w") as file:
        file.write("id,number,make\n")
        for number in range(rows):
            file.write(f"customer {number:090},{number * 7_919 % 10_007},{number % 4}\n")
    return peak_bytes("monitoring.data_baseline", f"--input={data}", f"--output={folder / 'out'}")


def compared(folder: Path, rows: int) -> int:
    """Of records of 160 bytes, against the baseline of a few rows."""
    base, current = folder / "base", folder / "current"
    for place in (base, current):
        place.mkdir()
    (base / "rows.csv").write_text("Price,id,number\n" + "1.5,a,1\n2.5,b,2\n" * 50)
    assert data_baseline.main(["--input", str(base), "--output", str(folder / "baseline")]) == 0
    with (current / "part-00000.jsonl").open("w") as file:
        for number in range(rows):
            features = f'{{"id": "customer {number:060}", "number": {number * 7_919 % 10_007}}}'
            file.write(f'{{"inference_id": "{number}", "features": {features}, "prediction": 1.5}}\n')
    places = [f"--current={current}", f"--baseline={folder / 'baseline'}", f"--output={folder / 'out'}"]
    return peak_bytes("monitoring.data_drift", *places)


def judged(folder: Path, rows: int) -> int:
    """Of records of 170 bytes with their truth, and what is kept of a row: two numbers."""
    (folder / "known").mkdir()
    (folder / "known/a.csv").write_text("1\n2\n" * 20)
    places = [f"--{name}={folder / 'known'}" for name in ("truth", "predictions")]
    assert model_quality_baseline.main([*places, "--output", str(folder / "baseline")]) == 0
    (folder / "records").mkdir()
    with (folder / "records/part-00000.jsonl").open("w") as file:
        for number in range(rows):
            features = f'{{"id": "customer {number:060}"}}'
            answer = f'"prediction": {number % 977}.25, "truth": {number % 983}'
            file.write(f'{{"inference_id": "{number}", "features": {features}, {answer}}}\n')
    given = [f"--{name}={folder / name}" for name in ("records", "baseline")]
    return peak_bytes("monitoring.model_quality", *given, f"--output={folder / 'out'}", "--samples=5")


def planned(folder: Path, rows: int) -> int:
    """Of records of 170 bytes, of which as many are drawn as from a few."""
    for name in ("schema", "rows"):
        (folder / name).mkdir()
    (folder / "schema/features.json").write_text(json.dumps(SCHEMA))
    with (folder / "rows/part-00000.jsonl").open("w") as file:
        for number in range(rows):
            features = f'{{"Mileage": {number % 977}, "Make": "{MAKES[number % 4]}", "Note": "{"x" * 80}"}}'
            file.write(f'{{"inference_id": "{number:010}", "features": {features}}}\n')
    places = [f"--{name}={folder / name}" for name in ("rows", "schema")]
    return peak_bytes("monitoring.attribution_plan", *places, f"--output={folder / 'out'}", "--explained=5")


def solved(folder: Path, rows: int) -> int:
    """Of that many answers, a number each."""
    asked = 2
    explained = rows // (asked * 10 + 1)
    plan: dict[str, Any] = {
        "target": "Price",
        "columns": ["Mileage", "Make"],
        "background": {
            "rows": [{"Mileage": "1", "Make": "Saab"}] * 10,
            "weights": [0.1] * 10,
            "algorithm": "k-means",
        },
        "coalitions": {"masks": ["10", "01"], "weights": [1.0, 1.0]},
        "explained": {"ids": [str(n) for n in range(explained)]},
        "rows": 10 + explained * (asked * 10 + 1),
    }
    plan["explained"]["cells"] = [{"Mileage": str(n % 7), "Make": "Saab"} for n in range(explained)]
    for name in ("plan", "answers"):
        (folder / name).mkdir()
    (folder / "plan/plan.json").write_text(json.dumps(plan))
    (folder / "answers/rows.csv.out").write_text("".join(f"{n % 977}.5\n" for n in range(plan["rows"])))
    places = [f"--{name}={folder / name}" for name in ("plan", "answers")]
    return peak_bytes("monitoring.attribution_solve", *places, f"--output={folder / 'out'}")


# Rows of the shorter and of the longer file, and by how much more memory the longer one may take.
JOBS = {
    "preprocess": (preprocessed, 8_000, 32_000, 1 * MB),
    "encode": (encoded, 20_000, 80_000, 2 * MB),
    "prepare_scoring": (prepared, 200_000, 1_000_000, 40 * MB),
    "finish_scoring": (finished, 60_000, 460_000, 20 * MB),
    "data_baseline": (profiled, 150_000, 600_000, 20 * MB),
    "data_drift": (compared, 40_000, 150_000, 10 * MB),
    "attribution_plan": (planned, 15_000, 50_000, 5 * MB),
}
# The same of jobs that need all their numbers at once, and the bytes that one more of them may take.
# A record that is kept whole takes 600, its two numbers 60, on a busy machine up to 80; an answer takes 66 in
# a list, and 41 in an array.
NUMBERS = {
    "model_quality": (judged, 10_000, 60_000, 200),
    "attribution_solve": (solved, 100_000, 400_000, 56),
}


def growth(folder: Path, peak_of: Callable[[Path, int], int], short: int, long: int) -> int:
    """Bytes that the longer file takes more at its peak."""
    peaks = []
    for rows in (short, long):
        inner = folder / str(rows)
        inner.mkdir()
        peaks.append(peak_of(inner, rows))
    return peaks[1] - peaks[0]


@pytest.mark.parametrize("job", JOBS)
def test_a_longer_file_takes_no_more_memory(tmp_path: Path, job: str) -> None:
    peak_of, short, long, limit_bytes = JOBS[job]
    assert growth(tmp_path, peak_of, short, long) < limit_bytes


@pytest.mark.parametrize("job", NUMBERS)
def test_of_a_longer_file_only_the_numbers_take_memory(tmp_path: Path, job: str) -> None:
    peak_of, short, long, bytes_each = NUMBERS[job]
    assert growth(tmp_path, peak_of, short, long) < (long - short) * bytes_each
