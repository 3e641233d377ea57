"""Read a use case: YAML, each mistake by its line, with what was probably meant."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from stepmill.asl.errors import suggest
from stepmill.cli.errors import UserError
from stepmill.cli.usecase import steps
from stepmill.cli.usecase.model import UseCase

LIMIT_BYTES = 64 * 1024
Loc = tuple[str | int, ...]
NUMBERS = {
    "greater_than": "above {gt:g}",
    "greater_than_equal": "of at least {ge:g}",
    "less_than": "below {lt:g}",
    "less_than_equal": "of at most {le:g}",
}
WORDS = {
    "string_too_short": "a text",
    "string_type": "a text",
    "int_type": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "list_type": "a list",
    "too_short": "at least one",
}


def read(path: Path) -> UseCase:
    """The use case, whose steps are there. Raises: UserError with every mistake, a line each."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    if len(content) > LIMIT_BYTES:
        raise UserError(f"{path}: has {len(content)} bytes; a use case has {LIMIT_BYTES} at most")
    document, lines, repeated = _parsed(path, text)
    if repeated:
        raise UserError(
            "\n".join(f"{path}:{line}: {word} is given twice; keep one" for line, word in repeated)
        )
    if not isinstance(document, dict):
        raise UserError(f"{path}: is no mapping of fields; begin with `target:`, see docs/usecases.md")
    try:
        case = UseCase.model_validate(document)
    except ValidationError as error:
        told = sorted(_told(detail, lines) for detail in error.errors(include_url=False))
    else:
        told = sorted((lines[field], what) for field, what in steps.problems(case, path))
    if told:
        raise UserError("\n".join(f"{path}:{line}: {what}" for line, what in told))
    steps.refuse_shadowed(path)
    return case


def _parsed(path: Path, text: str) -> tuple[Any, dict[Loc, int], list[tuple[int, str]]]:
    """The document, the line of each place in it, and keys that are given twice."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{path}:{line}: is no YAML ({error.problem}); correct it") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: is no YAML ({str(error).splitlines()[0]}); correct it") from None
    lines: dict[Loc, int] = {}
    repeated: list[tuple[int, str]] = []
    if node is not None:
        for place, line in _places(node, ()):
            if place in lines:
                repeated.append((line, str(place[-1])))
            lines.setdefault(place, line)
    return document, lines, repeated


def _places(node: yaml.Node, place: Loc) -> Iterator[tuple[Loc, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, key.value)
            yield inner, key.start_mark.line + 1
            yield from _places(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield (*place, number), value.start_mark.line + 1
            yield from _places(value, (*place, number))


def _told(detail: Any, lines: dict[Loc, int]) -> tuple[int, str]:
    """The line, and what is wrong and allowed there."""
    loc: Loc = tuple(part for part in detail["loc"] if part != "[key]")
    line = next((lines[loc[:end]] for end in range(len(loc), 0, -1) if loc[:end] in lines), 1)
    name = ".".join(map(str, loc))
    kind = detail["type"]
    if kind == "extra_forbidden":
        known = fields_at(loc[:-1])
        return line, f"{name} is not known{suggest(str(loc[-1]), known)}; known are {', '.join(known)}"
    if kind == "missing":
        return line, f"{name} is missing; give it a value"
    if kind == "value_error":
        return line, ": ".join([*([name] if name else []), str(detail["ctx"]["error"])])
    return line, f"{name} is {detail['input']!r}; give {_allowed(detail, loc)}"


def _allowed(detail: Any, loc: Loc) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in NUMBERS:
        return f"a number {NUMBERS[kind].format(**context)}"
    if kind == "string_pattern_mismatch":
        return f"a text that matches {context['pattern']}"
    if kind == "model_type":
        return f"a mapping of {', '.join(fields_at(loc))}"
    return WORDS.get(kind) or str(detail["msg"]).removeprefix("Input should be ")


def fields_at(loc: Loc) -> list[str]:
    """The fields that may stand at a place of a use case."""
    schema = UseCase.model_json_schema()
    here = schema
    for part in loc:
        inner = [*here.get("patternProperties", {}).values(), here.get("additionalProperties", {})]
        here = here.get("properties", {}).get(part) or inner[0]
        here = schema["$defs"][here["$ref"].rpartition("/")[2]] if "$ref" in here else here
    return list(here.get("properties", {}))
