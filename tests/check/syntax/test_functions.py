"""Names of intrinsic functions in texts with tokens, of which nothing else is known before deployment."""

from collections.abc import Callable
from typing import Any

import pytest

Told = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("value", "is_unknown"),
    [
        ("States.StringToJsonz('${Limit}')", True),
        ("States.Format('{}-${Stage}', States.Uuid())", True),
        ("States.(States.UUID(), '${A}')", True),
        ("States.StringToJson('${Limit}')", False),
        ("States.Format('States.Uuid() \\' States.Uuid() ${Stage}')", False),
        ("States.${Name}($.a)", False),
        ("States.ArrayLength($.items.keys(), ${Count})", False),
        ("pre${Path}.Uuid()", False),
    ],
)
def test_no_token_hides_a_function_that_there_is_not(told: Told, value: Any, is_unknown: bool) -> None:
    state = {"Type": "Pass", "Parameters": {"made": {"at.$": value}}, "End": True}
    expected = [("intrinsic-unknown", "/States/A/Parameters/made/at.$")] if is_unknown else []
    assert told({"StartAt": "A", "States": {"A": state}}) == expected
