"""STS: who calls, and roles taken on by callers whom the trust policy allows.

Not done here: session policies and session tags (refused), federation, SAML and web identities, MFA.
"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Principal, Request, Service

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SERVICE = Service("sts")

REFUSED = (
    "Policy",
    "PolicyArns",
    "Tags",
    "TransitiveTagKeys",
    "SerialNumber",
    "TokenCode",
    "ProvidedContexts",
)


@SERVICE.operation("GetCallerIdentity")
def get_caller_identity(cloud: "Cloud", request: Request) -> Answer:
    arn = cloud.authority.arn_of(request.principal)
    user_id = cloud.account
    if request.principal.role_arn is not None:
        user_id = f"{cloud.authority.role_id(request.principal.role_arn)}:{request.principal.session}"
    return {"UserId": user_id, "Account": cloud.account, "Arn": arn}


def role_resource(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [params["RoleArn"]]


@SERVICE.operation("AssumeRole", resources=role_resource)
def assume_role(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    given = [name for name in REFUSED if params.get(name)]
    if given:
        raise AwsError(
            "ValidationError", f"AssumeRole: {', '.join(given)} cannot be used in the embedded cloud"
        )
    session, duration_s = params["RoleSessionName"], params.get("DurationSeconds", 3600)
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", session, re.ASCII):
        raise AwsError("ValidationError", f"RoleSessionName {session!r:.80} must match [\\w+=,.@-]{{2,64}}")
    if not 900 <= duration_s <= 43_200:
        raise AwsError("ValidationError", f"DurationSeconds is {duration_s}; allowed: 900 to 43200")
    cloud.authority.check_trust(params["RoleArn"], request.principal, params.get("ExternalId"))
    principal = Principal(params["RoleArn"], session)
    expires_s = cloud.clock.time() + duration_s
    held = cloud.keyring.expiring(principal, expires_s)
    return {
        "Credentials": {
            "AccessKeyId": held.key.access_key_id,
            "SecretAccessKey": held.key.secret_access_key,
            "SessionToken": held.session_token,
            "Expiration": datetime.fromtimestamp(expires_s, UTC),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"{cloud.authority.role_id(params['RoleArn'])}:{session}",
            "Arn": cloud.authority.arn_of(principal),
        },
    }
