"""Step Functions as far as the functions of the monitor ask it."""

import json
from typing import Any

ARN = "arn:aws:states:eu-west-1:123456789012:execution:stepmill-dev-model-monitor:"


class Executions:
    """Step Functions as far as it is asked: other executions and whether they have told the window."""

    class exceptions:  # noqa: N801  boto3's name
        class ExecutionDoesNotExist(Exception):
            pass

    def __init__(self, **known: tuple[str, list[dict[str, Any]]]) -> None:
        self.known = known

    def _found(self, arn: str) -> tuple[str, list[dict[str, Any]]]:
        try:
            return self.known[arn.removeprefix(ARN)]
        except KeyError:
            raise self.exceptions.ExecutionDoesNotExist from None

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return {"status": self._found(executionArn)[0]}

    def get_execution_history(self, executionArn: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        return {"events": self._found(executionArn)[1]}


def mail(window: int, *ends: str) -> list[dict[str, Any]]:
    """Events of a message about the window that SNS was asked for; ends: how each try ended, if it did."""
    message = json.dumps({"Message": f"Endpoint: e\nWindow: {window}, requests from"})
    details = {"resourceType": "sns", "resource": "publish", "parameters": message}
    events: list[dict[str, Any]] = []
    for end in ends or ("",):
        events.append({"type": "TaskScheduled", "taskScheduledEventDetails": details})
        events += [{"type": kind} for kind in ("TaskStarted", end) if kind]
    return [event | {"id": number, "previousEventId": number - 1} for number, event in enumerate(events, 2)]
