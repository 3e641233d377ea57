"""Both distributions are drawn, each from its own figures."""

import re

import numpy as np

from jobs.monitoring import pictures
from jobs.monitoring.sketch import Ranks, Sketch

AREA = re.compile(r'<path class="(\w+)" d="([^"]+)"')
BAR = re.compile(r'<rect class="(\w+)"[^>]* width="([\d.]+)"')


def ranks_around(middle: float) -> Ranks:
    sketch = Sketch()
    sketch.add(np.random.default_rng(1).normal(middle, 10, size=400))
    return sketch.ranks()


def peaks(picture: str) -> dict[str, float]:
    """Where each area is highest; up is a smaller y."""
    return {
        name: min((float(y), float(x)) for x, y in re.findall(r"L([\d.]+) ([\d.]+)", area))[1]
        for name, area in AREA.findall(picture)
    }


def test_numbers_are_an_area_of_then_and_one_of_now() -> None:
    found = peaks(pictures.numbers(ranks_around(0), ranks_around(60)))
    assert list(found) == ["then", "now"]
    assert found["then"] < pictures.LARGE.width / 2 < found["now"]


def test_texts_are_a_bar_of_then_and_one_of_now() -> None:
    picture = pictures.texts({"Buick": 3, "Saab": 1}, {"Saab": 1, "Volvo": 1})
    names = re.findall(r'<text class="name"[^>]*>(\w+)<', picture)
    whole = pictures.LARGE.width - 190 - 52
    shares = [(kind, round(float(width) / whole * 0.75, 2)) for kind, width in BAR.findall(picture)]
    assert dict(zip(names, zip(shares[::2], shares[1::2], strict=True), strict=True)) == {
        "Buick": (("then", 0.75), ("bar", 0.0)),
        "Saab": (("then", 0.25), ("bar", 0.5)),
        "Volvo": (("then", 0.0), ("bar", 0.5)),
    }


def test_few_different_numbers_are_pairs_of_bars() -> None:
    sketches = [Sketch(), Sketch()]
    for sketch, values in zip(sketches, ([1.0, 2.0], [2.0, 3.0]), strict=True):
        sketch.add(np.array(values))
    picture = pictures.numbers(sketches[0].ranks(), sketches[1].ranks())
    is_long = [(kind, float(width) > 1) for kind, width in BAR.findall(picture)]
    assert is_long == [
        *(("then", True), ("bar", False)),
        *(("then", True), ("bar", True)),
        *(("then", False), ("bar", True)),
    ]
