"""AWS's limits on an execution.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

import re
import unicodedata

from .errors import DATA_LIMIT, InvalidExecutionInput, InvalidName, StateError
from .jsontext import Json, loads, size_bytes

PAYLOAD_LIMIT_BYTES = 262_144
EVENTS_LIMIT = 25_000
NAME_LIMIT = 80
INLINE_MAP_CONCURRENCY = 40

_PLAIN = re.compile(rf"[A-Za-z0-9_-]{{1,{NAME_LIMIT}}}")
_ILLEGAL = set(' <>{}[]?*"#%\\^|~`$&,;:/')


def check_name(name: str) -> None:
    """Raises: InvalidName unless 1 to 80 characters, no white space, controls or others that AWS refuses."""
    if _PLAIN.fullmatch(name):  # most are
        return
    if not 1 <= len(name) <= NAME_LIMIT:
        raise InvalidName(f"name: has {len(name)} characters; 1 to {NAME_LIMIT} are allowed")
    for char in name:
        if char in _ILLEGAL or char.isspace() or unicodedata.category(char) in ("Cc", "Cs", "Cn"):
            raise InvalidName(f"name: {name!r} contains {char!r}; use letters, digits, '-' and '_'")


def check_input(text: str) -> Json:
    """The input parsed. Raises: InvalidExecutionInput when it is not JSON or longer than 262,144 bytes."""
    try:
        size = size_bytes(text)
        document = Json(loads(text), text)
    except ValueError as error:
        raise InvalidExecutionInput(f"input: is not JSON ({error}); give one JSON document") from None
    if size > PAYLOAD_LIMIT_BYTES:
        raise InvalidExecutionInput(f"input: has {size} bytes; at most {PAYLOAD_LIMIT_BYTES} are allowed")
    return document


def check_payload(document: Json, who: str) -> Json:
    """Raises: StateError States.DataLimitExceeded when what `who` answered is longer than 262,144 bytes."""
    if len(document.text) > PAYLOAD_LIMIT_BYTES // 4 and size_bytes(document.text) > PAYLOAD_LIMIT_BYTES:
        reason = "returned a result with a size exceeding the maximum number of bytes service limit."
        raise StateError(DATA_LIMIT, f"The state/task '{who}' {reason}")
    return document
