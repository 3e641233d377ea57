"""Rows and transactions."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepmill.cloud.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "cloud.sqlite")
    store.apply_schema("create table if not exists item (n integer primary key)")
    yield store
    store.close()


def numbers(store: Store) -> list[int]:
    return [row["n"] for row in store.query("select n from item order by n")]


def insert(store: Store, *values: int, fail: bool = False) -> None:
    with store.transaction() as conn:
        conn.executemany("insert into item values (?)", [(value,) for value in values])
        if fail:
            raise ValueError("undo this")


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    insert(store, 1)
    with pytest.raises(ValueError, match="undo this"):
        insert(store, 2, fail=True)
    assert numbers(store) == [1]


def test_an_inner_block_that_raises_leaves_the_outer_one(store: Store) -> None:
    with store.transaction() as conn:
        conn.execute("insert into item values (1)")
        with pytest.raises(ValueError, match="undo this"):
            insert(store, 2, fail=True)
        insert(store, 3)
    assert numbers(store) == [1, 3]


def test_a_transaction_sees_its_own_writes_and_others_do_not(store: Store) -> None:
    seen: list[list[int]] = []
    with store.transaction() as conn:
        conn.execute("insert into item values (1)")
        other = threading.Thread(target=lambda: seen.append(numbers(store)))
        other.start()
        other.join()
        seen.append(numbers(store))
    assert seen == [[], [1]]


def test_writers_of_many_threads_take_turns(store: Store) -> None:
    def count_up() -> None:
        for _ in range(20):
            with store.transaction() as conn:
                top = conn.execute("select coalesce(max(n), 0) from item").fetchone()[0]
                conn.execute("insert into item values (?)", (top + 1,))

    threads = [threading.Thread(target=count_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers(store) == list(range(1, 161))


def test_a_closed_store_refuses(tmp_path: Path) -> None:
    store = Store(tmp_path / "other.sqlite")
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        store.query("select 1 from sqlite_master")
    with pytest.raises(sqlite3.ProgrammingError):
        insert(store, 1)
