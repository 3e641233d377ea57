import pytest

from jobs.monitoring.sketch import Sketch


def weighted(sketch: Sketch) -> list[tuple[float, int]]:
    """Each kept number with how many it stands for, in order."""
    levels = sketch.document()["data"]
    return sorted((value, 2**level) for level, values in enumerate(levels) for value in values)


def test_few_numbers_are_kept_as_they_are() -> None:
    sketch = Sketch()
    for value in (3.0, 1.0, 2.0):
        sketch.add(value)
    assert sketch.document() == {"parameters": {"c": 0.64, "k": 2048.0}, "data": [[3.0, 1.0, 2.0]]}


@pytest.mark.parametrize("count", [2_048, 2_049, 10_001, 100_000])
def test_every_number_is_stood_for_in_little_memory(count: int) -> None:
    sketch = Sketch()
    for value in range(count):
        sketch.add(float(value))
    kept = weighted(sketch)
    assert sum(weight for _, weight in kept) == count
    assert len(kept) <= 3 * 2_048


def test_quantiles_of_200000_numbers_are_within_half_a_percent() -> None:
    count = 200_000
    sketch = Sketch()
    for number in range(count):
        sketch.add(float(number * 7_919 % count))  # each number once, in no order
    below = 0
    worst = 0.0
    for value, weight in weighted(sketch):
        worst = max(worst, abs(below - value) / count)
        below += weight
    assert worst < 0.005


def test_the_same_numbers_give_the_same_sketch() -> None:
    sketches = [Sketch(k=8), Sketch(k=8)]
    for sketch in sketches:
        for value in range(1_000):
            sketch.add(float(value * 7919 % 1_000))
    assert sketches[0].document() == sketches[1].document()
