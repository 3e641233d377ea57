"""What Evidently and our jobs are both asked about; made by the standard library, so the same in both.

Columns of numbers that PSI is asked of hold few values, each of which fills whole tenths of the baseline:
then the baseline's tenths, which are our bins, and the values, which are Evidently's, are the same bins.
"""

from __future__ import annotations

import random

SEED = 4
ROWS = 400  # then and now: the test of Kolmogorov and Smirnov has a closed form for equal numbers
Column = list[float] | list[str]
Table = dict[str, Column]


def then() -> Table:
    """The baseline."""
    chance = random.Random(SEED)  # noqa: S311 - data, not a secret
    return {
        "tenths": [float(place % 10) for place in range(ROWS)],
        "whole": [(1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0, 4.0, 4.0)[place % 10] for place in range(ROWS)],
        "vanished": [float(place % 5) for place in range(ROWS)],
        "make": [chance.choice(("Buick", "Buick", "Chevy", "Saab")) for _ in range(ROWS)],
        "doors": [chance.choice(("two", "four")) for _ in range(ROWS)],
        "price": [round(chance.gauss(20_000, 4_000), 2) for _ in range(ROWS)],
        "mileage": [chance.gauss(50_000, 10_000) for _ in range(ROWS)],
        "liter": [chance.lognormvariate(1, 0.5) for _ in range(ROWS)],
    }


def now() -> Table:
    """Later rows: some columns have moved, in one all values of two fifths are gone, in one a text is new."""
    chance = random.Random(SEED + 1)  # noqa: S311 - data, not a secret
    return {
        "tenths": [float(min(chance.randrange(10), chance.randrange(10))) for _ in range(ROWS)],
        "whole": [float(chance.choice((1, 2, 2, 3, 4, 9))) for _ in range(ROWS)],
        "vanished": [float(chance.randrange(3)) for _ in range(ROWS)],
        "make": [chance.choice(("Buick", "Chevy", "Chevy", "Zastava")) for _ in range(ROWS)],
        "doors": [chance.choice(("two", "four")) for _ in range(ROWS)],
        "price": [round(chance.gauss(20_000, 4_000), 2) for _ in range(ROWS)],
        "mileage": [chance.gauss(54_000, 11_000) for _ in range(ROWS)],
        "liter": [chance.lognormvariate(1.05, 0.5) for _ in range(ROWS)],
    }


BINNED = ("tenths", "whole", "vanished", "make", "doors")
SMOOTH = ("price", "mileage", "liter")


def regression() -> Table:
    chance = random.Random(SEED + 2)  # noqa: S311 - data, not a secret
    truths = [chance.gauss(20_000, 4_000) for _ in range(ROWS)]
    return {"truth": truths, "answer": [1.02 * truth + chance.gauss(0, 1_500) for truth in truths]}


def binary() -> Table:
    """Scores with two digits: some are equal, and some are exactly .5."""
    chance = random.Random(SEED + 3)  # noqa: S311 - data, not a secret
    truths = [float(chance.random() < 0.3) for _ in range(ROWS)]
    scores = [round(min(1.0, max(0.0, chance.gauss(0.3 + 0.35 * truth, 0.2))), 2) for truth in truths]
    return {"truth": truths, "score": scores}


def multiclass() -> Table:
    chance = random.Random(SEED + 4)  # noqa: S311 - data, not a secret
    names = ("Buick", "Chevy", "Saab")
    truths = [chance.choice(("Buick", "Buick", "Buick", "Chevy", "Chevy", "Saab")) for _ in range(ROWS)]
    return {
        "truth": truths,
        "answer": [truth if chance.random() < 0.7 else chance.choice(names) for truth in truths],
    }
