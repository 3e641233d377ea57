"""All that there is, as a user watches it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.test_demo import stepmill


@pytest.mark.timeout(600)
def test_the_full_demo_shows_what_it_claims(tmp_path: Path) -> None:
    root = tmp_path / ".stepmill"
    done = stepmill("demo", "cars", "--full", "--root", str(root), limit_s=580)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((root / "demo/cars/summary.json").read_text())
    assert summary["claims"] == {
        "the best of 3 trainings is the candidate": True,
        "nothing served before a person had approved it": True,
        "the approval put the version live": True,
        "the second model went live by policy": True,
        "each endpoint is scaled by its requests, within its bounds": True,
        "both models answer over HTTP": True,
        "the file was scored, but for its corrupt row": True,
        "ordinary rows raised no alarm": True,
        "the truth told how good the model is": True,
        "the drift was caught: Mileage, Make": True,
        "the team was told by e-mail": True,
        "the monitor told how far the columns' ranking has moved": True,
        "the drift made the rule start a training": True,
        "a fleet grew to its new minimum": True,
        "a container of one's own was judged, and the better model serves": True,
        "the canary rang the alarm, and the endpoint went back": True,
        "meanwhile every request was answered": True,
        "the team was told of the way back": True,
        "the page of all that has its alerts": True,
        "every training, deployment and scoring was told by e-mail": True,
    }
    assert set(summary["hyperparameters"]) == {"eta", "max_depth"}
    assert sorted(summary["answer"]["by"]) == ["stepmill-dev", "stepmill-dev-linear"]
    scored, moved = summary["scorings"]
    assert [(one["rows"], one["scored"], one["retrains"]) for one in (scored, moved)] == [
        (134, 133, False),
        (134, 134, True),
    ]
    [rejected] = scored["rejected"]
    assert rejected == {
        "file": "new_rows.csv",
        "row": "9",
        "reason": "column Mileage: 'many' is not a number",
    }
    has_scaled_and_gone_back(summary)
    assert Path(summary["page"]).read_text().startswith("<!doctype html>")
    assert "curl --aws-sigv4" in done.stdout


def has_scaled_and_gone_back(summary: dict[str, Any]) -> None:
    """The use case's two instances at most, a ranking as a figure, and a version that serves no more."""
    bounds = {"fewest": 1, "most": 2, "requests": 1000.0}
    assert [(one["endpoint"], one["bounds"]) for one in summary["fleets"]] == [
        ("stepmill-dev", bounds),
        ("stepmill-dev-linear", bounds),
    ]
    assert summary["growth"]["instances"] == 2
    assert summary["ranking"]["description"].startswith("columns that count most: ")
    runs = {run["title"]: run for run in summary["runs"]}
    own, careless = runs["ridge, of one's own"], runs["ridge, changed carelessly"]
    assert own["accepted"]
    assert own["rmse"] == careless["rmse"] < own["champion_rmse"]
    back = summary["canary"]
    assert (back["alarm"], back["refused"]) == ("stepmill-dev-linear-errors", [])
    assert back["after"]["exported"]["model-package-arn"] == own["version"]
    assert careless["version"].endswith("/stepmill-dev-linear/3")
    assert back["requests"] > 3
    assert None not in back["mails"]
