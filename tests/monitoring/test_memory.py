"""A window of many rows takes no more memory than one of a few."""

from tests.jobs.peaks import MB, PROGRAM
from tests.monitoring.lake import Lake

MAKE = "Saab".ljust(100)


def peak_bytes(lake: Lake, rows: int) -> int:
    """Of a run over one scored file of rows of 190 bytes, 100 of which are text."""
    own = Lake(lake.cloud, f"{lake.endpoint[:40]}-{rows}")
    own.register()
    own.scored("s", *(f"run-{number},2026-11-20T12:00:00Z,{number},{MAKE},9.5,1" for number in range(rows)))
    done = own.child(PROGRAM, PEAK_OF="jobs.monitoring.consolidate")
    assert done.returncode == 0, done.stderr
    assert own.commit()
    assert own.document(1)["counts"]["records"] == rows
    return int(done.stdout.splitlines()[-1])


def test_a_file_eight_times_as_long_takes_no_more_memory(lake: Lake) -> None:
    small, large = peak_bytes(lake, 5_000), peak_bytes(lake, 40_000)
    assert large - small < 3 * MB
