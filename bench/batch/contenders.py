"""Three ways to score the same file with the same model. Each is set up first and measured then."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from contextlib import redirect_stdout
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost
from millkit.features import Encoder
from millkit.table import Table
from pyarrow import csv as arrow_csv

from bench.statistics.__main__ import write
from jobs.tabular import finish_scoring, prepare_scoring, preprocess

LINES = 2_000
TREES = 300
Run = Callable[[], None]


def prepare_model(folder: Path, rows: int) -> None:
    """<folder>/made/schema/features.json and <folder>/model.json."""
    (folder / "training").mkdir()
    path = folder / "training" / "rows.csv"
    write(path, rows)
    table = pd.read_csv(path)
    table["Price"] = table["price0"] + 3 * table["count1"] + 500 * (table["make"] == "Saab")
    table.to_csv(path, index=False)
    places = ["--input", str(folder / "training"), "--output", str(folder / "made")]
    with redirect_stdout(io.StringIO()):
        assert preprocess.main(["--target", "Price", "--max-missing-fraction", "0.5", *places]) == 0
    rows_of = np.loadtxt(folder / "made" / "train" / "train.csv", delimiter=",", dtype=np.float32)
    data = xgboost.DMatrix(rows_of[:, 1:], label=rows_of[:, 0], nthread=1)
    model = xgboost.train({"max_depth": 5, "eta": 0.1, "nthread": 1}, data, num_boost_round=TREES)
    model.save_model(folder / "model.json")


def load(folder: Path) -> xgboost.Booster:
    model = xgboost.Booster(model_file=folder / "model.json")
    model.set_param({"nthread": 1})
    return model


def jobs(place: str) -> Run:
    folder = Path(place)
    model = load(folder)
    made, done = folder / "scoring", folder / "done"
    for each in (made, done):
        shutil.rmtree(each, ignore_errors=True)

    def transform(path: Path) -> None:
        options = arrow_csv.ReadOptions(autogenerate_column_names=True, use_threads=False)
        table = arrow_csv.read_csv(str(path), read_options=options)
        columns = [column.to_numpy() for column in table.columns]
        answers = model.predict(xgboost.DMatrix(np.column_stack(columns[1:]), nthread=1))
        lines = (
            f"{row},{answer!r}\n" for row, answer in zip(columns[0].tolist(), answers.tolist(), strict=True)
        )
        (made / "predictions" / f"{path.name}.out").write_text("".join(lines))

    def run() -> None:
        with redirect_stdout(io.StringIO()):
            places = ["--data", str(folder / "data"), "--schema", str(folder / "made" / "schema")]
            assert prepare_scoring.main([*places, "--output", str(made)]) == 0
            (made / "predictions").mkdir()
            for path in sorted((made / "rows").glob("*.csv")):
                transform(path)
            facts = ["--run", "bench", "--event-time", "2026-07-01T06:00:00.000Z", "--model-package", "1"]
            assert finish_scoring.main(["--input", str(made), "--output", str(done), *facts]) == 0

    return run


def hand(place: str) -> Run:
    folder = Path(place)
    model = load(folder)
    schema = json.loads((folder / "made" / "schema" / "features.json").read_text())

    def run() -> None:
        table = pd.read_csv(folder / "data" / "rows.csv")
        features = []
        for column in schema["columns"]:
            cells = table[column["name"]]
            if column["type"] == "numeric":
                features.append(cells.fillna(column["median"]).to_numpy())
            else:
                features += [(cells == value).to_numpy() for value in column["categories"]]
        table["prediction"] = model.predict(xgboost.DMatrix(np.column_stack(features), nthread=1))
        table.to_csv(folder / "by_hand.csv", index=False)

    return run


def line(place: str) -> Run:
    folder = Path(place)
    model = load(folder)
    schema = json.loads((folder / "made" / "schema" / "features.json").read_text())
    encoder = Encoder.from_document(schema)

    def run() -> None:
        table = Table(folder / "data" / "rows.csv")
        with (folder / "by_line.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            for row in islice(table.rows(), LINES):
                features = encoder.encode(dict(zip(table.columns, row.cells, strict=True)))
                data = xgboost.DMatrix(np.array([features], dtype=np.float32), nthread=1)
                writer.writerow([*row.cells, float(model.predict(data)[0])])

    return run
