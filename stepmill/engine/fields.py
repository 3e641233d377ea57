"""Reads the fields of one state, with messages that say where and what."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .errors import InvalidDefinition
from .paths.jsonpath import Path, compile_path
from .paths.reference import compile_reference
from .paths.scan import PathSyntax

if TYPE_CHECKING:
    from .machine import Machine

LATER = {
    "Arguments": "JSONata",
    "Output": "JSONata",
    "Items": "JSONata",
    "Condition": "JSONata",
    "Assign": "variables",
    "Credentials": "cross-account credentials",
    "ItemReader": "Distributed Map",
    "ItemBatcher": "Distributed Map",
    "ResultWriter": "Distributed Map",
    "Label": "Distributed Map",
    "ToleratedFailureCount": "Distributed Map",
    "ToleratedFailureCountPath": "Distributed Map",
    "ToleratedFailurePercentage": "Distributed Map",
    "ToleratedFailurePercentagePath": "Distributed Map",
}
SECONDS_LIMIT = 99_999_999


class Fields:
    """`pointer` is where the object stands in the definition."""

    def __init__(
        self, value: Any, pointer: str, parse_branch: "Callable[[Fields], Machine] | None" = None
    ) -> None:
        if not isinstance(value, dict):
            raise InvalidDefinition(pointer, f"is {value!r}; an object is needed here")
        self.value: dict[str, Any] = value
        self.pointer = pointer
        self._parse_branch = parse_branch

    def parse_branch(self, branch: "Fields") -> "Machine":
        """The machine inside a state."""
        if self._parse_branch is None:
            raise InvalidDefinition(branch.pointer, "states cannot stand here")
        return self._parse_branch(branch)

    def at(self, name: str) -> str:
        return f"{self.pointer}/{name}"

    def error(self, name: str, reason: str) -> InvalidDefinition:
        return InvalidDefinition(self.at(name), f"{name} {reason}")

    def __contains__(self, name: str) -> bool:
        return name in self.value

    def get(self, name: str) -> Any:
        return self.value.get(name)

    def allow(self, *names: str) -> None:
        """Raises: InvalidDefinition for the first field that is none of `names`."""
        for name in self.value:
            if name not in names:
                if name in LATER:
                    raise self.error(name, f"needs {LATER[name]}, which this engine does not run yet")
                raise self.error(name, f"is not supported here; allowed are {', '.join(sorted(names))}")

    def text(self, name: str) -> str:
        value = self.value.get(name)
        if not isinstance(value, str) or not value:
            raise self.error(name, f"is {value!r}; a non-empty string is needed")
        return value

    def text_or_none(self, name: str) -> str | None:
        value = self.value.get(name)
        if name in self.value and not isinstance(value, str):
            raise self.error(name, f"is {value!r}; a string is needed")
        return value

    def whole(self, name: str, default: int | None, least: int, most: int = SECONDS_LIMIT) -> int | None:
        if name not in self.value:
            return default
        value = self.value[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.error(name, f"is {value!r}; an integer from {least} to {most} is needed")
        return value

    def number(self, name: str, default: float, least: float) -> float:
        value = self.value.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < least:
            raise self.error(name, f"is {value!r}; a number of {least} or more is needed")
        return float(value)

    def items(self, name: str) -> list[Any]:
        value = self.value.get(name)
        if not isinstance(value, list) or not value:
            raise self.error(name, f"is {value!r}; a non-empty array is needed")
        return value

    def path(self, name: str) -> Path | None:
        """None when the field is absent."""
        if name not in self.value:
            return None
        return self._read(name, compile_path)

    def path_or_null(self, name: str) -> Path | bool | None:
        """True for everything (absent or `$`), None for an explicit null."""
        value = self.value.get(name, "$")
        return None if value is None else value == "$" or self._read(name, compile_path)

    def result_path(self) -> Path | bool | None:
        value = self.value.get("ResultPath", "$")
        if value is None or value == "$":
            return None if value is None else True
        path = self._read("ResultPath", compile_reference)
        if path.is_context:
            raise self.error("ResultPath", f"is {value!r}; the context object cannot be written")
        return path

    def _read(self, name: str, compile_text: Any) -> Path:
        value = self.value[name]
        try:
            if isinstance(value, str) and value.startswith("$"):
                path: Path = compile_text(value)
                return path
        except PathSyntax as error:
            raise self.error(name, f"cannot be read: {error}") from None
        raise self.error(name, f"is {value!r}; a JSONPath that begins with '$' is needed")
