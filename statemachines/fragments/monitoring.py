"""The monitor's jobs: a window made of what is new, and each of its models measured against its baselines."""

from statemachines.fragments import attributions, jobs, retries, throttled
from statemachines.fragments.failures import say
from statemachines.fragments.tasks import caught, in_any_partition
from stepmill.asl import (
    Choice,
    ChoiceRule,
    Map,
    Parallel,
    Pass,
    State,
    Task,
    chain,
    context,
    format_,
    glue,
    hash_,
    path,
    string_to_json,
)

C = ChoiceRule
# Two hours, and the time that a run may wait for its capacity.
CONSOLIDATE_TIMEOUT_S = 2 * 3600 + 900
MODEL = "$.model"
ROLE = "${MonitorRoleArn}"
# Rows to explain, and sets of columns for each; the background is the baseline's.
EXPLAINED, COALITIONS = "25", "128"
SAMPLES = ("--samples", format_("{}", path("$.config.sample_rows")))
# Of a job's description.
JOB = {"job": path("$.ProcessingJobArn")}
ANALYZER_ENVIRONMENT = {
    "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
    "dataset_source": f"{jobs.INPUTS}/current",
    "baseline_statistics": f"{jobs.INPUTS}/baseline/statistics.json",
    "baseline_constraints": f"{jobs.INPUTS}/baseline/constraints.json",
    "output_path": jobs.OUTPUTS,
    "publish_cloudwatch_metrics": "Disabled",
}
# What a window's pairs are, in the analyzer's words.
QUALITY_ENVIRONMENT = {
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "Regression",
    "inference_attribute": "prediction",
    "ground_truth_attribute": "truth",
}


def consolidate(what_failed: State, failed: State) -> Task:
    """What is new becomes a window; which one is told in a file named like the run."""
    numbers = ("lookback_days", "truth_windows")
    task = glue.start_job_run(
        "Consolidate",
        job_name="${ConsolidateJob}",
        arguments={
            "--endpoint": path("$.config.endpoint_name"),
            "--parameter-prefix": path("$.config.parameter_prefix"),
            "--problem": path("$.config.problem"),
            "--run-id": path("$.run.id"),
            "--monitor-image": path("$.config.monitor_image"),
            **{f"--{name.replace('_', '-')}": format_("{}", path(f"$.config.{name}")) for name in numbers},
        },
        comment="Run again after a death, it writes what the dead one would have written",
        result_path=None,
        retry=retries.GLUE_BUSY,
        catch=caught(_consolidation_failed(what_failed, failed)),
        timeout_seconds=CONSOLIDATE_TIMEOUT_S,
    )
    return in_any_partition(task)


def _consolidation_failed(what_failed: State, failed: State) -> Choice:
    """A failed run of Glue tells why in a field of its own."""
    read = Pass(
        "ReadGlueCause",
        parameters={"run": string_to_json(path("$.failure.Cause"))},
        result_path="$.glue",
    )
    has_reason = Choice("GlueTellsWhy")
    words = say("SayGlueReason", "ConsolidateFailed", path("$.glue.run.ErrorMessage"))
    has_reason.add_choice(C.IsPresent("$.glue.run.ErrorMessage", True), chain(words, failed))
    has_reason.default_choice(failed)
    described = C.And(
        [
            C.StringEquals("$.failure.Error", "States.TaskFailed"),
            C.StringMatches("$.failure.Cause", '{*"JobRunState"*}'),
        ]
    )
    ended = Choice("GlueRunEnded", choices=[(described, chain(read, has_reason))])
    ended.default_choice(what_failed)
    return ended


def measure(what_failed: State) -> Map:
    """$.measured: of each model of the window, the jobs that have measured it."""
    of_model = Parallel(
        "MeasureModel",
        branches=[_data(), _quality(), _attributions()],
        result_selector={
            name: path(f"$[{place}].job") for place, name in enumerate(("data", "quality", "attributions"))
        },
        result_path="$.jobs",
    )
    told = Pass("TellJobs", parameters={"version": path(f"{MODEL}.version"), "jobs": path("$.jobs")})
    version = context("$$.Map.Item.Value.version")
    return Map(
        "MeasureModels",
        comment="A window may hold answers of several models, each with baselines of its own",
        items_path="$.window.models",
        item_selector={
            "config": path("$.config"),
            "model": context("$$.Map.Item.Value"),
            "run": {
                "id": hash_(format_("{}/{}", path("$.run.id"), version), "MD5"),
                "prefix": path("$.run.prefix"),
            },
            **throttled.before(),
        },
        item_processor=chain(of_model, told),
        max_concurrency=4,
        result_path="$.measured",
        catch=caught(what_failed),
    )


def _data() -> Choice:
    """Always, when the window has rows of the model and the model has a baseline."""
    own = jobs.processing(
        "DataDrift",
        kind="data-drift",
        script="monitoring/data_drift.py",
        arguments=["--label", path(f"{MODEL}.label"), *SAMPLES],
        inputs={
            "current": path(f"{MODEL}.records_uri"),
            "baseline": path(f"{MODEL}.baseline_uri"),
            "schema": path(f"{MODEL}.schema_uri"),
        },
        outputs={"": path(f"{MODEL}.data_report_uri")},
        role=ROLE,
        comment="The window's rows against the training rows of their model",
        result=JOB,
    )
    by_aws = _analyzer(
        "AnalyzeWithAws",
        kind="data-drift",
        rows="columns",
        baseline="baseline",
        report="data_report",
        comment="The same rows and files, by Model Monitor's analyzer",
    )
    whose = Choice("WhoseAnalyzer", choices=[(C.StringEquals("$.config.monitor_image", "aws"), by_aws)])
    whose.default_choice(own)
    has_data = Choice("HasData", choices=[(C.BooleanEquals(f"{MODEL}.has_data", True), whose)])
    has_data.default_choice(_nothing("NoData"))
    return has_data


def _quality() -> Choice:
    own = jobs.processing(
        "ModelQuality",
        kind="judge",
        script="monitoring/model_quality.py",
        arguments=[
            *("--problem", path("$.config.problem")),
            *("--slack", format_("{}", path("$.config.slack"))),
            *SAMPLES,
        ],
        inputs={"records": path(f"{MODEL}.joined_uri"), "baseline": path(f"{MODEL}.quality_uri")},
        outputs={"": path(f"{MODEL}.quality_report_uri")},
        role=ROLE,
        comment="Answers whose truth has come, late truth of earlier windows included",
        result=JOB,
    )
    by_aws = _analyzer(
        "JudgeWithAws",
        kind="judge",
        rows="pairs",
        baseline="quality",
        report="quality_report",
        environment=QUALITY_ENVIRONMENT,
        comment="The same answers, by Model Monitor's analyzer; it has no slack",
    )
    is_for_aws = C.And(
        [C.StringEquals("$.config.monitor_image", "aws"), C.StringEquals("$.config.problem", "regression")]
    )
    whose = Choice("WhoseJudge", choices=[(is_for_aws, by_aws)])
    whose.default_choice(own)
    has_truth = Choice("HasTruth", choices=[(C.BooleanEquals(f"{MODEL}.has_quality", True), whose)])
    has_truth.default_choice(_nothing("NoTruth"))
    return has_truth


def _attributions() -> Choice:
    """On demand: which columns count most for the model that serves now, against its baseline's ranking."""
    places = attributions.Places(
        rows=path(f"{MODEL}.records_uri"),
        schema=path(f"{MODEL}.schema_uri"),
        plan=path(f"{MODEL}.plan_uri"),
        ask=path(f"{MODEL}.ask_uri"),
        answers=path(f"{MODEL}.answers_uri"),
        solved=path(f"{MODEL}.attributions_report_uri"),
        baseline=path(f"{MODEL}.attributions_uri"),
    )
    plan = attributions.Step(
        kind="drift-plan",
        comment="Kernel SHAP against the baseline's background",
        arguments=["--explained", EXPLAINED, "--coalitions", COALITIONS],
    )
    ask = jobs.transform_job(
        "AskForAttributions",
        kind="drift-ask",
        model_name=path(f"{MODEL}.model_name"),
        rows=places.ask,
        output=places.answers,
        comment="What the model answers for rows with some columns exchanged",
        result_path=None,
    )
    solve = attributions.Step(
        kind="drift-solve",
        comment="The ranking of the columns against the baseline's",
        arguments=["--label", path(f"{MODEL}.label")],
        result=JOB,
    )
    explained = attributions.explain(places, plan=plan, ask=ask, solve=solve, role=ROLE)
    wanted = Choice("WantsAttributions")
    wanted.add_choice(C.BooleanEquals(f"{MODEL}.has_attributions", True), explained)
    wanted.default_choice(_nothing("NoAttributions"))
    return wanted


def _analyzer(
    state_id: str,
    *,
    kind: str,
    rows: str,
    baseline: str,
    report: str,
    comment: str,
    environment: dict[str, str] | None = None,
) -> Task:
    """AWS's own container, for accounts that have it. rows, baseline, report: names of the model's places.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
    """
    return jobs.processing_job(
        state_id,
        kind=kind,
        specification={"ImageUri": "${AnalyzerImage}"},
        environment=ANALYZER_ENVIRONMENT | (environment or {}),
        inputs={"current": path(f"{MODEL}.{rows}_uri"), "baseline": path(f"{MODEL}.{baseline}_uri")},
        outputs={"": path(f"{MODEL}.{report}_uri")},
        role=ROLE,
        comment=comment,
        result=JOB,
    )


def _nothing(state_id: str) -> Pass:
    return Pass(state_id, result={"job": None})
