"""JSONPath and JSONata do not mix."""

from collections.abc import Callable
from typing import Any

from stepmill.asl import (
    Chain,
    Choice,
    Machine,
    Pass,
    State,
    Task,
    chain,
    jsonata,
    path,
)

States = Callable[..., dict[str, Any]]
Problems = Callable[[Callable[[], object]], list[str]]
ARN = "arn:aws:states:::aws-sdk:s3:listObjectsV2"


def _machine(start: State | Chain | None = None, **options: Any) -> Machine:
    given = {
        "name": "m",
        "comment": "A machine.",
        "timeout_seconds": 60,
        "states": start or Pass("P"),
        **options,
    }
    return Machine(**given)


def test_fields_of_the_other_query_language_are_refused(problems: Problems) -> None:
    task = Task("T", resource=ARN, arguments={"a": 1}, output=1)
    assert problems(lambda: _machine(task)) == [
        "m.States.T: Arguments belongs to JSONata; set query_language='JSONata'",
        "m.States.T: Output belongs to JSONata; set query_language='JSONata'",
    ]
    other = Task("T", resource=ARN, result_path="$.x", assign={"x": path("$.x")}, query_language="JSONata")
    assert problems(lambda: _machine(other)) == [
        "m.States.T: ResultPath belongs to JSONPath; use Arguments and Output",
        "m.States.T: Assign holds a path in a JSONata state; use jsonata(...)",
    ]


def test_a_jsonata_machine_has_only_jsonata_states(problems: Problems) -> None:
    states = chain(Pass("P", query_language="JSONPath"), Pass("Q", query_language="sql"))
    assert problems(lambda: _machine(states, query_language="JSONata")) == [
        "m.States.P: QueryLanguage is 'JSONPath' in a JSONata machine; AWS allows only the reverse",
        "m.States.Q: QueryLanguage is 'sql'; use 'JSONPath' or 'JSONata'",
    ]


def test_a_choice_has_rules_of_its_language(problems: Problems) -> None:
    choice = Choice("C")
    choice.add_choice(jsonata("true"), Pass("P"), output=1)
    assert problems(lambda: _machine(choice)) == [
        "m.States.C: Choices has the rule '{% true %}' in JSONPath; use a ChoiceRule",
        "m.States.C: Choices Output belongs to JSONata; set query_language='JSONata'",
    ]
