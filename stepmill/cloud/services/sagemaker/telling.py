"""Changes of an endpoint's record, each told before anybody else makes the next: no state goes untold."""

import threading
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.sagemaker import records

DETAIL_TYPE = "SageMaker Endpoint State Change"


class Telling:
    """Held while a state is written and told."""

    def __init__(self, _cloud: Cloud) -> None:
        self.lock = threading.Lock()


def write(cloud: Cloud, name: str, **changes: Any) -> dict[str, Any]:
    """Change the record and tell of it; a value of None takes the member out."""
    with cloud.state(Telling).lock:
        data = records.change(cloud, "Endpoint", name, changes, owes_event=True)
        tell(cloud, name)
    return data


def tell(cloud: Cloud, name: str) -> None:
    records.emit(cloud, "Endpoint", name, DETAIL_TYPE, "EndpointArn")
