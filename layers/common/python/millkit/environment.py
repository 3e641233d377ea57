"""The environment as a type: a dataclass of strings, read once, all that is missing reported at once."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any, TypeVar

from millkit.errors import MillError

Settings = TypeVar("Settings")


class EnvironmentIncomplete(MillError):
    """Variables that the code needs are not set."""


def read(settings: type[Settings], template: str, environ: Mapping[str, str] = os.environ) -> Settings:
    """Fill the dataclass `settings`: field `topic_arn` from the variable TOPIC_ARN.

    `template` is the file that a reader of the message must mend.

    Raises:
        EnvironmentIncomplete: naming every variable that is missing or empty.
    """
    fields: Any = dataclasses.fields(settings)  # type: ignore[arg-type]
    names = [field.name for field in fields]
    missing = [name.upper() for name in names if not environ.get(name.upper())]
    if missing:
        raise EnvironmentIncomplete(f"environment lacks {', '.join(missing)}; set them in {template}")
    return settings(**{name: environ[name.upper()] for name in names})
