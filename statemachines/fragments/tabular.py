"""Jobs over tables: features and split before training, baselines for monitoring after it."""

from typing import Any

from statemachines.fragments import attributions, jobs, names
from statemachines.fragments.tasks import caught
from stepmill.asl import Chain, Parallel, State, Task, format_, json_to_string, path

ATTRIBUTIONS = "baseline/attributions"
# Rows to explain, centres of all rows that stand for an exchanged column, and sets of columns for each row:
# their product is asked of the model.
EXPLAINED, BACKGROUND, COALITIONS = "25", "10", "128"


def preprocess(what_failed: State) -> Task:
    """Features, and the split into train, validation and test files."""
    numbers = ("seed", "train_fraction", "validation_fraction", "test_fraction", "max_missing_fraction")
    arguments: list[Any] = [
        "--target",
        path("$.config.target"),
        "--columns",
        json_to_string(path("$.config.columns")),
        "--step",
        path("$.config.preprocess_step"),
    ]
    for name in numbers:
        arguments += [f"--{name.replace('_', '-')}", format_("{}", path(f"$.config.{name}"))]
    folders = ("train", "validation", "test", "truth", "held_out", "baseline", "schema")
    return jobs.processing(
        "Preprocess",
        kind="preprocess",
        script="tabular/preprocess.py",
        arguments=arguments,
        inputs={"data": path("$.config.data_uri")},
        outputs={folder: jobs.in_run(f"prepared/{folder}") for folder in folders},
        role="${PreprocessRoleArn}",
        on_error=what_failed,
        comment="CSV files -> numbers, split by a seeded hash of each row",
    )


def encode_for_champion() -> Task:
    """The held-out rows as the champion was taught to read them, and which of them it was not trained on."""
    return jobs.processing(
        "EncodeForChampion",
        kind="encode",
        script="tabular/encode.py",
        arguments=["--target", path("$.config.target"), "--data", path("$.config.data_uri")],
        inputs={
            "held_out": jobs.in_run("prepared/held_out"),
            "schema": path(f"$.champion.model.PrimaryContainer.Environment.{names.SCHEMA_URI}"),
        },
        outputs={"champion": jobs.in_run("prepared/champion")},
        role="${PreprocessRoleArn}",
        comment="Its columns and categories may be others than those of the new data",
    )


def baselines(what_failed: State) -> Parallel:
    """What later monitoring compares with: of the data, of the model's quality and of its attributions."""
    of_data = jobs.processing(
        "DataBaseline",
        kind="data-base",
        script="monitoring/data_baseline.py",
        arguments=[],
        inputs={"baseline": jobs.in_run("prepared/baseline")},
        outputs={"": jobs.in_run("baseline/data")},
        role="${BaselineRoleArn}",
        comment="Statistics and constraints of the training data",
    )
    of_quality = jobs.processing(
        "ModelQualityBaseline",
        kind="quality",
        script="monitoring/model_quality_baseline.py",
        arguments=[],
        inputs={"truth": jobs.in_run("prepared/truth"), "predictions": jobs.in_run("predictions/candidate")},
        outputs={"": jobs.in_run("baseline/model_quality")},
        role="${BaselineRoleArn}",
        comment="Metrics and their limits on the held-out file",
    )
    return Parallel(
        "Baselines",
        branches=[of_data, of_quality, _attributions()],
        result_path=None,
        catch=caught(what_failed),
    )


def _attributions() -> Chain:
    places = attributions.Places(
        rows=jobs.in_run("prepared/baseline"),
        schema=jobs.in_run("prepared/schema"),
        plan=jobs.in_run(f"{ATTRIBUTIONS}/plan"),
        ask=jobs.in_run(f"{ATTRIBUTIONS}/ask"),
        answers=jobs.in_run("predictions/attributions"),
        solved=jobs.in_run(ATTRIBUTIONS),
    )
    plan = attributions.Step(
        kind="attr-plan",
        comment="Kernel SHAP: rows with some of their columns exchanged",
        arguments=[
            *("--seed", format_("{}", path("$.config.seed"))),
            *("--explained", EXPLAINED, "--background", BACKGROUND, "--coalitions", COALITIONS),
        ],
    )
    # The plan's jobs need what the state was; the answers' place follows from the execution.
    ask = jobs.transform_job(
        "AskForAttributions",
        kind="explain",
        model_name=path("$.model.name"),
        rows=jobs.in_run(f"{ATTRIBUTIONS}/ask/rows.csv"),
        output=places.answers,
        comment="What the model answers for them",
        result_path=None,
    )
    solve = attributions.Step(
        kind="attr-solve", comment="Global and local explanations, and a page for people"
    )
    return attributions.explain(places, plan=plan, ask=ask, solve=solve, role="${BaselineRoleArn}")
