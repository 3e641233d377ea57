"""Kernel SHAP: which coalitions of columns to ask a model about, and what its answers tell of them.

The value of a coalition is the mean answer for rows whose columns in it are the explained row's, the others
those of background rows. Where all coalitions fit, the values are exact.
Source: https://proceedings.neurips.cc/paper/2017/hash/8a20a8621978632d76c43dfd28b67767-Abstract.html
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np


class Coalitions(NamedTuple):
    """`masks` (M, D) bool tells which columns are in; `weights` (M,) is the Shapley kernel's."""

    masks: Any
    weights: Any


def coalitions(width: int, limit: int, seed: int) -> Coalitions:
    """At most `limit` coalitions, neither empty nor full, each with its complement.

    The smallest and largest go first, since they weigh most, as long as all of their size fit; the rest is
    drawn by weight.
    """
    found: dict[tuple[int, ...], float] = {}
    sizes = list(range(1, width // 2 + 1))
    while sizes and len(found) + _count(width, sizes[0]) <= limit:
        size = sizes.pop(0)
        each = _mass(width, size) / _count(width, size)
        for chosen in combinations(range(width), size):
            found[chosen] = found[_complement(width, chosen)] = each
    if sizes:
        _draw(found, width, sizes, (limit - len(found)) // 2, np.random.default_rng(seed))
    masks = np.zeros((len(found), width), dtype=bool)
    for place, chosen in enumerate(found):
        masks[place, list(chosen)] = True
    return Coalitions(masks, np.array(list(found.values())))


def solve(asked: Coalitions, values: Any, empty: float, full: Any) -> Any:
    """Shapley values (N, D) that add up to `full - empty`, by least squares weighted with the kernel.

    `values` (N, M) are the coalitions' values for each explained row, `full` (N,) the model's answers for the
    rows themselves, `empty` that for the background.
    """
    gain = np.asarray(full) - empty
    masks = asked.masks.astype(np.float64)
    if masks.shape[1] == 1:
        return gain[:, None]
    roots = np.sqrt(asked.weights)[:, None]
    design = (masks[:, :-1] - masks[:, -1:]) * roots
    wanted = (np.asarray(values) - empty - gain[:, None] * masks[:, -1]).T * roots
    most = np.linalg.lstsq(design, wanted, rcond=None)[0].T
    return np.column_stack([most, gain - most.sum(axis=1)])


def _draw(
    found: dict[tuple[int, ...], float], width: int, sizes: list[int], pairs: int, chance: np.random.Generator
) -> None:
    masses = np.array([_mass(width, size) for size in sizes])
    drawn: dict[tuple[int, ...], int] = {}
    for size in chance.choice(sizes, pairs, p=masses / masses.sum()):
        chosen = tuple(sorted(chance.permutation(width)[:size].tolist()))
        for one in (chosen, _complement(width, chosen)):
            drawn[one] = drawn.get(one, 0) + 1
    total = sum(drawn.values())
    found.update({chosen: masses.sum() * count / total for chosen, count in drawn.items()})


def _mass(width: int, size: int) -> float:
    """The kernel's weight of all coalitions of a size and of their complements."""
    both = 1 if 2 * size == width else 2
    return both * (width - 1) / (size * (width - size))


def _count(width: int, size: int) -> int:
    return math.comb(width, size) * (1 if 2 * size == width else 2)


def _complement(width: int, chosen: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(place for place in range(width) if place not in chosen)
