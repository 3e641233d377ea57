"""Any AWS API call, as Step Functions' SDK integrations make it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stepmill.asl.errors import AslError
from stepmill.asl.integrations.call import call, pattern_of

if TYPE_CHECKING:
    from typing import Unpack

    from stepmill.asl.expressions import Object
    from stepmill.asl.fields import TaskOptions
    from stepmill.asl.states import Task


def aws_sdk(
    state_id: str,
    service: str,
    action: str,
    parameters: Object | None = None,
    *,
    task_token: bool = False,
    **options: Unpack[TaskOptions],
) -> Task:
    """Call `action` (camelCase: describeEndpoint) of `service` (sagemaker, dynamodb, s3...).

    Members of parameters and result are in PascalCase. Errors are named Service.SomeException, such as
    SageMaker.ResourceNotFoundException.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*", service):
        raise AslError(
            f"States.{state_id}: service is {service!r}; write it in small letters, such as 'sagemaker'"
        )
    if not re.fullmatch(r"[a-z][A-Za-z0-9]*", action):
        raise AslError(
            f"States.{state_id}: action is {action!r}; write it in camelCase, such as 'describeEndpoint'"
        )
    lower = [name for name in parameters or {} if not name[:1].isupper()]
    if lower:
        raise AslError(
            f"States.{state_id}: Parameters has {lower[0]!r}; members are in PascalCase: "
            f"{lower[0][:1].upper()}{lower[0][1:]}"
        )
    resource = f"aws-sdk:{service}:{action}" + pattern_of(wait=False, task_token=task_token)
    return call(state_id, resource, parameters or {}, options)
