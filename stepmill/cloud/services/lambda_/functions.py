"""Functions: create, read, change and delete."""

import uuid
from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.lambda_.code import as_base64, code_folder, read_package
from stepmill.cloud.services.lambda_.layers import layer_entries
from stepmill.cloud.services.lambda_.service import (
    LATEST,
    SERVICE,
    Function,
    find,
    function_arn,
    function_resource,
    invalid,
    not_found,
    save,
    set_setting,
    setting,
    split_name,
)
from stepmill.cloud.services.lambda_.versions import publish
from stepmill.cloud.services.lambda_.workers import Workers

COPIED = [
    "Description",
    "Timeout",
    "MemorySize",
    "Handler",
    "Role",
    "Runtime",
    "VpcConfig",
    "DeadLetterConfig",
]
COPIED += [
    "KMSKeyArn",
    "TracingConfig",
    "EphemeralStorage",
    "LoggingConfig",
    "Environment",
    "FileSystemConfigs",
]
MOST_ENVIRONMENT_BYTES = 4096
RESERVED = {
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "_HANDLER",
}
RESERVED |= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "TZ"}
RESERVED |= {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"}


@SERVICE.operation("CreateFunction", resources=function_resource)
def create_function(cloud: Cloud, request: Request) -> Answer:
    params = request.params
    name, _ = split_name(params["FunctionName"])
    if cloud.store.query("select 1 from lambda_function where name = ?", (name,)):
        made = setting(cloud, name, "attempt")
        if request.attempt is not None and made == request.attempt:
            return find(cloud, name).config
        raise AwsError("ResourceConflictException", f"Function already exist: {name}", 409, Type="User")
    check(cloud, params, request)
    if params.get("PackageType", "Zip") != "Zip":
        raise invalid("PackageType Image is not supported by the embedded cloud; use Zip")
    for required in ("Handler", "Runtime"):
        if required not in params:
            raise invalid(f"{required} is mandatory for functions created with deployment packages")
    sha, size = read_package(cloud, params["Code"], request.principal)
    config = {
        "FunctionName": name,
        "FunctionArn": function_arn(cloud, name),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "Version": LATEST,
        "PackageType": "Zip",
        "Architectures": params.get("Architectures", ["x86_64"]),
        "TracingConfig": {"Mode": "PassThrough"},
        "EphemeralStorage": {"Size": 512},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
    }
    config |= changes(cloud, params)
    config |= {"CodeSha256": as_base64(sha), "CodeSize": size}
    function = stamped(cloud, Function(name, LATEST, config, sha))
    with cloud.store.transaction():
        save(cloud, function)
        set_setting(cloud, name, "tags", params.get("Tags"))
        set_setting(cloud, name, "attempt", request.attempt)
    return publish(cloud, function, "") if params.get("Publish") else function.config


def check(cloud: Cloud, params: dict[str, Any], request: Request) -> None:
    """Refuse at once what AWS refuses."""
    if not 1 <= params.get("Timeout", 3) <= 900:
        raise invalid(f"Timeout is {params['Timeout']}; it must be 1 to 900 seconds")
    if not 128 <= params.get("MemorySize", 128) <= 10240:
        raise invalid(
            f"'MemorySize' value failed to satisfy constraint: {params['MemorySize']} is not 128 to 10240 MB"
        )
    runtime = params.get("Runtime", "python3.13")
    if not runtime.startswith("python3."):
        raise invalid(f"Runtime {runtime} is not supported by the embedded cloud; only python3.x is")
    variables = params.get("Environment", {}).get("Variables", {})
    if taken := sorted(RESERVED & variables.keys()):
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables "
            "you have "
            f"provided contains reserved keys that are currently not supported for modification. Reserved "
            f"keys used "
            f"in this request: {', '.join(taken)}"
        )
    if sum(len(name) + len(value.encode()) for name, value in variables.items()) > MOST_ENVIRONMENT_BYTES:
        raise invalid(f"Environment variables are larger than {MOST_ENVIRONMENT_BYTES} bytes")
    if "Role" in params:
        cloud.allow(
            request.principal, "iam:PassRole", params["Role"], {"iam:PassedToService": "lambda.amazonaws.com"}
        )
        try:
            arn = function_resource(cloud, params)[0]
            cloud.assume(params["Role"], "lambda.amazonaws.com", source_arn=arn)
        except AwsError:
            raise invalid("The role defined for the function cannot be assumed by Lambda.") from None


def changes(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    changed = {key: params[key] for key in COPIED if key in params}
    if "LoggingConfig" in changed:
        group = f"/aws/lambda/{split_name(params['FunctionName'])[0]}"
        changed["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": group} | changed["LoggingConfig"]
    if "Layers" in params:
        changed["Layers"] = layer_entries(cloud, params["Layers"])
    return changed


def stamped(cloud: Cloud, function: Function) -> Function:
    now = datetime.fromtimestamp(cloud.clock.time(), UTC)
    stamp = {
        "LastModified": now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000",
        "RevisionId": str(uuid.uuid4()),
        "State": "Active",
        "LastUpdateStatus": "Successful",
    }
    return Function(function.name, function.version, {**function.config, **stamp}, function.code_sha)


@SERVICE.operation("GetFunction", resources=function_resource)
def get_function(cloud: Cloud, request: Request) -> Answer:
    function = find(cloud, request.params["FunctionName"], request.params.get("Qualifier"))
    package = code_folder(cloud, function.code_sha).with_suffix(".zip")
    answer: Answer = {
        "Configuration": function.config,
        "Code": {"RepositoryType": "S3", "Location": package.as_uri()},
        "Tags": setting(cloud, function.name, "tags") or {},
    }
    if (reserved := setting(cloud, function.name, "concurrency")) is not None:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
    return answer


@SERVICE.operation("GetFunctionConfiguration", resources=function_resource)
def get_function_configuration(cloud: Cloud, request: Request) -> Answer:
    return find(cloud, request.params["FunctionName"], request.params.get("Qualifier")).config


@SERVICE.operation("ListFunctions")
def list_functions(cloud: Cloud, request: Request) -> Answer:
    after = request.params.get("Marker", "")
    most = min(request.params.get("MaxItems", 50), 50)
    rows = cloud.store.query(
        "select name from lambda_function where version = ? and name > ? order by name limit ?",
        (LATEST, after, most + 1),
    )
    names = [row["name"] for row in rows[:most]]
    answer: Answer = {"Functions": [find(cloud, name).config for name in names]}
    if len(rows) > most:
        answer["NextMarker"] = names[-1]
    return answer


@SERVICE.operation("UpdateFunctionCode", resources=function_resource)
def update_function_code(cloud: Cloud, request: Request) -> Answer:
    function = find(cloud, request.params["FunctionName"])
    refuse_other_revision(function, request)
    code = {
        key: request.params[key]
        for key in request.params
        if key in ("ZipFile", "S3Bucket", "S3Key", "ImageUri")
    }
    code |= {key: request.params[key] for key in ("S3ObjectVersion",) if key in request.params}
    sha, size = read_package(cloud, code, request.principal)
    config = function.config | {"CodeSha256": as_base64(sha), "CodeSize": size}
    changed = stamped(cloud, Function(function.name, LATEST, config, sha))
    if request.params.get("DryRun"):
        return changed.config
    save(cloud, changed)
    cloud.state(Workers).retire(function.name)
    return publish(cloud, changed, "") if request.params.get("Publish") else changed.config


@SERVICE.operation("UpdateFunctionConfiguration", resources=function_resource)
def update_function_configuration(cloud: Cloud, request: Request) -> Answer:
    function = find(cloud, request.params["FunctionName"])
    refuse_other_revision(function, request)
    check(cloud, request.params, request)
    config = function.config | changes(cloud, request.params)
    if not config.get("DeadLetterConfig", {}).get("TargetArn"):
        config.pop("DeadLetterConfig", None)
    changed = stamped(cloud, Function(function.name, LATEST, config, function.code_sha))
    save(cloud, changed)
    cloud.state(Workers).retire(function.name)
    return changed.config


def refuse_other_revision(function: Function, request: Request) -> None:
    wanted = request.params.get("RevisionId")
    if wanted and wanted != function.config["RevisionId"]:
        raise AwsError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias "
            "API to "
            "retrieve the latest Revision Id",
            412,
            Type="User",
        )


@SERVICE.operation("DeleteFunction", resources=function_resource)
def delete_function(cloud: Cloud, request: Request) -> Answer:
    """The whole function, or with a qualifier one version. Events that wait for it go with it."""
    name, qualifier = split_name(request.params["FunctionName"], request.params.get("Qualifier"))
    with cloud.store.transaction() as connection:
        if qualifier is None:
            gone = connection.execute("delete from lambda_function where name = ?", (name,)).rowcount
            connection.execute("delete from lambda_setting where name = ?", (name,))
            connection.execute("delete from lambda_event where name = ?", (name,))
        else:
            gone = connection.execute(
                "delete from lambda_function where name = ? and version = ? and version != ?",
                (name, qualifier, LATEST),
            ).rowcount
    if not gone:
        raise not_found(cloud, name, qualifier)
    cloud.state(Workers).retire(name)
    return {}
