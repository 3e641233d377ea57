"""A machine as a whole: what it renders and what it refuses."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
import stepfunctions.steps.states as sdk_states

from stepmill.asl import (
    AslError,
    Catch,
    Chain,
    Choice,
    ChoiceRule,
    Fail,
    Graph,
    Machine,
    Map,
    Parallel,
    Pass,
    State,
    Succeed,
    Task,
    Wait,
    chain,
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


def test_renders_the_same_text_each_time() -> None:
    text = """\
{
  "Comment": "Prüft.",
  "QueryLanguage": "JSONata",
  "TimeoutSeconds": 60,
  "StartAt": "P",
  "States": {
    "P": {
      "Type": "Pass",
      "End": true
    }
  }
}
"""
    machine = _machine(comment="Prüft.", query_language="JSONata")
    assert [machine.to_json(), machine.to_json()] == [text, text]
    assert json.loads(text) == machine.definition()


def test_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        _machine().name = "other"  # type: ignore[misc]


def test_a_state_linked_after_construction_is_in_the_definition() -> None:
    first = Pass("First")
    machine, graph = _machine(first), Graph(first)
    first.next(Pass("Second"))
    assert list(machine.definition()["States"]) == ["First", "Second"]
    assert list(graph.to_dict()["States"]) == ["First", "Second"]


def test_states_stand_in_the_order_they_run_with_handlers_last(states: States) -> None:
    broken = Fail("Broken")
    first = Task("First", resource=ARN, catch=[Catch(error_equals=["States.ALL"], next_step=broken)])
    no = chain(Pass("No"), Succeed("Rejected"))
    choice = Choice("Which", choices=[(ChoiceRule.IsPresent("$.x", True), Pass("Yes"))], default=no)
    assert list(states(chain(first, choice))) == ["First", "Which", "Yes", "No", "Rejected", "Broken"]


def test_a_loop_and_a_shared_end_are_rendered_once(states: States) -> None:
    wait, look = Wait("Wait", seconds=1), Task("Look", resource=ARN)
    ready = Choice("Ready", choices=[(ChoiceRule.StringEquals("$.s", "Busy"), wait)])
    assert {
        name: state.get("Next") for name, state in states(chain(wait, look, ready, Succeed("Done"))).items()
    } == {
        "Wait": "Look",
        "Look": "Ready",
        "Ready": None,
        "Done": None,
    }


def test_a_chain_of_two_thousand_states_is_rendered(states: States) -> None:
    assert len(states(chain(*(Pass(f"P{number}") for number in range(2000))))) == 2000


def test_the_state_after_a_choice_in_a_chain_is_its_default(states: States) -> None:
    choice = Choice("Which", choices=[(ChoiceRule.IsNull("$.x", True), Fail("No"))])
    assert states(chain(choice, Succeed("Yes")))["Which"]["Default"] == "Yes"


@pytest.mark.parametrize("seconds", [None, 0, -1, 1.5, True, "60", 100_000_000])
def test_needs_a_timeout(seconds: Any, problems: Problems) -> None:
    assert problems(lambda: _machine(timeout_seconds=seconds)) == [
        f"m: TimeoutSeconds is {seconds!r}; use a whole number from 1 to 99999999"
    ]


def test_needs_a_name_of_legal_characters_and_a_known_language(problems: Problems) -> None:
    assert problems(lambda: _machine(name="my machine", query_language="jsonpath", states=None)) == [
        "my machine: name is 'my machine'; use 1 to 80 letters, digits, _ and -",
        "my machine: QueryLanguage is 'jsonpath'; use 'JSONPath' or 'JSONata'",
        "my machine: States is None; give a state or chain(...)",
    ]


def test_a_definition_over_one_mebibyte_is_refused(problems: Problems) -> None:
    machine = _machine(Pass("P", result="x" * 1_048_576))
    assert problems(machine.to_json) == [
        f"m: definition has {len(json.dumps(machine.definition(), indent=2)) + 1} bytes; use at most 1048576"
    ]


def test_tells_every_problem_at_once(problems: Problems) -> None:
    start = chain(Choice("Which"), Parallel("Both"), Map("Each"))
    assert problems(lambda: _machine(start)) == [
        "m.States.Which: Choices is empty; add at least one rule",
        "m.States.Both: Branches is empty; add at least one",
        "m.States.Each: ItemProcessor is missing; give the state or chain to run for each item",
    ]


@pytest.mark.parametrize(("name", "length"), [("", 0), ("x" * 81, 81)])
def test_a_name_has_1_to_80_characters(name: str, length: int, problems: Problems) -> None:
    assert problems(lambda: Pass(name)) == [f"States.{name}: name has {length} characters; use 1 to 80"]
    assert Pass("é" * 80).state_id == "é" * 80


def test_one_name_in_two_branches_is_refused(problems: Problems) -> None:
    both = Parallel("Both", branches=[Pass("Same"), Pass("Same")])
    assert problems(lambda: _machine(both)) == [
        "m.States.Same: name stands for two states; names are unique in a whole machine"
    ]


def test_one_state_in_two_branches_is_refused(problems: Problems) -> None:
    shared = Pass("Shared")
    both = Parallel("Both", branches=[chain(Pass("A"), shared), chain(Pass("B"), shared)])
    assert problems(lambda: _machine(both)) == [
        "m.States.Shared: name stands for two branches; names are unique in a whole machine"
    ]


def test_one_name_for_two_states_in_a_row_is_refused(problems: Problems) -> None:
    assert problems(lambda: _machine(chain(Pass("Same"), Wait("Same", seconds=1)))) == [
        "m.States.Same: name stands for two states; names are unique in a whole machine"
    ]


def test_a_state_of_the_sdk_itself_is_refused(problems: Problems) -> None:
    assert problems(lambda: _machine(chain(Pass("A"), sdk_states.Pass("B")))) == [
        "m.States.B: is the SDK's own class; import it from stepmill.asl"
    ]


def test_asks_for_an_input_model_before_checking_an_input(problems: Problems) -> None:
    assert problems(lambda: _machine().check_input({})) == [
        "m: input has no model; give Machine(input=...) a dataclass"
    ]


def test_an_error_is_a_value_error_with_a_line_a_problem() -> None:
    error = AslError(["States.A: x", "Retry: y"]).under("m")
    assert isinstance(error, ValueError)
    assert str(error) == "m.States.A: x\nRetry: y"
