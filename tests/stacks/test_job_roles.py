"""Each kind of SageMaker job has its own role: the places that the machine gives it, and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.statemachines.deployment_aws import deployment_answers, described, package
from tests.statemachines.running import run_definition
from tests.statemachines.training_aws import training_answers

from .deployment import Stack
from .policies import Need, idle, lacking, statements

Stacks = dict[str, Stack]
Machine = Callable[..., dict[str, Any]]
Requests = dict[str, list[Any]]
ROLES = {
    "PreprocessRole": ("Preprocess", "EncodeForChampion"),
    "TrainRole": ("Train",),
    "ModelRole": (
        *("TransformCandidate", "TransformChampion", "AskForAttributions"),
        *("CreateModel", "CreateEndpointConfig"),
    ),
    "BaselineRole": (*("DataBaseline", "ModelQualityBaseline", "PlanAttributions", "SolveAttributions"),),
}
IMAGES = ("sagemaker-xgboost", "linear-learner", "sagemaker-scikit-learn")


@pytest.fixture(scope="module")
def requests(aws: Stacks, machine: Machine) -> Requests:
    """What both machines ask for, by state."""
    data = f"s3://{aws['foundation'].resolve({'Ref': 'DataBucket'})}/data/cars.csv"
    artifacts = aws["foundation"].resolve({"Ref": "ArtifactsBucket"})
    model = {
        "ModelArtifacts": {"S3ModelArtifacts": f"s3://{artifacts}/training/1/model/t/output/model.tar.gz"}
    }
    schema = f"s3://{artifacts}/training/0/prepared/schema/features.json"
    answers = training_answers() | {
        "Train": {"TrainingJobName": "t", "TrainingJobArn": "a", "HyperParameters": {}, **model},
        "FindChampion": {"Parameter": {"Value": "the-champion"}},
        "DescribeChampion": {"PrimaryContainer": {"Environment": {"SCHEMA_URI": schema}}},
    }
    trained = run_definition(machine(aws), {"data_uri": data}, answers)
    answers = deployment_answers() | {"FindEndpoint": described("InService", "old")}
    given = {"model_package_arn": package()["ModelPackageArn"]}
    deployed = run_definition(machine(aws, "deployment"), given, answers)
    return {**deployed.requests, **trained.requests}


def _places(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """(key, s3 URI) of every place in a request."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _places(item, f"{key}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from _places(item, key)
    elif isinstance(value, str) and value.startswith("s3://"):
        yield key, value


def needs_of_jobs(stack: Stack, requests: list[dict[str, Any]]) -> Iterator[Need]:
    for request in requests:
        for key, uri in _places(request):
            bucket, _, path = uri.removeprefix("s3://").partition("/")
            is_written = "Output" in key or "Destination" in key
            if not is_written and "ModelDataUrl" not in key:
                yield Need("s3:ListBucket", f"arn:aws:s3:::{bucket}")
            yield Need(
                "s3:PutObject" if is_written else "s3:GetObject",
                f"arn:aws:s3:::{bucket}/{path.rstrip('/')}/x",
            )
    for action in ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents"):
        yield Need(f"logs:{action}", stack.arn("logs", "log-group:/aws/sagemaker/ProcessingJobs"))
    yield Need("ecr:GetAuthorizationToken", "*")
    yield Need("cloudwatch:PutMetricData", "*")


@pytest.mark.parametrize("role", ROLES)
def test_a_job_may_use_exactly_the_places_it_is_given(aws: Stacks, requests: Requests, role: str) -> None:
    jobs = aws["jobs"]
    needs = list(needs_of_jobs(jobs, [request for state in ROLES[role] for request in requests[state]]))
    for column, repository in zip(("Xgboost", "LinearLearner", "Sklearn"), IMAGES, strict=True):
        owner = jobs.template["Mappings"]["Images"]["us-east-1"][column]
        for action in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"):
            needs.append(Need(f"ecr:{action}", f"arn:aws:ecr:us-east-1:{owner}:repository/{repository}"))
    if role == "ModelRole":
        # Source: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
        for _, alarm in aws["deployment"].resources("AWS::CloudWatch::Alarm"):
            arn = jobs.arn("cloudwatch", f"alarm:{alarm['AlarmName']}")
            needs.append(Need("cloudwatch:DescribeAlarms", arn))
    given = statements(jobs, role, foreign=aws)
    assert lacking(given, needs) == []
    assert list(idle(given, needs)) == []


def test_a_job_lists_only_its_own_part_of_a_bucket(stacks: Stacks) -> None:
    for role in ROLES:
        for statement in statements(stacks["jobs"], role, foreign=stacks):
            if statement["Action"] == "s3:ListBucket":
                [(_, prefixes)] = statement["Condition"]["StringLike"].items()
                assert set(prefixes if isinstance(prefixes, list) else [prefixes]) <= {
                    "data/*",
                    "code/*",
                    "training/*",
                }


def test_each_kind_of_job_runs_in_the_role_made_for_it(aws: Stacks, requests: Requests) -> None:
    found = {
        (request.get("RoleArn") or request["ExecutionRoleArn"]).rsplit("-", 1)[1]
        for state in ("Preprocess", "Train", "CreateModel", "DataBaseline", "ModelQualityBaseline")
        for request in requests[state]
    }
    assert found == set(ROLES)
    assert aws["jobs"].file == "stacks/jobs.yaml"
