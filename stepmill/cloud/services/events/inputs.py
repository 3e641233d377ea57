"""What a target is given of an event: all of it, a constant, a part, or a text made from parts."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.service import AwsError

STEP = re.compile(r"\.([A-Za-z0-9_\-/]+)|\.(\*)|\[(\d+)\]|\[(\*)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")
PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")
RESERVED = (
    "aws.events.event",
    "aws.events.event.json",
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
)
MISSING = object()


def parse_path(path: str) -> list[str | int]:
    """`$.detail.items[0]` as its steps. Raises: AwsError ValidationException."""
    steps: list[str | int] = []
    at = 1
    while path[:1] == "$" and at < len(path) and (found := STEP.match(path, at)):
        name, star, index, index_star, quoted, double_quoted = found.groups()
        if index is not None:
            steps.append(int(index))
        else:
            steps.append(name or star or index_star or quoted or double_quoted or "")
        at = found.end()
    if path[:1] != "$" or at != len(path):
        raise AwsError(
            "ValidationException", f"Invalid JSON path {path!r}; write it as $.detail.name or $.list[0]"
        )
    return steps


def read_path(event: Any, path: str) -> Any:
    """The value at the path, or MISSING."""
    value = event
    for number, step in enumerate(steps := parse_path(path)):
        if step == "*":
            members = (
                list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
            )
            rest = "$" + "".join(
                f"[{each}]" if isinstance(each, int) else f"['{each}']" for each in steps[number + 1 :]
            )
            return [found for each in members if (found := read_path(each, rest)) is not MISSING]
        is_member = isinstance(value, dict) and step in value
        is_index = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not is_member and not is_index:
            return MISSING
        value = value[step]
    return value


def check_target(target: dict[str, Any]) -> None:
    """Refuse at PutTargets what could only fail at delivery. Raises: AwsError ValidationException."""
    where = f"target {target['Id']}"
    given = [name for name in ("Input", "InputPath", "InputTransformer") if name in target]
    if len(given) > 1:
        raise AwsError(
            "ValidationException", f"Only one of Input, InputPath, or InputTransformer for {where}"
        )
    if "Input" in target:
        try:
            json.loads(target["Input"])
        except ValueError as error:
            raise AwsError("ValidationException", f"Input for {where} is not JSON: {error}") from error
    if "InputPath" in target:
        parse_path(target["InputPath"])
    if "InputTransformer" in target:
        check_transformer(target["InputTransformer"], where)


def check_transformer(transformer: dict[str, Any], where: str) -> None:
    paths = transformer.get("InputPathsMap", {})
    for path in paths.values():
        parse_path(path)
    used = set(PLACEHOLDER.findall(transformer["InputTemplate"]))
    unknown = sorted(used - set(paths) - set(RESERVED))
    if unknown:
        raise AwsError(
            "ValidationException",
            f"InputTemplate for {where} names {', '.join(unknown)}, which InputPathsMap does not define",
        )
    try:
        json.loads(render(transformer, dict.fromkeys(used, "x")))
    except ValueError as error:
        raise AwsError(
            "ValidationException", f"InputTemplate for {where} does not make JSON: {error}"
        ) from error


def make_input(target: dict[str, Any], event: dict[str, Any], rule_arn: str, now_s: float) -> str:
    """The text that the target is given."""
    if "Input" in target:
        text: str = target["Input"]
        return text
    if "InputPath" in target:
        found = read_path(event, target["InputPath"])
        return json.dumps(None if found is MISSING else found)
    if "InputTransformer" not in target:
        return json.dumps(event)
    transformer = target["InputTransformer"]
    paths = transformer.get("InputPathsMap", {})
    now = datetime.fromtimestamp(now_s, UTC)
    values: dict[str, Any] = {
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    values |= {name: read_path(event, path) for name, path in paths.items()}
    return render(transformer, values)


def render(transformer: dict[str, Any], values: dict[str, Any]) -> str:
    """The template with its placeholders replaced: JSON outside of quotes, escaped text inside of them.

    A value that the event lacks leaves nothing inside a string, and an empty string outside.
    """
    template: str = transformer["InputTemplate"]
    pieces: list[str] = []
    is_quoted = False
    at = 0
    while at < len(template):
        found = PLACEHOLDER.match(template, at)
        if found and found[1] in values:
            pieces.append(inside_quotes(values[found[1]]) if is_quoted else outside_quotes(values[found[1]]))
            at = found.end()
            continue
        # An escaped character, quote or not, belongs to the string it stands in.
        width = 2 if is_quoted and template[at] == "\\" else 1
        is_quoted ^= template[at] == '"'
        pieces.append(template[at : at + width])
        at += width
    return "".join(pieces)


def inside_quotes(value: Any) -> str:
    if value is MISSING:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]


def outside_quotes(value: Any) -> str:
    return '""' if value is MISSING else json.dumps(value)
