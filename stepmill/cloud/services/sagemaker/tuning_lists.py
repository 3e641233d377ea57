"""One page of a tuning job's training jobs."""

import base64
from collections.abc import Callable
from typing import Any

from stepmill.cloud.services.sagemaker.service import invalid
from stepmill.cloud.services.sagemaker.tuning_summaries import Summary, value_of

SORTS: dict[str, Callable[[Summary], Any]] = {
    "Name": lambda one: one["TrainingJobName"],
    "CreationTime": lambda one: (one["CreationTime"], one["TrainingJobName"]),
    "Status": lambda one: (one["TrainingJobStatus"], one["TrainingJobName"]),
    "FinalObjectiveMetricValue": value_of,
}


def page(found: list[Summary], params: dict[str, Any]) -> tuple[list[Summary], dict[str, str]]:
    """Filtered, sorted and cut. Sorted by objective, those that have none are left out.

    Raises: AwsError ValidationException for a token that is none.
    """
    by = params.get("SortBy", "Name")
    if status := params.get("StatusEquals"):
        found = [one for one in found if one["TrainingJobStatus"] == status]
    if by == "FinalObjectiveMetricValue":
        found = [one for one in found if one["ObjectiveStatus"] == "Succeeded"]
    found = sorted(found, key=SORTS[by], reverse=params.get("SortOrder") == "Descending")
    start = 0
    if "NextToken" in params:
        try:
            start = int(base64.b64decode(params["NextToken"], validate=True))
        except ValueError:
            raise invalid("NextToken is not one that this List request gave") from None
    end = start + params.get("MaxResults", 10)
    more = {"NextToken": base64.b64encode(str(end).encode()).decode()} if end < len(found) else {}
    return found[start:end], more
