"""Lambda."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepmill.asl.integrations.call import call, pattern_of

if TYPE_CHECKING:
    from typing import Unpack

    from stepmill.asl.expressions import Dynamic, Object
    from stepmill.asl.fields import TaskOptions
    from stepmill.asl.states import Task


def lambda_invoke(
    state_id: str,
    *,
    function_name: str | Dynamic,
    payload: Object | Dynamic | None = None,
    qualifier: str | Dynamic | None = None,
    invocation_type: str | Dynamic | None = None,
    client_context: str | Dynamic | None = None,
    task_token: bool = False,
    **options: Unpack[TaskOptions],
) -> Task:
    """Run a function. function_name: name, ARN or a ${Token} filled at deployment.

    Result: {"Payload": what the function returned, "StatusCode": 200, ...}; select it with
    result_selector={"accepted": path("$.Payload.accepted")}. A raised exception is an error of its class's
    name. task_token: wait for SendTaskSuccess; put context("$$.Task.Token") in the payload.
    """
    parameters = {
        "FunctionName": function_name, "Payload": payload, "Qualifier": qualifier,
        "InvocationType": invocation_type, "ClientContext": client_context,
    }  # fmt: skip
    resource = "lambda:invoke" + pattern_of(wait=False, task_token=task_token)
    return call(state_id, resource, parameters, options, required=("FunctionName",))
