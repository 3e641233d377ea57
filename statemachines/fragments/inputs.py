"""The start of a machine: defaults under the execution's input, each field checked before any cost."""

from collections.abc import Iterable, Mapping, Sequence
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
        words.append(f"above {above:.10g}")
    if at_least is not None:
        rules.append(C.NumericGreaterThanEquals(variable, at_least))
        words.append(f"of at least {at_least:.10g}")
    if below is not None:
        rules.append(C.NumericLessThan(variable, below))
        words.append(f"below {below:.10g}")
    return C.Not(C.And(rules)), f"give a number {' and '.join(words)}".strip()


def whole(field: str, *, at_least: int, below: int | None = None) -> Check:
    """A whole number, as every Wait and every count of instances needs. The field must be one of `shown`."""
    is_wrong, hint = number(field, at_least=at_least, below=below)
    has_fraction = C.StringMatches(f"$.shown.{field}", "*.*")
    return C.Or([is_wrong, has_fraction]), hint.replace("a number", "a whole number", 1)


def share(field: str, *, above: float | None = None, at_least: float | None = None) -> Check:
    """A number up to 1."""
    is_wrong, hint = number(field, above=above, at_least=at_least)
    variable = f"$.config.{field}"
    is_more = C.And([C.IsNumeric(variable, True), C.NumericGreaterThan(variable, 1)])
    return C.Or([is_wrong, is_more]), f"{hint} and at most 1"


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


def one_of(field: str, *allowed: str) -> Check:
    rules = [C.StringEquals(f"$.config.{field}", value) for value in allowed]
    return C.Not(C.Or(rules)), f"give {' or '.join(allowed)}"


def alarms(field: str) -> Check:
    """A list of {"AlarmName": ...}, which may be empty. The field must be one of `shown`."""
    shown_as = f"$.shown.{field}"
    is_list = C.Or([C.StringEquals(shown_as, "[]"), C.StringMatches(shown_as, '[{"AlarmName":"*"}]')])
    return C.Not(is_list), 'give a list such as [{"AlarmName": "..."}]'


def truth(field: str) -> Check:
    return C.Not(C.IsBoolean(f"$.config.{field}", True)), "give true or false"


def an_object(field: str) -> Check:
    """The field must be one of `shown`."""
    return C.Not(C.StringMatches(f"$.shown.{field}", "{*")), "give an object, such as {}"


def texts(field: str) -> Check:
    first = f"$.config.{field}[0]"
    return C.Not(C.And([C.IsPresent(first, True), C.IsString(first, True)])), "give a list of texts"


COUNTS_OF_FLEET = ("min_instances", "max_instances", "canary_percent", "bake_s")


def fleet() -> dict[str, Check]:
    """How an endpoint grows and how an update reaches its traffic. COUNTS_OF_FLEET must be `shown`."""
    most, fewest = "$.config.max_instances", "$.config.min_instances"
    is_most_wrong, _ = whole("max_instances", at_least=1, below=1001)
    is_less = C.And([C.IsNumeric(fewest, True), C.NumericLessThanPath(most, fewest)])
    return {
        "min_instances": whole("min_instances", at_least=1, below=1001),
        "max_instances": (C.Or([is_most_wrong, is_less]), "give a whole number from min_instances to 1000"),
        "invocations_per_instance": number("invocations_per_instance", above=0),
        "canary_percent": whole("canary_percent", at_least=0, below=51),
        "bake_s": whole("bake_s", at_least=0, below=1801),
    }


def deployed_number(token: str) -> Any:
    """The number that ${token} stands for; tokens are filled into texts only."""
    return Intrinsic(f"States.StringToJson('${{{token}}}')")


def merged(defaults: Mapping[str, Any], *, machine: str, **also: Any) -> Chain:
    """Input -> $.config with all fields, and as it was at $.given; `also` stands beside them.

    What is no object is refused in words, which begin with the machine's name.
    """
    given: dict[str, Any] = {
        "given": path("$"),
        "defaults": dict(defaults),
        "text": json_to_string(path("$")),
    }
    words = format_(f"{machine}: input is {{}}; give an object", path("$.text"))
    refuse = Fail("RefuseInput", error="InputInvalid", cause=words)
    is_object = Choice("InputIsObject", choices=[(C.Not(C.StringMatches("$.text", "{*")), refuse)])
    config = json_merge(path("$.defaults"), path("$.given"))
    merge = Pass("MergeInput", parameters={"config": config, "given": path("$.given"), **also})
    return chain(Pass("Defaults", parameters=given), is_object, merge)


def shown(state_id: str, fields: Iterable[str]) -> Pass:
    """$.shown: these fields as JSON. It tells what no rule tells of the value: a fraction, an empty list."""
    texts = {field: json_to_string(path(f"$.config.{field}")) for field in fields}
    return Pass(state_id, parameters=texts, result_path="$.shown")


def valid(state_id: str, machine: str, checks: Mapping[str, Check]) -> Choice:
    """$.config as it is, or a failure that names the field, its value and what is allowed."""
    valid = Choice(state_id)
    for field, (is_wrong, allowed) in checks.items():
        name = "".join(word.title() for word in field.split("_"))
        value = json_to_string(path(f"$.config.{field}"))
        message = f"{machine}: input.{field} is {{}}; {allowed.replace('{', '{{').replace('}', '}}')}"
        valid.add_choice(is_wrong, Fail(f"Refuse{name}", error="InputInvalid", cause=format_(message, value)))
    return valid


def checked(
    machine: str, defaults: Mapping[str, Any], checks: Mapping[str, Check], *, show: Sequence[str]
) -> Chain:
    """Input -> $.config with all fields, or a failure that names the field, its value and what is allowed.

    show: the fields whose checks need `shown`.
    """
    return chain(
        merged(defaults, machine=machine),
        shown("ShowInput", show),
        valid("ValidateInput", machine, checks),
    )
