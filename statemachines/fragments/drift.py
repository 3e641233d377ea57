"""How rows of now differ from the training's: in their distributions, and in what each column does."""

from typing import Any

from statemachines.fragments import attributions, jobs, scoring
from statemachines.fragments.tasks import caught
from stepmill.asl import Choice, ChoiceRule, Parallel, Pass, State, chain, context, format_, path

C = ChoiceRule
ROLE = scoring.ROLE


def watch(what_failed: State) -> Parallel:
    """$.drift {data, attributions}: folders of reports; attributions is null without a baseline."""
    return Parallel(
        "CompareWithTraining",
        branches=[_data(), _attributions()],
        result_selector={"data": path("$[0].uri"), "attributions": path("$[1].uri")},
        result_path="$.drift",
        catch=caught(what_failed),
        comment="The rows are scored by now",
    )


def _data() -> Any:
    job = jobs.processing(
        "DataDrift",
        kind="drift",
        script="monitoring/data_drift.py",
        arguments=["--label", _label()],
        inputs={
            "current": scoring.SCORED_URI,
            "baseline": path("$.package.baseline_uri"),
            "schema": path("$.package.schema_uri"),
        },
        outputs={"": jobs.in_run("drift/data")},
        role=ROLE,
        comment="Statistics of these rows and their violations of the training's constraints",
    )
    return chain(job, Pass("TakeDataDrift", parameters={"uri": jobs.in_run("drift/data")}))


def _attributions() -> Choice:
    places = attributions.Places(
        rows=scoring.SCORED_URI,
        schema=path("$.package.schema_uri"),
        plan=jobs.in_run("drift/plan"),
        ask=jobs.in_run("drift/ask"),
        answers=jobs.in_run("drift/answers"),
        solved=jobs.in_run("drift/attributions"),
        baseline=path("$.package.attributions_uri"),
    )
    plan = attributions.Step(
        kind="plan",
        comment="What to ask the model, with the background of its baseline",
        arguments=["--explained", format_("{}", path("$.config.explained_rows"))],
    )
    ask = scoring.transform(
        "AskModel",
        kind="ask",
        rows=jobs.in_run("drift/ask/rows.csv"),
        output=places.answers,
        comment="The same model on rows whose columns are mixed",
    )
    solve = attributions.Step(
        kind="solve",
        comment="What each column did, and how its rank has moved: NDCG",
        arguments=["--label", _label()],
    )
    done = Pass("TakeAttributions", parameters={"uri": jobs.in_run("drift/attributions")})
    explained = chain(attributions.explain(places, plan=plan, ask=ask, solve=solve, role=ROLE), done)
    has_baseline = Choice("HasAttributions")
    has_baseline.add_choice(C.IsString("$.package.attributions_uri", True), explained)
    has_baseline.default_choice(Pass("NothingToCompare", result={"uri": None}))
    return has_baseline


def _label() -> Any:
    return format_("{}, version {}", context("$$.Execution.Name"), path("$.package.version"))
