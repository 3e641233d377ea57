"""ReadWindow: which window a run of the consolidation has made, and what of each model is to be measured.

In:  {"endpoint_name": str, "parameter_prefix": str, "run_id": str, "attributions": bool}
Out: {"outcome": "window" | "nothing new", "window": int, "has_more": bool, "models": [WindowModel]}

Attributions are measured of the model that serves now: only it can be asked.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from millkit import aws, environment, evaluating, windows


class ReadWindowInput(TypedDict):
    endpoint_name: str
    parameter_prefix: str
    run_id: str
    attributions: bool


class WindowModel(TypedDict):
    version: str
    name: str
    package_arn: str
    schema_uri: str
    baseline_uri: str
    quality_uri: str
    attributions_uri: str
    silence: str
    records: int
    judged: int
    records_uri: str
    joined_uri: str
    columns_uri: str
    pairs_uri: str
    label: str
    has_data: bool
    has_quality: bool
    has_attributions: bool
    model_name: str
    data_report_uri: str
    quality_report_uri: str
    attributions_report_uri: str
    plan_uri: str
    ask_uri: str
    answers_uri: str


class ReadWindowOutput(TypedDict):
    outcome: Literal["window", "nothing new"]
    window: int
    has_more: bool
    models: list[WindowModel]


@dataclass(frozen=True)
class Settings:
    artifacts_bucket: str


def handler(event: ReadWindowInput, _context: object) -> ReadWindowOutput:
    settings = environment.read(Settings, "stacks/monitoring.yaml")
    layout = windows.Layout(settings.artifacts_bucket, event["endpoint_name"])
    s3 = aws.client("s3")
    run = windows.read(s3, layout.run(event["run_id"]))
    if run["outcome"] != "window":
        return {"outcome": "nothing new", "window": run["window"], "has_more": False, "models": []}
    models: list[Any] = evaluating.models_of(s3, layout, run["window"])
    if event["attributions"]:
        models = evaluating.with_attributions(aws.client("ssm"), event["parameter_prefix"], models)
    return {"outcome": "window", "window": run["window"], "has_more": run["has_more"], "models": models}
