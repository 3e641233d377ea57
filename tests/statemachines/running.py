"""A compiled machine with its tokens filled, and a run of it whose AWS is a table of answers by state."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stepmill.engine import run_machine

TOKENS = {
    "Partition": "aws",
    "NamePrefix": "stepmill-prod",
    "SecondEndpoint": "stepmill-prod-linear",
    "ArtifactsBucket": "artifacts",
    "ParameterPrefix": "/stepmill/prod/training",
    "Target": "Price",
    "Algorithm": "xgboost",
    "RmseLimit": "4000",
    "PollIntervalS": "30",
    "CodeUri": "s3://artifacts/code/1/",
    **{
        f"{name}RoleArn": f"arn:aws:iam::123456789012:role/{name}"
        for name in ("Preprocess", "Train", "Model", "Baseline")
    },
}
VERIFIED = {"Payload": {"sha256": "5ea1"}}
MINE = {"Payload": {"acquired": True, "holder": "me", "fencing_token": 1}}


def compiled(name: str = "training") -> Path:
    return Path(__file__).parents[2] / "statemachines" / "compiled" / f"{name}.asl.json"


@dataclass
class Ran:
    """How a run ended, the states it entered in order, and what it asked of AWS, by state."""

    status: str
    output: Any
    error: str | None
    cause: str | None
    seconds: float
    states: list[str]
    requests: dict[str, list[Any]] = field(repr=False)
    largest_output: int  # characters that any state hands on
    events: int


Run = Callable[..., Ran]


def definition_for(tokens: Mapping[str, str], name: str = "training") -> dict[str, Any]:
    text = re.sub(r"\$\{(\w+)\}", lambda token: tokens.get(token[1], token[1]), compiled(name).read_text())
    document: dict[str, Any] = json.loads(text)
    return document


def assert_champion_untouched(ran: Ran) -> None:
    assert "SaveModelName" not in ran.requests
    assert ran.states[-2:] == ["ReleaseAfterFailure", "Failed"]
    assert ran.status == "FAILED"


def run_definition(definition: dict[str, Any], given: Any, table: Mapping[str, Any]) -> Ran:
    """Run the machine in an AWS of these answers, by state."""
    requests: dict[str, list[Any]] = {}

    def answering(state: str) -> Callable[[Any], Any]:
        def answer(parameters: Any) -> Any:
            asked = requests.setdefault(state, [])
            asked.append(parameters)
            found = table[state]
            if isinstance(found, list):
                found = found[min(len(asked), len(found)) - 1]
            return found

        return answer

    result = run_machine(definition, given, {state: answering(state) for state in table}, random=lambda: 1.0)
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in result.history
        if "stateEnteredEventDetails" in event
    ]
    handed_on = [
        len(event["stateExitedEventDetails"]["output"])
        for event in result.history
        if "stateExitedEventDetails" in event
    ]
    return Ran(
        result.status,
        result.output,
        result.error,
        result.cause,
        seconds=result.stop_s - result.start_s,
        states=entered,
        requests=requests,
        largest_output=max(handed_on),
        events=len(result.history),
    )
