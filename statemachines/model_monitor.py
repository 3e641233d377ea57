"""Model monitor: what is new at an endpoint is held against the baselines of the model that answered it.

Starts on: a schedule, ground truth that lands, or by hand. Ends: nothing new; stable; drift, which people
hear of before its window is committed; superseded, since another execution has the same window; or failed
with one clear reason, and the next execution takes up the same window. One is that people could not be told.
"""

from dataclasses import dataclass

from statemachines.fragments import failures, inputs, monitor_ends, monitoring, throttled
from statemachines.fragments.tasks import function
from stepmill.asl import (
    Chain,
    Choice,
    ChoiceRule,
    Fail,
    Machine,
    Pass,
    State,
    Succeed,
    chain,
    context,
    defaults,
    field,
    format_,
    hash_,
    math_add,
    path,
)

TIMEOUT_S = 24 * 3600
MOST_ROUNDS = 3
C = ChoiceRule


@dataclass(frozen=True, kw_only=True)
class Input:
    """What an execution is given. What is absent has the default of this file or of the deployment."""

    endpoint_name: str = field(
        default="${NamePrefix}", min_length=1, description="whose requests; begins with <project>-<stage>"
    )
    parameter_prefix: str = field(
        default="${ParameterPrefix}", pattern="^/", description="SSM path of the exported names"
    )
    problem: str = field(
        default="regression",
        pattern="^(regression|binary|multiclass)$",
        description="how answers are held against the truth",
    )
    slack: float = field(
        default=0.1, ge=0, description="part of a limit by which model quality may be worse than it"
    )
    attributions: bool = field(
        default=False, description="whether the attributions are compared too, which asks the model"
    )
    monitor_image: str = field(
        default="own",
        pattern="^(own|aws)$",
        description="what measures data drift and model quality: our jobs, or Model Monitor's analyzer",
    )
    lookback_days: int = field(
        default=30, ge=0, description="days of capture that are looked at; 0 for all", unit="days"
    )
    truth_windows: int = field(
        default=2200, ge=1, description="windows for which truth and records wait for each other"
    )
    sample_rows: int = field(default=5, ge=0, le=50, description="rows kept with each violation")
    metric_columns: int = field(
        default=20, ge=0, le=1000, description="columns whose drift goes to CloudWatch; 0 for none"
    )
    processing_image: str = field(
        default="${SklearnImage}", min_length=1, description="image of the processing jobs"
    )
    processing_instance_type: str = field(default="ml.m5.large", description="for the processing jobs")
    transform_instance_type: str = field(default="ml.m5.large", description="to ask for attributions")


CHECKS = {
    "endpoint_name": inputs.text("endpoint_name"),
    "parameter_prefix": inputs.text("parameter_prefix", "/*", "give a path that begins with /"),
    "problem": inputs.one_of("problem", "regression", "binary", "multiclass"),
    "slack": inputs.number("slack", at_least=0),
    "attributions": inputs.truth("attributions"),
    "monitor_image": inputs.one_of("monitor_image", "own", "aws"),
    "lookback_days": inputs.whole("lookback_days", at_least=0),
    "truth_windows": inputs.whole("truth_windows", at_least=1),
    "sample_rows": inputs.whole("sample_rows", at_least=0, below=51),
    "metric_columns": inputs.whole("metric_columns", at_least=0, below=1001),
    "processing_image": inputs.text("processing_image"),
    "processing_instance_type": inputs.text("processing_instance_type"),
    "transform_instance_type": inputs.text("transform_instance_type"),
}
COUNTS = ("lookback_days", "truth_windows", "sample_rows", "metric_columns")


def build() -> Machine:
    failed = Fail("Failed", error=path("$.failure.Error"), cause=path("$.failure.Cause"))
    what_failed = failures.in_words(failed)
    settings = _settings()
    ended = monitor_ends.ended()
    name_round = Pass(
        "NameRun",
        parameters={
            "prefix": "${NamePrefix}",
            "id": hash_(format_("{}/{}", context("$$.Execution.Id"), path("$.round")), "MD5"),
        },
        result_path="$.run",
    )
    chain(
        settings,
        name_round,
        monitoring.consolidate(what_failed, failed),
        _read_window(what_failed, ended),
        monitoring.measure(what_failed),
        _evaluate(what_failed),
        monitor_ends.told(failed, ended),
        _commit(what_failed),
        _more(ended, again=name_round),
    )
    return Machine(
        name="model_monitor",
        comment="What is new at an endpoint, held against the baselines of the model that answered it",
        input=Input,
        timeout_seconds=TIMEOUT_S,
        states=_checked_input(settings),
    )


def _checked_input(settings: Pass) -> Chain:
    words = (
        "model_monitor: input.monitor_image is aws, but the stack has no image of Model Monitor's analyzer; "
        "give the account that owns it as AnalyzerAccount of template.yaml (AWS has closed the service to "
        "new accounts), or leave monitor_image at own"
    )
    is_unknown = C.And(
        [C.StringEquals("$.config.monitor_image", "aws"), C.StringMatches("$.analyzer_image", "none.*")]
    )
    has_analyzer = Choice("HasAnalyzer")
    has_analyzer.add_choice(is_unknown, Fail("RefuseAnalyzer", error="InputInvalid", cause=words))
    has_analyzer.default_choice(settings)
    return chain(
        inputs.merged(defaults(Input), machine="model_monitor", analyzer_image="${AnalyzerImage}"),
        inputs.shown("ShowInput", COUNTS),
        inputs.valid("ValidateInput", "model_monitor", CHECKS),
        has_analyzer,
    )


def _settings() -> Pass:
    return Pass(
        "Settings",
        parameters={
            "config": path("$.config"),
            "round": 1,
            "commit": {"committed": True},
            **throttled.before(),
        },
    )


def _read_window(what_failed: State, ended: State) -> Chain:
    """$.window: which one it is, and its models; on only if there is one."""
    read = function(
        "ReadWindow",
        payload={
            "endpoint_name": path("$.config.endpoint_name"),
            "parameter_prefix": path("$.config.parameter_prefix"),
            "run_id": path("$.run.id"),
            "attributions": path("$.config.attributions"),
        },
        result_selector={
            name: path(f"$.Payload.{name}") for name in ("outcome", "window", "has_more", "models")
        },
        result_path="$.window",
        on_error=what_failed,
    )
    nothing = chain(
        monitor_ends.summary("SummarizeNothing", "nothing new", "no object is new", is_quiet=True),
        Succeed("NothingNew"),
    )
    is_nothing = C.StringEquals("$.window.outcome", "nothing new")
    has_window = Choice("HasWindow")
    has_window.add_choice(C.And([is_nothing, C.IsPresent("$.verdict", True)]), ended)
    has_window.add_choice(is_nothing, nothing)
    return chain(read, has_window)


def _evaluate(what_failed: State) -> State:
    """$.verdict, with the mail."""
    return function(
        "EvaluateDrift",
        payload={
            "endpoint_name": path("$.config.endpoint_name"),
            "window": path("$.window.window"),
            "measured": path("$.measured"),
            "models": path("$.window.models"),
            "sample_rows": path("$.config.sample_rows"),
            "metric_columns": path("$.config.metric_columns"),
            "execution_arn": context("$$.Execution.Id"),
        },
        result_selector={
            name: path(f"$.Payload.{name}")
            for name in (
                *("outcome", "reason", "tell", "subject", "message", "violations", "report_uri"),
                *("commit", "metrics_error"),
            )
        },
        result_path="$.verdict",
        on_error=what_failed,
        comment="What is violated goes to SQL; one execution of all gets to tell a window",
    )


def _commit(what_failed: State) -> State:
    """From here on the window counts. $.commit"""
    return function(
        "CommitWindow",
        payload={
            "endpoint_name": path("$.config.endpoint_name"),
            "window": path("$.window.window"),
            "execution_arn": context("$$.Execution.Id"),
        },
        result_selector={"committed": path("$.Payload.committed")},
        result_path="$.commit",
        on_error=what_failed,
        comment="Created once: of two executions one wins",
    )


def _more(ended: State, *, again: State) -> Choice:
    """Another round when there was more than one window takes, or the window was planned by somebody else."""
    count = Pass("CountRound", parameters={"number": math_add(path("$.round"), 1)}, result_path="$.next")
    take = Pass("TakeRound", input_path="$.next.number", result_path="$.round")
    chain(count, take, again)
    is_more = C.And([C.BooleanEquals("$.window.has_more", True), C.NumericLessThan("$.round", MOST_ROUNDS)])
    more = Choice("HasMore", choices=[(is_more, count)])
    more.default_choice(ended)
    return more
