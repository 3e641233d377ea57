"""The event that EventBridge gets when an execution's status changes.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import json
import uuid
from typing import TYPE_CHECKING, Any

from stepmill.engine import Execution

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

DETAIL_TYPE = "Step Functions Execution Status Change"
SIZE_LIMIT_BYTES = 248 * 1024


def emit_status(cloud: "Cloud", execution: Execution) -> None:
    """Its id follows from execution and status: told twice, it is one event."""
    event_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{execution.execution_arn}#{execution.status}"))
    cloud.emit("aws.states", DETAIL_TYPE, detail(execution), [execution.execution_arn], event_id)


def detail(execution: Execution) -> dict[str, Any]:
    output_bytes = _escaped_bytes(execution.output)
    has_output = output_bytes <= SIZE_LIMIT_BYTES
    has_input = _escaped_bytes(execution.input) + output_bytes <= SIZE_LIMIT_BYTES
    is_succeeded = execution.output is not None
    return {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "name": execution.name,
        "status": execution.status,
        "startDate": int(execution.start_s * 1000),
        "stopDate": None if execution.stop_s is None else int(execution.stop_s * 1000),
        "input": execution.input if has_input else None,
        "inputDetails": {"included": has_input},
        "output": execution.output if has_output else None,
        "outputDetails": {"included": has_output} if is_succeeded else None,
        "error": execution.error,
        "cause": execution.cause,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": None,
    }


def _escaped_bytes(text: str | None) -> int:
    return 0 if text is None else len(json.dumps(text).encode())
