"""Blocks read by Arrow hold what the row-by-row reader finds; that one tells of faults, with their place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from millkit.errors import DataError
from millkit.features import is_missing, number
from millkit.table import Table

from jobs.monitoring import csv_blocks
from jobs.monitoring.csv_blocks import BLOCK_BYTES, Numbers

Write = Callable[..., Path]
PLAIN = "|1|-2.5| 3 |+4|1e3|1e999|inf|nan|NaN| NA |0x10|1_0|null|x|a b|é|=A1|true|.5|5.|-0|٣"
CELLS = st.sampled_from([*PLAIN.split("|"), 'a "b', "a,b", "a\nb", '"'])
Found = tuple[list[float], list[str], int]


def gathered(path: Path) -> dict[str, Found]:
    """Numbers, texts and the count of missing cells of each column, sorted."""
    found: dict[str, tuple[list[float], list[str], list[int]]] = {}
    for block in csv_blocks.read(path, Table(path)):
        for name, cells in block.columns.items():
            numbers, texts, missing = found.setdefault(name, ([], [], []))
            missing.append(cells.missing)
            if isinstance(cells, Numbers):
                numbers += cells.values.tolist()
                continue
            for text, count in cells.counts.items():
                value = number(text)
                if value is None:
                    texts += [text] * count
                else:
                    numbers += [value] * count
    return {name: (sorted(cells[0]), sorted(cells[1]), sum(cells[2])) for name, cells in found.items()}


def expected(path: Path) -> dict[str, Found]:
    table = Table(path)
    found: dict[str, Found] = {}
    rows = [row.cells for row in table.rows()]
    for place, name in enumerate(table.columns):
        cells = [row[place] for row in rows]
        numbers = [value for value in map(number, cells) if value is not None]
        texts = [cell.strip() for cell in cells if number(cell) is None and not is_missing(cell)]
        found[name] = (sorted(numbers), sorted(texts), sum(map(is_missing, cells)))
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=30),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_finds_what_the_row_by_row_reader_finds(tmp_path: Path, rows: Any, end: str) -> None:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',\n"') else cell

    path = tmp_path / "rows.csv"
    path.write_bytes(end.join(["a,b,c", *(",".join(map(quoted, row)) for row in rows), ""]).encode())
    assert gathered(path) == expected(path)


@pytest.mark.parametrize(
    "line",
    [
        "1,x",
        '1,"x"',
        '1,"x\ny"',
        '1,"say ""x"""',
        '12",x',
        '1,x"y',
        "",
        "\n1,NA",
        '"1","nan"',
        "1,x\n\n\n2,y",
        "inf,x",
        "1e999,x",
    ],
)
def test_finds_the_same_over_many_blocks(data: Write, line: str) -> None:
    rows = BLOCK_BYTES // 4_000
    path = data("a,b\n" + f"1,{'t' * 4_000}\n" * rows + f"{line}\n" + "2,y\n" * 10) / "cars.csv"
    assert gathered(path) == expected(path)


def test_reads_some_columns_as_texts_alone(data: Write) -> None:
    path = data("a,b,c\n01,2,3\n4,x,5\n") / "cars.csv"
    blocks = list(csv_blocks.read(path, Table(path), as_text={"a"}, only={"a"}))
    assert [(block.rows, dict(block.columns)) for block in blocks] == [
        (2, {"a": csv_blocks.Texts({"01": 1, "4": 1}, 0)})
    ]


MEND = "mend the row; quote a cell that holds a comma"
ONE_END = "save the file with LF or CR LF, one of them throughout"


@pytest.mark.parametrize("before", [1, BLOCK_BYTES // 4_000 + 1])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"1,2,3\n", f"has 3 cells where the header has 2 columns; {MEND}"),
        (b"1\n", f"has 1 cells where the header has 2 columns; {MEND}"),
        (b"1,\0\n", "holds a NUL byte; save the file again as plain text"),
        (b"1,Citro\xebn\n", "is not UTF-8 (byte 8 of the line is 0xeb); save the file as UTF-8"),
        (b"1,2\r\n3,4\n", f"ends a line with CR LF after LF; {ONE_END}"),
        (
            b'1,"x"y\n',
            "has broken quotes (',' expected after '\"'); close each quote, and double quotes inside quotes",
        ),
        (
            b'1,"x\n',
            "has broken quotes (unexpected end of data); close each quote, and double quotes inside quotes",
        ),
    ],
    ids=["long", "short", "nul", "latin-1", "mixed ends", "quote inside", "open quote"],
)
def test_raises_with_the_place_of_a_fault(data: Write, before: int, line: bytes, said: str) -> None:
    head = b"a,b\n" + b"1,%4000d\n" * before % ((2,) * before)
    path = data(head + line) / "cars.csv"
    with pytest.raises(DataError) as caught:
        gathered(path)
    row = head.count(b"\n") + 1
    assert str(caught.value) == f"cars.csv: row {row}: {said}"


@pytest.mark.parametrize("cell", [b"x", b'"x\n'], ids=["long", "open quote"])
def test_raises_when_a_row_is_longer_than_a_block(data: Write, cell: bytes) -> None:
    path = data(b"a,b\n1,2\n3," + cell * (3 * BLOCK_BYTES // len(cell)) + b"\n4,5\n") / "cars.csv"
    with pytest.raises(
        DataError, match=r"cars\.csv: row 3: (is longer than 1048576 bytes|has broken quotes)"
    ):
        gathered(path)
