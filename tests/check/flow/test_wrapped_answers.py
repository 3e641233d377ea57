"""What another machine or function gave, read without the member that holds it."""

import pytest

from stepmill.check.checker import check_machine
from stepmill.check.subject import Subject

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:child"
STARTED = ("states:startExecution.sync:2", {"StateMachineArn": MACHINE, "Input": {"a": 1}})
INVOKED = ("lambda:invoke", {"FunctionName": "sum"})


@pytest.mark.parametrize(
    ("call", "holder"), [(STARTED, "Output"), (INVOKED, "Payload")], ids=["Output", "Payload"]
)
def test_the_member_that_holds_the_answer_is_what_is_meant(
    call: tuple[str, dict[str, object]], holder: str
) -> None:
    resource, parameters = call
    ask = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters}
    use = {"Type": "Pass", "Parameters": {"v.$": "$.r.total"}, "End": True}
    states = {"Ask": {**ask, "TimeoutSeconds": 60, "ResultPath": "$.r", "Next": "Use"}, "Use": use}
    (finding,) = check_machine(Subject({"StartAt": "Ask", "States": states})).found
    assert (finding.rule, finding.suggestion) == ("path-missing", f"$.r.{holder}")
    assert finding.available[0] == f"$.r.{holder}"
