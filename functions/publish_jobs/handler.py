"""PublishJobs: put the code that SageMaker jobs run into S3, from this function's layers.

In:  a CloudFormation custom resource's event. The layers' ARNs as its properties change with the code, which
     makes CloudFormation ask again.
Out: nothing; CloudFormation's answer goes to its ResponseURL, with Data {"CodeUri": "s3://<bucket>/code/<sha>/"}

Old code stays in the bucket on Update and Delete: running executions still read it.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import millkit
from millkit import aws, custom_resource, environment, publishing
from millkit.custom_resource import Outcome


@dataclass(frozen=True)
class Settings:
    artifacts_bucket: str


def handler(event: dict[str, Any], _context: object) -> None:
    custom_resource.answer(event, lambda: _publish(event))


def _publish(event: dict[str, Any]) -> Outcome:
    if event["RequestType"] == "Delete":
        return Outcome(event["PhysicalResourceId"], {})
    bucket = environment.read(Settings, "stacks/jobs.yaml").artifacts_bucket
    jobs = publishing.jobs_folder(sys.path)
    uri = publishing.publish(aws.client("s3"), bucket, jobs, Path(millkit.__file__).parent)
    return Outcome(uri, {"CodeUri": uri})
