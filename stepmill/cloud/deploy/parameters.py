"""A template's parameters: given values and defaults, checked against what the template allows."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from stepmill.cloud.deploy.errors import TemplateError

_LISTS = ("CommaDelimitedList", "List<Number>", "List<String>")
_TYPES = ("String", "Number", *_LISTS)
_SSM = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")


def resolve(
    declared: Mapping[str, Any], given: Mapping[str, str], ssm: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Name → value (text, or a list of texts). `ssm` has the values of parameters that stand in SSM.

    Raises: TemplateError with everything that is wrong.
    """
    problems = []
    for name in given:
        if name not in declared:
            hint = get_close_matches(name, declared, 1)
            problems.append(
                f"Parameters.{name}: is not declared by the template; "
                + (f"did you mean {hint[0]}?" if hint else f"it declares {', '.join(declared) or 'none'}")
            )
    values: dict[str, Any] = {}
    for name, rules in declared.items():
        try:
            values[name] = _value(name, rules, given, ssm or {})
        except TemplateError as error:
            problems += error.problems
    if problems:
        raise TemplateError(problems)
    return values


def ssm_names(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Parameter → name in SSM, of those whose value stands there."""
    return {
        name: str(given.get(name, rules.get("Default", "")))
        for name, rules in declared.items()
        if _SSM.fullmatch(str(rules.get("Type", "")))
    }


def _value(name: str, rules: Mapping[str, Any], given: Mapping[str, str], ssm: Mapping[str, str]) -> Any:
    where = f"Parameters.{name}"
    kind = str(rules.get("Type", ""))
    stored = _SSM.fullmatch(kind)
    if stored:
        kind = stored[1]
        if name not in ssm:
            raise TemplateError(f"{where}: names an SSM parameter that does not exist")
        raw: Any = ssm[name]
    elif name in given:
        raw = given[name]
    elif "Default" in rules:
        raw = rules["Default"]
    else:
        raise TemplateError(f"{where}: has no default and was not given; give {name}=...")
    if not (kind in _TYPES or kind.startswith(("AWS::", "List<AWS::"))):
        raise TemplateError(f"{where}: Type {kind!r} is not known; allowed: {', '.join(_TYPES)}")
    text = _text(raw)
    is_list = kind in _LISTS or kind.startswith("List<")
    items = [item.strip() for item in text.split(",")] if is_list else [text]
    shown = "****" if str(rules.get("NoEcho", "")).lower() == "true" else text
    problems = [problem for item in items if (problem := _wrong(item, kind, rules))]
    if problems:
        hint = rules.get("ConstraintDescription")
        raise TemplateError(f"{where}: value {shown!r} {problems[0]}" + (f"; {hint}" if hint else ""))
    return items if is_list else text


def _wrong(item: str, kind: str, rules: Mapping[str, Any]) -> str | None:
    allowed = [_text(value) for value in rules.get("AllowedValues", [])]
    if allowed and item not in allowed:
        return f"is not allowed; allowed: {', '.join(allowed)}"
    pattern = rules.get("AllowedPattern")
    if pattern and not re.fullmatch(str(pattern), item):
        return f"does not match {pattern}"
    if "Number" in kind:
        try:
            number = float(item)
        except ValueError:
            return "is not a number"
        if "MinValue" in rules and number < float(rules["MinValue"]):
            return f"is below {rules['MinValue']}"
        if "MaxValue" in rules and number > float(rules["MaxValue"]):
            return f"is above {rules['MaxValue']}"
    if "MinLength" in rules and len(item) < int(rules["MinLength"]):
        return f"is shorter than {rules['MinLength']} characters"
    if "MaxLength" in rules and len(item) > int(rules["MaxLength"]):
        return f"is longer than {rules['MaxLength']} characters"
    return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
