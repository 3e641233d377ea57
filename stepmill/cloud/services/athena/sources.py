"""From a table of the catalog to the files it consists of, as the caller may read them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.services.athena.projection import (
    BadProjection,
    allowed_values,
    is_projected,
    pattern_of,
    template_of,
)
from stepmill.cloud.services.s3.stored import StoredFile, files_below

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


class QueryFailed(Exception):
    """The text is the query's StateChangeReason."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a table; `values` are those of its partition, one for each key."""

    uri: str
    path: Path
    size: int
    values: tuple[str, ...]


def files_of(cloud: "Cloud", principal: Principal, table: dict[str, Any]) -> list[SourceFile]:
    """Raises: QueryFailed."""
    name = f"{table['DatabaseName']}.{table['Name']}"
    location = table.get("StorageDescriptor", {}).get("Location", "")
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    try:
        if not keys:
            return below(cloud, principal, directory(location))
        if is_projected(table.get("Parameters", {})):
            return projected(cloud, principal, table, location, keys)
        return registered(cloud, principal, table)
    except BadProjection as error:
        raise QueryFailed(f"INVALID_TABLE_PROPERTY: {name}: {error}") from None
    except AwsError as error:
        word = "PERMISSION_DENIED" if error.status == 403 else "HIVE_CURSOR_ERROR"
        raise QueryFailed(f"{word}: {name}: {error.code}: {error.message}") from None


def directory(location: str) -> str:
    return location.rstrip("/") + "/"


def below(cloud: "Cloud", principal: Principal, uri: str, values: tuple[str, ...] = ()) -> list[SourceFile]:
    """The files with the prefix, each one allowed to the caller. Raises: AwsError."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise AwsError("InvalidLocation", f"Location {uri!r} does not have the form s3://bucket/prefix/")
    cloud.allow(principal, "s3:ListBucket", f"arn:aws:s3:::{bucket}", {"s3:prefix": prefix})
    found = [one for one in files_below(cloud, bucket, prefix) if is_data(one, prefix)]
    return [SourceFile(f"s3://{bucket}/{one.key}", one.path, one.size, values) for one in found]


def is_data(file: StoredFile, prefix: str) -> bool:
    """Hive leaves out what is hidden: a part of the key that begins with a dot or an underscore."""
    parts = file.key[len(prefix) :].split("/")
    return file.size > 0 and not any(part.startswith((".", "_")) for part in parts)


def projected(
    cloud: "Cloud", principal: Principal, table: dict[str, Any], location: str, keys: list[str]
) -> list[SourceFile]:
    """Raises: BadProjection, AwsError."""
    properties = table["Parameters"]
    template = template_of(location, keys, properties)
    pattern = pattern_of(template, keys)
    tests = [allowed_values(key, properties, cloud.clock.time()) for key in keys]
    found = []
    for file in below(cloud, principal, template.partition("${")[0]):
        match = pattern.fullmatch(file.uri)
        if match is None:
            continue
        values = tuple(match[f"k{index}"] for index in range(len(keys)))
        if all(is_allowed(value) for is_allowed, value in zip(tests, values, strict=True)):
            found.append(SourceFile(file.uri, file.path, file.size, values))
    return found


def registered(cloud: "Cloud", principal: Principal, table: dict[str, Any]) -> list[SourceFile]:
    """Raises: AwsError."""
    place = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
    token: dict[str, str] = {}
    found: list[SourceFile] = []
    while True:
        page = cloud.call("glue", "GetPartitions", place | token, principal=principal)
        for one in page["Partitions"]:
            uri = directory(one.get("StorageDescriptor", {}).get("Location", ""))
            found += below(cloud, principal, uri, tuple(one["Values"]))
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}


def check_readable(cloud: "Cloud", principal: Principal, table: str, files: list[SourceFile]) -> None:
    """Raises: QueryFailed naming the first object that the caller may not read."""
    for file in files:
        try:
            cloud.allow(principal, "s3:GetObject", "arn:aws:s3:::" + file.uri.removeprefix("s3://"))
        except AwsError as error:
            raise QueryFailed(
                f"PERMISSION_DENIED: {table}: Access Denied on {file.uri}: {error.message}"
            ) from None
