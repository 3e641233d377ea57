"""Budgets: what an execution may hold and how long its history may grow."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, WARNING, Example, Rule, one_state

QUOTAS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
HISTORY = "https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html"


def _polling(**machine: Any) -> Example:
    """Look, wait, look again, until the job is done."""
    look = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:glue:getJobRun",
        "Parameters": {"JobName": "prices", "RunId.$": "$$.Execution.Input.run"},
        "TimeoutSeconds": 60,
        "ResultPath": "$.look",
        "Next": "Choose",
    }
    rule = {"Variable": "$.look.JobRun.JobRunState", "StringEquals": "RUNNING", "Next": "Wait"}
    choose = {"Type": "Choice", "Choices": [rule], "Default": "End"}
    wait = {"Type": "Wait", "Seconds": 60, "Next": "Only"}
    return Example({**one_state(look, Choose=choose, Wait=wait, End={"Type": "Succeed"}), **machine})


PAYLOAD_TOO_LARGE = Rule(
    id="payload-too-large",
    family="limits",
    severity=FAILURE,
    line="A state's data is, or grows, above 256 KiB.",
    paragraph=(
        "What goes from one state to the next, and what is sent to a service, has at most 262,144 bytes "
        "of JSON; the execution ends with States.DataLimitExceeded otherwise. Large things belong in S3, "
        "their keys in the data. A list that a loop makes longer with every turn is told as a warning, "
        "and so is data whose texts and lists are all bounded, but not tightly enough."
    ),
    source=QUOTAS,
    bad=Example(one_state({"Type": "Pass", "Result": "x" * 262_145, "End": True})),
    good=Example(one_state({"Type": "Pass", "Result": "x" * 1_000, "End": True})),
)

HISTORY_TOO_LONG = Rule(
    id="history-too-long",
    family="limits",
    severity=WARNING,
    line="The history of an execution can reach 25,000 events.",
    paragraph=(
        "A standard execution ends when its history has 25,000 events; a look and a wait make about nine. "
        "A loop needs a counter, a TimeoutSeconds of the machine, or waits long enough; an inline Map of "
        "many items is better distributed, since its iterations then have histories of their own. It is a "
        "failure when the number of turns or items is known, or when all the states together make more on "
        "every way that ends well. Of several loops that wait, the largest is told."
    ),
    source=HISTORY,
    bad=_polling(),
    good=_polling(TimeoutSeconds=86_400),
)
