"""Our figures against Evidently's, which `make oracle` has put into tests/oracle/figures.json.

Not compared, since they are other things: PSI of smooth numbers (Evidently bins both samples' range into
equal widths, ours are the baseline's tenths), quantiles (Evidently interpolates between values), the best
constant classifier (Evidently's dummy answers the commonest class), L-infinity as such (Evidently has none;
of numbers its p-value is compared, of texts the counts it is made of).
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.monitoring import data_baseline, data_drift
from jobs.monitoring.quality import PROBLEMS
from tests.oracle import tables

EVIDENTLY: dict[str, Any] = json.loads((Path(__file__).parents[1] / "oracle/figures.json").read_text())
WITHIN = 1e-9  # relative; the file has twelve digits
# Evidently's standard deviation is a sample's, Model Monitor's and ours is that of the rows themselves.
AS_SAMPLE = math.sqrt(tables.ROWS / (tables.ROWS - 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both jobs have run over the tables as files."""
    folder = tmp_path_factory.mktemp("evidently")
    for name, table in (("then", tables.then()), ("now", tables.now())):
        (folder / name).mkdir()
        lines = [",".join(table), *(",".join(map(str, row)) for row in zip(*table.values(), strict=True))]
        (folder / name / "rows.csv").write_text("\n".join(lines) + "\n")
    assert data_baseline.main([f"--input={folder / 'then'}", f"--output={folder / 'baseline'}"]) == 0
    places = [f"--baseline={folder / 'baseline'}", f"--schema={folder}", f"--output={folder / 'out'}"]
    assert data_drift.main([f"--current={folder / 'now'}", *places]) == 0
    return folder


def of_columns(folder: Path, file: str) -> dict[str, Any]:
    features = json.loads((folder / "out" / file).read_text())["features"]
    return {one["name"]: one for one in features}


def test_psi_is_evidentlys_where_both_have_the_same_bins(folder: Path) -> None:
    figures = of_columns(folder, "figures.json")
    ours = {name: figures[name]["psi"] for name in tables.BINNED}
    assert ours == pytest.approx(EVIDENTLY["drift"]["psi"], rel=WITHIN)


def test_the_distance_of_numbers_has_the_p_value_that_evidently_tells(folder: Path) -> None:
    figures = of_columns(folder, "figures.json")
    ours = {name: p_value(figures[name]["l_infinity"]) for name in tables.SMOOTH}
    assert ours == pytest.approx(EVIDENTLY["drift"]["ks_p_value"], rel=WITHIN)


def p_value(distance: float) -> float:
    """Exact for two samples of the same size. Source: https://doi.org/10.1214/aoms/1177729550"""
    rows, steps = tables.ROWS, round(distance * tables.ROWS)
    paths = [math.comb(2 * rows, rows - apart) for apart in range(steps, rows + 1, steps)]
    return 2 * (sum(paths[::2]) - sum(paths[1::2])) / math.comb(2 * rows, rows)


def test_moments_of_numbers_are_evidentlys(folder: Path) -> None:
    statistics = of_columns(folder, "statistics.json")
    for name in tables.SMOOTH:
        numbers = statistics[name]["numerical_statistics"]
        ours = {
            "min": numbers["min"],
            "max": numbers["max"],
            "mean": numbers["mean"],
            "std": numbers["std_dev"] * AS_SAMPLE,
            "sum": numbers["sum"],
        }
        assert ours == pytest.approx(EVIDENTLY["columns"][name], rel=WITHIN), name


def test_counts_of_texts_are_evidentlys(folder: Path) -> None:
    """Evidently names a text of the baseline that is gone, with 0."""
    statistics = of_columns(folder, "statistics.json")
    for name in ("make", "doors"):
        buckets = statistics[name]["string_statistics"]["distribution"]["categorical"]["buckets"]
        said = {text: count for text, count in EVIDENTLY["columns"][name].items() if count}
        assert {one["value"]: one["count"] for one in buckets} == said
    assert EVIDENTLY["columns"]["make"]["Saab"] == 0


def test_regression_is_evidentlys() -> None:
    table = tables.regression()
    found = PROBLEMS["regression"].measure(np.array(table["truth"]), np.array(table["answer"]))
    ours = {name: found[name] for name in EVIDENTLY["regression"]}
    assert ours == pytest.approx(EVIDENTLY["regression"], rel=WITHIN)


def test_binary_is_evidentlys() -> None:
    """A score of exactly .5 counts as 1 with both."""
    table = tables.binary()
    assert 0.5 in table["score"]
    found = PROBLEMS["binary"].measure(np.array(table["truth"]), np.array(table["score"]))
    ours = {name: found[name] for name in EVIDENTLY["binary"]}
    assert ours == pytest.approx(EVIDENTLY["binary"], rel=WITHIN)


def test_multiclass_is_the_mean_of_evidentlys_labels_by_their_share() -> None:
    table = tables.multiclass()
    truths = np.array(table["truth"])
    found = PROBLEMS["multiclass"].measure(truths, np.array(table["answer"]))
    said = EVIDENTLY["multiclass"]
    shares = {str(name): (truths == name).mean() for name in np.unique(truths)}
    expected = {
        f"weighted_{kind}": sum(said[kind][name] * share for name, share in shares.items())
        for kind in ("precision", "recall", "f1")
    }
    ours = {name: found[name] for name in (*expected, "accuracy")}
    assert ours == pytest.approx({**expected, "accuracy": said["accuracy"]}, rel=WITHIN)


def test_the_figures_are_those_of_the_version_in_the_lock() -> None:
    lock = (Path(__file__).parents[2] / "requirements/oracle.lock").read_text()
    assert f"\nevidently=={EVIDENTLY['evidently']} " in lock
