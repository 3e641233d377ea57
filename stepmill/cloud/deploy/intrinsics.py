"""The functions of a template, resolved to plain values.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import base64
import re
from typing import Any

from stepmill.cloud.deploy.errors import TemplateError
from stepmill.cloud.deploy.scope import Scope

NO_VALUE = object()  # what Ref AWS::NoValue gives: the property goes
_TOKEN = re.compile(r"\$\{(!?)([^}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}")


def resolve(value: Any, scope: Scope, where: str) -> Any:
    """`value` with every function replaced by what it gives.

    Raises: TemplateError, beginning with `where`, when something cannot be resolved.
    """
    if isinstance(value, str):
        return _dynamic(value, scope, where)
    if isinstance(value, list):
        items = [resolve(item, scope, f"{where}[{index}]") for index, item in enumerate(value)]
        return [item for item in items if item is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    name = function_of(value)
    if name is not None:
        return _FUNCTIONS[name](value[name], scope, where)
    fields = {key: resolve(item, scope, f"{where}.{key}") for key, item in value.items()}
    return {key: item for key, item in fields.items() if item is not NO_VALUE}


def function_of(value: dict[str, Any]) -> str | None:
    """The function's name when the mapping is a call of one that is known."""
    if len(value) != 1:
        return None
    (name,) = value
    return name if name in _FUNCTIONS else None


def condition(name: str, scope: Scope, where: str) -> bool:
    """Raises: TemplateError when the template has no such condition."""
    if name not in scope.conditions:
        raise TemplateError(f"{where}: Condition {name!r} is not declared under Conditions")
    return _truth(scope.conditions[name], scope, f"Conditions.{name}")


def sub_names(text: str) -> list[str]:
    """The names that a Fn::Sub text uses, in order."""
    return [name.strip() for literal, name in _TOKEN.findall(text) if not literal]


def _ref(name: Any, scope: Scope, where: str) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    for values in (scope.pseudo, scope.parameters):
        if name in values:
            return values[name]
    if name in scope.made:
        return scope.made[name].physical_id
    raise TemplateError(f"{where}: Ref {name!r} is neither a parameter nor a resource here")


def _get_att(path: Any, scope: Scope, where: str) -> Any:
    logical, attribute = (path.split(".", 1) if isinstance(path, str) else path)[:2]
    attribute = resolve(attribute, scope, where)
    made = scope.made.get(logical)
    if made is None:
        raise TemplateError(f"{where}: GetAtt {logical}.{attribute}: there is no resource {logical!r}")
    if attribute not in made.attributes:
        known = ", ".join(sorted(made.attributes)) or "none"
        raise TemplateError(f"{where}: GetAtt {logical}.{attribute} does not exist; available: {known}")
    return made.attributes[attribute]


def _sub(value: Any, scope: Scope, where: str) -> str:
    text, extra = (value, {}) if isinstance(value, str) else (value[0], value[1])
    given = {name: resolve(item, scope, f"{where}.{name}") for name, item in extra.items()}

    def one(match: re.Match[str]) -> str:
        literal, name = match[1], match[2].strip()
        if literal:
            return "${" + match[2] + "}"
        if name in given:
            found = given[name]
        elif "." in name:
            found = _get_att(name, scope, where)
        else:
            found = _ref(name, scope, where)
        if isinstance(found, list | dict):
            raise TemplateError(f"{where}: Fn::Sub ${{{name}}} is a list; join it first")
        return _text(found)

    return str(_dynamic(_TOKEN.sub(one, text), scope, where))


def _join(value: Any, scope: Scope, where: str) -> str:
    separator, items = value
    items = resolve(items, scope, where)
    if not isinstance(items, list):
        raise TemplateError(f"{where}: Fn::Join takes a list, got {items!r}")
    return str(separator).join(_text(item) for item in items)


def _select(value: Any, scope: Scope, where: str) -> Any:
    index, items = int(resolve(value[0], scope, where)), resolve(value[1], scope, where)
    if not 0 <= index < len(items):
        raise TemplateError(f"{where}: Fn::Select {index} is outside the list of {len(items)}")
    return items[index]


def _split(value: Any, scope: Scope, where: str) -> list[str]:
    return str(resolve(value[1], scope, where)).split(str(value[0]))


def _if(value: Any, scope: Scope, where: str) -> Any:
    name, yes, no = value
    return resolve(yes if condition(name, scope, where) else no, scope, where)


def _find_in_map(value: Any, scope: Scope, where: str) -> Any:
    names = [_text(resolve(item, scope, where)) for item in value[:3]]
    found: Any = scope.mappings
    for name in names:
        if not isinstance(found, dict) or name not in found:
            if len(value) > 3 and "DefaultValue" in value[3]:
                return resolve(value[3]["DefaultValue"], scope, where)
            known = ", ".join(str(key) for key in found) if isinstance(found, dict) else "nothing"
            raise TemplateError(f"{where}: Fn::FindInMap {'.'.join(names)}: no {name!r}; available: {known}")
        found = found[name]
    return found


def _import(value: Any, scope: Scope, where: str) -> str:
    name = resolve(value, scope, where)
    found = scope.exports(name)
    if found is None:
        raise TemplateError(f"{where}: Fn::ImportValue {name!r}: no stack exports it")
    return found


def _base64(value: Any, scope: Scope, where: str) -> str:
    return base64.b64encode(_text(resolve(value, scope, where)).encode()).decode()


def _truth(value: Any, scope: Scope, where: str) -> bool:
    if isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
        if name == "Condition":
            return condition(inner, scope, where)
        if name == "Fn::Not":
            return not _truth(inner[0], scope, where)
        if name == "Fn::And":
            return all(_truth(item, scope, where) for item in inner)
        if name == "Fn::Or":
            return any(_truth(item, scope, where) for item in inner)
        if name == "Fn::Equals":
            first, second = (resolve(item, scope, where) for item in inner)
            return bool(_text(first) == _text(second))
    raise TemplateError(f"{where}: {value!r} is no condition; use Fn::Equals, Fn::And, Fn::Or or Fn::Not")


def _dynamic(text: str, scope: Scope, where: str) -> Any:
    def one(match: re.Match[str]) -> str:
        if match[1] != "ssm":
            raise TemplateError(f"{where}: {{{{resolve:{match[1]}:...}}}} is not known here; only ssm is")
        return scope.stored(match[1], match[2])

    return _DYNAMIC.sub(one, text) if "{{resolve:" in text else text


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_FUNCTIONS = {
    "Ref": _ref,
    "Fn::Base64": _base64,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
}
