"""Runs of the compiled machines in an AWS that a table of answers stands for."""

from collections.abc import Mapping
from typing import Any

import pytest

from .deployment_aws import deployment_answers
from .monitor_aws import monitor_answers
from .running import TOKENS, Ran, Run, definition_for, run_definition
from .scoring_aws import GIVEN, scoring_answers
from .training_aws import PACKAGE, training_answers


@pytest.fixture(scope="session")
def definition() -> dict[str, Any]:
    return definition_for(TOKENS)


@pytest.fixture(scope="session")
def deployment() -> dict[str, Any]:
    return definition_for(TOKENS, "deployment")


@pytest.fixture
def run(definition: dict[str, Any]) -> Run:
    """run(input fields, State=answer or list of answers, ...); the last answer of a list goes on for ever."""

    def run_with(given: Mapping[str, Any] | None = None, /, **answers: Any) -> Ran:
        given = {"data_uri": "s3://data/data/cars.csv"} if given is None else given
        return run_definition(definition, given, training_answers() | answers)

    return run_with


@pytest.fixture
def deploy(deployment: dict[str, Any]) -> Run:
    """The same of the deployment machine."""

    def run_with(given: Mapping[str, Any] | None = None, /, **answers: Any) -> Ran:
        given = {"model_package_arn": PACKAGE} if given is None else given
        return run_definition(deployment, given, deployment_answers() | answers)

    return run_with


@pytest.fixture
def score() -> Run:
    """The same of the batch scoring machine."""
    definition = definition_for(TOKENS, "batch_scoring")

    def run_with(given: Mapping[str, Any] | None = None, /, **answers: Any) -> Ran:
        return run_definition(definition, GIVEN if given is None else given, scoring_answers() | answers)

    return run_with


@pytest.fixture
def monitor() -> Run:
    """The same of the model monitor."""
    definition = definition_for(TOKENS | {"AnalyzerImage": "none.dkr.ecr"}, "model_monitor")

    def run_with(given: Mapping[str, Any] | None = None, /, **answers: Any) -> Ran:
        return run_definition(definition, given or {}, monitor_answers() | answers)

    return run_with
