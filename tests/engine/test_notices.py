"""When status changes are told: after the callers have their answers, and soon all the same."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepmill.engine import Execution, VirtualClock
from stepmill.engine.journal import Journal
from stepmill.engine.notices import LATEST_S, Notices
from tests.engine.house import MACHINE, arn

BEGUN = Execution(arn("a"), MACHINE, "a", "RUNNING", "{}", None, None, None, 1_000.0, None, None, "{}")


class Desk:
    """Notices of one execution that was begun, and what the listener heard."""

    def __init__(self, journal: Journal) -> None:
        self.heard: list[Execution] = []
        self.notices = Notices(journal, VirtualClock(1_000.0), self.heard.append)
        self.notices.give(is_quiet=True)  # nothing is left of an earlier process
        journal.add(BEGUN, "secret", None)
        self.notices.expect()
        journal.commit()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    journal = Journal(tmp_path / "journal.sqlite")
    yield Desk(journal)
    journal.close()


def test_nothing_is_told_while_callers_ask(desk: Desk) -> None:
    desk.notices.give(is_quiet=False)
    assert (desk.heard, desk.notices.has_fresh) == ([], True)


def test_all_is_told_once_nobody_asks(desk: Desk) -> None:
    desk.notices.give(is_quiet=True)
    desk.notices.give(is_quiet=True)
    assert (desk.heard, desk.notices.has_fresh) == ([BEGUN], False)


def test_callers_who_ask_without_pause_keep_nobody_from_being_told(desk: Desk) -> None:
    time.sleep(LATEST_S)
    desk.notices.give(is_quiet=False)
    assert desk.heard == [BEGUN]


def test_a_second_change_does_not_put_the_first_off(desk: Desk) -> None:
    time.sleep(LATEST_S)
    desk.notices.expect()
    desk.notices.give(is_quiet=False)
    assert desk.heard == [BEGUN]
