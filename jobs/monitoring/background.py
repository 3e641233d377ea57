"""A few rows that stand for many: the centres of k-prototypes, which without categories is k-means.

A centre has the mean of its numbers and the commonest of its categories, and weighs as much as its cluster.
Source: https://doi.org/10.1023/A:1009769707641
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from millkit.features import CATEGORICAL, NUMERIC, Column, number, shortest

CATEGORY_WEIGHT = 0.5
MAX_ROUNDS = 50


class Background(NamedTuple):
    rows: list[dict[str, str]]
    weights: list[float]
    algorithm: str


def prototypes(
    rows: Sequence[Mapping[str, str]], columns: Sequence[Column], count: int, seed: int
) -> Background:
    """At most `count` centres; fewer where there are fewer different rows."""
    numeric = [column for column in columns if column.kind == NUMERIC]
    categorical = [column for column in columns if column.kind == CATEGORICAL]
    values = np.array([[_value(row[column.name], column) for column in numeric] for row in rows])
    values = values.reshape(len(rows), len(numeric))
    texts = [
        np.unique([row[column.name].strip() for row in rows], return_inverse=True) for column in categorical
    ]
    codes = np.array([inverse for _, inverse in texts], dtype=np.int64).reshape(len(texts), len(rows)).T
    spread = np.where(values.std(axis=0) > 0, values.std(axis=0), 1.0)
    clusters = _clusters(values / spread, codes, count, np.random.default_rng(seed))
    names, sizes = np.unique(clusters, return_counts=True)
    centres = []
    for name in names:
        members = clusters == name
        means = values[members].mean(axis=0)
        modes = [np.bincount(codes[members, place]).argmax() for place in range(len(texts))]
        centre = {column.name: shortest(float(mean)) for column, mean in zip(numeric, means)}
        centre.update(
            {column.name: str(known[mode]) for column, (known, _), mode in zip(categorical, texts, modes)}
        )
        centres.append({column.name: centre[column.name] for column in columns})
    return Background(centres, (sizes / len(rows)).tolist(), "k-prototypes" if categorical else "k-means")


def _clusters(values: Any, codes: Any, count: int, chance: np.random.Generator) -> Any:
    """For each row the number of its cluster, once no row changes it any more."""
    centres = _start(values, codes, count, chance)
    clusters = np.full(len(values), -1)
    for _ in range(MAX_ROUNDS):
        apart = np.stack([_distance(values, codes, *centre) for centre in centres], axis=1)
        nearest = apart.argmin(axis=1)
        if (nearest == clusters).all():
            break
        clusters = nearest
        for name in np.unique(clusters):
            members = clusters == name
            modes = [np.bincount(column).argmax() for column in codes[members].T]
            centres[name] = (values[members].mean(axis=0), np.array(modes, dtype=np.int64))
    return clusters


def _start(values: Any, codes: Any, count: int, chance: np.random.Generator) -> list[tuple[Any, Any]]:
    """Rows far apart, each drawn by its distance from those before (k-means++)."""
    first = int(chance.integers(len(values)))
    centres = [(values[first], codes[first])]
    nearest = _distance(values, codes, *centres[0])
    while len(centres) < count and nearest.sum() > 0:
        place = int(chance.choice(len(values), p=nearest / nearest.sum()))
        centres.append((values[place], codes[place]))
        nearest = np.minimum(nearest, _distance(values, codes, *centres[-1]))
    return centres


def _distance(values: Any, codes: Any, numbers: Any, categories: Any) -> Any:
    return ((values - numbers) ** 2).sum(axis=1) + CATEGORY_WEIGHT * (codes != categories).sum(axis=1)


def _value(cell: str, column: Column) -> float:
    value = number(cell)
    return (column.median or 0.0) if value is None else value
