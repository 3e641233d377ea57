"""How the members of a structure are written, and what is said of one that is written otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stepmill.check.likeness import close_matches
from stepmill.check.records import dataclass
from stepmill.check.rule import FAILURE, WARNING
from stepmill.check.services.spelling import capital, sdk_names, spellings

# Behind aws-sdk: only the SDK's spelling is taken.
# Source: https://github.com/aws/aws-step-functions-data-science-sdk-python/issues/198 (SNSTopicArn)
# So it is in optimised calls of these services, below the root too. Of others nobody says so.
# Source: https://github.com/awsdocs/aws-step-functions-developer-guide/pull/80
_REFUSED = frozenset({"ecs"})

# Own spellings in AWS's machines.
# Source: https://docs.aws.amazon.com/step-functions/latest/dg/sample-batch-error-handling.html
_TAKEN = frozenset({("batch", "RetryStrategy", "attempts")})


@dataclass(frozen=True, slots=True)
class Spelled:
    """member: its name in the model. severity: "" when it may be written so. meant: how it should be."""

    member: str
    severity: str = ""
    meant: str = ""


def spelled(
    model: Mapping[str, Any], name: str, service: str, is_sdk: bool, is_root: bool
) -> dict[str, Spelled]:
    """Every way in which a member of the structure may be written, and the service's own ways."""
    found: dict[str, Spelled] = {}
    for member in model.get("members", {}):
        taken = names_of(name, member, is_sdk)
        found |= {spelling: Spelled(member) for spelling in taken}
        own = "" if is_root and not is_sdk else capital(member) if is_sdk else member
        if own and own not in taken:
            severity = FAILURE if is_sdk or service in _REFUSED else WARNING
            is_taken = (service, name, member) in _TAKEN and not is_sdk
            found[own] = Spelled(member, "" if is_taken else severity, taken[0])
    return found


def names_of(shape: str, member: str, is_sdk: bool) -> tuple[str, ...]:
    """Those that are right. DynamoDB's values have the same names everywhere."""
    return sdk_names(shape, member) if is_sdk and shape != "AttributeValue" else spellings(shape, member)


def meant(written: str, allowed: Mapping[str, str], names: Iterable[str]) -> str:
    """The member that seems meant; "" when none does. allowed: by their spellings in small letters."""
    same = allowed.get(written.lower(), "")
    close = [] if same else close_matches(written, names, cutoff=0.6)
    return same or (close[0] if close else "")
