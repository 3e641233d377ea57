"""JSONPath or JSONata: each state's fields belong to one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stepmill.asl import sdk
from stepmill.asl.block import pascal
from stepmill.asl.render import holds_dynamic

if TYPE_CHECKING:
    from stepmill.asl.block import ExtendedState

_JSONPATH_ONLY = (
    "input_path",
    "output_path",
    "parameters",
    "result",
    "result_path",
    "result_selector",
    "items_path",
)
_JSONATA_ONLY = ("arguments", "output", "items")


def language_problems(state: ExtendedState, machine_language: str) -> list[str]:
    """Fields of the other query language, and paths where expressions belong.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    """
    language = state.fields.get("query_language", machine_language)
    if language not in ("JSONPath", "JSONata"):
        return [f"{state.where}: QueryLanguage is {language!r}; use 'JSONPath' or 'JSONata'"]
    if machine_language == "JSONata" and language == "JSONPath":
        return [
            f"{state.where}: QueryLanguage is 'JSONPath' in a JSONata machine; AWS allows only the reverse"
        ]
    problems = []
    for name, value in _fields(state).items():
        field = pascal(name)
        if language == "JSONPath" and name in _JSONATA_ONLY:
            problems.append(f"{state.where}: {field} belongs to JSONata; set query_language='JSONata'")
        if language == "JSONata":
            if name in _JSONPATH_ONLY or name.endswith("_path"):
                problems.append(f"{state.where}: {field} belongs to JSONPath; use Arguments and Output")
            elif holds_dynamic(value):
                problems.append(f"{state.where}: {field} holds a path in a JSONata state; use jsonata(...)")
    return problems + _condition_problems(state, language)


def _fields(state: ExtendedState) -> Mapping[str, object]:
    fields = dict(state.fields)
    for catch in state.catches:
        fields.update(
            (f"{name}", value) for name, value in catch.fields.items() if name in ("result_path", "output")
        )
    return fields


def _condition_problems(state: ExtendedState, language: str) -> list[str]:
    if not isinstance(state, sdk.Choice):
        return []
    problems = []
    for rule, _, more in state.choices:
        if isinstance(rule, str) != (language == "JSONata"):
            wanted = "a jsonata(...) condition" if language == "JSONata" else "a ChoiceRule"
            problems.append(f"{state.where}: Choices has the rule {rule!r} in {language}; use {wanted}")
        if language == "JSONPath" and "Output" in more:
            problems.append(f"{state.where}: Choices Output belongs to JSONata; set query_language='JSONata'")
    return problems
