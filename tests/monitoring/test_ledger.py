"""The ids of a window in the making."""

import tracemalloc

from jobs.monitoring.ledger import WIDTH, Growing, digest


def test_an_id_is_new_once_and_all_come_back_in_order() -> None:
    found = Growing()
    names = ["b", "a", "c", "a"]
    assert [found.add(digest(name)) for name in names] == [True, True, True, False]
    assert list(found) == sorted(digest(name) for name in "abc")


def test_many_ids_are_held_in_a_file() -> None:
    found, count = Growing(), 20_000
    tracemalloc.start()
    try:
        for number in range(count):
            found.add(digest(str(number)))
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held_bytes < count * WIDTH / 10
    assert sum(1 for _ in found) == count
