"""AWS::Glue::Job of a template."""

from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.deploy.things import create, delete, physical, update
from tests.cloud.glue.things import OVER, definition, lines, start, until


def template(cloud: Cloud, **more: Any) -> dict[str, Any]:
    properties = definition(cloud, "from-template", "import sys; print(sys.argv[1:])") | more
    del properties["Name"]
    return {"Resources": {"Job": {"Type": "AWS::Glue::Job", "Properties": properties}}}


def test_a_job_is_made_changed_in_place_and_deleted_with_its_stack(cloud: Cloud) -> None:
    first = template(cloud, DefaultArguments={"--days": 7, "--full": True}, Tags={"a": "1", "b": "2"})
    stack = create(cloud, "glue-jobs", first)
    name = physical(cloud, stack)["Job"]
    done = until(cloud, name, start(cloud, name), *OVER)
    assert lines(cloud, "output", done["Id"]) == ["['--days', '7', '--full', 'true']"]
    update(cloud, "glue-jobs", template(cloud, MaxRetries="2", Tags={"b": "3"}))
    assert physical(cloud, stack)["Job"] == name
    assert cloud.call("glue", "GetJob", {"JobName": name})["Job"]["MaxRetries"] == 2
    assert cloud.call("glue", "GetTags", {"ResourceArn": cloud.arn("glue", f"job/{name}")})["Tags"] == {
        "b": "3"
    }
    delete(cloud, stack)
    with pytest.raises(AwsError) as caught:
        cloud.call("glue", "GetJob", {"JobName": name})
    assert caught.value.code == "EntityNotFoundException"
