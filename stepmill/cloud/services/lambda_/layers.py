"""Layers: numbered, immutable packages whose `python/` folder is put on the path of the functions that use
them.
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.lambda_.code import as_base64, code_folder, read_package
from stepmill.cloud.services.lambda_.service import SERVICE, invalid

LAYER = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:layer:([a-zA-Z0-9-_]+)(?::(\d+))?")
MOST_LAYERS = 5


def layer_name(given: str) -> str:
    match = LAYER.fullmatch(given)
    return match[1] if match else given


def layer_resource(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    version = f":{params['VersionNumber']}" if "VersionNumber" in params else ""
    return [cloud.arn("lambda", f"layer:{layer_name(params['LayerName'])}{version}")]


def find_layer(cloud: Cloud, arn: str) -> tuple[dict[str, Any], str]:
    """Record and code sha of a layer version. Raises: AwsError when there is none, or it was deleted."""
    match = LAYER.fullmatch(arn)
    if match is None or match[2] is None:
        raise invalid(
            f"Layer {arn!r} is no layer version ARN; give arn:aws:lambda:<region>:<account>:layer:<name>:<n>"
        )
    rows = cloud.store.query(
        "select record, code_sha from lambda_layer where name = ? and version = ? and not is_deleted",
        (match[1], int(match[2])),
    )
    if not rows:
        raise AwsError("ResourceNotFoundException", f"Layer version {arn} does not exist.", 404, Type="User")
    return json.loads(rows[0]["record"]), rows[0]["code_sha"]


def layer_entries(cloud: Cloud, arns: list[str]) -> list[dict[str, Any]]:
    """What a function's configuration says of its layers."""
    if len(arns) > MOST_LAYERS:
        raise invalid(f"A function has at most {MOST_LAYERS} layers, not {len(arns)}")
    return [{"Arn": arn, "CodeSize": find_layer(cloud, arn)[0]["Content"]["CodeSize"]} for arn in arns]


def layer_folders(cloud: Cloud, config: dict[str, Any]) -> list[Path]:
    """Functions keep working with a layer version that was deleted since, as on AWS."""
    folders = []
    for entry in config.get("Layers", []):
        match = LAYER.fullmatch(entry["Arn"])
        if match is None:
            raise invalid(f"Layer {entry['Arn']!r} is no layer version ARN")
        rows = cloud.store.query(
            "select code_sha from lambda_layer where name = ? and version = ?", (match[1], int(match[2]))
        )
        folders.append(code_folder(cloud, rows[0]["code_sha"]))
    return folders


@SERVICE.operation("PublishLayerVersion", resources=layer_resource)
def publish_layer_version(cloud: Cloud, request: Request) -> Answer:
    name = layer_name(request.params["LayerName"])
    sha, size = read_package(cloud, request.params["Content"], request.principal)
    now = datetime.fromtimestamp(cloud.clock.time(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    with cloud.store.transaction() as connection:
        if request.attempt is not None:
            made = connection.execute(
                "select record from lambda_layer where name = ? and json_extract(record, '$.Attempt') = ?",
                (name, request.attempt),
            ).fetchone()
            if made is not None:
                return public(json.loads(made["record"]))
        highest = connection.execute(
            "select max(version) from lambda_layer where name = ?", (name,)
        ).fetchone()[0]
        version = (highest or 0) + 1
        arn = cloud.arn("lambda", f"layer:{name}")
        record = {
            "LayerArn": arn,
            "LayerVersionArn": f"{arn}:{version}",
            "Version": version,
            "Description": request.params.get("Description", ""),
            "CreatedDate": now,
            "CompatibleRuntimes": request.params.get("CompatibleRuntimes", []),
            "CompatibleArchitectures": request.params.get("CompatibleArchitectures", []),
            "LicenseInfo": request.params.get("LicenseInfo", ""),
            "Content": {
                "CodeSha256": as_base64(sha),
                "CodeSize": size,
                "Location": code_folder(cloud, sha).with_suffix(".zip").as_uri(),
            },
            "Attempt": request.attempt,
        }
        connection.execute(
            "insert into lambda_layer (name, version, record, code_sha) values (?, ?, ?, ?)",
            (name, version, json.dumps(record), sha),
        )
    return public(record)


def public(record: dict[str, Any]) -> Answer:
    return {key: value for key, value in record.items() if key != "Attempt"}


@SERVICE.operation("GetLayerVersion", resources=layer_resource)
def get_layer_version(cloud: Cloud, request: Request) -> Answer:
    arn = cloud.arn(
        "lambda", f"layer:{layer_name(request.params['LayerName'])}:{request.params['VersionNumber']}"
    )
    return public(find_layer(cloud, arn)[0])


@SERVICE.operation("GetLayerVersionByArn", action="lambda:GetLayerVersion", resources=lambda _, p: [p["Arn"]])
def get_layer_version_by_arn(cloud: Cloud, request: Request) -> Answer:
    return public(find_layer(cloud, request.params["Arn"])[0])


@SERVICE.operation("ListLayerVersions", resources=layer_resource)
def list_layer_versions(cloud: Cloud, request: Request) -> Answer:
    rows = cloud.store.query(
        "select record from lambda_layer where name = ? and not is_deleted order by version desc",
        (layer_name(request.params["LayerName"]),),
    )
    return {"LayerVersions": [summary(json.loads(row["record"])) for row in rows]}


@SERVICE.operation("ListLayers")
def list_layers(cloud: Cloud, _request: Request) -> Answer:
    rows = cloud.store.query(
        "select name, record, max(version) from lambda_layer where not is_deleted group by name order by name"
    )
    return {
        "Layers": [
            {
                "LayerName": row["name"],
                "LayerArn": cloud.arn("lambda", f"layer:{row['name']}"),
                "LatestMatchingVersion": summary(json.loads(row["record"])),
            }
            for row in rows
        ]
    }


def summary(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in public(record).items() if key not in ("Content", "LayerArn")}


@SERVICE.operation("DeleteLayerVersion", resources=layer_resource)
def delete_layer_version(cloud: Cloud, request: Request) -> Answer:
    """The number is never given again; deleting what is not there is no error, as on AWS."""
    with cloud.store.transaction() as connection:
        connection.execute(
            "update lambda_layer set is_deleted = 1 where name = ? and version = ?",
            (layer_name(request.params["LayerName"]), request.params["VersionNumber"]),
        )
    return {}
