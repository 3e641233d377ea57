"""What people are told when an execution ends: a subject and a body in words.

Reads EventBridge's "Step Functions Execution Status Change".
Source: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

MAX_SUBJECT = 100  # Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MAX_WHY = 2_000
ENDS = {
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMED_OUT": "ran out of time",
    "ABORTED": "was stopped",
    "RUNNING": "has started",
}
CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
REASONS = (
    "ExitMessage",
    "FailureReason",
    "ErrorMessage",
    "errorMessage",
    "StatusMessage",
    "Message",
    "message",
)


class Letter(NamedTuple):
    """`subject` is printable ASCII of at most 100 characters."""

    subject: str
    body: str


def letter(event: Mapping[str, Any]) -> Letter:
    """The letter about one status change of an execution."""
    detail = event["detail"]
    arn = detail["executionArn"]
    machine = detail["stateMachineArn"].rsplit(":", 1)[-1]
    settings = _document(detail.get("input"))
    output = _document(detail.get("output"))
    verdict = find_verdict(output)
    end = ENDS.get(detail["status"], detail["status"])
    outcome, why = _outcome(verdict, output)
    given = settings if isinstance(settings, dict) else {}
    data_uri, package = given.get("data_uri"), given.get("model_package_arn")
    why = why or _cause(detail)
    lines = [
        f"What ran: {machine}, execution {detail['name']}",
        f"Data: {data_uri}" if data_uri else "",
        f"Version: {package}" if package else "",
        f"How it ended: {end}{_duration(detail)}{outcome}",
        f"Why: {why}" if why else "",
        _figures(verdict) if verdict else "",
        _registered(output),
        _live(output),
        _scored(output),
        f"Where to look: `stepmill history {arn}` on your machine, or {_console(arn)}",
    ]
    name = str(data_uri).rstrip("/").rsplit("/", 1)[-1] if data_uri else _version(package) or detail["name"]
    return Letter(
        plain_subject(f"{machine} {end}{outcome}: {name}"), "\n".join(line for line in lines if line) + "\n"
    )


def is_quiet(event: Mapping[str, Any]) -> bool:
    """Whether the execution ended well and its output says that nobody needs to hear of that."""
    output = _document(event["detail"].get("output"))
    is_wanted = not isinstance(output, dict) or output.get("quiet") is not True
    return event["detail"]["status"] == "SUCCEEDED" and not is_wanted


def _outcome(verdict: Mapping[str, Any] | None, output: Any) -> tuple[str, str]:
    """(what more there is to say of a good end, its reason); empty when the output tells neither."""
    if verdict:
        return ", model accepted" if verdict["accepted"] else ", model rejected", verdict["reason"]
    outcome = output.get("outcome") if isinstance(output, dict) else None
    if isinstance(outcome, str) and outcome:
        return f", {outcome}", str(output.get("reason", ""))
    return "", ""


def find_verdict(document: Any, depth: int = 6) -> dict[str, Any] | None:
    """The first object that has `accepted` and `reason`, wherever the machine put it."""
    if not isinstance(document, dict) or depth == 0:
        return None
    if isinstance(document.get("accepted"), bool) and isinstance(document.get("reason"), str):
        return document
    found = (find_verdict(value, depth - 1) for value in document.values())
    return next((verdict for verdict in found if verdict), None)


def clean_cause(cause: str) -> str:
    """The sentence for people in a cause: of a job's description or a function's error, only the reason."""
    document = _document(cause)
    if isinstance(document, dict):
        reasons = [document[key] for key in REASONS if isinstance(document.get(key), str) and document[key]]
        cause = clean_cause(reasons[0]) if reasons else cause
    return cause if len(cause) <= MAX_WHY else cause[:MAX_WHY] + " ..."


def _cause(detail: Mapping[str, Any]) -> str:
    cause = clean_cause(detail.get("cause") or "")
    return " - ".join(part for part in (detail.get("error") or "", cause) if part)


def _document(text: Any) -> Any:
    try:
        return json.loads(text) if text else None
    except (TypeError, ValueError):
        return None  # not JSON: the caller shows it as text


def _figures(verdict: Mapping[str, Any]) -> str:
    names = {"candidate_rmse": "candidate RMSE", "champion_rmse": "champion RMSE", "rmse_limit": "limit"}
    shown = [
        f"{words} {verdict[key]:.2f}"
        for key, words in names.items()
        if isinstance(verdict.get(key), (int, float))
    ]
    return f"Figures: {', '.join(shown)}" if shown else ""


def _registered(output: Any) -> str:
    if not isinstance(output, dict) or not output.get("approval_status"):
        return ""
    version, status = _version(output.get("model_package_arn")), output["approval_status"]
    return f"Registered: version {version}, {status}\nWhat to do next: {output.get('next', 'approve it')}"


def _version(package_arn: Any) -> str:
    """`<group>/<number>` of a model package."""
    return str(package_arn or "").partition(":model-package/")[2]


def _live(output: Any) -> str:
    if not isinstance(output, dict) or output.get("outcome") != "live":
        return ""
    return (
        f"What serves now: endpoint {output['endpoint_name']}, model {output.get('model_name', 'not told')}"
    )


def _scored(output: Any) -> str:
    if not isinstance(output, dict) or output.get("outcome") != "scored":
        return ""
    rejected = (output.get("figures") or {}).get("rejected")
    details = f"\nWhich rows were rejected: {output['run_uri']}/report/rejected.csv" if rejected else ""
    return f"Where the rows are: {output['scored_uri']}/{details}"


def _duration(detail: Mapping[str, Any]) -> str:
    start_ms, stop_ms = detail.get("startDate"), detail.get("stopDate")
    return f" after {(stop_ms - start_ms) / 1000:.0f} s" if start_ms and stop_ms else ""


def _console(arn: str) -> str:
    _, partition, _, region, *_ = arn.split(":")
    console = f"https://{region}.{CONSOLES.get(partition, CONSOLES['aws'])}"
    return f"{console}/states/home?region={region}#/v2/executions/details/{arn}"


def plain_subject(text: str) -> str:
    """What SNS takes of it."""
    plain = "".join(char if " " <= char <= "~" else "?" for char in " ".join(text.split()))
    return plain if len(plain) <= MAX_SUBJECT else plain[: MAX_SUBJECT - 3] + "..."
