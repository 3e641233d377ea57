"""The start of a machine: defaults under the execution's input, each field checked before any cost."""

from collections.abc import Mapping
from typing import Any

from stepmill.asl import (
    Chain,
    Choice,
    ChoiceRule,
    Fail,
    Pass,
    chain,
    format_,
    json_merge,
    json_to_string,
    path,
)
from stepmill.asl.intrinsics import Intrinsic

C = ChoiceRule
Check = tuple[Any, str]


def number(
    field: str, *, above: float | None = None, at_least: float | None = None, below: float | None = None
) -> Check:
    """(the rule that a wrong value meets, what is allowed)."""
    variable = f"$.config.{field}"
    rules = [C.IsNumeric(variable, True)]
    words = []
    if above is not None:
        rules.append(C.NumericGreaterThan(variable, above))
        words.append(f"above {above:g}")
    if at_least is not None:
        rules.append(C.NumericGreaterThanEquals(variable, at_least))
        words.append(f"of at least {at_least:g}")
    if below is not None:
        rules.append(C.NumericLessThan(variable, below))
        words.append(f"below {below:g}")
    return C.Not(C.And(rules)), f"give a number {' and '.join(words)}".strip()


def text(field: str, like: str = "?*", hint: str = "give a text") -> Check:
    """Text; `like` may have * for anything. An empty text is allowed only with like="*"."""
    variable = f"$.config.{field}"
    rules = [C.IsString(variable, True)]
    if like == "?*":
        rules.append(C.Not(C.StringEquals(variable, "")))
    else:
        rules.append(C.StringMatches(variable, like))
    return C.Not(C.And(rules)), hint


def optional_text(field: str) -> Check:
    variable = f"$.config.{field}"
    return C.And([C.IsPresent(variable, True), C.IsString(variable, False)]), "give a text"


def truth(field: str) -> Check:
    return C.Not(C.IsBoolean(f"$.config.{field}", True)), "give true or false"


def an_object(field: str) -> Check:
    variable = f"$.config.{field}"
    kinds = [C.IsNull, C.IsString, C.IsNumeric, C.IsBoolean]
    is_list = C.IsPresent(f"{variable}[0]", True)
    return C.Or([*(kind(variable, True) for kind in kinds), is_list]), "give an object, such as {}"


def texts(field: str) -> Check:
    first = f"$.config.{field}[0]"
    return C.Not(C.And([C.IsPresent(first, True), C.IsString(first, True)])), "give a list of texts"


def deployed_number(token: str) -> Any:
    """The number that ${token} stands for; tokens are filled into texts only."""
    return Intrinsic(f"States.StringToJson('${{{token}}}')")


def checked(machine: str, defaults: Mapping[str, Any], checks: Mapping[str, Check]) -> Chain:
    """Input -> $.config with all fields, or a failure that names the field, its value and what is allowed."""
    given = Pass("Defaults", parameters={"given": path("$"), "defaults": dict(defaults)})
    merged = Pass("MergeInput", parameters={"config": json_merge(path("$.defaults"), path("$.given"))})
    valid = Choice("ValidateInput")
    for field, (is_wrong, allowed) in checks.items():
        name = "".join(word.title() for word in field.split("_"))
        value = json_to_string(path(f"$.config.{field}"))
        message = f"{machine}: input.{field} is {{}}; {allowed.replace('{', '{{').replace('}', '}}')}"
        valid.add_choice(is_wrong, Fail(f"Refuse{name}", error="InputInvalid", cause=format_(message, value)))
    return chain(given, merged, valid)
