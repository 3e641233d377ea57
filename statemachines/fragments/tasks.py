"""Tasks as our machines have them: bounded in time, retried, and never uncaught."""

from typing import Any

from statemachines.fragments import retries
from stepmill.asl import Catch, State, Task, lambda_invoke, sns, ssm

CALL_TIMEOUT_S = 60
FUNCTION_TIMEOUT_S = 360


def caught(next_step: State, result_path: str = "$.failure") -> list[Catch]:
    """Every error goes to `next_step`, with its Error and Cause at `result_path`."""
    return [Catch(error_equals=["States.ALL"], next_step=next_step, result_path=result_path)]


def in_any_partition(task: Task) -> Task:
    """AWS in China and GovCloud name their integrations arn:aws-cn:... and arn:aws-us-gov:..."""
    task.fields["resource"] = task.fields["resource"].replace("arn:aws:", "arn:${Partition}:", 1)
    return task


def function(
    state_id: str,
    *,
    payload: dict[str, Any],
    on_error: State,
    function_arn: str = "",
    error_path: str = "$.failure",
    **options: Any,
) -> Task:
    """Invoke a function; its ARN is the token ${<state_id>Arn} unless given."""
    task = lambda_invoke(
        state_id,
        function_name=function_arn or f"${{{state_id}Arn}}",
        payload=payload,
        retry=retries.LAMBDA,
        catch=caught(on_error, error_path),
        timeout_seconds=FUNCTION_TIMEOUT_S,
        **options,
    )
    return in_any_partition(task)


def put_parameter(
    state_id: str, *, name: Any, value: Any, on_error: State, error_path: str = "$.failure", comment: str
) -> Task:
    task = ssm.put_parameter(
        state_id,
        name=name,
        value=value,
        comment=comment,
        result_path=None,
        retry=retries.SSM_BUSY,
        catch=caught(on_error, error_path),
        timeout_seconds=CALL_TIMEOUT_S,
    )
    return in_any_partition(task)


def tell(state_id: str, *, subject: Any, message: Any, on_error: State, comment: str) -> Task:
    """A message to people."""
    task = sns.publish(
        state_id,
        topic_arn="${AlertsTopicArn}",
        subject=subject,
        message=message,
        comment=comment,
        result_path=None,
        retry=retries.SNS_BUSY,
        catch=caught(on_error, "$.not_told"),
        timeout_seconds=CALL_TIMEOUT_S,
    )
    return in_any_partition(task)
