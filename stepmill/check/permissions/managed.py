"""AWS's own policies: what they allow, and which of them allow a whole service or more.

Does not know what else the policies allow that are `is_partial`, nor any policy that is not listed.
Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from __future__ import annotations

from stepmill.check.permissions.grants import Entry, Grant, Grants
from stepmill.check.records import dataclass

TRACES = ("xray:GetSampling*", "xray:PutT*")


@dataclass(frozen=True, slots=True)
class Policy:
    """On every resource. is_broad: more than any machine should have.

    excepted: what NotAction names, beside the action `*`; besides: what is allowed of that all the same.
    is_partial: it allows more than is told here.
    """

    actions: tuple[str, ...]
    excepted: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    is_broad: bool = False
    is_partial: bool = False


def _broad(*actions: str, is_partial: bool = False) -> Policy:
    return Policy(actions, is_broad=True, is_partial=is_partial)


KNOWN = {
    "AWSXRayDaemonWriteAccess": Policy(TRACES),
    "AWSXrayWriteOnlyAccess": Policy(TRACES),
    "AWSLambdaBasicExecutionRole": Policy(
        ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    ),
    "AWSLambdaRole": Policy(("lambda:InvokeFunction",)),
    "CloudWatchLogsFullAccess": Policy(("logs:*",)),
    "AdministratorAccess": _broad("*"),
    "PowerUserAccess": Policy(
        ("*",),
        excepted=("iam:*", "organizations:*", "account:*"),
        besides=(
            "iam:CreateServiceLinkedRole",
            "iam:DeleteServiceLinkedRole",
            "iam:ListRoles",
            "organizations:DescribeEffectivePolicy",
            "organizations:DescribeOrganization",
            "account:GetAccountInformation",
            "account:GetGovCloudAccountInformation",
            "account:GetPrimaryEmail",
            "account:ListRegions",
        ),
        is_broad=True,
    ),
    # Also s3-object-lambda and sms-voice, which no state calls.
    "AmazonS3FullAccess": _broad("s3:*"),
    "AmazonSNSFullAccess": _broad("sns:*"),
    "AmazonSQSFullAccess": _broad("sqs:*"),
    "AWSStepFunctionsFullAccess": _broad("states:*"),
    "AmazonDynamoDBFullAccess": _broad("dynamodb:*", is_partial=True),
    "AmazonDynamoDBFullAccess_v2": _broad("dynamodb:*", is_partial=True),
    "AmazonSageMakerFullAccess": _broad("sagemaker:*", is_partial=True),
    "AWSLambda_FullAccess": _broad("lambda:*", is_partial=True),
}


def read_managed(arn: object, file: str, place: str, grants: Grants, *, is_certain: bool = True) -> None:
    """Adds what one of AWS's own policies allows. arn: or, as SAM takes it, its bare name."""
    known = KNOWN.get(_name(arn))
    if known is None:
        grants.unknown.append(f"{arn} is not in the templates")
        return
    if known.is_partial:
        grants.unknown.append(f"{arn} allows more than is known of it")
    # Without a place when it is no more than its name says: then nobody is told to remove it.
    where = place if known.is_broad else ""
    grants.found.append(
        Grant(
            file,
            where,
            _entries(known.actions, where),
            _entries(("*",), where),
            is_certain=is_certain,
            is_generated=True,
            excepted=_entries(known.excepted, where) or None,
            managed=_name(arn) if known.is_broad else "",
        )
    )
    if known.besides:
        besides = _entries(known.besides, "")
        grants.found.append(Grant(file, "", besides, _entries(("*",), ""), is_generated=True))


def _entries(texts: tuple[str, ...], place: str) -> tuple[Entry, ...]:
    return tuple(Entry(text, place) for text in texts)


def _name(arn: object) -> str:
    """The name of a policy of AWS's; "" for one of an account, which may be called the same."""
    if not isinstance(arn, str) or (arn.startswith("arn:") and ":iam::aws:policy/" not in arn):
        return ""
    return arn.rpartition("/")[2]
