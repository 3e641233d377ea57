"""Retrain: 17 states, the size that published figures of other tools are about. Measured, never deployed."""

from dataclasses import dataclass

from stepmill.asl import (
    Catch,
    Choice,
    ChoiceRule,
    Fail,
    Machine,
    Parallel,
    Pass,
    Path,
    Retry,
    Succeed,
    Task,
    Wait,
    chain,
    field,
    path,
)

INTEGRATION = "arn:aws:states:::"


@dataclass(frozen=True, kw_only=True)
class Input:
    data_uri: str = field(description="S3 prefix of the raw CSV files")
    rmse_limit: float = field(default=2500.0, gt=0, unit="USD", description="reject a model above this error")


def build() -> Machine:
    busy = Retry(error_equals=["States.TaskFailed"], interval_seconds=5, max_attempts=3, backoff_rate=2.0)
    failed = Fail("Failed", error="RetrainFailed", cause="See the state that failed.")
    told = Task(
        "TellFailure",
        resource=INTEGRATION + "sns:publish",
        parameters={"TopicArn": "${AlertsTopicArn}", "Message": path("$.error.Cause")},
    )
    chain(told, failed)
    failure = [Catch(error_equals=["States.ALL"], next_step=told, result_path="$.error")]

    def work(name: str, action: str, *, caught: bool = True, image: Path | None = None) -> Task:
        return Task(
            name,
            resource=INTEGRATION + action,
            parameters={"Name": path("$.name"), **({"Image": image} if image else {})},
            result_path=f"$.{name}",
            retry=[busy],
            catch=failure if caught else [],
        )

    settings = Pass("Settings", result={"image": "${Image}", "instances": 1}, result_path="$.settings")
    wait, describe = (
        Wait("WaitEndpoint", seconds=30),
        work("DescribeEndpoint", "aws-sdk:sagemaker:describeEndpoint"),
    )
    baselines = Parallel(
        "Baselines",
        branches=[
            work("DataBaseline", "sagemaker:createProcessingJob.sync", caught=False),
            work("QualityBaseline", "sagemaker:createProcessingJob.sync", caught=False),
        ],
        result_path="$.baselines",
        catch=failure,
    )
    in_service = Choice(
        "InService",
        choices=[
            (ChoiceRule.StringEquals("$.DescribeEndpoint.EndpointStatus", "Failed"), told),
            (ChoiceRule.StringEquals("$.DescribeEndpoint.EndpointStatus", "InService"), Succeed("Live")),
        ],
        default=wait,
    )
    accepted = Choice(
        "Accepted",
        choices=[(ChoiceRule.NumericGreaterThan("$.JudgeCandidate.rmse", 2500.0), Succeed("Rejected"))],
    )
    return Machine(
        name="retrain",
        comment="Fit a candidate, keep it only if it is good enough.",
        timeout_seconds=86400,
        input=Input,
        states=chain(
            settings,
            work("Preprocess", "sagemaker:createProcessingJob.sync"),
            work("Train", "sagemaker:createTrainingJob.sync"),
            work("CreateModel", "sagemaker:createModel", image=path("$.settings.image")),
            work("JudgeCandidate", "lambda:invoke"),
            accepted,
            baselines,
            work("CreateEndpoint", "sagemaker:createEndpoint"),
            wait,
            describe,
            in_service,
        ),
    )
