"""What the demo injects into rows: a drift, what moves and how far; and a corrupt cell."""

from pathlib import Path

import pytest

from stepmill.cli.demo.scoring import CORRUPT_ROW, spoilt
from stepmill.cli.demo.shift import UNSEEN, Shift, as_csv, read_rows, shifted

KINDS = {"size": "numeric", "floor": "numeric", "town": "categorical", "side": "categorical"}
ROWS = [{"size": f"{50 + n}", "floor": "2", "town": "Bern", "side": "north"} for n in range(4)]


def test_the_number_with_most_values_doubles_and_every_second_text_is_new() -> None:
    moved = shifted(ROWS, KINDS)
    assert moved == Shift(
        ("size", "town"),
        "size doubled, a town never seen in every second row",
        [
            {"size": "100", "floor": "2", "town": UNSEEN, "side": "north"},
            {"size": "102", "floor": "2", "town": "Bern", "side": "north"},
            {"size": "104", "floor": "2", "town": UNSEEN, "side": "north"},
            {"size": "106", "floor": "2", "town": "Bern", "side": "north"},
        ],
    )
    assert ROWS[0] == {"size": "50", "floor": "2", "town": "Bern", "side": "north"}


def test_a_number_that_doubling_would_hardly_move_is_raised_by_its_range() -> None:
    rows = [{"x": value} for value in ("-3", "0", "", "5")]
    moved = shifted(rows, {"x": "numeric"})
    assert (moved.features, moved.words) == (("x",), "x raised by 8")
    assert moved.rows == [{"x": "5"}, {"x": "8"}, {"x": ""}, {"x": "13"}]


def test_texts_alone_can_move() -> None:
    moved = shifted([{"town": "Bern"}] * 3, {"town": "categorical"})
    assert moved.rows == [{"town": UNSEEN}, {"town": "Bern"}, {"town": UNSEEN}]


def test_rows_are_taken_from_all_over_the_table_without_the_target(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("y,x\n" + "".join(f"{n},{n}\n" for n in range(301)))
    rows = read_rows(table, ["x"])
    assert [row["x"] for row in rows] == [str(n) for n in range(0, 301, 3)]


def test_rows_become_csv_again() -> None:
    assert as_csv([{"a": "1", "b": 'x,"y"'}]) == 'a,b\n1,"x,""y"""\n'


@pytest.mark.parametrize(
    ("kinds", "row"),
    [
        ({"town": "categorical", "size": "numeric"}, {"town": "Bern", "size": "many"}),
        ({"town": "categorical"}, {"town": "=A1", "size": "50"}),
    ],
    ids=["with a number", "texts alone"],
)
def test_one_cell_is_corrupt_in_a_table_of_texts_too(kinds: dict[str, str], row: dict[str, str]) -> None:
    rows = [{"town": "Bern", "size": "50"} for _ in range(10)]
    assert spoilt(rows, kinds) == [*rows[:CORRUPT_ROW], row, *rows[CORRUPT_ROW + 1 :]]
    assert rows[CORRUPT_ROW] == {"town": "Bern", "size": "50"}
