"""What an endpoint serves: a configuration with its models as they are when the plan is made."""

import uuid
from collections.abc import Mapping
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.sagemaker.models import known_config, known_model

Plan = dict[str, Any]
# Members of the configuration's variants that a running endpoint may have changed since.
RETAINED = {"InitialInstanceCount": "DesiredInstanceCount", "InitialVariantWeight": "DesiredWeight"}


def make_plan(cloud: Cloud, config_name: str) -> Plan:
    """A plan with a fleet of its own. Raises: AwsError when configuration or model are gone."""
    config = known_config(cloud, config_name)
    models = {one["ModelName"]: known_model(cloud, one["ModelName"]) for one in config["ProductionVariants"]}
    return {"id": uuid.uuid4().hex, "config": config, "models": models}


def fleet_id(plan: Mapping[str, Any]) -> str:
    return str(plan.get("id", "first"))


def retain(plan: Plan, data: Mapping[str, Any], excluded: set[str]) -> None:
    """Keep what the endpoint's variants were changed to, instead of what the new configuration says."""
    now = {one["VariantName"]: one for one in data.get("ProductionVariants", [])}
    for variant in plan["config"]["ProductionVariants"]:
        for member, current in RETAINED.items():
            if current not in excluded and variant["VariantName"] in now:
                variant[member] = now[variant["VariantName"]][current]
    if "DataCaptureConfig" not in excluded and "_Plan" in data:
        plan["config"]["DataCaptureConfig"] = data["_Plan"]["config"].get("DataCaptureConfig")


def model_of(plan: Plan, variant: str) -> dict[str, Any]:
    (found,) = [one for one in plan["config"]["ProductionVariants"] if one["VariantName"] == variant]
    model: dict[str, Any] = plan["models"][found["ModelName"]]
    return model


def variants(plan: Plan) -> list[dict[str, Any]]:
    """ProductionVariants of an endpoint that serves the plan as its configuration says."""
    shown = []
    for variant in plan["config"]["ProductionVariants"]:
        image = plan["models"][variant["ModelName"]]["PrimaryContainer"]["Image"]
        count, weight = variant.get("InitialInstanceCount", 1), variant.get("InitialVariantWeight", 1.0)
        shown.append(
            {
                "VariantName": variant["VariantName"],
                "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image}],
                "CurrentWeight": weight,
                "DesiredWeight": weight,
                "CurrentInstanceCount": count,
                "DesiredInstanceCount": count,
            }
        )
    return shown


def weighed(shown: list[dict[str, Any]], percent: float) -> list[dict[str, Any]]:
    """The variants of a fleet that receives so much of the traffic."""
    return [one | {"CurrentWeight": one["DesiredWeight"] * percent / 100} for one in shown]


def counts(shown: list[dict[str, Any]]) -> dict[str, int]:
    return {one["VariantName"]: one["CurrentInstanceCount"] for one in shown}


def capture_summary(plan: Plan) -> dict[str, Any] | None:
    config = plan["config"].get("DataCaptureConfig")
    if not config:
        return None
    return {
        "EnableCapture": config.get("EnableCapture", False),
        "CaptureStatus": "Started" if config.get("EnableCapture") else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
