from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from millkit.features import Encoder
from millkit.table import Table

from jobs.tabular import raw_blocks
from jobs.tabular.block_encoding import BlockEncoder

from .scoring import SCHEMA, Ended, Scoring

CLEAN = "Mileage,Make\n10,Saab\n20.50,Ford\n"
COUNTS = {
    "data_uri": "data",
    "rows": 2,
    "scored": 2,
    "rejected": 0,
    "columns_added": [],
    "unseen_categories": {},
    "missing_cells": {},
    "rows_without_values": 0,
    "parts": 1,
}


def test_rows_become_features_with_their_number_in_front(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": CLEAN})
    assert scoring.prepare() == Ended(0, "")
    assert scoring.text("made/rows/part-00000.csv") == "1,10,0,1\n2,20.50,1,0\n"
    assert scoring.prepared() == COUNTS
    assert scoring.rejected() == []


@pytest.mark.parametrize("end", ["\n", "\r\n", ""], ids=["LF", "CR LF", "no end"])
def test_any_end_of_line_will_do(tmp_path: Path, end: str) -> None:
    scoring = Scoring(
        tmp_path, {"cars.csv": "Mileage,Make\n10,Saab\n20.50,Ford".replace("\n", end or "\n") + end}
    )
    assert scoring.prepare() == Ended(0, "")
    assert scoring.rows() == [["1", "10", "0", "1"], ["2", "20.50", "1", "0"]]


CORRUPT: list[tuple[str, bytes, str]] = [
    ("ragged", b"10", "has 1 cells where the header has 2 columns"),
    ("too wide", b"10,Saab,x", "has 3 cells where the header has 2 columns"),
    ("no number", b"many,Saab", "column Mileage: 'many' is not a number"),
    ("infinite", b"1e999,Saab", "column Mileage: '1e999' is not a number"),
    ("no UTF-8", b"10,S\xe4ab", "is not UTF-8 (byte 5 is 0xe4)"),
    ("NUL", b"1\x000,Saab", "holds a NUL byte"),
    ("formula", b"10,=A1", "holds a formula, '=A1'"),
    ("quote never closed", b'10,"Saab', "opens a quote that is never closed"),
    ("text behind a quote", b'10,"Sa"ab', "has broken quotes (',' expected after '\"')"),
    ("line end inside", b"10,Sa\rab", "has broken quotes (new-line character seen in unquoted field - "),
]


@pytest.mark.parametrize(("row", "reason"), [one[1:] for one in CORRUPT], ids=[one[0] for one in CORRUPT])
def test_a_corrupt_row_is_told_and_the_rest_goes_on(tmp_path: Path, row: bytes, reason: str) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": b"Mileage,Make\n1,Saab\n" + row + b"\n3,Ford\n"})
    assert scoring.prepare() == Ended(0, "")
    assert scoring.rows() == [["1", "1", "0", "1"], ["3", "3", "1", "0"]]
    [[file, number, said]] = scoring.rejected()
    assert (file, number) == ("cars.csv", "3")
    assert said.startswith(reason)
    assert scoring.prepared() == COUNTS | {"rows": 3, "rejected": 1}


def test_a_corrupt_row_fails_the_job_where_the_input_says_so(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": CLEAN + "many,Saab\n"})
    said = "cars.csv: row 4: column Mileage: 'many' is not a number: is corrupt; "
    said += "mend the row, or set bad_rows to report to score the others"
    assert scoring.prepare("--bad-rows", "fail") == Ended(2, said)


def test_when_no_row_is_left_the_job_fails_with_the_first_reason(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Mileage,Make\nmany,Saab\n1\n"})
    said = (
        "data: none of the 2 rows can be scored; the first: cars.csv: row 2: column Mileage: 'many' is not a "
    )
    assert scoring.prepare() == Ended(2, f"{said}number; mend the data")


def test_a_column_that_was_lost_is_an_error(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Mileage\n10\n"})
    said = "cars.csv: row 1, column Make: is not there; give all columns that the model was trained with: "
    assert scoring.prepare() == Ended(2, f"{said}Mileage, Make")


def test_a_column_that_was_added_is_carried_along_and_reported(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Colour,Make,Mileage\nred,Saab,10\n,Ford,20\n"}).score()
    assert scoring.rows() == [["1", "10", "0", "1"], ["2", "20", "1", "0"]]
    assert scoring.scored()[0][2:-2] == ["Colour", "Make", "Mileage"]
    assert scoring.scored()[1][2:] == ["red", "Saab", "10", "20.0", "3"]
    assert scoring.prepared()["columns_added"] == ["Colour"]


def test_the_target_is_no_added_column(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Price,Make,Mileage\n1,Saab,10\n"}).score()
    assert scoring.prepared()["columns_added"] == []


def test_a_column_named_as_scoring_names_its_own_is_refused(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Make,Mileage,prediction\nSaab,10,1\n"})
    said = "cars.csv: row 1, column prediction: is a name that scoring gives itself; call it otherwise"
    assert scoring.prepare() == Ended(2, said)


def test_rows_without_any_value_are_scored_and_counted(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Mileage,Make\nNaN,\n , n/a\nnull,Saab\n"})
    assert scoring.prepare() == Ended(0, "")
    assert scoring.rows() == [["1", "50", "0", "0"], ["2", "50", "0", "0"], ["3", "50", "0", "1"]]
    missing = {"Mileage": 3, "Make": 2}
    assert scoring.prepared() == COUNTS | {
        "rows": 3,
        "scored": 3,
        "missing_cells": missing,
        "rows_without_values": 2,
    }


def test_an_unseen_category_is_scored_and_counted(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Mileage,Make\n1,Lada\n2, Saab \n3,saab\n"})
    assert scoring.prepare() == Ended(0, "")
    assert scoring.rows() == [["1", "1", "0", "0"], ["2", "2", "0", "1"], ["3", "3", "0", "0"]]
    assert scoring.prepared()["unseen_categories"] == {"Make": 2}


def test_a_long_file_goes_in_parts(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Mileage,Make\n" + "".join(f"{n},Saab\n" for n in range(25))})
    assert scoring.prepare("--rows-per-part", "10") == Ended(0, "")
    assert [[row[0] for row in scoring.rows(part)] for part in range(3)] == [
        [str(n) for n in range(1, 11)],
        [str(n) for n in range(11, 21)],
        [str(n) for n in range(21, 26)],
    ]
    assert scoring.prepared()["parts"] == 3


def test_rows_of_several_files_have_numbers_of_their_own(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.csv": "Make,Mileage\n\nSaab,1\nSaab,x\n",
        "b.csv": "Mileage,Make\n2,Ford\n",
    }
    scoring = Scoring(tmp_path, {**files, "notes.txt": "not a table"})
    assert scoring.prepare() == Ended(0, "")
    assert scoring.rows(0) == [["2", "1", "0", "1"]]
    assert scoring.rows(1) == [["4", "2", "1", "0"]]
    assert scoring.rejected() == [["a.csv", "4", "column Mileage: 'x' is not a number"]]


def test_a_cell_may_hold_line_breaks_commas_and_quotes(tmp_path: Path) -> None:
    scoring = Scoring(
        tmp_path, {"cars.csv": 'Note,Mileage,Make\n"a\nb, ""c""",10,"Saab"\nd,20,Ford\n'}
    ).score()
    assert [row[2:] for row in scoring.scored()[1:]] == [
        ['a\nb, "c"', "10", "Saab", "20.0", "3"],
        ["d", "20", "Ford", "40.0", "3"],
    ]


def test_an_unclosed_quote_costs_its_line_however_many_blocks_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_blocks, "BLOCK_BYTES", 64)
    rows = [f"{n},Saab" for n in range(50)]
    rows[20] = '20,"Saab'
    scoring = Scoring(tmp_path, {"cars.csv": "\n".join(["Mileage,Make", *rows, ""])})
    assert scoring.prepare() == Ended(0, "")
    assert [row[0] for row in scoring.rows()] == [str(n) for n in range(1, 51) if n != 21]
    assert scoring.rejected() == [["cars.csv", "22", "opens a quote that is never closed"]]


def test_of_a_corrupt_row_of_several_lines_only_the_first_line_is_lost(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": 'Mileage,Make\n1,"a\n2,Saab\n3"x,Ford\n4,Saab\n'})
    assert scoring.prepare() == Ended(0, "")
    assert [row[0] for row in scoring.rows()] == ["2", "4"]
    assert [row[1] for row in scoring.rejected()] == ["2", "4"]


def test_bytes_that_are_no_text_are_found_in_any_column(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": b"Mileage,Make,Note\n1,Saab,a\xe4\n2,Saab,b\n"})
    assert scoring.prepare() == Ended(0, "")
    assert scoring.rejected() == [["cars.csv", "2", "is not UTF-8 (byte 9 is 0xe4)"]]


CELLS = st.one_of(
    st.sampled_from(
        ["", " ", "NA", "nan", "Null", "n/a", "+5", "1.", ".5", "-0", "1e3", " 7 ", "1e400", "inf"]
    ),
    st.sampled_from(["-nan", "0x10", "1_000", "١", "1,5", "Saab", " Saab", "Ford", "5d", "infinity", "TRUE"]),
    st.floats(allow_nan=False).map(repr),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8),
)


@settings(max_examples=200)
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_a_block_is_encoded_as_its_rows_would_be_one_by_one(rows: list[tuple[str, str]]) -> None:
    import pyarrow as pa

    encoder = Encoder.from_document(SCHEMA)
    columns = {"Mileage": [row[0] for row in rows], "Make": [row[1] for row in rows]}
    block = BlockEncoder(encoder).encode(
        {name: pa.array(cells, pa.string()) for name, cells in columns.items()}
    )
    for place, row in enumerate(rows):
        alone = encoder.encode(dict(zip(columns, row, strict=True)))
        together = ",".join(text[place].as_py() for text in block.texts).split(",")
        if place not in block.wrong:
            assert [float(cell) for cell in together] == [float(cell) for cell in alone]


@settings(max_examples=100)
@given(
    content=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8),
    size=st.integers(8, 200),
)
def test_blocks_hold_what_the_table_reads_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, content: list[list[str]], size: int
) -> None:
    import csv

    path = tmp_path_factory.mktemp("blocks") / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([["Mileage", "Make"], *content])
    table = Table(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw_blocks, "BLOCK_BYTES", size)
        blocks = list(raw_blocks.read(path, table))
    found: dict[int, Any] = {}
    for block in blocks:
        cells = zip(*(block.columns[name].to_pylist() for name in table.columns), strict=True)
        found |= dict(zip(block.numbers.tolist(), map(list, cells), strict=True))
        for one in block.rejected:
            assert one.reason.startswith("holds a formula")
    plain = {row.number: row.cells for row in table.rows() if not any(c.startswith("=") for c in row.cells)}
    assert found == plain
