"""kill -9 of everything while the monitor runs: after the next start its run ends well, once."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.end_to_end.platform import LIMIT_S, Platform, wait_for
from tests.end_to_end.test_restart import entered
from tests.end_to_end.watched import ENDPOINT, Watched

ROWS = 60
PLACE = f"monitoring/{ENDPOINT}"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    platform = Platform(tmp_path_factory.mktemp("platform") / ".stepmill")
    platform.up()
    try:
        yield platform
    finally:
        platform.kill()


@pytest.fixture(scope="module")
def watched(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Its requests come by the API's records, so that no endpoint is needed."""
    folder = tmp_path_factory.mktemp("watched")
    return Watched(platform.client, platform.root, folder, with_endpoint=False)


def answered(watched: Watched, name: str) -> None:
    """A request of many rows whose Mileage has drifted, as the API records it."""
    now = f"{datetime.fromtimestamp(time.time(), UTC):%Y-%m-%dT%H:%M:%SZ}"
    rows = [{"Mileage": 900 + place, "Make": "Buick"} for place in range(ROWS)]
    document = {"inference_id": name, "time": now, "rows": rows, "predictions": [901.0] * ROWS}
    watched.put(f"realtime/{ENDPOINT}/dt={now[:10]}/{name}.json", json.dumps(document).encode())


def has_come(platform: Platform, watched: Watched, arn: str, what: str) -> bool:
    """what: a state that the execution has entered, or a file of the monitor."""
    if "/" not in what:
        return what in entered(platform, arn)
    found = watched.s3.list_objects_v2(Bucket=watched.bucket, Prefix=f"{PLACE}/{what}")
    return bool(found.get("KeyCount", 0))


# When it is killed, a state or a file, and how that execution may end.
KILLED: dict[str, tuple[str, set[str | None]]] = {
    # Glue does not resume a run that was under way; the next execution takes up its window.
    "consolidating": ("plans/00000001", {"ConsolidateFailed", None}),
    "measuring": ("DataDrift", {None}),
    # It has been decided who tells, and nobody has been told.
    "evaluating": ("told/00000003/", {None}),
}


@pytest.mark.parametrize("moment", KILLED)
def test_a_run_that_was_killed_ends_after_the_next_start(
    platform: Platform, watched: Watched, moment: str
) -> None:
    what, errors = KILLED[moment]
    answered(watched, moment)
    started = watched.client("stepfunctions").start_execution(stateMachineArn=watched.made["ModelMonitorArn"])
    arn, deadline = started["executionArn"], time.monotonic() + LIMIT_S
    while not has_come(platform, watched, arn, what):
        assert time.monotonic() < deadline
    platform.kill()
    platform.up()
    done = watched.over(arn)
    assert done.get("error") in errors, done.get("cause")


def test_in_the_end_each_record_counts_once_and_each_window_was_told_once(watched: Watched) -> None:
    assert json.loads(watched.monitor()["output"])["outcome"] == "nothing new"
    assert len(watched.started()) == len(KILLED) + 1
    records = [one["inference_id"] for one in watched.lines(f"{PLACE}/records/")]
    assert sorted(records) == sorted(f"{moment}#{row}" for moment in KILLED for row in range(1, ROWS + 1))
    committed = watched.lines(f"{PLACE}/windows/")
    assert [(one["window"], one["counts"]["records"]) for one in committed] == [(n, ROWS) for n in (1, 2, 3)]
    found = watched.lines(f"{PLACE}/violations/")
    lines = [(one["window"], one["feature"], one["check_type"]) for one in found]
    assert len(lines) == len(set(lines))
    assert {window for window, feature, _ in lines if feature == "Mileage"} == {1, 2, 3}
    failed = [arn for arn in watched.started() if watched.over(arn)["status"] == "FAILED"]
    wait_for(lambda: all(any(arn in mail for mail in watched.mails()) for arn in failed), "their mails")
    wait_for(lambda: any("Window: 3," in mail for mail in watched.mails()), "a mail of the last window")
    drift = [mail for mail in watched.mails() if mail.startswith("Drift at")]
    assert sorted(n for n in (1, 2, 3) for mail in drift if f"Window: {n}," in mail) == [1, 2, 3]
    assert len(drift) == 3
