"""Which fleet and variant of an endpoint a request goes to."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.sagemaker.plans import Plan, fleet_id


@dataclass(frozen=True)
class Route:
    """`instances` is the number of the variant's servers in the fleet."""

    plan: Plan
    variant: str
    instances: int

    @property
    def fleet(self) -> str:
        return fleet_id(self.plan)


def choose(data: Mapping[str, Any], target: str | None, draw: random.Random) -> Route:
    """The fleet by the share that an update has reached, the variant as asked for or else by weight.

    Raises: AwsError ValidationError for a variant that is not there.
    """
    fleets = [(data["_Plan"], data["ProductionVariants"])]
    under_way = data.get("_Rollout")
    if under_way is not None and draw.random() * 100 < under_way["percent"]:
        fleets.insert(0, (under_way["plan"], data["PendingDeploymentSummary"]["ProductionVariants"]))
    plan, shown = fleets[0]
    found = {one["VariantName"]: one for one in shown}
    if target is not None and target not in found:
        raise AwsError("ValidationError", f"Variant {target} not found for Endpoint {data['EndpointName']}.")
    weights = [one["DesiredWeight"] for one in shown]
    drawn = draw.choices(list(found), weights)[0] if sum(weights) else next(iter(found))
    variant = target or drawn
    return Route(plan, variant, found[variant]["CurrentInstanceCount"])
