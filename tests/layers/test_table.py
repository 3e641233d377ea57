import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from millkit.errors import DataError
from millkit.table import MAX_LINE_BYTES, Head, Row, Table

# What the message tells a reader to do.
SAVE_WITHOUT_MARK = "save the file as UTF-8 without a byte order mark"
MEND_ROW = "mend the row; quote a cell that holds a comma"
ONE_LINE_END = "save the file with LF or CR LF, one of them throughout"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cars.csv"


def read(path: Path, content: bytes) -> list[Row]:
    path.write_bytes(content)
    return list(Table(path).rows())


def fault(path: Path, content: bytes) -> str:
    with pytest.raises(DataError) as caught:
        read(path, content)
    return str(caught.value)


def test_reads_rows_counted_from_the_header(path: Path) -> None:
    assert read(path, b"Price,Make\n1,Saab\n2,Buick\n") == [Row(2, ["1", "Saab"]), Row(3, ["2", "Buick"])]
    assert Table(path).columns == ["Price", "Make"]


def test_reads_quoted_commas_quotes_and_line_breaks(path: Path) -> None:
    assert read(path, b'a,b\r\n"1,5","say ""hi""\nthere"\r\n2,3\r\n') == [
        Row(2, ["1,5", 'say "hi"\nthere']),
        Row(3, ["2", "3"]),
    ]


def test_passes_over_blank_lines_and_counts_them(path: Path) -> None:
    assert read(path, b"a,b\n\n1,2\n\n") == [Row(3, ["1", "2"])]


def test_needs_no_line_end_after_the_last_row(path: Path) -> None:
    assert read(path, b"a,b\n1,2") == [Row(2, ["1", "2"])]


def test_can_be_walked_again(path: Path) -> None:
    path.write_bytes(b"a,b\n1,2\n")
    table = Table(path)
    assert list(table.rows()) == list(table.rows()) == [Row(2, ["1", "2"])]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cars.csv: row 1: is empty; upload a file with a header row and data rows"),
        (b"\n\n", "cars.csv: row 1: is empty; upload a file with a header row and data rows"),
        (
            b"Price;Make\n1;2\n",
            "cars.csv: row 1, column Price: is separated by semicolons; save it comma-separated",
        ),
        (b"Price\tMake\n", "cars.csv: row 1, column Price: is separated by tabs; save it comma-separated"),
        (b"Price|Make\n", "cars.csv: row 1, column Price: is separated by bars; save it comma-separated"),
        (
            b"\xef\xbb\xbfPrice,Make\n",
            f"cars.csv: row 1, column Price: starts with a byte order mark (UTF-8); {SAVE_WITHOUT_MARK}",
        ),
        (
            "Price,Make\n".encode("utf-16"),
            f"cars.csv: row 1, column Price: starts with a byte order mark (UTF-16); {SAVE_WITHOUT_MARK}",
        ),
        (
            b"Price,Make,Price\n",
            "cars.csv: row 1, column Price: is there twice, as number 1 and 3; "
            "give each column a name of its own",
        ),
        (
            b"Price,,Make\n",
            "cars.csv: row 1: the header of column number 2 is empty; give each column a name",
        ),
        (
            b"a,b\n1,2\n1,2,3\n",
            f"cars.csv: row 3: has 3 cells where the header has 2 columns; {MEND_ROW}",
        ),
        (
            b"a,b\n1\n",
            f"cars.csv: row 2: has 1 cells where the header has 2 columns; {MEND_ROW}",
        ),
        (b"a,b\n1,\0\n", "cars.csv: row 2: holds a NUL byte; save the file again as plain text"),
        (
            b"a,b\n1,2\r\n",
            f"cars.csv: row 2: ends a line with CR LF after LF; {ONE_LINE_END}",
        ),
        (
            b"a,b\r\n1,2\n",
            f"cars.csv: row 2: ends a line with LF after CR LF; {ONE_LINE_END}",
        ),
        (
            b"a,b\n1,2\r3,4\n",
            f"cars.csv: row 2: ends a line with CR after LF; {ONE_LINE_END}",
        ),
        (
            b"a,b\r1,2\r",
            f"cars.csv: row 1: ends a line with CR; {ONE_LINE_END}",
        ),
        (
            b"a,b\n1,M\xfcnchen\n",
            "cars.csv: row 2: is not UTF-8 (byte 4 of the line is 0xfc); save the file as UTF-8",
        ),
        (
            b'a,b\n1,"2\n3,4\n',
            "cars.csv: row 2: has broken quotes (unexpected end of data); "
            "close each quote, and double quotes inside quotes",
        ),
        (
            b'a,b\n1,"2"x\n',
            "cars.csv: row 2: has broken quotes (',' expected after '\"'); "
            "close each quote, and double quotes inside quotes",
        ),
        (
            b"a,b\n" + b"x" * (MAX_LINE_BYTES + 1),
            "cars.csv: row 2: is longer than 1048576 bytes; check its quotes and line ends",
        ),
    ],
)
def test_each_fault_of_form_is_told_with_its_place(path: Path, content: bytes, said: str) -> None:
    assert fault(path, content) == said


CELL = st.text(st.characters(exclude_characters='\0\r\n"', exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(
    rows=st.lists(st.tuples(CELL, CELL), max_size=5),
    spot=st.integers(0, 5),
    damage=st.sampled_from([b",", b"\0"]),
)
def test_no_damage_shifts_a_cell_silently(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], spot: int, damage: bytes
) -> None:
    path = tmp_path_factory.mktemp("damage") / "cars.csv"
    lines = [b"a,b"] + [",".join(f'"{cell}"' for cell in row).encode() for row in rows]
    place = spot % len(lines)
    damaged = [line + damage if number == place else line for number, line in enumerate(lines)]
    assert [row.cells for row in read(path, b"\n".join(lines) + b"\n")] == [list(row) for row in rows]
    said = fault(path, b"\n".join(damaged) + b"\n")
    assert said.startswith(f"cars.csv: row {place + 1}: ")


def test_memory_does_not_grow_with_the_file(path: Path) -> None:
    def peak_bytes(rows: int) -> int:
        path.write_bytes(b"a,b\n" + b"12345,67890\n" * rows)
        tracemalloc.start()
        assert sum(1 for _ in Table(path).rows()) == rows
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak_bytes(200_000) < peak_bytes(20_000) + 20_000


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        (b"a,b\n1,2\n3,", [Row(2, ["1", "2"])]),
        (b"a,b\n1,2\n3,4", [Row(2, ["1", "2"])]),
        (b"a,b\n1,2\n3,4\n", [Row(2, ["1", "2"]), Row(3, ["3", "4"])]),
        (b'a,b\n1,2\n3,"4\n5\n', [Row(2, ["1", "2"])]),
        (b"a,b\r\n1,2\r\n3,4\r", [Row(2, ["1", "2"])]),
        (b"a,b\n1", []),
    ],
)
def test_of_a_head_the_whole_rows_are_read(head: bytes, rows: list[Row]) -> None:
    assert list(Table(Head(head, is_cut=True), "cars.csv").rows()) == rows


@pytest.mark.parametrize("head", [b"a,b", b'"a,b\n1,2\n', b"\n\n"])
def test_a_head_without_a_whole_header_is_refused(head: bytes) -> None:
    with pytest.raises(
        DataError, match=r"^cars\.csv: row \d: is longer than 1048576 bytes; check its quotes"
    ):
        Table(Head(head, is_cut=True), "cars.csv")


def test_a_head_that_is_the_whole_file_is_read_to_its_end() -> None:
    table = Table(Head(b"a,b\n1,2", is_cut=False), "cars.csv")
    assert list(table.rows()) == [Row(2, ["1", "2"])]
    with pytest.raises(DataError, match=r"unexpected end of data"):
        list(Table(Head(b'a,b\n1,"2', is_cut=False), "cars.csv").rows())
