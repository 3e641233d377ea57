import datasketches
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.monitoring.sketch import BATCH, SIZE, Sketch

NUMBERS = np.random.default_rng(11).lognormal(size=300_000)
SHARES = np.linspace(0, 1, 201)


def sketched(*parts: object, k: int = SIZE) -> Sketch:
    sketch = Sketch(k)
    for part in parts:
        sketch.add(np.asarray(part, dtype=np.float64))
    return sketch


def worst_error(sketch: Sketch, numbers: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    """The largest distance between the true share of numbers up to a kept one and the sketch's share."""
    ranks = sketch.ranks()
    true = np.searchsorted(np.sort(numbers), ranks.values, side="right") / len(numbers)
    return float(np.abs(true - ranks.share_up_to(ranks.values)).max())


def test_few_numbers_are_kept_as_they_are() -> None:
    document = sketched([3.0, 1.0], [2.0]).document()
    assert document == {"parameters": {"c": 0.64, "k": 2048.0}, "data": [[3.0, 1.0, 2.0]]}


@pytest.mark.parametrize("count", [2_048, 2_049, 10_001, BATCH, BATCH + 1, 300_000])
def test_every_number_is_stood_for_in_little_memory(count: int) -> None:
    levels = sketched(NUMBERS[:count]).document()["data"]
    assert sum(len(level) * 2**height for height, level in enumerate(levels)) == count
    assert sum(map(len, levels)) <= 2 * SIZE


@pytest.mark.parametrize("count", [5_000, 50_000, 300_000])
def test_is_as_near_to_the_truth_as_the_published_sketch_of_the_same_size(count: int) -> None:
    """Its authors' library states the error of all ranks that holds for 99 of 100 sketches."""
    judge = datasketches.kll_doubles_sketch(SIZE)
    judge.update(NUMBERS[:count])
    assert worst_error(sketched(NUMBERS[:count]), NUMBERS[:count]) < judge.normalized_rank_error(True)


def test_quantiles_are_those_of_the_published_sketch() -> None:
    judge = datasketches.kll_doubles_sketch(SIZE)
    judge.update(NUMBERS)
    ranks = sketched(NUMBERS).ranks()
    theirs = np.array(judge.get_quantiles(SHARES[1:-1].tolist()))
    assert np.abs(ranks.share_up_to(theirs) - SHARES[1:-1]).max() < 2 * judge.normalized_rank_error(False)


def test_quantiles_of_few_numbers_are_exact() -> None:
    ranks = sketched([40.0, 10.0, 30.0, 20.0]).ranks()
    assert ranks.quantiles([0.0, 0.25, 0.26, 0.5, 1.0]).tolist() == [10.0, 10.0, 20.0, 20.0, 40.0]


@pytest.mark.parametrize("sizes", [(1, 299_999), (100_000, 100_000, 100_000), (50_001, 249_999)])
def test_the_same_numbers_give_the_same_sketch_however_they_are_cut(sizes: tuple[int, ...]) -> None:
    parts = np.split(NUMBERS, np.cumsum(sizes)[:-1])
    assert sketched(*parts).document() == sketched(NUMBERS).document()


def test_merged_sketches_stand_for_all_numbers() -> None:
    merged = sketched(NUMBERS[:70_000])
    for part in np.split(NUMBERS[70_000:], 23):
        merged.merge(sketched(part))
    assert merged.ranks().total == len(NUMBERS)
    assert sum(map(len, merged.document()["data"])) <= 2 * SIZE
    assert worst_error(merged, NUMBERS) < 0.003


def test_a_sketch_comes_back_from_its_document_and_goes_on() -> None:
    first = sketched(NUMBERS[:BATCH])
    again = Sketch.from_document(first.document())
    assert again.document() == first.document()
    again.add(NUMBERS[BATCH:])
    assert worst_error(again, NUMBERS) < 0.003


def test_reads_a_sketch_whose_levels_are_not_sorted() -> None:
    document = {"parameters": {"c": 0.64, "k": 2048.0}, "data": [[5.0, 1.0], [3.0]]}
    ranks = Sketch.from_document(document).ranks()
    assert (ranks.values.tolist(), ranks.below_or_same.tolist()) == ([1.0, 3.0, 5.0], [1.0, 3.0, 4.0])


@pytest.mark.parametrize("data", [[[1.0, float("nan")]], [["a"]], [1.0], None])
def test_raises_when_a_document_is_no_sketch(data: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        Sketch.from_document({"parameters": {"c": 0.64, "k": 2048.0}, "data": data})


@given(st.lists(st.integers(-5, 5), max_size=200), st.integers(8, 32))
def test_ranks_never_fall_and_end_at_the_count(numbers: list[int], k: int) -> None:
    ranks = sketched(numbers, k=k).ranks()
    assert ranks.total == len(numbers)
    assert (np.diff(ranks.values) > 0).all()
    assert (np.diff(ranks.below_or_same) > 0).all()
