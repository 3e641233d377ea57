"""A platform with the template deployed and a champion that serves, one for each file of tests."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.platform import REPOSITORY, Platform


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """template.yaml deployed, nothing trained yet."""
    platform = Platform(tmp_path_factory.mktemp("platform") / ".stepmill")
    platform.up()
    try:
        platform.deploy()
        yield platform
    finally:
        platform.kill()


@pytest.fixture(scope="module")
def cars(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """804 real used cars as CSV."""
    folder = tmp_path_factory.mktemp("cars")
    subprocess.run(
        [sys.executable, str(REPOSITORY / "examples/cars/make_data.py"), "--output", str(folder)], check=True
    )
    return Path(folder, "cars.csv").read_bytes()


@pytest.fixture(scope="module")
def served(platform: Platform, cars: bytes) -> Platform:
    """A platform whose champion is an XGBoost model, trained by an upload."""
    done = platform.deployed(platform.ended_on(platform.upload("champion.csv", cars)))
    assert done["status"] == "SUCCEEDED", done.get("cause")
    return platform


def rows_of(table: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.decode())))


def table_of(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
