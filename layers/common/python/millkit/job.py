"""How a SageMaker job ends: people get one line, SageMaker gets an exit code.

The line goes to `/opt/ml/output/message`, which a processing job's Describe returns as ExitMessage.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from millkit.errors import MillError

MESSAGE_FILE = Path("/opt/ml/output/message")
MAX_MESSAGE = 1024
FAILED = 1
DATA_TO_MEND = 2


def run(work: Callable[[], None], message_file: Path = MESSAGE_FILE) -> int:
    """Do the work; the exit code is 0, 2 for data or settings a person must mend, 1 for anything else."""
    try:
        work()
    except MillError as wrong:
        _tell(str(wrong), message_file)
        return DATA_TO_MEND
    except Exception as failure:  # noqa: BLE001 - the last line of a job: whatever it was, people must hear of it
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
