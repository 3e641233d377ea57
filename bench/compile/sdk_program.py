"""The machine of seventeen/statemachines/retrain.py with the stepfunctions SDK, imported the ordinary way.

Run by the bench in the SDK's own environment: python sdk_program.py FILE
"""

import json
import sys
from pathlib import Path

from stepfunctions.steps import (
    Catch,
    Chain,
    Choice,
    ChoiceRule,
    Fail,
    Graph,
    Parallel,
    Pass,
    Retry,
    Succeed,
    Task,
    Wait,
)

INTEGRATION = "arn:aws:states:::"
BUSY = Retry(error_equals=["States.TaskFailed"], interval_seconds=5, max_attempts=3, backoff_rate=2.0)
TOLD = Task(
    "TellFailure",
    resource=INTEGRATION + "sns:publish",
    parameters={"TopicArn": "${AlertsTopicArn}", "Message.$": "$.error.Cause"},
)


FAILURE = Catch(error_equals=["States.ALL"], next_step=TOLD, result_path="$.error")


def work(name: str, action: str, *, caught: bool = True, image: str | None = None) -> Task:
    return Task(
        name,
        resource=INTEGRATION + action,
        parameters={"Name.$": "$.name", **({"Image.$": image} if image else {})},
        result_path=f"$.{name}",
        retry=BUSY,
        catch=FAILURE if caught else None,
    )


def build() -> Graph:
    Chain([TOLD, Fail("Failed", error="RetrainFailed", cause="See the state that failed.")])
    wait = Wait("WaitEndpoint", seconds=30)
    baselines = Parallel("Baselines", result_path="$.baselines", catch=FAILURE)
    baselines.add_branch(work("DataBaseline", "sagemaker:createProcessingJob.sync", caught=False))
    baselines.add_branch(work("QualityBaseline", "sagemaker:createProcessingJob.sync", caught=False))
    in_service = Choice("InService")
    in_service.add_choice(ChoiceRule.StringEquals("$.DescribeEndpoint.EndpointStatus", "Failed"), TOLD)
    in_service.add_choice(
        ChoiceRule.StringEquals("$.DescribeEndpoint.EndpointStatus", "InService"), Succeed("Live")
    )
    in_service.default_choice(wait)
    accepted = Choice("Accepted")
    accepted.add_choice(ChoiceRule.NumericGreaterThan("$.JudgeCandidate.rmse", 2500.0), Succeed("Rejected"))
    states = [
        Pass("Settings", result={"image": "${Image}", "instances": 1}, result_path="$.settings"),
        work("Preprocess", "sagemaker:createProcessingJob.sync"),
        work("Train", "sagemaker:createTrainingJob.sync"),
        work("CreateModel", "sagemaker:createModel", image="$.settings.image"),
        work("JudgeCandidate", "lambda:invoke"),
        accepted,
        baselines,
        work("CreateEndpoint", "sagemaker:createEndpoint"),
        wait,
        work("DescribeEndpoint", "aws-sdk:sagemaker:describeEndpoint"),
        in_service,
    ]
    comment = "Fit a candidate, keep it only if it is good enough."
    return Graph(Chain(states), comment=comment, timeout_seconds=86400)


Path(sys.argv[1]).write_text(json.dumps(build().to_dict(), indent=2))
