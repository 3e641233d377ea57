"""Attribution plan: the rows to ask a model for, so that its answers tell what each column did to them.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/monitoring/attribution_plan.py --rows prepared/baseline --schema prepared/schema --output out

In:  <rows>/**/*.csv with a header, or *.jsonl records; raw columns, others are left out
     <schema>/features.json     how cells become features
     <baseline>/plan.json       optional: an earlier plan, whose background and coalitions are taken again
Out: <output>/plan/plan.json    what was asked, for attribution_solve
     <output>/ask/rows.csv      encoded rows without a header: the background, the explained rows, then for
                                each explained row and coalition one row for each background row

Kernel SHAP over raw columns: a category is one column, however many features it became. Up to 5,000 rows,
drawn with the seed from all, make the background; the explained rows are the first of them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from millkit import job
from millkit.errors import DataError
from millkit.features import Encoder

from jobs.monitoring import profiling, records
from jobs.monitoring.background import Background, prototypes
from jobs.monitoring.shapley import Coalitions, coalitions

DRAWN = 5_000
ID = "inference_id"


class Rows(NamedTuple):
    ids: list[str]
    cells: list[dict[str, str]]


def main(argv: list[str] | None = None) -> int:
    parser = job.Parser(prog="attribution_plan", description="Rows to ask a model for its attributions")
    parser.add_argument("--rows", type=Path, default=job.INPUT / "rows")
    parser.add_argument("--schema", type=Path, default=job.INPUT / "schema")
    parser.add_argument("--baseline", type=Path, default=job.INPUT / "baseline")
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--explained", type=int, default=50, help="rows to explain")
    parser.add_argument("--background", type=int, default=10, help="centres that stand for all rows")
    parser.add_argument("--coalitions", type=int, default=256, help="sets of columns asked for each row")
    parser.add_argument("--max-rows", type=int, default=1_000_000, help="rows that may be asked in all")
    return job.main(parser, plan, argv)


def plan(arguments: argparse.Namespace) -> None:
    encoder, target = read_schema(arguments.schema / "features.json")
    check(arguments, len(encoder.columns))
    drawn = draw(arguments.rows, encoder, arguments.seed)
    background, asked = find_questions(arguments, encoder, drawn)
    explained = Rows(drawn.ids[: arguments.explained], drawn.cells[: arguments.explained])
    total = count(arguments, len(background.rows), len(explained.ids), len(asked.weights))
    write(arguments.output, encoder, background, explained, asked)
    document = {
        "version": "1.0",
        "target": target,
        "seed": arguments.seed,
        "columns": [column.name for column in encoder.columns],
        "background": background._asdict(),
        "coalitions": {
            "masks": ["".join("1" if is_in else "0" for is_in in mask) for mask in asked.masks],
            "weights": asked.weights.tolist(),
        },
        "explained": explained._asdict(),
        "rows": total,
    }
    path = arguments.output / "plan" / "plan.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
    sizes = {"explained": len(explained.ids), "background": len(background.rows)}
    print(json.dumps({"rows": total, **sizes, "coalitions": len(asked.weights)}))


def read_schema(path: Path) -> tuple[Encoder, str]:
    try:
        document = json.loads(path.read_bytes())
        return Encoder.from_document(document), str(document["target"])
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        what = f"does not tell how cells become features ({type(wrong).__name__}: {wrong})"
        raise DataError(path.name, what, "give the schema that preprocess wrote") from wrong


def check(arguments: argparse.Namespace, width: int) -> None:
    """Raises: DataError: a number is too small to ask anything."""
    for name, least in (("explained", 1), ("background", 1), ("coalitions", 2 * width)):
        given = getattr(arguments, name)
        if given < least:
            raise DataError(f"--{name}", f"is {given}", f"give {least} or more for {width} columns")


def draw(folder: Path, encoder: Encoder, seed: int) -> Rows:
    """Up to 5,000 of all rows, each as likely as the other, in an order left to chance."""
    chance = np.random.default_rng(seed)
    kept: list[tuple[str, dict[str, str]]] = []
    for seen, one in enumerate(_all(folder, encoder), 1):
        if len(kept) < DRAWN:
            kept.append(one)
        elif (place := int(chance.integers(seen))) < DRAWN:
            kept[place] = one
    if not kept:
        raise DataError(str(folder), "holds no row", "give rows to explain")
    mixed = [kept[place] for place in chance.permutation(len(kept))]
    return Rows([name for name, _ in mixed], [cells for _, cells in mixed])


def find_questions(
    arguments: argparse.Namespace, encoder: Encoder, drawn: Rows
) -> tuple[Background, Coalitions]:
    """Background and coalitions: those of the earlier plan, so that two analyses differ by their rows."""
    path = arguments.baseline / "plan.json"
    names = [column.name for column in encoder.columns]
    if not path.is_file():
        background = prototypes(drawn.cells, encoder.columns, arguments.background, arguments.seed)
        return background, coalitions(len(names), arguments.coalitions, arguments.seed)
    try:
        earlier = json.loads(path.read_bytes())
        asked = earlier["coalitions"]
        masks = np.array([[letter == "1" for letter in mask] for mask in asked["masks"]], dtype=bool)
        found = Background(**earlier["background"]), Coalitions(masks, np.array(asked["weights"]))
    except (ValueError, KeyError, TypeError) as wrong:
        what = f"is no plan ({type(wrong).__name__}: {wrong})"
        raise DataError(path.name, what, "give the one that attribution_plan wrote") from wrong
    if earlier["columns"] != names:
        what = f"was made for the columns {', '.join(earlier['columns'])}, not {', '.join(names)}"
        raise DataError(path.name, what, "give the plan of the same model, or none")
    return found


def count(arguments: argparse.Namespace, background: int, explained: int, asked: int) -> int:
    """How many rows are asked. Raises: DataError: more than may be."""
    each = asked * background + 1
    total = background + explained * each
    if total > arguments.max_rows:
        most = (arguments.max_rows - background) // each
        what = (
            f"is {explained}, which with {asked} coalitions and {background} rows of background asks for "
            f"{total:,} rows, more than --max-rows {arguments.max_rows:,}"
        )
        remedy = f"lower it to {most}" if most > 0 else "lower --coalitions or --background"
        raise DataError("--explained", what, remedy)
    return total


def write(output: Path, encoder: Encoder, background: Background, explained: Rows, asked: Coalitions) -> None:
    """ask/rows.csv; a row is put together from the encoded cells of two others."""
    others = [_parts(encoder, row) for row in background.rows]
    own = [_parts(encoder, cells) for cells in explained.cells]
    path = output / "ask" / "rows.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(map(_line, [*others, *own]))
        for row in own:
            for mask in asked.masks.tolist():
                for other in others:
                    file.write(_line([mine if is_in else its for is_in, mine, its in zip(mask, row, other)]))


def _parts(encoder: Encoder, cells: Mapping[str, str]) -> list[str]:
    """Each column's features as they stand in a line."""
    return [",".join(column.encode(cells[column.name])) for column in encoder.columns]


def _line(parts: list[str]) -> str:
    return ",".join(part for part in parts if part) + "\n"


def _all(folder: Path, encoder: Encoder) -> Iterator[tuple[str, dict[str, str]]]:
    names = [column.name for column in encoder.columns]
    paths = records.files_of(folder)
    for place, (_, record) in enumerate(records.read(paths, ["features"]), 1):
        features: dict[str, Any] = record["features"]
        yield str(record.get(ID, place)), {name: records.cell(features.get(name)) for name in names}
    for _, table in [] if paths else profiling.open_tables(folder, must_agree=False):
        lost = [name for name in names if name not in table.columns]
        if lost:
            what = "is not there, but the model takes it"
            raise DataError(table.name, what, "give rows with all columns", row=1, column=", ".join(lost))
        for row in table.rows():
            cells = dict(zip(table.columns, row.cells))
            yield cells.get(ID, str(row.number)), {name: cells[name] for name in names}


if __name__ == "__main__":
    sys.exit(main())
