"""A state machine: what `build()` of a machine file returns."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepmill.asl import flow, sdk
from stepmill.asl.block import SECONDS_LIMIT, ExtendedState
from stepmill.asl.errors import AslError
from stepmill.asl.graph import Graph, all_states
from stepmill.asl.language import language_problems

if TYPE_CHECKING:
    from typing import Any

    from stepmill.asl.inputs import InputProblem

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
INTEGRATION_ARN = "arn:aws:states:::"
# Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
DEFINITION_LIMIT_BYTES = 1_048_576


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A named machine with its input model. Built whole: a machine that AWS would refuse is refused here.

    input: a frozen dataclass whose fields are made by `stepmill.asl.field`, or None.
    timeout_seconds: after this the execution ends as TIMED_OUT; required, so that nothing hangs for a year.
    query_language: "JSONPath" or "JSONata", for the states that name none.
    partition: of the integrations' ARNs; a token such as "${Partition}", filled at deployment, for a machine
    that shall also run in China or GovCloud.
    Raises: AslError with every problem found, a line each.
    """

    name: str
    comment: str
    states: sdk.State | sdk.Chain
    timeout_seconds: int
    input: type | None = None
    query_language: str = "JSONPath"
    partition: str = "aws"

    def __post_init__(self) -> None:
        problems = []
        if not isinstance(self.name, str) or not _NAME.match(self.name):
            problems.append(f"{self.name}: name is {self.name!r}; use 1 to 80 letters, digits, _ and -")
        seconds = self.timeout_seconds
        if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= SECONDS_LIMIT:
            problems.append(
                f"{self.name}: TimeoutSeconds is {seconds!r}; use a whole number from 1 to {SECONDS_LIMIT}"
            )
        if self.query_language not in ("JSONPath", "JSONata"):
            problems.append(
                f"{self.name}: QueryLanguage is {self.query_language!r}; use 'JSONPath' or 'JSONata'"
            )
        if not isinstance(self.states, (sdk.State, sdk.Chain)):
            problems.append(f"{self.name}: States is {self.states!r}; give a state or chain(...)")
        if problems:
            raise AslError(problems)
        self.definition()

    def definition(self) -> dict[str, Any]:
        """The machine in Amazon States Language, rendered anew, so that states linked later are in it.

        Raises: AslError.
        """
        problems = self._problems()
        fields: dict[str, Any] = {"comment": self.comment, "timeout_seconds": self.timeout_seconds}
        if self.query_language != "JSONPath":
            fields["query_language"] = self.query_language
        definition: dict[str, Any] = {}
        try:
            definition = Graph(self.states, **fields).to_dict()
        except AslError as error:
            problems += error.problems
        if problems:
            raise AslError(dict.fromkeys(problems)).under(self.name)
        if self.partition != "aws":
            _set_partition(definition, f"arn:{self.partition}:states:::")
        return definition

    def to_json(self) -> str:
        """The definition as text, the same for the same machine; ends with a newline.

        Raises: AslError, also when it is larger than Step Functions takes.
        """
        return as_json(self.name, self.definition())

    def _problems(self) -> list[str]:
        problems: list[str] = []
        homes: dict[str, sdk.State] = {}
        for state, _ in all_states(self.states):
            if not isinstance(state, ExtendedState):
                problems.append(
                    f"States.{state.state_id}: is the SDK's own class; import it from stepmill.asl"
                )
                continue
            if state.state_id in homes:
                place = "two branches" if homes[state.state_id] is state else "two states"
                problems.append(
                    f"{state.where}: name stands for {place}; names are unique in a whole machine"
                )
            homes[state.state_id] = state
            problems += state.problems()
            problems += language_problems(state, self.query_language)
        return problems + flow.placeholder_problems(self.states)

    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema of the input model."""
        from stepmill.asl import inputs  # pydantic takes longer to import than a machine to compile

        return inputs.schema(self._input_model())

    def check_input(self, value: object) -> list[InputProblem]:
        """What is wrong with an execution input; an empty list when nothing is."""
        from stepmill.asl import inputs

        return inputs.check(self._input_model(), value)

    def _input_model(self) -> type:
        if self.input is None:
            raise AslError(f"{self.name}: input has no model; give Machine(input=...) a dataclass")
        return self.input


def _set_partition(part: Any, arn: str) -> None:
    """Give every integration inside, tasks' and item readers', the ARN's beginning."""
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, (dict, list)):
            _set_partition(value, arn)
    if isinstance(part, dict) and str(part.get("Resource", "")).startswith(INTEGRATION_ARN):
        part["Resource"] = arn + part["Resource"].removeprefix(INTEGRATION_ARN)


def as_json(name: str, definition: dict[str, Any]) -> str:
    """The definition of the machine of that name as the text of its file.

    Raises: AslError when it is larger than Step Functions takes.
    """
    text = json.dumps(definition, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    size = len(text.encode())
    if size > DEFINITION_LIMIT_BYTES:
        raise AslError(f"{name}: definition has {size} bytes; use at most {DEFINITION_LIMIT_BYTES}")
    return text
