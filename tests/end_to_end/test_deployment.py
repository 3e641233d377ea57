"""The life of an endpoint: a first one that does not start, one that serves, a canary, and two that go back.

The deployment machine in four stacks of the template, and models that are a line through the features.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from millkit import manifest

from stepmill.cli.deploy import deploy
from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.services.cloudwatch.watching import evaluate
from tests.cloud.conftest import connect
from tests.cloud.sagemaker.fleets import describe, is_baking
from tests.cloud.sagemaker.things import invoke
from tests.end_to_end.platform import REPOSITORY, decoded, wait_for
from tests.end_to_end.tiny import LINE, packed

ENDPOINT = "stepmill-dev"
PREFIX = "/stepmill/dev/training"
SETTINGS = {
    "parent": "none",
    "approval": "manual",
    "endpoint_name": ENDPOINT,
    "parameter_prefix": PREFIX,
    "endpoint_instance_type": "ml.m5.large",
    "min_instances": "2",
    "max_instances": "2",
    "invocations_per_instance": "1000.0",
    "canary_percent": "50",
    "bake_s": "1",
}
GOOD = [1.0, 1.0, 2.0]
NO_START: list[Any] = ["not a number"]  # the server ends when it reads them
ONLY_5XX: list[Any] = [[[1.0, 2.0], [3.0, 4.0]]] * 3  # it starts, and fails with every row


class Registry:
    """Four stacks, and versions as a training would have registered them."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.made = {"NotificationEmail": "team@example.com", "PollIntervalS": "1"}
        for stack in ("foundation", "jobs", "models", "deployment"):
            template = REPOSITORY / f"stacks/{stack}.yaml"
            parameters = template.read_text().partition("\nParameters:\n")[2].partition("\nResources:\n")[0]
            names = re.findall(r"^  (\w+):", parameters, re.MULTILINE)
            given = {name: self.made[name] for name in names if name in self.made}
            self.made |= deploy(self.client, template, stack, given, print).outputs
        self.versions = 0
        self.scientist = self.approver()

    def arn(self, package: str) -> str:
        return self.cloud.arn("sagemaker", f"model-package/{package}")

    def client(self, service: str) -> Any:
        return connect(self.cloud, service)

    def register(self, weights: list[Any], bias: float = 0.0, **settings: str) -> str:
        """A version that waits for people; its ARN."""
        self.versions += 1
        folder = f"s3://{self.made['ArtifactsBucketName']}/training/{self.versions}"
        s3, sagemaker = self.client("s3"), self.client("sagemaker")
        for key, body in (("model.tar.gz", packed(weights, bias)), ("features.json", b"{}")):
            s3.put_object(
                Bucket=self.made["ArtifactsBucketName"], Key=f"training/{self.versions}/{key}", Body=body
            )
        model, schema = f"{folder}/model.tar.gz", f"{folder}/features.json"
        seal = manifest.seal(s3, model, f"{folder}/manifest.json", {})
        if self.versions == 1:
            sagemaker.create_model_package_group(ModelPackageGroupName=ENDPOINT)
        container = {"Image": LINE, "ModelDataUrl": model, "Environment": {"SCHEMA_URI": schema}}
        answer = sagemaker.create_model_package(
            ModelPackageGroupName=ENDPOINT,
            ModelApprovalStatus="PendingManualApproval",
            InferenceSpecification={"Containers": [container], "SupportedContentTypes": ["text/csv"]},
            CustomerMetadataProperties={
                **SETTINGS,
                **settings,
                "run_uri": folder,
                "schema_uri": schema,
                "manifest_uri": seal.manifest_uri,
                "manifest_sha256": seal.sha256,
            },
        )
        return str(answer["ModelPackageArn"])

    def approver(self) -> dict[str, str]:
        """The keys of somebody who has the policy of the stack, and nothing else."""
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": self.cloud.account}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = iam.create_role(RoleName="scientist", AssumeRolePolicyDocument=document)["Role"]
        iam.attach_role_policy(RoleName="scientist", PolicyArn=self.made["ApproveModelsArn"])
        return self.cloud.credentials(Principal(role["Arn"], "ada"))

    def approve(self, package: str) -> None:
        approver = connect(self.cloud, "sagemaker", keys=self.scientist)
        assert approver.describe_model_package(ModelPackageName=package)["ModelPackageVersion"]
        approver.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")

    def started(self, package: str) -> str:
        """The ARN of the execution that the approval has started."""
        states = self.client("stepfunctions")
        begin = f"version-{package.rpartition('/')[2]}-"

        def found() -> list[str]:
            listed = states.list_executions(stateMachineArn=self.made["DeploymentArn"])["executions"]
            return [one["executionArn"] for one in listed if one["name"].startswith(begin)]

        [execution] = wait_for(found, f"an execution for {package}")
        return execution

    def ended(self, package: str) -> dict[str, Any]:
        """DescribeExecution of what the approval has started, once it is over."""
        execution, states = self.started(package), self.client("stepfunctions")

        def over() -> dict[str, Any] | None:
            found: dict[str, Any] = states.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        return wait_for(over, f"{execution} to end")

    def exported(self) -> dict[str, str]:
        answer = self.client("ssm").get_parameters_by_path(Path=PREFIX)
        return {one["Name"].rpartition("/")[2]: one["Value"] for one in answer["Parameters"]}

    def serving(self) -> tuple[str, float]:
        """The config that serves, and its answer to one row."""
        found = describe(self.cloud, ENDPOINT)
        assert found["EndpointStatus"] == "InService"
        return found["EndpointConfigName"], float(self.ask())

    def ask(self) -> bytes:
        answer: bytes = invoke(self.cloud, ENDPOINT, b"5,0,1", Accept="text/csv")["Body"]
        return answer

    def is_failing(self) -> bool:
        """Whether a request meets the fleet that answers with errors of its own."""
        try:
            self.ask()
        except AwsError as error:
            return "Received server error (500)" in error.message
        return False

    def mail_with(self, *words: str) -> str:
        def found() -> list[str]:
            bodies = [decoded(file) for file in sorted((self.cloud.root / "mail").glob("*.eml"))]
            return [body for body in bodies if all(word in body for word in words)]

        return wait_for(found, f"a mail with {words}")[0]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    cloud = Cloud.start(tmp_path_factory.mktemp("deployment") / ".stepmill", port=0)
    try:
        yield Registry(cloud)
    finally:
        cloud.close()


def test_a_first_endpoint_that_does_not_start_is_removed_and_told(registry: Registry) -> None:
    package = registry.register(NO_START)
    registry.approve(package)
    done = registry.ended(package)
    assert (done["status"], done["error"]) == ("FAILED", "EndpointUpdateFailed")
    assert done["cause"].startswith(f"endpoint {ENDPOINT}: is Failed with config ")
    assert "did not pass the ping health check" in done["cause"]
    told = registry.mail_with("Endpoint was taken off again: nothing served before", done["executionArn"])
    assert "did not pass the ping health check" in told
    with pytest.raises(AwsError, match="Could not find endpoint"):
        describe(registry.cloud, ENDPOINT)
    assert registry.exported() == {}


def test_the_first_version_that_starts_serves_on_its_instances(registry: Registry) -> None:
    package = registry.register(GOOD)
    registry.approve(package)
    done = registry.ended(package)
    assert done["status"] == "SUCCEEDED", done["cause"]
    output = json.loads(done["output"])
    assert (output["outcome"], output["previous_config_name"]) == ("live", None)
    assert registry.serving() == (output["endpoint_config_name"], 7.0)
    [variant] = describe(registry.cloud, ENDPOINT)["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == 2
    assert registry.exported() == {
        "model-package-arn": package,
        "model-name": output["model_name"],
        "endpoint-name": ENDPOINT,
        "endpoint-config-name": output["endpoint_config_name"],
    }


def test_a_canary_that_goes_well_makes_the_new_version_the_champion(registry: Registry) -> None:
    before = registry.exported()
    package = registry.register(GOOD, 100.0)
    registry.approve(package)
    done = registry.ended(package)
    assert done["status"] == "SUCCEEDED", done["cause"]
    output = json.loads(done["output"])
    assert output["previous_config_name"] == before["endpoint-config-name"]
    assert registry.serving() == (output["endpoint_config_name"], 107.0)
    routing = {
        "Type": "CANARY",
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        "WaitIntervalInSeconds": 1,
    }
    assert describe(registry.cloud, ENDPOINT)["LastDeploymentConfig"] == {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 0},
        "AutoRollbackConfiguration": {
            "Alarms": [{"AlarmName": f"{ENDPOINT}-errors"}, {"AlarmName": f"{ENDPOINT}-latency"}]
        },
    }
    assert registry.exported()["model-package-arn"] == package


def test_a_container_that_does_not_start_leaves_the_champion_serving(registry: Registry) -> None:
    champion, exported = registry.serving(), registry.exported()
    package = registry.register(NO_START)
    registry.approve(package)
    done = registry.ended(package)
    assert (done["status"], done["error"]) == ("FAILED", "EndpointUpdateFailed")
    assert done["cause"].startswith(
        f"endpoint {ENDPOINT}: is InService with config {champion[0]} instead of "
    )
    assert "did not pass the ping health check" in done["cause"]
    assert (registry.serving(), registry.exported()) == (champion, exported)
    registry.mail_with("Endpoint was not updated: the previous model serves on", done["executionArn"])
    registry.mail_with(f"deployment failed: {package.rpartition('model-package/')[2]}", "ping health check")


def test_who_approves_may_do_nothing_else(registry: Registry) -> None:
    package, bucket = f"{ENDPOINT}/1", registry.made["ArtifactsBucketName"]
    reads = {"Bucket": bucket, "Key": "training/1/manifest.json"}
    sagemaker, s3 = (connect(registry.cloud, name, keys=registry.scientist) for name in ("sagemaker", "s3"))
    assert sagemaker.list_model_packages(ModelPackageGroupName=ENDPOINT)["ModelPackageSummaryList"]
    assert s3.get_object(**reads)["Body"].read()
    refusals: list[Callable[[], Any]] = [
        lambda: sagemaker.delete_model_package(ModelPackageName=package),
        lambda: sagemaker.delete_endpoint(EndpointName=ENDPOINT),
        lambda: sagemaker.update_model_package(
            ModelPackageArn=registry.arn("other/1"), ModelApprovalStatus="Approved"
        ),
        lambda: sagemaker.update_model_package(
            ModelPackageArn=registry.arn(package), ApprovalDescription="no decision"
        ),
        lambda: sagemaker.update_model_package(
            ModelPackageArn=registry.arn(package),
            ModelApprovalStatus="Approved",
            CustomerMetadataProperties={"manifest_sha256": "another"},
        ),
        lambda: s3.get_object(Bucket=bucket, Key="training/1/model.tar.gz"),
        lambda: s3.put_object(**reads, Body=b""),
    ]
    for refused in refusals:
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()


def test_no_role_of_the_stacks_may_approve(registry: Registry) -> None:
    roles = [one["Arn"] for one in registry.cloud.call("iam", "ListRoles")["Roles"]]
    ours = [arn for arn in roles if not arn.endswith("/scientist")]
    change = {"ModelPackageArn": registry.arn(f"{ENDPOINT}/1"), "ModelApprovalStatus": "Approved"}
    assert len(ours) >= 10
    for role in ours:
        with pytest.raises(AwsError, match="not authorized to perform: sagemaker:UpdateModelPackage"):
            registry.cloud.call("sagemaker", "UpdateModelPackage", change, principal=Principal(role, "x"))


def test_an_alarm_that_rings_while_the_canary_bakes_takes_the_update_back(registry: Registry) -> None:
    """The last test: the alarm rings on for a minute."""
    champion, exported = registry.serving(), registry.exported()
    package = registry.register(ONLY_5XX, bake_s="600")
    registry.approve(package)
    wait_for(lambda: is_baking(registry.cloud, ENDPOINT), "the canary")
    wait_for(registry.is_failing, "a request that meets the canary")
    evaluate(registry.cloud)
    done = registry.ended(package)
    assert (done["status"], done["error"]) == ("FAILED", "EndpointUpdateFailed")
    assert f"CloudWatch alarms are in the ALARM state: {ENDPOINT}-errors" in done["cause"]
    assert (registry.serving(), registry.exported()) == (champion, exported)
    registry.mail_with("Endpoint was not updated: the previous model serves on", done["executionArn"])
