"""Scoring on a laptop: a model's schema, rows, and both jobs around a model that doubles a feature."""

import csv
import io
import json
from pathlib import Path
from typing import Any, NamedTuple

from jobs.tabular import finish_scoring, prepare_scoring

SCHEMA = {
    "target": "Price",
    "columns": [
        {"name": "Mileage", "type": "numeric", "median": 50.0},
        {"name": "Make", "type": "categorical", "categories": ["Ford", "Saab"]},
    ],
    "features": ["Mileage", "Make=Ford", "Make=Saab"],
}
RUN = ("--run", "cars-1f", "--event-time", "2026-07-01T06:00:00.000Z", "--model-package", "3")


class Ended(NamedTuple):
    code: int
    line: str


class Scoring:
    """Both jobs in one folder; `data` are the files by name."""

    def __init__(self, folder: Path, data: dict[str, str | bytes], schema: Any = None) -> None:
        self.folder = folder
        for name, content in data.items():
            path = folder / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        (folder / "schema").mkdir()
        (folder / "schema" / "features.json").write_text(json.dumps(schema or SCHEMA))

    def prepare(self, *options: str) -> Ended:
        places = ["--data", "data", "--schema", "schema", "--output", "made"]
        return self._run(prepare_scoring.main, [*self._below(places), *options])

    def predict(self) -> None:
        """What a transform job with the machine's filters leaves behind: row number, twice the mileage."""
        out = self.folder / "made" / "predictions"
        out.mkdir()
        for path in sorted((self.folder / "made" / "rows").glob("*.csv")):
            rows = list(csv.reader(path.read_text().splitlines()))
            lines = [f"{row[0]},{2 * float(row[1])!r}\n" for row in rows]
            (out / f"{path.name}.out").write_text("".join(lines))

    def finish(self, *options: str) -> Ended:
        places = self._below(["--input", "made", "--output", "done"])
        return self._run(finish_scoring.main, [*places, *RUN, *options])

    def score(self) -> "Scoring":
        assert self.prepare() == Ended(0, "")
        self.predict()
        assert self.finish() == Ended(0, "")
        return self

    def rows(self, part: int = 0) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.text(f"made/rows/part-{part:05}.csv"))))

    def scored(self, part: int = 0) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.text(f"done/scored/part-{part:05}.csv"), newline="")))

    def rejected(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.text("made/report/rejected.csv"))))[1:]

    def prepared(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.text("made/report/prepared.json"))
        return document

    def text(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode()

    def _below(self, options: list[str]) -> list[str]:
        return [word if word.startswith("--") else str(self.folder / word) for word in options]

    def _run(self, main: Any, argv: list[str]) -> Ended:
        message = self.folder / "message"
        message.unlink(missing_ok=True)
        code = main([*argv, "--message", str(message)])
        return Ended(code, message.read_text() if message.exists() else "")
