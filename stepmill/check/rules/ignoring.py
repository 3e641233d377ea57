"""Rules about the rules that somebody has switched off."""

from __future__ import annotations

from stepmill.check.rule import WARNING, Example, Rule, one_state


def _asking(comment: str) -> Example:
    """A call that waits for somebody's answer as long as it takes."""
    state = {
        "Type": "Task",
        "Comment": comment,
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {
            "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/asked",
            "MessageBody": {"token.$": "$$.Task.Token"},
        },
        "End": True,
    }
    return Example(one_state(state))


IGNORE_IN_VAIN = Rule(
    "ignore-in-vain",
    "structure",
    WARNING,
    "A [check-ignore] in a Comment switches nothing off.",
    "The rule or the state that it names does not exist, it has no reason, it stands where it is not read, "
    "or there is nothing to switch off (any more). What it was meant for is told with it. That a rule about "
    "data or permissions has nothing to tell is said of the machines of this repository alone: of other "
    "files too little is known.",
    "https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html",
    _asking("[check-ignore token-without-timout: people may take a year]"),
    _asking("[check-ignore token-without-timeout: people may take a year]"),
)
