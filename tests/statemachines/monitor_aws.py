"""What AWS answers the model monitor."""

from typing import Any

TRUTHS = ("has_data", "has_quality", "has_attributions")


def model(version: str = "3", **more: Any) -> dict[str, Any]:
    """A model of a window, as ReadWindow tells of it."""
    place = f"s3://artifacts/monitoring/stepmill-prod/{{}}/window=7/model={version}"
    run = f"s3://artifacts/training/{version}"
    known = {
        "version": version,
        "name": f"stepmill-prod/{version}",
        "package_arn": f"arn:aws:sagemaker:us-east-1:123456789012:model-package/stepmill-prod/{version}",
        "schema_uri": f"{run}/prepared/schema/features.json",
        "baseline_uri": f"{run}/baseline/data",
        "quality_uri": f"{run}/baseline/model_quality",
        "attributions_uri": f"{run}/baseline/attributions",
        "silence": "",
        "records": 60,
        "judged": 0,
        "label": f"window 7, stepmill-prod/{version}",
        "model_name": "stepmill-prod-model-1",
        **{
            f"{folder}_uri": f"{place.format(folder)}/"
            for folder in ("records", "joined", "columns", "pairs")
        },
        **{
            f"{kind}_report_uri": f"{place.format('reports')}/{kind}"
            for kind in ("data", "quality", "attributions")
        },
        "plan_uri": f"{run}/monitoring/window=7/plan",
        "ask_uri": f"{run}/monitoring/window=7/ask",
        "answers_uri": f"{run}/predictions/monitoring/window=7",
        **dict.fromkeys(TRUTHS, False),
        "has_data": True,
    }
    return known | more


def window(*models: dict[str, Any], has_more: bool = False, number: int = 7) -> dict[str, Any]:
    told = {"outcome": "window", "window": number, "has_more": has_more, "models": list(models) or [model()]}
    return {"Payload": told}


NOTHING_NEW = {"Payload": {"outcome": "nothing new", "window": 6, "has_more": False, "models": []}}
STABLE = {
    "outcome": "stable",
    "reason": "60 records are like those of the training, 0 unusable",
    "tell": False,
    "subject": "",
    "message": "",
    "violations": 0,
    "report_uri": "",
    "commit": True,
    "metrics_error": "",
}
DRIFT = STABLE | {
    "outcome": "drift",
    "reason": "Mileage, distribution: 0.75 against a limit of 0.1",
    "tell": True,
    "subject": "Drift at stepmill-prod: Mileage",
    "message": "Window: 7, ...",
    "violations": 1,
    "report_uri": "s3://artifacts/r/report.html",
}


def job(kind: str) -> dict[str, str]:
    return {"ProcessingJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:processing-job/{kind}"}


def monitor_answers() -> dict[str, Any]:
    """AWS as it is when a window is like the training."""
    return {
        "Consolidate": {"Id": "jr_1", "JobRunState": "SUCCEEDED"},
        "ReadWindow": window(),
        "DataDrift": job("data"),
        "AnalyzeWithAws": job("aws"),
        "JudgeWithAws": job("aws-quality"),
        "ModelQuality": job("quality"),
        "PlanAttributions": job("plan"),
        "AskForAttributions": {"TransformJobArn": "arn"},
        "SolveAttributions": job("solve"),
        "EvaluateDrift": {"Payload": STABLE},
        "TellDrift": {"MessageId": "1"},
        "CommitWindow": {"Payload": {"committed": True}},
    }
