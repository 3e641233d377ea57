"""What one Task needs of IAM."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stepmill.check.patterns import late_pattern
from stepmill.check.permissions.actions import action as known_action
from stepmill.check.permissions.actions import prefix_of
from stepmill.check.permissions.arguments import ANYTHING, Arguments, products, texts_of
from stepmill.check.permissions.integrations import CALLS
from stepmill.check.permissions.need import Need, Weight
from stepmill.check.permissions.operations import actions_of
from stepmill.check.permissions.paths import of_request
from stepmill.check.permissions.resources import arn, is_arn, resources
from stepmill.check.permissions.scaling import of_scaling
from stepmill.check.permissions.targets import s3_object, target
from stepmill.check.permissions.task_definitions import TaskRole
from stepmill.check.reading.template_values import ANY as UNKNOWN_PART
from stepmill.check.reading.template_values import SYMBOL
from stepmill.check.records import dataclass
from stepmill.check.services.resources import Activity, Integration, Invocation, Opaque, Resource
from stepmill.check.shapes.shape import Shape

# Members by which a request hands a role to a service, and the services whose principal is not their prefix.
ROLE_MEMBER = late_pattern(r"(^|[a-z])(Role|RoleArn|RoleARN)$|^(ServiceRole|JobFlowRole|AutoScalingRole)$")
PRINCIPALS = {
    "ecs": "ecs-tasks.amazonaws.com",
    "batch": "ecs-tasks.amazonaws.com",
    "elasticmapreduce": "elasticmapreduce.amazonaws.com",
    "emr-serverless": "emr-serverless.amazonaws.com",
    "logs": "logs.amazonaws.com",
    "ssm": "ssm.amazonaws.com",
}
EC2 = "ec2.amazonaws.com"
READERS = ("rekognition", "textract", "transcribe", "polly", "comprehend", "translate", "bedrock")
# They do further work in the name of the caller, whose permissions they need for it.
ON_BEHALF = (
    "cloudformation",
    "ec2",
    "servicecatalog",
    "backup",
    "elasticbeanstalk",
    "redshift-data",
    "athena",
)
# Nobody passes the role: who asks for it takes it, and pods of EMR on EKS do so as their service account.
# Source: https://docs.aws.amazon.com/emr/latest/EMR-on-EKS-DevelopmentGuide/iam-execution-role.html
TAKEN_BY_THEMSELVES = ("sts", "emr-containers")
TAKES_NAMES = ("elasticmapreduce", "glue")
# Their Role is who speaks in a message: "user".
SPEAKERS = "bedrock"
KEY_MEMBER = late_pattern(r"(?i)kms.*key|^key(id|arn)$|kmsencryptioncontextkey")
# What a request that names a key needs on it besides.
KEY_ACTIONS = {
    "sagemaker": ("kms:CreateGrant", "kms:DescribeKey"),
    "s3": ("kms:GenerateDataKey",),
    "ssm": ("kms:Encrypt",),
    "secretsmanager": ("kms:Decrypt", "kms:GenerateDataKey"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a Task's needs follow from.

    own_arn: of the machine itself. task_roles: of the task definitions that are known.
    """

    state: str
    pointer: str
    resource: Resource
    arguments: Arguments
    own_arn: str
    task_roles: tuple[TaskRole, ...] = ()

    def need(self, action: str, resource: str, weight: Weight = Weight.VITAL, passed_to: str = "") -> Need:
        return Need(action, resource, passed_to, weight, self.state, self.pointer)


def of_task(told: Told) -> Iterator[Need | str]:
    """The needs; a text is an IAM prefix of which more may be needed, "" for any."""
    match told.resource:
        case Invocation(function):
            yield told.need("lambda:InvokeFunction", re.sub(r":\$LATEST$", "*", function))
        case Integration(service, operation, _, True):
            yield from _of_sdk(told, service, operation)
        case Integration(service, operation, pattern, False):
            yield from _of_integration(told, f"{service}:{operation}", pattern)
        case Opaque(text) if is_arn(text):
            # Most such tokens stand for a function; nobody knows before it is deployed.
            yield told.need("lambda:InvokeFunction", text, Weight.POSSIBLE)
            yield ""
        case Activity():
            return
        case _:
            yield ""


def _of_sdk(told: Told, service: str, operation: str) -> Iterator[Need | str]:
    prefix = prefix_of(service)
    actions = actions_of(service, operation, prefix) if prefix else None
    requests = [] if actions else list(of_request(service, operation, told.arguments))
    if prefix is None or (actions is None and not requests):
        yield prefix or ""
        return
    yield from (told.need(*request) for request in requests)
    for action in actions or ():
        yield from _at_resources(told, action)
    if (service, operation) == ("s3", "copyObject"):
        for source in told.arguments.texts("CopySource"):
            bucket, _, key = source.removeprefix("/").partition("/")
            yield told.need("s3:GetObject", s3_object(bucket, key or ANYTHING))
    yield from _roles(told, prefix)
    yield from _keys(told, prefix, operation)
    yield from _objects(told, prefix)
    if prefix == "application-autoscaling":
        for action, one in of_scaling(operation, told.arguments):
            yield told.need(action, one, Weight.ADVISED)
    if prefix in ON_BEHALF:
        yield ""


def _objects(told: Told, prefix: str) -> Iterator[Need | str]:
    """Files that a service reads with the caller's permissions."""
    if prefix not in READERS:
        return
    yield "s3"
    for name, shape in told.arguments.deep():
        if name == "S3Object":
            file = Arguments(shape)
            pairs = products([file.texts("Bucket") or [ANYTHING], file.texts("Name") or [ANYTHING]])
            yield from (told.need("s3:GetObject", s3_object(*pair), Weight.ADVISED) for pair in pairs)


def _of_integration(told: Told, name: str, pattern: str) -> Iterator[Need | str]:
    call = CALLS.get(name)
    prefix = name.split(":")[0]
    if call is None:
        yield prefix
        return
    for action in call.actions:
        yield from _at_resources(told, action)
    if pattern.startswith("sync"):
        for action in (*call.watches, *call.marks):
            yield from _at_resources(told, action, like=call.actions[0])
        for action in call.stops:
            yield from _at_resources(told, action, Weight.ADVISED)
        if call.rule:
            for action in ("events:DescribeRule", "events:PutRule", "events:PutTargets"):
                yield told.need(action, arn("events", f"rule/{call.rule}"))
    yield from _particular(told, name)
    if prefix not in ("lambda", "states", "events", "apigateway", "http", "sns", "sqs", "dynamodb"):
        yield from _roles(told, prefix)
        yield from _keys(told, prefix, name.split(":")[1])


def _at_resources(
    told: Told, name: str, weight: Weight = Weight.VITAL, like: str = ""
) -> Iterator[Need | str]:
    """The action on each of its resources; tags are put on what `like` makes."""
    known = known_action(name)
    if known is None:
        yield name.split(":")[0]
        return
    source = known_action(like) if name.endswith(":AddTags") and like else known
    found = target(name, told.arguments)
    if name == "states:InvokeHTTPEndpoint":
        found = [told.own_arn]
    if found is None:
        found, is_sure = resources(source or known, told.arguments)
        weight = weight if is_sure else Weight.POSSIBLE
    for one in found:
        yield told.need(known.name, one, weight)


def _roles(told: Told, prefix: str) -> Iterator[Need]:
    """iam:PassRole for every role that the request hands on."""
    if prefix in TAKEN_BY_THEMSELVES:
        return
    for name, shape in told.arguments.deep():
        if ROLE_MEMBER.search(name) and not (name == "Role" and prefix.startswith(SPEAKERS)):
            service = EC2 if name == "JobFlowRole" else PRINCIPALS.get(prefix, f"{prefix}.amazonaws.com")
            for role in _role_arns(name, shape, prefix):
                yield told.need("iam:PassRole", role, passed_to=service)
    if prefix == "ecs" and isinstance(told.resource, Integration) and told.resource.action == "runTask":
        yield told.need(
            "iam:PassRole", f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{ANYTHING}",
            Weight.POSSIBLE, PRINCIPALS["ecs"],
        )  # fmt: skip
        yield from _task_roles(told)


def _task_roles(told: Told) -> Iterator[Need]:
    """Those of the task definition, unless the request gives others."""
    asked = [one.replace(UNKNOWN_PART, ANYTHING) for one in target("ecs:RunTask", told.arguments) or ()]
    for one in told.task_roles:
        if asked == [one.definition] and told.arguments.below("Overrides", one.member) is None:
            yield told.need("iam:PassRole", one.role, passed_to=PRINCIPALS["ecs"])


def _role_arns(member: str, shape: Shape, prefix: str) -> list[str]:
    """A name is made an ARN; what a template fills in is one, unless the service takes names too."""
    found = []
    for text in texts_of(shape):
        is_whole = is_arn(text, member) or (prefix not in TAKES_NAMES and SYMBOL.fullmatch(text))
        found.append(text if is_whole else f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{text}")
    return found


def _keys(told: Told, prefix: str, operation: str) -> Iterator[Need]:
    """A key that a request names is used with the caller's permissions too; AWS's own keys need none."""
    if prefix == "kms" or prefix not in KEY_ACTIONS:
        return
    for name, shape in told.arguments.deep():
        if not KEY_MEMBER.search(name) or (prefix == "ssm" and operation != "putParameter"):
            continue
        for key in texts_of(shape):
            if key.startswith("alias/aws/") or key == ANYTHING:
                continue
            is_alias = key.startswith("alias/") or ":alias/" in key
            whole = arn("kms", "key/*") if is_alias else key if is_arn(key) else arn("kms", f"key/{key}")
            for action in KEY_ACTIONS[prefix]:
                yield told.need(action, whole, Weight.ADVISED)


def _particular(told: Told, name: str) -> Iterator[Need | str]:
    match name:
        case "apigateway:invoke":
            yield from _api(told)
        case "http:invoke":
            yield from _connection(told)
        case "athena:startQueryExecution" | "athena:getQueryResults":
            yield "s3"
            yield "glue"
            yield "lakeformation"
            yield "athena"
        case "bedrock:createModelCustomizationJob":
            yield "s3"
            for model in told.arguments.texts("BaseModelIdentifier") or [ANYTHING]:
                place = "arn:${AWS::Partition}:bedrock:${AWS::Region}:"
                whole = model if is_arn(model) else f"{place}:foundation-model/{model}"
                for one in (whole, arn("bedrock", "model-customization-job/*")):
                    yield told.need("bedrock:CreateModelCustomizationJob", one, Weight.POSSIBLE)
        case "emr-containers:createVirtualCluster":
            yield "iam"
        case "emr-serverless:createApplication" | "emr-containers:startJobRun":
            yield "iam"
            yield "events"
        case "eks:createCluster" | "eks:createNodegroup" | "eks:createFargateProfile":
            yield "iam"
            yield "ec2"
        case "mediaconvert:createJob":
            for kind in ("jobTemplates", "presets", "queues"):
                yield told.need("mediaconvert:CreateJob", arn("mediaconvert", f"{kind}/*"), Weight.POSSIBLE)


def _api(told: Told) -> Iterator[Need]:
    """Only a request that is signed with the machine's role needs a permission."""
    if told.arguments.texts("AuthType") != ["IAM_ROLE"]:
        return
    for endpoint in told.arguments.texts("ApiEndpoint") or [ANYTHING]:
        api = ANYTHING if endpoint == ANYTHING else re.sub(r"\.execute-api\..*", "", endpoint)
        stage = (told.arguments.texts("Stage") or [ANYTHING])[0]
        method = (told.arguments.texts("Method") or [ANYTHING])[0]
        path = (told.arguments.texts("Path") or [""])[0].removeprefix("/")
        yield told.need("execute-api:Invoke", arn("execute-api", f"{api}/{stage}/{method}/{path or '*'}"))


def _connection(told: Told) -> Iterator[Need]:
    for connection in told.arguments.texts("Authentication", "ConnectionArn") or [
        arn("events", "connection/*")
    ]:
        yield told.need("events:RetrieveConnectionCredentials", connection)
    secret = arn("secretsmanager", "secret:events!connection/*")
    yield told.need("secretsmanager:DescribeSecret", secret)
    yield told.need("secretsmanager:GetSecretValue", secret)
