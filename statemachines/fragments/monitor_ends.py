"""What people hear of a monitored window before it counts, and what the monitor's output says in the end."""

from typing import Any

from statemachines.fragments.failures import say
from statemachines.fragments.tasks import tell
from stepmill.asl import Chain, Choice, ChoiceRule, Fail, Pass, State, Succeed, chain, format_, path

C = ChoiceRule


def told(failed: Fail, ended: State) -> Chain:
    """The mail. A window that people do not know of is not committed: the next execution tells it."""
    words = format_(
        "people could not be told of window {} ({}: {}), so that it is not committed; the next execution "
        "tells it. {}",
        path("$.window.window"),
        path("$.not_told.Error"),
        path("$.not_told.Cause"),
        path("$.verdict.message"),
    )
    not_told = say("SayNotTold", "NotTold", words)
    not_told.next(failed)
    mail = tell(
        "TellDrift",
        subject=path("$.verdict.subject"),
        message=path("$.verdict.message"),
        on_error=not_told,
        comment="Which feature moved, how far, against what",
    )
    left = Pass("LeaveToAnother", result={"committed": False}, result_path="$.commit")
    left.next(ended)
    has_news = Choice("HasNews")
    has_news.add_choice(C.BooleanEquals("$.verdict.tell", True), mail)
    has_news.add_choice(C.BooleanEquals("$.verdict.commit", False), left)
    no_metrics = Pass("NoMetrics", input_path="$.verdict", result_path="$.no_metrics")
    has_metrics = Choice("HasMetrics")
    has_metrics.add_choice(C.Not(C.StringEquals("$.verdict.metrics_error", "")), no_metrics)
    after = Pass("Told")
    mail.next(has_metrics)
    no_metrics.next(after)
    return chain(has_news, has_metrics, after)


def ended() -> Choice:
    """By the last window that this execution measured."""
    words = "another execution has the same window: it tells what there is to tell, and commits it"
    superseded = summary("SummarizeSuperseded", "superseded", words, is_quiet=True)
    no_metrics = summary(
        "SummarizeNoMetrics",
        format_("{}, not in CloudWatch", path("$.no_metrics.outcome")),
        format_(
            "how far the columns have moved is not in CloudWatch ({}); all else is done: {}",
            path("$.no_metrics.metrics_error"),
            path("$.no_metrics.reason"),
        ),
    )
    done = summary("Summarize", path("$.verdict.outcome"), path("$.verdict.reason"), is_quiet=True)
    ended = Choice("HowItEnded")
    ended.add_choice(C.IsPresent("$.no_metrics", True), chain(no_metrics, Succeed("CommittedNoMetrics")))
    ended.add_choice(C.BooleanEquals("$.commit.committed", False), chain(superseded, Succeed("Superseded")))
    ended.default_choice(chain(done, Succeed("Committed")))
    return ended


def summary(state_id: str, outcome: Any, reason: Any, *, is_quiet: bool = False) -> Pass:
    """is_quiet: no mail tells of the execution's good end."""
    return Pass(
        state_id,
        parameters={
            "outcome": outcome,
            "reason": reason,
            "endpoint_name": path("$.config.endpoint_name"),
            "window": path("$.window.window"),
            "quiet": is_quiet,
        },
    )
