"""Results of Pass states that nothing reads."""

from typing import Any

from tests.check.flow.machines import END, found, told


def making(path: Any, **after: Any) -> dict[str, Any]:
    return {
        "Make": {"Type": "Pass", "Parameters": {"n.$": "$.n"}, "ResultPath": path, "Next": "After"},
        "After": {"Type": "Pass", "Parameters": {"read.$": "$.made.n"}, "End": True, **after},
    }


def test_a_result_beside_what_is_read_is_told_with_what_seems_meant() -> None:
    findings = found(making("$.mad"))
    assert told(findings) == [
        (
            "result-never-read",
            "/States/Make/ResultPath",
            "States.Make: ResultPath puts the result at '$.mad', where nothing reads it; correct the path "
            "or remove "
            "the state",
        )
    ]
    assert (findings[0].severity, findings[0].suggestion) == ("warning", "$.made")


def test_a_result_that_is_read_in_part_or_as_a_part_is_read() -> None:
    assert found(making("$.made")) == []
    assert found(making("$.made.n")) == []


def test_the_output_of_the_machine_is_read() -> None:
    assert found({"Make": {**making("$.mad")["Make"], "Next": "End"}, "End": END}) == []


def test_a_result_that_is_dropped_on_purpose_or_replaces_everything_is_no_fault() -> None:
    assert found(making(None)) == []
    assert found(making("$", Parameters={"read.$": "$.n"})) == []
