"""What the demo says: the mail in its frame, claims that do not hold, and where to look next."""

import io
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rich.console import Console

from stepmill.cli.demo import report, watching
from stepmill.cli.demo.runs import Run
from stepmill.cli.demo.serving import Mail
from stepmill.cli.demo.stage import Stage
from stepmill.cli.demo.watching import Watched

BODY = """Endpoint: stepmill-dev
Model: stepmill-dev/2, 140 records

  Mileage, distribution: 0.51 against a limit of 0.1 (PSI 2.40), which is [much] and more
  Report: s3://artifacts/monitoring/stepmill-dev/report.html

--
You receive this because you are subscribed
"""
MAIL = Mail("1.eml", "team@example.com", "Drift at stepmill-dev: [red]", BODY)


def stage(width: int) -> tuple[Stage, io.StringIO]:
    shown = io.StringIO()
    return Stage(Path("root"), Console(file=shown, width=width, highlight=False), with_logs=False), shown


def test_a_mail_stands_in_a_frame_without_addresses_and_folds_below_its_line() -> None:
    where, shown = stage(60)
    watching.show_mail(where, MAIL)
    assert shown.getvalue().splitlines() == [
        "╭─ Drift at stepmill-dev: [red] ───────────────────────────╮",
        "│ Endpoint: stepmill-dev                                   │",
        "│ Model: stepmill-dev/2, 140 records                       │",
        "│   Mileage, distribution: 0.51 against a limit of 0.1     │",
        "│     (PSI 2.40), which is [much] and more                 │",
        "╰──────────────────────────────────── to team@example.com ─╯",
    ]


def test_a_long_mail_says_how_much_is_left_out() -> None:
    where, shown = stage(60)
    watching.show_mail(where, Mail("1.eml", "a@b", "s", "\n".join(f"line {n}" for n in range(15))))
    assert [line.strip("│ ") for line in shown.getvalue().splitlines()][-3:-1] == [
        "line 11",
        "… 3 more lines",
    ]


def watched(**other: Any) -> Watched:
    facts: dict[str, Any] = {
        "execution_arn": "arn",
        "status": "SUCCEEDED",
        "outcome": "drift",
        "reason": "",
        "seconds": 1.0,
        "violations": [{"feature": "Mileage"}],
        "ranking": None,
        "made": [],
        "report": None,
        "mail": MAIL,
    }
    return Watched(**facts | other)


def test_a_mail_tells_of_features_only_when_it_names_all_of_them() -> None:
    assert watched().tells_of(["Mileage"])
    assert not watched().tells_of(["Mileage", "Make"])
    assert not watched(mail=None).tells_of(["Mileage"])


def test_measurements_within_their_limit_are_no_violations() -> None:
    check = "baseline_drift_check"
    told: list[dict[str, Any]] = [
        {"feature": "Make", "check_type": check, "violated": False},
        {"feature": "Mileage", "check_type": check, "violated": True},
        {"feature": "attributions", "check_type": watching.NDCG, "violated": False, "value": 0.95},
        {"feature": "x", "check_type": check},
    ]
    text = "\n".join(map(json.dumps, told)).encode()
    fake: Any = SimpleNamespace(outputs={"ArtifactsBucketName": "a"}, read=lambda _uri: text)
    key = "monitoring/e/violations/dt=2026-11-22/window=1.jsonl"
    lines = watching.lines(fake, [key, "monitoring/e/latest.json"])
    assert lines == told
    assert [line["feature"] for line in watching.violated(lines)] == ["Mileage", "x"]
    assert watching.ranking(lines) == told[2]
    assert watching.ranking(lines[:2]) is None


def test_the_ranking_is_told_with_its_limit() -> None:
    where, shown = stage(200)
    measured = {"value": 0.8838, "threshold": 0.9}
    watching.show(where, watched(ranking=measured, mail=None, outcome="stable", reason="134 records"))
    assert [line.rstrip() for line in shown.getvalue().splitlines()] == [
        "✓ stable: 134 records",
        "✓ ranking of the columns by what they do to the answers: NDCG 0.884 against a limit of 0.9",
    ]


def test_a_version_that_was_taken_back_is_not_said_to_have_failed() -> None:
    where, shown = stage(100)
    facts: dict[str, Any] = dict.fromkeys(("algorithm", "execution_arn", "reason", "folder_uri"), "")
    run = Run(
        title="careless",
        status="FAILED",
        accepted=False,
        waits=False,
        rmse=1.5,
        champion_rmse=None,
        seconds=1.0,
        version="arn:model-package/a/3",
        deployment_arn="arn",
        **facts,
    )
    case: Any = SimpleNamespace(unit="")
    report.show_models(where.console, case, [run, replace(run, version="", deployment_arn="")])
    assert [line.split()[-2:] for line in shown.getvalue().splitlines()[3:5]] == [
        ["taken", "back"],
        ["–", "FAILED"],
    ]


def test_a_claim_that_does_not_hold_is_said_so() -> None:
    where, shown = stage(60)
    report.show_claims(where.console, {"it serves": True, "it was told": False})
    assert shown.getvalue() == "✓ it serves\n✗ not so: it was told\n"


def test_the_ways_on_name_the_folder_of_the_cloud() -> None:
    where, shown = stage(200)
    report.show_ways(where.console, Path("there/x"))
    assert shown.getvalue() == (
        "`stepmill up --no-deploy --root there/x` starts this cloud again;\n"
        "`stepmill mail latest --root there/x` shows its last mail.\n"
    )
