import numpy as np
import pytest
from millkit.features import CATEGORICAL, NUMERIC, Column
from sklearn.cluster import KMeans

from jobs.monitoring.background import prototypes

NUMBERS = [Column("a", NUMERIC, median=0.0), Column("b", NUMERIC, median=0.0)]
MIXED = [Column("a", NUMERIC, median=5.0), Column("make", CATEGORICAL, categories=("Buick", "Saab"))]


def clouds(count: int = 300) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    chance = np.random.default_rng(9)
    return chance.normal(size=(count, 2)) + 8 * chance.integers(0, 3, size=(count, 1))


def spread(points: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", centres: object) -> float:
    apart = (points[:, None, :] - np.asarray(centres)[None, :, :]) / points.std(axis=0)
    return float((apart**2).sum(axis=2).min(axis=1).sum())


@pytest.mark.parametrize("count", [3, 8, 20])
def test_without_categories_the_centres_are_as_good_as_those_of_k_means(count: int) -> None:
    points = clouds()
    rows = [{"a": str(a), "b": str(b)} for a, b in points.tolist()]
    found = prototypes(rows, NUMBERS, count, seed=1)
    judge = KMeans(count, n_init=1, random_state=1).fit(points / points.std(axis=0))
    ours = spread(points, [[float(row["a"]), float(row["b"])] for row in found.rows])
    assert ours < 1.15 * judge.inertia_
    assert found.algorithm == "k-means"
    assert len(found.rows) == count
    assert sum(found.weights) == pytest.approx(1.0)


def test_a_centre_has_the_mean_and_the_commonest_category_of_its_rows() -> None:
    rows = [{"a": str(place % 3), "make": " Saab "} for place in range(60)]
    rows += [{"a": str(100 + place % 3), "make": "Buick" if place else "Saab"} for place in range(30)]
    found = prototypes(rows, MIXED, 2, seed=1)
    assert sorted(
        zip([row["a"] for row in found.rows], [row["make"] for row in found.rows], strict=True)
    ) == [
        ("1", "Saab"),
        ("101", "Buick"),
    ]
    assert sorted(found.weights) == [pytest.approx(1 / 3), pytest.approx(2 / 3)]
    assert found.algorithm == "k-prototypes"


def test_a_missing_number_counts_as_the_median_and_a_missing_category_as_one() -> None:
    found = prototypes([{"a": "", "make": ""}] * 5, MIXED, 2, seed=1)
    assert found.rows == [{"a": "5", "make": ""}]


def test_there_are_no_more_centres_than_different_rows() -> None:
    rows = [{"a": "1", "make": "Saab"}, {"a": "1", "make": "Buick"}] * 10
    assert len(prototypes(rows, MIXED, 9, seed=1).rows) == 2


def test_the_same_seed_finds_the_same() -> None:
    rows = [{"a": str(a), "b": str(b)} for a, b in clouds().tolist()]
    assert prototypes(rows, NUMBERS, 7, seed=2) == prototypes(rows, NUMBERS, 7, seed=2)
