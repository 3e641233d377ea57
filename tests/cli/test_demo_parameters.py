"""The demos deploy what `stepmill deploy --use-case` would, and change only what their plots need."""

import argparse
import json
import math
from pathlib import Path
from typing import Any

import pytest

from statemachines import batch_scoring, training
from stepmill.asl import inputs
from stepmill.cli.demo import check, container, full, scenario, usecase
from stepmill.cli.demo.stage import PlotBroken
from stepmill.cli.errors import UserError
from stepmill.cli.usecase import deploying
from stepmill.cli.usecase.model import UseCase
from stepmill.cli.usecase.reading import read

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/usecase.yaml"))
DATA = {"data_uri": "s3://data/data/a.csv"}
PLAIN: dict[str, Any] = {
    "target": "y",
    "rmse_limit": 3,
    "variants": {"own": {"algorithm": "custom", "image": "a"}},
}


def differing(made: dict[str, str], plain: dict[str, str]) -> dict[str, Any]:
    """Parameters that differ, those that are JSON by their members."""
    found: dict[str, Any] = {}
    for name in made.keys() | plain.keys():
        now, then = made.get(name, ""), plain.get(name, "")
        if now == then:
            continue
        found[name] = members(json.loads(now), json.loads(then)) if then.startswith("{") else now
    return found


def members(now: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    return {
        name: members(now[name], then[name]) if isinstance(now[name], dict) and name in then else now[name]
        for name in now
        if now[name] != then.get(name)
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_quick_demo_deploys_the_use_case_with_one_of_its_variants(path: Path) -> None:
    case = read(path)
    one = case.model_copy(update={"variants": {"linear": case.variants["linear"]}})
    assert differing(scenario.parameters(case), deploying.parameters(one)) == {
        "UseCase": {"bake_s": 0} | ({} if case.approval == "automatic" else {"approval": "automatic"})
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_its_challenger_gets_what_the_use_case_says_of_that_variant(path: Path) -> None:
    case = read(path)
    given = scenario.challenger(case)
    assert given == deploying.training_input(case, "xgboost") | {"approval": "automatic", "bake_s": 0}
    assert "endpoint_name" not in given
    assert inputs.check(training.Input, DATA | given) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_full_demo_deploys_the_use_case_with_a_search_and_the_plots_settings(path: Path) -> None:
    case = read(path)
    made = full.parameters(full.pair(case))
    found = differing(made, deploying.parameters(case))
    tuning = found["UseCase"].pop("tuning")
    found["UseCase"].pop("hyperparameters", None)
    assert found == {
        "UseCase": {"approval": "manual", "bake_s": 0, "variants": {"linear": {"approval": "automatic"}}},
        "ScoringUseCase": {"retrain_drifted_features": 1, "retrain_ndcg": 0.5, "explained_rows": 10},
        "ImageRepository": "ridge",
    }
    assert (tuning["strategy"], tuning["max_jobs"]) == ("Random", 3)
    given = json.loads(made["UseCase"])
    variants = given.pop("variants")
    assert inputs.check(training.Input, DATA | given) == []
    assert [inputs.check(training.Input, DATA | one) for one in variants.values()] == [[]]
    assert inputs.check(batch_scoring.Input, DATA | json.loads(made["ScoringUseCase"])) == []


def test_what_is_searched_for_is_fixed_no_more() -> None:
    case = UseCase.model_validate(
        PLAIN
        | {"variants": {"boosted": {"algorithm": "xgboost", "hyperparameters": {"eta": 0.1, "num_round": 9}}}}
    )
    tuned, plain = full.pair(case).variants.items()
    assert (tuned[0], tuned[1].hyperparameters, tuned[1].tuning) == (
        "boosted",
        {"num_round": "9"},
        full.TUNING,
    )
    assert (plain[0], plain[1].given()) == ("linear", {"algorithm": "linear-learner"})


def test_a_use_case_without_such_variants_gets_plain_ones() -> None:
    two = usecase.with_variants(UseCase.model_validate(PLAIN), "xgboost", "linear-learner")
    assert {name: one.given() for name, one in two.variants.items()} == {
        "xgboost": {"algorithm": "xgboost"},
        "linear": {"algorithm": "linear-learner"},
    }


@pytest.mark.parametrize(("features", "degree"), [(200, "2"), (201, "1")])
def test_a_container_takes_the_second_variants_place_and_its_endpoint(features: int, degree: str) -> None:
    case = full.pair(read(EXAMPLES[0]))
    given = container.challenger(case, "linear", "1.dkr.ecr.x.amazonaws.com/ridge:1", features)
    plain = deploying.training_input(case, "linear")
    assert given == plain | {
        "algorithm": "custom",
        "image": "1.dkr.ecr.x.amazonaws.com/ridge:1",
        "hyperparameters": {"l2": "0.01", "degree": degree},
    }
    assert inputs.check(training.Input, DATA | given) == []


def test_the_careless_change_is_one_line_of_the_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    program = container.careless(tmp_path)
    before = (container.PROGRAM / "container.py").read_text().splitlines()
    after = (program / "container.py").read_text().splitlines()
    [(old, new)] = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert old.replace(*container.CARELESS) == new
    assert [file.name for file in program.iterdir()] == ["container.py"]


def test_a_change_that_fits_nowhere_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/container.py").write_text("print()\n")
    with pytest.raises(PlotBroken, match=r"container\.py has 'self\..*' 0 times; it should be there once$"):
        container.careless(tmp_path / "made", tmp_path / "other")


def test_members_of_a_parameter_are_changed_at_any_depth() -> None:
    made = {"UseCase": '{"a": 1, "variants": {"linear": {"b": 2, "e": 6}}}', "Target": "y"}
    changes = {"c": 3, "variants": {"linear": {"b": 4}, "other": {"d": 5}}}
    changed = deploying.changed(made, "UseCase", changes)
    assert json.loads(changed.pop("UseCase")) == {
        "a": 1,
        "variants": {"linear": {"b": 4, "e": 6}, "other": {"d": 5}},
        "c": 3,
    }
    assert changed == {"Target": "y"}
    with pytest.raises(UserError, match=r"^UseCase has \d+ characters as JSON; 4000 is the most"):
        deploying.changed(made, "UseCase", {"a": "x" * 4000})


def own(tmp_path: Path, content: str, limit: float | None = None, target: str = "y") -> usecase.Example:
    table = tmp_path / "t.csv"
    table.write_text(content)
    return usecase.own("t", table, target, limit, tmp_path / "made")


def test_a_table_of_the_users_own_is_a_use_case_too(tmp_path: Path) -> None:
    example = own(tmp_path, "x,y\n1,2\n2,4\n3,6\n")
    assert example.case == UseCase.model_validate(
        {
            "target": "y",
            "rmse_limit": 2.4495,
            "variants": {"xgboost": {"algorithm": "xgboost"}, "linear": {"algorithm": "linear-learner"}},
            "scoring": {"bad_rows": "report"},
        }
    )
    assert (example.target, example.unit) == ("y", "")
    assert own(tmp_path, "x,y\n1,2\n2,4\n", 7).case.rmse_limit == 7


def test_a_target_that_never_changes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"column y is the same in all rows; there is nothing to predict$"):
        own(tmp_path, "x,y\n1,2\n2,2\n")
    assert not (tmp_path / "made").exists()


def test_a_target_that_no_use_case_may_have_is_refused(tmp_path: Path) -> None:
    long = "y" * 257
    with pytest.raises(UserError, match=f"^--target {long}: String should have at most 256 characters$"):
        own(tmp_path, f"x,{long}\n1,2\n2,3\n", target=long)


@pytest.mark.parametrize("limit", [math.inf, math.nan, 0.0, -1.0])
def test_a_limit_that_is_no_number_above_0_is_refused(limit: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    args = argparse.Namespace(name="t", csv=Path("t.csv"), target="y", rmse_limit=limit)
    with pytest.raises(UserError, match=r"^--rmse-limit is .*; give a number above 0"):
        check(args)
