"""From a use case to the template's parameters, and through them to the machines' inputs."""

import argparse
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from statemachines import batch_scoring, model_monitor, training
from stepmill.asl import inputs
from stepmill.check.reading.yaml_loader import Loader
from stepmill.cli import main
from stepmill.cli.deploy import add_arguments
from stepmill.cli.deploy import parameters_of as deployed
from stepmill.cli.errors import UserError
from stepmill.cli.usecase.deploying import overrides, parameters, training_input
from stepmill.cli.usecase.model import Section, UseCase
from stepmill.cli.usecase.reading import read

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/usecase.yaml"))
MACHINES = (batch_scoring, model_monitor, training)
DATA = {"data_uri": "s3://data/data/a.csv"}
RANGES = {"eta": {"min": 0.1, "max": 1, "scale": "Logarithmic"}, "max_depth": {"min": 3, "max": 8}}
# Every field of every section.
EVERYTHING: dict[str, Any] = {
    "target": "Price",
    "unit": "USD",
    "columns": {"Make": "categorical"},
    "rmse_limit": 4000,
    "approval": "automatic",
    "variants": {
        "xgboost": {
            "algorithm": "xgboost",
            "image": "mine:1",
            "hyperparameters": {"subsample": 0.5},
            "tuning": {
                "strategy": "Grid",
                "max_jobs": 4,
                "parallel_jobs": 2,
                "early_stopping": "Off",
                "ranges": RANGES | {"booster": {"values": ["gbtree", "dart"]}},
            },
        },
        "linear": {"algorithm": "linear-learner"},
    },
    "data": {
        "preprocess_step": "tidy_texts",
        "max_missing_fraction": 0.1,
        "seed": 3,
        "train_fraction": 0.6,
        "validation_fraction": 0.2,
        "test_fraction": 0.2,
    },
    "instances": {
        "training": ["ml.m5.xlarge"],
        "processing": "ml.m5.large",
        "transform": "ml.m5.large",
        "endpoint": "ml.c5.large",
    },
    "deployment": {
        "min_instances": 2,
        "max_instances": 4,
        "invocations_per_instance": 500,
        "canary_percent": 20,
        "bake_s": 60,
    },
    "scoring": {
        "bad_rows": "fail",
        "postprocess_step": "not_negative",
        "rows_per_part": 1000,
        "explained_rows": 10,
        "retrain": True,
        "retrain_drifted_features": 2,
        "retrain_rejected_share": 0.1,
        "retrain_ndcg": 0.8,
        "retrain_cooldown_h": 12,
    },
    "monitoring": {
        "schedule": "cron(0 6 * * ? *)",
        "slack": 0.2,
        "attributions": True,
        "lookback_days": 7,
        "sample_rows": 3,
    },
    "realtime": {"rule": "mean"},
}


def template_parameters() -> dict[str, Any]:
    loaded: Any = yaml.load((ROOT / "template.yaml").read_text(), Loader)  # noqa: S506  a safe loader
    return dict(loaded["Parameters"])


def unsaid(section: Section, where: str = "") -> list[str]:
    found = [f"{where}{name}" for name in section.model_fields_set ^ set(type(section).model_fields)]
    for name in type(section).model_fields:
        value = getattr(section, name)
        inner = value.values() if isinstance(value, dict) else [value]
        found += [one for each in inner if isinstance(each, Section) for one in unsaid(each, f"{name}.")]
    return found


def test_this_file_knows_every_field() -> None:
    case = UseCase.model_validate(EVERYTHING)
    main, _ = case.variants.values()
    assert [name for name in unsaid(case) if not name.startswith(("variants.", "ranges."))] == []
    assert main.model_fields_set == set(type(main).model_fields)
    assert main.tuning is not None
    assert main.tuning.model_fields_set == set(type(main.tuning).model_fields)


@pytest.mark.parametrize("name", ["xgboost", "linear"])
def test_the_training_machine_takes_all_that_a_use_case_can_say(name: str) -> None:
    given = training_input(UseCase.model_validate(EVERYTHING), name)
    assert inputs.check(training.Input, DATA | given) == []


def test_the_scoring_machine_takes_all_that_a_use_case_can_say() -> None:
    given = json.loads(parameters(UseCase.model_validate(EVERYTHING))["ScoringUseCase"])
    assert given.keys() == EVERYTHING["scoring"].keys()
    assert inputs.check(batch_scoring.Input, DATA | given) == []


def test_the_monitor_takes_all_that_a_use_case_can_say_but_the_schedule() -> None:
    made = parameters(UseCase.model_validate(EVERYTHING))
    given = json.loads('{"endpoint_name": "stepmill-dev"' + made["MonitorUseCase"] + "}")
    assert given.keys() == EVERYTHING["monitoring"].keys() - {"schedule"} | {"endpoint_name"}
    assert inputs.check(model_monitor.Input, given) == []
    assert made["MonitorSchedule"] == "cron(0 6 * * ? *)"
    silent = UseCase.model_validate(EVERYTHING | {"monitoring": {}})
    assert parameters(silent)["MonitorUseCase"] == ""


def test_the_limits_are_those_of_the_machines() -> None:
    """A use case refuses what the machine would, before anything is deployed."""
    of_machines = (
        inputs.schema(training.Input)["properties"] | inputs.schema(batch_scoring.Input)["properties"]
    )
    limits = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    sections = UseCase.model_json_schema()["$defs"].values()
    compared = 0
    for field, facts in [item for one in sections for item in one["properties"].items()]:
        machine = of_machines.get(field)
        if machine is None:
            continue
        own = next((one for one in facts.get("anyOf", [facts]) if one.get("type") != "null"), facts)
        assert {name: own.get(name) for name in limits} == {name: machine.get(name) for name in limits}, field
        compared += 1
    assert compared > 15


def test_every_example_of_a_use_case_is_found() -> None:
    assert [path.parent.name for path in EXAMPLES] == ["cars", "diamonds"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_is_parameters_of_the_one_template_and_nothing_else(path: Path) -> None:
    known = template_parameters()
    made = parameters(read(path))
    assert made.keys() <= known.keys()
    for name, value in made.items():
        facts = known[name]
        assert re.search(facts.get("AllowedPattern", ""), value), name
        assert len(value) <= facts.get("MaxLength", len(value)), name
        assert value in facts.get("AllowedValues", [value]), name
    given = json.loads(made["UseCase"])
    variants = given.pop("variants")
    assert inputs.check(training.Input, DATA | given) == []
    for variant in variants.values():
        assert inputs.check(training.Input, DATA | variant) == []
    assert inputs.check(batch_scoring.Input, DATA | json.loads(made["ScoringUseCase"])) == []
    assert made["SecondVariant"] in variants


def test_the_other_variants_have_names_of_their_own_in_each_stage() -> None:
    case = UseCase.model_validate(EVERYTHING)
    on_upload = json.loads(parameters(case, project="auto", stage="prod")["UseCase"])
    assert "endpoint_name" not in on_upload
    assert on_upload["variants"] == {
        "linear": {
            "algorithm": "linear-learner",
            "endpoint_name": "auto-prod-linear",
            "parameter_prefix": "/auto/prod/training/linear",
        }
    }


def test_one_variant_leaves_the_second_endpoint_empty() -> None:
    only = EVERYTHING | {"variants": {"own": {"algorithm": "custom", "image": "mine:1"}}}
    made = parameters(UseCase.model_validate(only))
    assert made["SecondVariant"] == ""
    assert "Algorithm" not in made
    on_upload = json.loads(made["UseCase"])
    assert (on_upload["algorithm"], on_upload["image"]) == ("custom", "mine:1")
    assert "variants" not in on_upload


@pytest.mark.parametrize(
    ("images", "repository"),
    [
        (["123456789012.dkr.ecr.us-east-1.amazonaws.com/ml/ridge:1"], "ml/ridge"),
        (["123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/ridge@sha256:0a"], "ridge"),
        (["1.dkr.ecr.us-east-1.amazonaws.com/ridge:1"], None),
        ([f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{name}:1" for name in ("a", "b")], None),
        (["mine:1"], None),
    ],
    ids=["tag", "digest in China", "no account", "two", "local"],
)
def test_the_roles_are_let_into_the_one_repository_of_the_use_case(
    images: list[str], repository: str | None
) -> None:
    variants = {f"v{n}": {"algorithm": "custom", "image": image} for n, image in enumerate(images)}
    made = parameters(UseCase.model_validate(EVERYTHING | {"variants": variants}))
    assert made.get("ImageRepository") == repository


def test_more_than_a_parameter_can_hold_is_refused() -> None:
    large = {f"p{n}": "x" * 100 for n in range(40)}
    only = {"xgboost": {"algorithm": "xgboost", "hyperparameters": large}}
    with pytest.raises(UserError, match=r"^use case has \d+ characters as JSON; 4000 is the most"):
        parameters(UseCase.model_validate(EVERYTHING | {"variants": only}))


def test_the_printed_parameters_are_read_back_as_they_were(capsys: pytest.CaptureFixture[str]) -> None:
    awkward = {"UseCase": json.dumps({"unit": 'a "b" \\ c d'}), "Target": "a b"}
    words = shlex.split(overrides(awkward))
    assert {name: value for name, _, value in (word.partition("=") for word in words)} == awkward
    assert main(["usecase", "parameters", str(EXAMPLES[0]), "--stage", "prod"]) == 0
    printed = shlex.split(capsys.readouterr().out)
    assert dict(word.split("=", 1) for word in printed) == parameters(read(EXAMPLES[0]), stage="prod")


def test_a_use_case_wins_over_the_stage_and_typed_parameters_win_over_it() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = ["--template", str(ROOT / "template.yaml"), "--config-env", "prod"]
    words += ["--use-case", str(EXAMPLES[1]), "--parameters", "RmseLimit=9"]
    found = deployed(parser.parse_args(words))
    assert (found["Target"], found["RmseLimit"], found["Stage"]) == ("price", "9", "prod")
    assert json.loads(found["UseCase"])["variants"]["linear"]["endpoint_name"] == "stepmill-prod-linear"
