"""For which things a service may take on a role: no other machine or kind of job can borrow it."""

from .deployment import MACHINES, Stack

Stacks = dict[str, Stack]


def arns(stack: Stack, things: str | list[str]) -> str | list[str]:
    if isinstance(things, str):
        return stack.arn("sagemaker", things)
    return [stack.arn("sagemaker", thing) for thing in things]


def test_a_role_is_for_the_machine_or_kind_of_job_it_was_made_for(stacks: Stacks) -> None:
    stack = stacks["template"]
    found = {}
    for each in stacks.values():
        for name, role in each.resources("AWS::IAM::Role"):
            [trust] = role["AssumeRolePolicyDocument"]["Statement"]
            if trust["Principal"] != {"Service": "lambda.amazonaws.com"}:
                found[name] = (trust["Principal"]["Service"], trust["Condition"]["ArnLike"])
    jobs: dict[str, str | list[str]] = {
        "PreprocessRole": "processing-job/*",
        "TrainRole": ["training-job/*", "hyper-parameter-tuning-job/*"],
        "ModelRole": "*",  # a model is at work in transform jobs and behind endpoints
        "BaselineRole": "processing-job/*",
        "ScoringRole": "processing-job/*",
        "ScoringModelRole": "*",
        "MonitorRole": "processing-job/*",
    }
    machines = {
        f"{logical_id}Role": stack.arn("states", f"stateMachine:stepmill-prod-{name.replace('_', '-')}")
        for name, (_, logical_id) in MACHINES.items()
    }
    assert found == {
        name: ("states.amazonaws.com", {"aws:SourceArn": machine}) for name, machine in machines.items()
    } | {
        name: ("sagemaker.amazonaws.com", {"aws:SourceArn": arns(stack, things)})
        for name, things in jobs.items()
    } | {
        "ConsolidateRole": (
            "glue.amazonaws.com",
            {"aws:SourceArn": stack.arn("glue", "job/stepmill-prod-consolidate")},
        ),
        "StartMonitorRole": (
            "events.amazonaws.com",
            {"aws:SourceArn": stack.arn("events", "rule/stepmill-prod-*")},
        ),
    }
