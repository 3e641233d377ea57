"""Every state of an endpoint is told, in the order of its changes, whoever makes the next one at once."""

import threading
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.sagemaker import records, telling
from stepmill.cloud.services.sagemaker.service import invalid

ROUNDS = 60


def test_two_who_change_an_endpoint_at_once_leave_no_state_untold(cloud: Cloud) -> None:
    told: list[str] = []

    def hear(event: dict[str, Any]) -> None:
        told.append(event["detail"]["EndpointStatus"])

    cloud.listen(telling.DETAIL_TYPE, hear)
    arn = cloud.arn("sagemaker", "endpoint/watched")
    data = {"EndpointName": "watched", "EndpointArn": arn, "EndpointStatus": "Creating"}
    records.add(cloud, "Endpoint", "watched", data, None, invalid("taken"))

    def update_whenever_in_service() -> None:
        for number in range(ROUNDS):
            while (records.find(cloud, "Endpoint", "watched") or {}).get("Round") != number:
                pass
            telling.write(cloud, "watched", EndpointStatus=f"Updating-{number}")

    other = threading.Thread(target=update_whenever_in_service)
    other.start()
    for number in range(ROUNDS):
        telling.write(cloud, "watched", EndpointStatus=f"InService-{number}", Round=number)
        while records.find(cloud, "Endpoint", "watched")["EndpointStatus"] != f"Updating-{number}":  # type: ignore[index]
            pass
    other.join()
    expected = [f"{status}-{n}" for n in range(ROUNDS) for status in ("InService", "Updating")]
    assert told == expected
