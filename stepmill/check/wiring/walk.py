"""The calls of CloudFormation's functions in a template, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stepmill.check.finding import pointer
from stepmill.check.reading.template_functions import call_of, sub_names

SECTIONS = ("Resources", "Outputs", "Conditions", "Globals", "Rules")
Call = tuple[str, str, Any]


def calls(document: Mapping[str, Any]) -> Iterator[Call]:
    """(pointer of the value that the call stands for, function, its argument)."""
    for section in SECTIONS:
        yield from calls_in(document.get(section), pointer(section))


def calls_in(value: Any, place: str) -> Iterator[Call]:
    waiting = [(value, place)]
    while waiting:
        one, here = waiting.pop()
        if isinstance(one, dict):
            name = call_of(one)
            if name is not None:
                yield here, name, one[name]
            waiting += [(item, here + pointer(key)) for key, item in one.items()]
        elif isinstance(one, list):
            waiting += [(item, here + pointer(index)) for index, item in enumerate(one)]


def names_of(function: str, argument: Any) -> Iterator[str]:
    """What a call refers to: `Name`, or `Name.Attribute`."""
    if function == "Ref" and isinstance(argument, str):
        yield argument
    elif function == "Fn::GetAtt":
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if isinstance(parts, list) and len(parts) == 2 and isinstance(parts[0], str):
            yield f"{parts[0]}.{parts[1]}" if isinstance(parts[1], str) else parts[0]
    elif function == "Fn::Sub":
        text, own = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
        if isinstance(text, str):
            given = own if isinstance(own, dict) else {}
            yield from (name for name in sub_names(text) if name not in given)
