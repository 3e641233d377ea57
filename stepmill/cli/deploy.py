"""Deploy a SAM template to the running embedded cloud: package, then create or update the stack.

  stepmill deploy                                    template.yaml as stack `stepmill`
  stepmill deploy --config-env test                  with the parameters of another stage in samconfig.toml
  stepmill deploy --use-case examples/diamonds/usecase.yaml     for another table: parameters, no fork;
                                                     steps in a folder steps/ beside it are deployed with it
  stepmill deploy --parameters RmseLimit=3000        a parameter that wins over both
  stepmill deploy --template stacks/foundation.yaml --stack-name solo --parameters Project=solo ...

samconfig.toml is the one beside the template; a use case wins over it. The same again changes nothing and
says so. Exit code 0 when the stack stands, 1 when a resource failed and everything was rolled back.
"""

import argparse
import shlex
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepmill.cli.errors import UserError

HELP = "deploy a SAM template to the running embedded cloud"
Client = Callable[[str], Any]
Say = Callable[[str], None]
Others = Mapping[Path, Mapping[str, Path]]
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_DEFAULT_ENV = "dev"
_UNUSABLE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED")


class DeployFailed(Exception):
    """The stack did not come about; the message says why."""


@dataclass(frozen=True)
class Deployed:
    stack_name: str
    outputs: dict[str, str]
    is_changed: bool
    seconds: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--template", type=Path, default=Path("template.yaml"), help="(default template.yaml)"
    )
    parser.add_argument("--stack-name", default="stepmill", help="(default stepmill)")
    parser.add_argument(
        "--parameters", nargs="+", default=[], metavar="NAME=VALUE", help="template parameters"
    )
    parser.add_argument("--use-case", type=Path, metavar="FILE", help="parameters from a use case")
    parser.add_argument(
        "--config-env", default=_DEFAULT_ENV, help="the stage in samconfig.toml (default dev)"
    )


def run(args: argparse.Namespace) -> int:
    from stepmill.cli.session import client

    parameters = parameters_of(args)
    try:
        done = deploy(client, args.template, args.stack_name, parameters, print, steps_of(args))
    except DeployFailed as error:
        print(f"stepmill deploy: {error}")
        return 1
    what = "deployed" if done.is_changed else "is up to date"
    print(f"stack {done.stack_name} {what} ({done.seconds:.1f} s)")
    for name, value in done.outputs.items():
        print(f"  {name} = {value}")
    return 0


def parameters_of(args: argparse.Namespace) -> dict[str, str]:
    """samconfig.toml's, the use case's over them, and those of the command line over both."""
    stage, typed = configured(args.template, args.config_env), _pairs(args.parameters)
    if args.use_case is None:
        return {**stage, **typed}
    from stepmill.cli.usecase.deploying import parameters
    from stepmill.cli.usecase.reading import read

    names = {"Project": "stepmill", "Stage": "dev", **stage, **typed}
    made = parameters(read(args.use_case), project=names["Project"], stage=names["Stage"])
    return {**stage, **made, **typed}


def steps_of(args: argparse.Namespace) -> Others:
    """What is packed with the jobs: the use case's own steps."""
    if args.use_case is None:
        return {}
    from stepmill.cli.usecase.steps import archived

    return archived(args.use_case, args.template)


def deploy(
    client: Client,
    template: Path,
    stack_name: str,
    parameters: dict[str, str],
    say: Say,
    others: Others | None = None,
) -> Deployed:
    """Package and deploy through `client(service)`; `say` hears of each resource that fails.

    `others` are packed with the template's folders, by folder and name in its archive.

    Raises: UserError when the template or its parameters are refused; DeployFailed when a resource fails.
    """
    from botocore.exceptions import ClientError

    from stepmill.cloud.deploy import TemplateError
    from stepmill.cloud.deploy.package import Package

    begin = time.monotonic()
    cloudformation = client("cloudformation")
    found = [one for one in cloudformation.describe_stacks()["Stacks"] if one["StackName"] == stack_name]
    bucket, upload = _assets(client)
    package = Package(bucket, upload, others)
    try:
        url = package.url(package.upload_template(package.template(template)))
    except TemplateError as error:
        raise UserError(str(error)) from error
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    request = {
        "StackName": stack_name,
        "TemplateURL": url,
        "Parameters": given,
        "Capabilities": _CAPABILITIES,
    }
    try:
        is_changed = _ask(cloudformation, request, found)
    except ClientError as error:
        raise UserError(f"{template}: {error.response['Error']['Message']}") from error
    stack = _wait(cloudformation, stack_name)
    if not stack["StackStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")):
        _tell_failures(cloudformation, stack["StackId"], say)
        raise DeployFailed(
            f"stack {stack_name}: {stack['StackStatus']}: {stack.get('StackStatusReason', '')}"
        )
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    return Deployed(stack_name, outputs, is_changed, time.monotonic() - begin)


def configured(template: Path, env: str) -> dict[str, str]:
    """The parameter overrides that samconfig.toml has for `env`; none where there is no such file.

    Raises: UserError when the file has no such stage.
    """
    path = template.parent / "samconfig.toml"
    if not path.is_file():
        return {}
    settings = tomllib.loads(path.read_text("utf-8"))
    stages = [name for name in settings if name != "version"]
    if env not in stages and env != _DEFAULT_ENV:
        raise UserError(f"--config-env is {env!r}; {path} has {', '.join(stages)}")
    overrides = settings.get(env, {}).get("deploy", {}).get("parameters", {}).get("parameter_overrides", [])
    if isinstance(overrides, dict):
        return {name: str(value) for name, value in overrides.items()}
    return _pairs(shlex.split(overrides) if isinstance(overrides, str) else overrides)


def _pairs(words: list[str]) -> dict[str, str]:
    wrong = [word for word in words if "=" not in word]
    if wrong:
        raise UserError(f"--parameters: {wrong[0]!r} is no NAME=VALUE")
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _assets(client: Client) -> tuple[str, Callable[[str, bytes], None]]:
    """The bucket for packages, made when missing, and how to upload what is not there yet."""
    from botocore.exceptions import ClientError

    s3 = client("s3")
    region = s3.meta.region_name
    bucket = f"stepmill-assets-{client('sts').get_caller_identity()['Account']}-{region}"
    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        there = {one["Key"] for page in pages for one in page.get("Contents", [])}
    except ClientError:
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **({} if region == "us-east-1" else place))
        there = set()

    def upload(key: str, content: bytes) -> None:
        if key not in there:
            s3.put_object(Bucket=bucket, Key=key, Body=content)
            there.add(key)

    return bucket, upload


def _ask(cloudformation: Any, request: dict[str, Any], found: list[dict[str, Any]]) -> bool:
    """Create the stack, or update the one `found`. False: there was nothing to change."""
    from botocore.exceptions import ClientError

    name = request["StackName"]
    if found and found[0]["StackStatus"] in _UNUSABLE:
        cloudformation.delete_stack(StackName=name)
        _wait(cloudformation, found[0]["StackId"])
        found = []
    if not found:
        cloudformation.create_stack(**request)
        return True
    try:
        cloudformation.update_stack(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
        return False
    return True


def _wait(cloudformation: Any, stack: str) -> dict[str, Any]:
    while True:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        if not found["StackStatus"].endswith("_IN_PROGRESS"):
            return found
        time.sleep(0.05)


def _tell_failures(cloudformation: Any, stack: str, say: Say) -> None:
    for event in reversed(cloudformation.describe_stack_events(StackName=stack)["StackEvents"]):
        if (
            event["ResourceStatus"].endswith("_FAILED")
            and event["ResourceType"] != "AWS::CloudFormation::Stack"
        ):
            reason = event.get("ResourceStatusReason", "")
            say(f"  {event['LogicalResourceId']} {event['ResourceStatus']}: {reason}")
