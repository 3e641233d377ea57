"""The jobs of batch scoring may use exactly the places that the machine gives them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.statemachines.running import run_definition
from tests.statemachines.scoring_aws import FOUND, scoring_answers

from .deployment import Stack
from .policies import Need, idle, lacking, statements
from .test_job_roles import IMAGES, needs_of_jobs

Stacks = dict[str, Stack]
ROLES = {
    "ScoringRole": ("PrepareRows", "FinishRows", "DataDrift", "PlanAttributions", "SolveAttributions"),
    "ScoringModelRole": ("Score", "AskModel"),
}


@pytest.fixture(scope="module")
def requests(aws: Stacks, machine: Callable[..., dict[str, Any]]) -> dict[str, list[Any]]:
    data = aws["foundation"].resolve({"Ref": "DataBucket"})
    artifacts = aws["foundation"].resolve({"Ref": "ArtifactsBucket"})
    found = {
        name: value.replace("s3://artifacts/", f"s3://{artifacts}/") if isinstance(value, str) else value
        for name, value in FOUND.items()
    }
    answers = scoring_answers() | {"FindModel": {"Payload": found}}
    given = {"data_uri": f"s3://{data}/scoring/cars.csv"}
    return run_definition(machine(aws, "batch_scoring"), given, answers).requests


@pytest.mark.parametrize("role", ROLES)
def test_a_scoring_job_may_use_exactly_the_places_it_is_given(
    aws: Stacks, requests: dict[str, list[Any]], role: str
) -> None:
    jobs, batch = aws["jobs"], aws["batch"]
    needs = list(needs_of_jobs(batch, [one for state in ROLES[role] for one in requests[state]]))
    for column, repository in zip(("Xgboost", "LinearLearner", "Sklearn"), IMAGES, strict=True):
        owner = jobs.template["Mappings"]["Images"]["us-east-1"][column]
        for action in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"):
            needs.append(Need(f"ecr:{action}", f"arn:aws:ecr:us-east-1:{owner}:repository/{repository}"))
    if role == "ScoringModelRole":  # the package names the model's archive
        artifacts = aws["foundation"].resolve({"Ref": "ArtifactsBucket"})
        needs.append(Need("s3:GetObject", f"arn:aws:s3:::{artifacts}/training/1/model/t/output/model.tar.gz"))
    given = statements(batch, role, foreign=aws)
    assert lacking(given, needs) == []
    assert list(idle(given, needs)) == []


def test_a_model_that_serves_cannot_be_deleted_by_batch_scoring(aws: Stacks) -> None:
    given = statements(aws["batch"], "BatchScoringRole", foreign=aws)
    live = aws["batch"].arn("sagemaker", "model/stepmill-prod-model-x")
    assert lacking(given, [Need("sagemaker:DeleteModel", live)]) == [Need("sagemaker:DeleteModel", live)]
