"""A SageMaker processing job: where its files lie, and how it ends: one line for people, an exit code.

The line goes to `/opt/ml/output/message`, which a processing job's Describe returns as ExitMessage.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from millkit.errors import MillError

MAX_MESSAGE = 1024
FAILED = 1
TO_MEND = 2


class ArgumentsInvalid(MillError):
    """A job's arguments do not fit."""


class Parser(argparse.ArgumentParser):
    """Tells of wrong arguments by an error: what only the log shows reaches nobody."""

    def error(self, message: str) -> NoReturn:
        raise ArgumentsInvalid(f"{self.prog}: {message}; mend the use case or the job's arguments")


def opt_ml() -> Path:
    """/opt/ml, or the folder that stands for it: the job's code lies in processing/input/code below it."""
    code = Path(__file__).resolve().parents[1]
    return code.parents[2] if code.parts[-3:] == ("processing", "input", "code") else Path("/opt/ml")


INPUT = opt_ml() / "processing" / "input"
OUTPUT = opt_ml() / "processing" / "output"
MESSAGE_FILE = opt_ml() / "output" / "message"


def main(
    parser: Parser, work: Callable[[argparse.Namespace], None], argv: Sequence[str] | None = None
) -> int:
    """Parse the arguments and do the work.

    The exit code is 0, or 2 for data or settings that a person must mend, or 1 for anything else.
    """
    parser.add_argument("--message", type=Path, default=MESSAGE_FILE, help="gets the line that tells why")
    message_file = MESSAGE_FILE
    try:
        arguments = parser.parse_args(argv)
        message_file = arguments.message
        work(arguments)
    except MillError as wrong:
        _tell(str(wrong), message_file)
        return TO_MEND
    except Exception as failure:  # noqa: BLE001 - a job's last word: whatever it was, people must hear of it
        traceback.print_exc()
        _tell(f"{type(failure).__name__}: {failure}", message_file)
        return FAILED
    return 0


def write_json(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _tell(line: str, message_file: Path) -> None:
    sys.stderr.write(line + "\n")
    if message_file.parent.is_dir():  # on a laptop there is none
        message_file.write_text(line[:MAX_MESSAGE], encoding="utf-8")
