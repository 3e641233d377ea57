"""The rule over what a scoring run has measured, and the pause between two trainings of one cause."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from millkit import retraining
from millkit.retraining import Claims, Decision, Figures, Rule
from millkit.uploads import UseCaseInvalid

from functions.decide_retraining.handler import handler

QUIET = Figures(1000, 990, 10, [], 0, 0, [], None)
RULE = Rule(True, drifted_features=2, rejected_share=0.2, ndcg=0.9, cooldown_h=24.0)
MODEL = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/cars/3"
DRIFTED = QUIET._replace(drifted=["Make", "Mileage"])
NOW_S = 1_800_000_000.0
HOUR_S = 3600


@pytest.fixture
def claims(client: Callable[[str], Any]) -> Callable[..., Claims]:
    made = client("dynamodb")
    made.create_table(
        TableName="retrainings",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
    )

    def of(execution: str = "first", after_h: float = 0) -> Claims:
        return Claims(made, "retrainings", execution, NOW_S + after_h * HOUR_S)

    return of


CASES: list[tuple[str, dict[str, Any], list[str], str]] = [
    ("nothing", {}, [], "no training: no limit is reached"),
    ("one column", {"drifted": ["Make"]}, [], "no training: no limit is reached"),
    (
        "two columns",
        {"drifted": ["Make", "Mileage"]},
        ["drifted_features"],
        "training started: 2 drifted columns reach the limit 2",
    ),
    (
        "rejected",
        {"rejected": 200},
        ["rejected_share"],
        "training started: 20.0% rejected rows reach the limit 20.0%",
    ),
    ("NDCG at the limit", {"ndcg": 0.9}, [], "no training: no limit is reached"),
    ("NDCG", {"ndcg": 0.899}, ["ndcg"], "training started: NDCG 0.899 is below 0.9"),
]


@pytest.mark.parametrize(
    ("figures", "causes", "reason"), [one[1:] for one in CASES], ids=[c[0] for c in CASES]
)
def test_a_limit_that_is_reached_starts_a_training(
    claims: Any, figures: dict[str, Any], causes: list[str], reason: str
) -> None:
    decision = retraining.decide(QUIET._replace(**figures), RULE, MODEL, claims())
    assert decision == Decision(bool(causes), reason, causes)


def test_a_rule_that_is_off_starts_nothing_and_claims_nothing(claims: Any) -> None:
    off = RULE._replace(is_on=False)
    assert retraining.decide(DRIFTED, off, MODEL, claims()) == Decision(
        False, "no training: retrain is off", []
    )
    assert retraining.decide(DRIFTED, RULE, MODEL, claims("second")).retrain


def test_asked_again_by_the_same_execution_the_answer_is_the_same(claims: Any) -> None:
    first = retraining.decide(DRIFTED, RULE, MODEL, claims())
    assert retraining.decide(DRIFTED, RULE, MODEL, claims(after_h=1)) == first
    assert first.retrain


def test_the_same_cause_starts_no_second_training_within_the_pause(claims: Any) -> None:
    assert retraining.decide(DRIFTED, RULE, MODEL, claims()).retrain
    words = "2 drifted columns reach the limit 2, and these causes have started one within 24 h"
    again = retraining.decide(DRIFTED, RULE, MODEL, claims("second", after_h=23.9))
    assert again == Decision(False, f"no training: {words}", [])
    assert retraining.decide(DRIFTED, RULE, MODEL, claims("third", after_h=24)).retrain


def test_another_cause_or_another_version_starts_one_within_the_pause(claims: Any) -> None:
    assert retraining.decide(DRIFTED, RULE, MODEL, claims()).retrain
    both = DRIFTED._replace(ndcg=0.5)
    assert retraining.decide(both, RULE, MODEL, claims("second")).causes == ["ndcg"]
    assert retraining.decide(DRIFTED, RULE, f"{MODEL}1", claims("third")).retrain


def test_of_two_executions_at_once_one_starts_a_training(claims: Any, atomic: Any, at_once: Any) -> None:
    shared = atomic(claims().dynamodb)
    calls = [
        lambda name=name: retraining.decide(DRIFTED, RULE, MODEL, claims(name)._replace(dynamodb=shared))
        for name in ("first", "second")
    ]
    assert sorted(decision.retrain for decision in at_once(calls)) == [False, True]


PARAMETER = "/cars/use-case"
SHARED = {
    "target": "Price",
    "algorithm": "xgboost",
    "hyperparameters": {"eta": 0.1},
    "data_uri": "s3://elsewhere/",
}
LINEAR = {
    "algorithm": "linear-learner",
    "endpoint_name": "cars-linear",
    "parameter_prefix": "/cars/linear",
    "hyperparameters": {"l1": 0.2},
}
OWN = {
    "data_uri": "s3://data/data/",
    "data_version": "retraining after x",
    "algorithm": "xgboost",
    "endpoint_name": "cars",
    "parameter_prefix": "/cars/training",
}
SUMMARY = {
    "rows": 1000,
    "scored": 990,
    "rejected": 10,
    "columns_added": ["Colour"],
    "unseen_categories": {"Make": 3, "Type": 1},
    "rows_without_values": 2,
}
LIMITS: Any = {
    "retrain": True,
    "drifted_features": 2,
    "rejected_share": 0.2,
    "ndcg": 0.9,
    "cooldown_h": 24,
}


@pytest.fixture
def decided(
    claims: Any, s3: Any, client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """The handler's answer where these columns have drifted, and what a use case's parameter says."""
    claims()
    monkeypatch.setenv("RETRAININGS_TABLE", "retrainings")
    monkeypatch.setenv("USE_CASE_PARAMETER", PARAMETER)

    def decide(drifted: list[str], use_case: str, training: Any = OWN, **limits: Any) -> Any:
        documents = {
            "summary.json": SUMMARY,
            "drift/constraint_violations.json": {"violations": [{"feature_name": name} for name in drifted]},
            "shap/figures.json": {"ndcg": 0.95, "limit": 0.9},
        }
        for key, document in documents.items():
            s3.put_object(Bucket="artifacts", Key=key, Body=json.dumps(document).encode())
        client("ssm").put_parameter(Name=PARAMETER, Type="String", Value=use_case, Overwrite=True)
        return handler(
            {
                "summary_uri": "s3://artifacts/summary.json",
                "drift_uri": "s3://artifacts/drift",
                "attributions_uri": "s3://artifacts/shap",
                "version": "3",
                "model_package_arn": MODEL,
                "passed_over": [],
                "execution_arn": "first",
                "rule": LIMITS | limits,
                "training": training,
            },
            None,
        )

    return decide


def test_reads_what_the_jobs_wrote_and_says_it_in_words(decided: Any) -> None:
    answer = decided(["Make", "Make", "Colour", "Mileage"], json.dumps(SHARED))
    assert answer == {
        "retrain": True,
        "reason": "990 of 1,000 rows scored by version 3; 10 rejected; columns added: Colour; 4 unseen "
        "categories; "
        "2 rows without any value; columns that drifted: Make, Mileage; attributions: NDCG 0.950; "
        "training started: 2 drifted columns reach the limit 2",
        "causes": ["drifted_features"],
        "rows": 1000,
        "scored": 990,
        "rejected": 10,
        "drifted": ["Make", "Mileage"],
        "ndcg": 0.95,
        "training": {**SHARED, **OWN},
    }


def test_names_a_hundred_drifted_columns_at_most_and_counts_them_all(decided: Any) -> None:
    names = [f"c{number:03}" for number in range(150)]
    answer = decided(names, json.dumps(SHARED))
    assert answer["drifted"] == names[:100]
    assert "150 drifted columns reach the limit 2" in answer["reason"]


def test_the_model_of_a_variant_is_trained_as_that_variant(decided: Any) -> None:
    use_case = json.dumps(SHARED | {"variants": {"linear": LINEAR}})
    own = OWN | {name: LINEAR[name] for name in ("algorithm", "endpoint_name", "parameter_prefix")}
    answer = decided(["Make", "Mileage"], use_case, own)
    assert answer["training"] == {"target": "Price", "hyperparameters": {"l1": 0.2}, **own}


def test_a_model_of_another_algorithm_gets_no_hyperparameters_of_the_use_cases(decided: Any) -> None:
    answer = decided(["Make", "Mileage"], json.dumps(SHARED), OWN | {"algorithm": "linear-learner"})
    assert answer["training"] == {"target": "Price", **OWN, "algorithm": "linear-learner"}


WRONG = {
    "no JSON": ("{target", "parameter /cars/use-case: is not JSON ("),
    "a list": ("[1]", "parameter /cars/use-case: is list; expected a JSON object"),
    "variants": ('{"variants": [1]}', "parameter /cars/use-case: variants is [1]; give an object of objects"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_use_case_that_is_no_object_is_refused_before_anything_is_claimed(
    decided: Any, claims: Any, case: str
) -> None:
    value, said = WRONG[case]
    with pytest.raises(UseCaseInvalid) as caught:
        decided(["Make", "Mileage"], value)
    assert str(caught.value).startswith(said)
    assert retraining.decide(DRIFTED, RULE, MODEL, claims("second")).retrain


@pytest.mark.parametrize(
    ("drifted", "limits"), [([], {}), (["Make", "Mileage"], {"retrain": False})], ids=["stable", "off"]
)
def test_a_use_case_is_not_read_when_no_training_is_wanted(
    decided: Any, drifted: list[str], limits: dict[str, Any]
) -> None:
    answer = decided(drifted, "[1]", **limits)
    assert (answer["retrain"], answer["training"]) == (False, {})
