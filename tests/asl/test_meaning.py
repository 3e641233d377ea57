"""What the vocabulary writes means what its author meant: compiled machines, run by the engine."""

import hashlib
from dataclasses import dataclass
from typing import Any

from stepmill.asl import (
    ExecutionInput,
    Machine,
    Map,
    Pass,
    State,
    chain,
    context,
    defaults,
    field,
    format_,
    hash_,
    json_merge,
    path,
)
from stepmill.engine import run_machine

AWKWARD = "a {curly} 'quoted' \\ back\"slash ümläut\n"


def _output(*states: State, given: Any) -> Any:
    machine = Machine(name="m", comment="", timeout_seconds=60, states=chain(*states))
    result = run_machine(machine.definition(), given, {})
    assert (result.status, result.error, result.cause) == ("SUCCEEDED", None, None)
    return result.output


def test_defaults_of_any_text_are_merged_below_the_input() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Input:
        text: str = field(default=AWKWARD, description="any text")
        n: int = field(default=1, description="a number")

    merge = Pass("Merge", parameters={"input": json_merge(defaults(Input), path("$"))}, output_path="$.input")
    assert _output(merge, given={"n": 5}) == {"text": AWKWARD, "n": 5}


def test_names_with_quotes_and_backslashes_are_read_back() -> None:
    name = "it's a \\ {name}"
    write = Pass("Write", parameters={name: {"deep's": path("$.x")}})
    read = Pass("Read", parameters={"own": path("$")[name]["deep's"], "sdk": write.output()[name]["deep's"]})
    assert _output(write, read, given={"x": 3}) == {"own": 3, "sdk": 3}


def test_lists_with_paths_are_lists_of_their_values() -> None:
    make = Pass(
        "Make", parameters={"l": ["a'b", path("$.n"), [None, path("$.n")], {"k": "{it's}"}, True, 1.5]}
    )
    assert _output(make, given={"n": 2}) == {"l": ["a'b", 2, [None, 2], {"k": "{it's}"}, True, 1.5]}


def test_formatted_and_hashed_text_keeps_braces_and_quotes() -> None:
    make = Pass(
        "Make", parameters={"f": format_("{{x}} '{}' \\ {}", path("$.t"), 1), "h": hash_("a{b}", "SHA-256")}
    )
    assert _output(make, given={"t": AWKWARD}) == {
        "f": f"{{x}} '{AWKWARD}' \\ 1",
        "h": hashlib.sha256(b"a{b}").hexdigest(),
    }


def test_a_result_with_paths_and_whole_parameters_are_evaluated() -> None:
    first = Pass("First", result={"x": path("$.x"), "n": 1}, result_path="$.made")
    second = Pass("Second", parameters=path("$.made"))
    assert _output(first, second, given={"x": 2}) == {"x": 2, "n": 1}


def test_a_map_reads_items_outer_values_and_the_executions_input() -> None:
    run = ExecutionInput()
    one = Pass("One", parameters={"item": path("$.item"), "outer": path("$.outer"), "run": run["run's"]})
    selector = {"item": context("$$.Map.Item.Value"), "outer": path("$.outer")}
    each = Map("Each", items_path=path("$.l"), item_selector=selector, item_processor=one)
    assert _output(each, given={"l": [1, 2], "outer": "o", "run's": 9}) == [
        {"item": 1, "outer": "o", "run": 9},
        {"item": 2, "outer": "o", "run": 9},
    ]
