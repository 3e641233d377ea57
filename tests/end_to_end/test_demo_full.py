"""All that there is, as a user watches it."""

import json
from pathlib import Path

from tests.end_to_end.test_demo import stepmill


def test_the_full_demo_shows_what_it_claims(tmp_path: Path) -> None:
    root = tmp_path / ".stepmill"
    done = stepmill("demo", "cars", "--full", "--root", str(root))
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((root / "demo/cars/summary.json").read_text())
    assert summary["claims"] == {
        "the best of 3 trainings is the candidate": True,
        "nothing served before a person had approved it": True,
        "the approval put the version live": True,
        "the second model went live by policy": True,
        "both models answer over HTTP": True,
        "the file was scored, but for its corrupt row": True,
        "ordinary rows raised no alarm": True,
        "the truth told how good the model is": True,
        "the drift was caught: Mileage, Make": True,
        "the team was told by e-mail": True,
        "the drift made the rule start a training": True,
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
    assert Path(summary["page"]).read_text().startswith("<!doctype html>")
    assert "curl --aws-sigv4" in done.stdout
