"""What a template says around a machine that asks for permissions: its logs, its traces, the stacks' keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from stepmill.check.patterns import late_pattern
from stepmill.check.permissions.need import Need, Weight
from stepmill.check.permissions.resources import arn
from stepmill.check.permissions.roles import tree_of
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.template_values import ANY, SYMBOL, UNRESOLVED, alternatives

LEVELS = ("ALL", "ERROR", "FATAL")
EITHER = frozenset([True, False])
OF_A_KEY = (
    *("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey"),
    *("GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"),
)
BESIDE = {
    "sagemaker:AddTags": "sagemaker:ListTags",
    "bedrock:CreateModelCustomizationJob": "bedrock:TagResource",
}
# KmsKeyId of a secret, KmsMasterKeyId of a queue, KMSMasterKeyID of a bucket, KMSMasterKeyId of a table, …
_KEY_MEMBER = late_pattern(r"(?i)kms(master)?key(id|arn)?")


def logs(logging: Any) -> frozenset[bool]:
    """Whether the machine writes logs; both where a condition or a parameter decides.

    logging: the resolved LoggingConfiguration.
    """
    found: set[bool] = set()
    for form in alternatives(logging):
        if form is UNRESOLVED:
            return EITHER
        to = form.get("Destinations") if isinstance(form, dict) else None
        levels = alternatives(form.get("Level")) if isinstance(form, dict) and to else ("OFF",)
        for level in levels:
            found |= EITHER if _is_open(level) else {level in LEVELS}
    return frozenset(found)


def traces(tracing: Any) -> frozenset[bool]:
    """Whether the machine writes traces, in the same way."""
    found: set[bool] = set()
    for form in alternatives(tracing):
        if form is UNRESOLVED:
            return EITHER
        for told in alternatives(form.get("Enabled") if isinstance(form, dict) else False):
            found |= EITHER if _is_open(told) else {told is True or told == "true"}
    return frozenset(found)


def _is_open(value: Any) -> bool:
    return value is UNRESOLVED or (isinstance(value, str) and "${" in value)


def of_keys(scope: Scope) -> list[Need]:
    """What may be needed of the KMS keys that anything in these stacks is encrypted with.

    Who reads or writes there uses the key with his own permissions.
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/service-integration.html
    """
    found: set[str] = set()
    for other in tree_of(scope):
        for name in other.resources:
            for told in _key_members(other.properties(name)):
                for one in alternatives(resolve(told, other)):
                    found |= _key_arns(one)
    return [
        Need(f"kms:{action}", key, weight=Weight.POSSIBLE) for key in sorted(found) for action in OF_A_KEY
    ]


def tolerated(needs: Iterable[Need]) -> Iterator[Need]:
    """What AWS's own policies allow besides what a call needs.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
    """
    for need in needs:
        if need.action in BESIDE:
            for resource in ("*", need.resource):
                yield Need(BESIDE[need.action], resource, weight=Weight.POSSIBLE)


def _key_members(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for member, inner in value.items():
            if _KEY_MEMBER.fullmatch(str(member)):
                yield inner
            else:
                yield from _key_members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _key_members(inner)


def _key_arns(key: Any) -> set[str]:
    """None for a key of AWS's own, which needs no permission. What is filled in may be an id or an ARN."""
    if not isinstance(key, str) or ANY in key or "alias/aws/" in key:
        return set()
    if key.startswith("arn:") and ":alias/" not in key:
        return {key}
    own = "*" if "alias/" in key else key
    return {arn("kms", f"key/{own}")} | ({key} if SYMBOL.fullmatch(key) else set())
