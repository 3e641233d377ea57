"""What every training container does: read /opt/ml/input, write /opt/ml/model, say why it failed."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

OPT_ML = Path(os.environ.get("STEPMILL_OPT_ML", "/opt/ml"))
OBJECTIVE = "_tuning_objective_metric"


class ClientError(Exception):
    """The user's mistake: in the data or in a hyperparameter."""


def hyperparameters() -> dict[str, str]:
    """The user's; what SageMaker adds for a tuning job is `tuned_metric`."""
    given: dict[str, str] = json.loads((OPT_ML / "input/config/hyperparameters.json").read_text())
    given.pop(OBJECTIVE, None)
    return given


def tuned_metric() -> str | None:
    """The metric that a tuning job looks at, such as `validation:rmse`."""
    given = json.loads((OPT_ML / "input/config/hyperparameters.json").read_text())
    return str(given[OBJECTIVE]) if OBJECTIVE in given else None


def channels() -> dict[str, Any]:
    given: dict[str, Any] = json.loads((OPT_ML / "input/config/inputdataconfig.json").read_text())
    return given


def channel_files(name: str) -> list[Path]:
    """All files of a channel. Raises: ClientError when there are none, or their content type is not CSV."""
    kind = channels()[name].get("ContentType") or "text/csv"
    if kind.split(";")[0].strip() not in ("text/csv", "csv"):
        raise ClientError(f"channel {name}: ContentType is {kind!r}; this stand-in reads text/csv only")
    files = sorted(path for path in (OPT_ML / "input/data" / name).rglob("*") if path.is_file())
    if not files:
        raise ClientError(f"channel {name}: has no files; put a CSV file under its S3 prefix")
    return files


def check_names(given: dict[str, str], allowed: set[str], required: set[str]) -> None:
    """Raises: ClientError naming each parameter that is missing or unknown."""
    if missing := sorted(required - given.keys()):
        raise ClientError(f"Missing required hyperparameter: {', '.join(missing)}")
    if unknown := sorted(given.keys() - allowed):
        raise ClientError(
            f"Extraneous hyperparameter found: {', '.join(unknown)}; allowed: {', '.join(sorted(allowed))}"
        )


def number(given: dict[str, str], name: str, default: float, *, least: float | None = None) -> float:
    """Raises: ClientError when the parameter is no number, or below `least`."""
    text = given.get(name, "auto")
    if text == "auto":
        return default
    try:
        value = float(text)
    except ValueError:
        raise ClientError(f"Hyperparameter {name}: value {text!r} is no number") from None
    if value != value or (least is not None and value < least):
        raise ClientError(f"Hyperparameter {name}: value {text} must be a number of at least {least}")
    return value


def run(train: Callable[[], None]) -> None:
    """Exit 0, or write /opt/ml/output/failure and exit 1 (the user's mistake) or 2 (ours)."""
    try:
        train()
    except ClientError as error:
        fail(str(error), 1)
    except Exception as error:  # noqa: BLE001  the last lines must reach FailureReason
        traceback.print_exc()
        fail(f"{type(error).__name__}: {error}", 2)


def fail(reason: str, code: int) -> None:
    print(f"ERROR {reason}", flush=True)
    (OPT_ML / "output/failure").write_text(reason)
    sys.exit(code)
