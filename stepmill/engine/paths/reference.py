"""Reference paths: `$.a.b[0]`, which name one place, so that a ResultPath can write there."""

from typing import Any

from .jsonpath import Key, Path, compile_path
from .scan import PathSyntax


class NoPlace(Exception):
    """The value has no place of that name to write to."""


def compile_reference(text: str) -> Path:
    """Raises: PathSyntax when `text` is no path, or one that may name many places."""
    path = compile_path(text)
    if path.keys is None or any(isinstance(key, int) and key < 0 for key in path.keys):
        raise PathSyntax(f"{text!r} may name several places; a reference path has names and indexes only")
    return path


def put(root: Any, keys: list[Key], value: Any) -> Any:
    """A copy of `root` with `value` at `keys`; objects on the way are made. Raises: NoPlace."""
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(key, int):
        if not isinstance(root, list) or key >= len(root):
            raise NoPlace
        return [*root[:key], put(root[key], rest, value), *root[key + 1 :]]
    if not isinstance(root, dict):
        raise NoPlace
    return {**root, key: put(root.get(key, {}), rest, value)}
