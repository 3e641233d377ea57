"""How the walk through all of it ends: what is true, in a table and in a file."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from stepmill.cli.demo import report
from stepmill.cli.demo.asking import Answer
from stepmill.cli.demo.runs import Run
from stepmill.cli.demo.scaling import Fleet
from stepmill.cli.demo.scoring import Scored
from stepmill.cli.demo.second import Second
from stepmill.cli.demo.serving import Mail
from stepmill.cli.demo.shift import Shift
from stepmill.cli.demo.usecase import Example
from stepmill.cli.demo.watching import STABLE, Watched
from stepmill.cli.report.queries import Answers


@dataclass
class Story:
    """What each chapter has left. `live_early`: the version that served before a person approved one."""

    case: Example
    trainings: int
    tuned: Run
    linear: Run
    best: dict[str, str]
    live_early: str
    fleets: list[Fleet]
    answer: Answer
    scored: Scored
    ordinary: Watched
    quality: dict[str, float]
    shift: Shift
    drifted: Watched
    rescored: Scored
    retrained: Run | None
    second: Second
    page: Path
    told: Answers
    mails: list[Mail] = field(default_factory=list)

    @property
    def runs(self) -> list[Run]:
        retrained = [self.retrained] if self.retrained else []
        return [self.tuned, self.linear, *retrained, self.second.own, self.second.careless]

    @property
    def claims(self) -> dict[str, bool]:
        """What the demo says has happened, each with whether it has; in the order of its chapters."""
        subjects = [mail.subject for mail in self.mails]
        return {
            **self._of_training(),
            "each endpoint is scaled by its requests, within its bounds": all(
                one.bounds == one.wanted for one in self.fleets
            ),
            "both models answer over HTTP": len(self.answer.by) == 2 and not self.answer.degraded,
            "the file was scored, but for its corrupt row": self._is_scored(),
            **self._of_monitoring(),
            "the drift made the rule start a training": self.rescored.retrains and self.retrained is not None,
            **self.second.claims(self.fleets[1]),
            "the page of all that has its alerts": bool(self.told.alerts) and not self.told.failures,
            "every training, deployment and scoring was told by e-mail": all(
                any(machine in subject for subject in subjects)
                for machine in ("-training", "-deployment", "-batch-scoring")
            ),
        }

    def _of_training(self) -> dict[str, bool]:
        return {
            f"the best of {self.trainings} trainings is the candidate": bool(self.best),
            "nothing served before a person had approved it": not self.live_early
            and bool(self.tuned.deployment_arn),
            "the approval put the version live": self.tuned.accepted,
            "the second model went live by policy": self.linear.accepted and bool(self.linear.deployment_arn),
        }

    def _of_monitoring(self) -> dict[str, bool]:
        features, ranking = self.shift.features, self.drifted.ranking
        return {
            "ordinary rows raised no alarm": self.ordinary.outcome == STABLE and not self.ordinary.violations,
            "the truth told how good the model is": bool(self.quality),
            f"the drift was caught: {', '.join(features)}": self.drifted.drifted.issuperset(features),
            "the team was told by e-mail": self.drifted.tells_of(features),
            "the monitor told how far the columns' ranking has moved": ranking is not None
            and 0 <= ranking["value"] <= 1,
        }

    def _is_scored(self) -> bool:
        one = self.scored
        return one.status == "SUCCEEDED" and len(one.rejected) == 1 and len(one.rows) == self.rows - 1

    @property
    def rows(self) -> int:
        return len(self.answer.predictions)

    def figures(self, seconds: float) -> dict[str, Any]:
        """What summary.json holds."""
        return {
            "example": self.case.name,
            "target": self.case.target,
            "unit": self.case.unit,
            "seconds": round(seconds, 1),
            "runs": [asdict(run) for run in self.runs],
            "hyperparameters": self.best,
            "answer": asdict(self.answer),
            "scorings": [_scoring(one) for one in (self.scored, self.rescored)],
            "quality": self.quality,
            "fleets": [asdict(one) for one in self.fleets],
            "growth": asdict(self.second.growth),
            "canary": self.second.back.figures(),
            "ordinary": report.watched_figures(self.ordinary),
            "drift": {"injected": self.shift.words, **report.watched_figures(self.drifted)},
            "ranking": self.drifted.ranking,
            "page": str(self.page),
            "mails": report.mail_figures(self.mails),
            "claims": self.claims,
        }

    def show(self, console: Console) -> None:
        console.print()
        report.show_models(console, self.case, self.runs)
        report.show_mails(console, self.mails)


def _scoring(one: Scored) -> dict[str, Any]:
    counts = {"rows": len(one.rows) + len(one.rejected), "scored": len(one.rows)}
    rest = {name: value for name, value in asdict(one).items() if name not in ("rows", "rejected")}
    return counts | {"rejected": one.rejected} | rest
