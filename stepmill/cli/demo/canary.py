"""A canary that goes back: live requests while an update is watched, the alarm that rings, what serves on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import cycle
from typing import Any

from stepmill.cli.demo import runs, shift, watching
from stepmill.cli.demo.asking import Answer, Caller
from stepmill.cli.demo.serving import Mail
from stepmill.cli.demo.shift import Row
from stepmill.cli.demo.stage import Json, PlotBroken, Stage

PAUSE_S = 0.1
SUBJECT = "Endpoint was not updated: the previous model serves on"
ENDED = "deployment failed"


@dataclass
class Traffic:
    """What callers got: answers, one row each, and what the API said instead of answering."""

    answers: list[Answer] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def alone(self) -> list[Answer]:
        """Answers of one model, since the other had failed."""
        return [one for one in self.answers if one.degraded]


@dataclass(frozen=True)
class Served:
    """What serves at an endpoint: its config, and the names that are exported for others."""

    status: str
    config: str
    exported: dict[str, str]


@dataclass(frozen=True)
class Return:
    """An update that was taken back. `alarm` is the one that rang, as the machine's reason names it.

    `mail` tells that the endpoint is back, `end` how the execution ended.
    """

    execution_arn: str
    status: str
    error: str
    reason: str
    alarm: str
    before: Served
    after: Served
    traffic: Traffic
    last: Answer
    mail: Mail | None
    end: Mail | None

    @property
    def is_back(self) -> bool:
        """Whether the alarm has ended the update, and all is as it was before."""
        ended = (self.status, self.error) == ("FAILED", "EndpointUpdateFailed")
        return ended and bool(self.alarm) and self.before == self.after and self.after.status == "InService"

    @property
    def all_were_answered(self) -> bool:
        """By both models or, while the canary failed, by the other one; by both again at last."""
        return bool(self.traffic.answers) and not self.traffic.refusals and not self.last.degraded

    def figures(self) -> dict[str, Any]:
        reasons = sorted({reason for one in self.traffic.alone for reason in one.reasons.values()})
        return {
            **{name: getattr(self, name) for name in ("execution_arn", "status", "error", "reason", "alarm")},
            "before": asdict(self.before),
            "after": asdict(self.after),
            "requests": len(self.traffic.answers) + len(self.traffic.refusals),
            "answered_by_one_model": len(self.traffic.alone),
            "why_by_one": reasons,
            "refused": self.traffic.refusals,
            "mails": [None if one is None else one.file for one in (self.mail, self.end)],
        }


def roll_out(stage: Stage, endpoint: str, variant: str, version: str, rows: list[Row]) -> tuple[Return, Json]:
    """Approve the version, with requests of one row under way; and how its deployment ended."""
    before = served(stage, endpoint, variant)
    caller = Caller(stage)
    with live_traffic(caller.post, rows) as traffic:
        runs.approve(stage, version)
        ended = stage.watch(runs.DEPLOYMENT, runs.of_package(version))
    reason, arn = ended.get("cause", ""), ended["executionArn"]
    return Return(
        execution_arn=arn,
        status=ended["status"],
        error=ended.get("error", ""),
        reason=reason,
        alarm=next((name for name in alarms(endpoint) if name in reason), ""),
        before=before,
        after=served(stage, endpoint, variant),
        traffic=traffic,
        last=caller.post(shift.as_csv(rows[:1])),
        mail=stage.await_mail(lambda one: one.subject == SUBJECT and arn in one.body),
        end=stage.await_mail(lambda one: ENDED in one.subject and arn in one.body),
    ), ended


def alarms(endpoint: str) -> tuple[str, str]:
    """The stack's own, of its two endpoints."""
    return f"{endpoint}-errors", f"{endpoint}-latency"


def served(stage: Stage, endpoint: str, variant: str) -> Served:
    found = stage.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    exported = stage.parameters(f"/{variant}")
    return Served(found["EndpointStatus"], found["EndpointConfigName"], exported)


@contextmanager
def live_traffic(post: Callable[[str], Answer], rows: list[Row]) -> Iterator[Traffic]:
    """Somebody asks for one row after the other, all the time."""
    traffic, over = Traffic(), threading.Event()

    def ask() -> None:
        for row in cycle(rows):
            try:
                traffic.answers.append(post(shift.as_csv([row])))
            except PlotBroken as refused:
                traffic.refusals.append(str(refused))
            if over.wait(PAUSE_S):
                return

    thread = threading.Thread(target=ask, name="live traffic")
    thread.start()
    try:
        yield traffic
    finally:
        over.set()
        thread.join()


def show(stage: Stage, back: Return) -> None:
    """The mails, the alarm, and what callers noticed."""
    if back.end is not None:
        watching.show_mail(stage, back.end)
    if back.mail is not None:
        stage.done(f"a mail of its own: {back.mail.subject}")
    if back.alarm:
        [alarm] = stage.client("cloudwatch").describe_alarms(AlarmNames=[back.alarm])["MetricAlarms"]
        reason = alarm["StateReason"].partition(" (minimum ")[0]
        stage.done(f"the alarm {back.alarm} rang: {reason}", alarm["AlarmDescription"])
    answered, alone = len(back.traffic.answers), len(back.traffic.alone)
    some = f"{answered} of {answered + len(back.traffic.refusals)} requests were answered meanwhile"
    why = "; ".join(back.figures()["why_by_one"])
    stage.done(f"{some}, {alone} of them by one model alone, since the other {why}" if alone else some)
    if not back.last.degraded:
        stage.done("both models answer again")
