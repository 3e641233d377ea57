"""Stands in for awsglue.utils: a run's arguments by name. What is Spark's in that library is not here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class GlueArgumentError(Exception):
    """An argument that the script needs was not given."""


def getResolvedOptions(args: Sequence[str], options: Iterable[str]) -> dict[str, str]:  # noqa: N802  AWS's name
    """The values of `options` (named without dashes) in `args`; others are left out.

    Raises: GlueArgumentError.
    """
    given: dict[str, str] = {}
    words = list(args[1:])
    for position, word in enumerate(words):
        name, equals, value = word.removeprefix("--").partition("=")
        if word.startswith("--") and (equals or position + 1 < len(words)):
            given[name] = value if equals else words[position + 1]
    missing = [name for name in options if name not in given]
    if missing:
        raise GlueArgumentError(
            "the following arguments are required: " + ", ".join(f"--{one}" for one in missing)
        )
    return {name: given[name] for name in options}
