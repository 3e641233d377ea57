"""What the paths of one field are applied to: a value, and the context object made when asked for."""

from collections.abc import Callable
from typing import Any

from .jsonpath import Path


class Scope:
    __slots__ = ("_make_context", "value")

    def __init__(self, value: Any, make_context: Callable[[], dict[str, Any]]) -> None:
        self.value = value
        self._make_context = make_context

    def root_of(self, path: Path) -> Any:
        return self._make_context() if path.is_context else self.value

    def over(self, value: Any) -> "Scope":
        """The same context over another value."""
        return Scope(value, self._make_context)
