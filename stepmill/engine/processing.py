"""InputPath, Parameters, ResultSelector, ResultPath and OutputPath: from a state's input to its output."""

from typing import Any

from .errors import RESULT_PATH, RUNTIME, Fault
from .fields import Fields
from .jsontext import Json
from .paths.jsonpath import NotFound, Path
from .paths.reference import NoPlace, put
from .paths.scope import Scope
from .paths.template import Render, compile_template


class Processing:
    """The fields of one state that shape its data; absent ones cost nothing."""

    __slots__ = ("input_path", "output_path", "parameters", "result_path", "result_selector")

    def __init__(self, fields: Fields, *, parameters: str = "Parameters") -> None:
        self.input_path = fields.path_or_null("InputPath")
        self.output_path = fields.path_or_null("OutputPath")
        self.result_path = fields.result_path()
        self.parameters = template(fields, parameters)
        self.result_selector = template(fields, "ResultSelector")

    def selected(self, raw: Json, scope: Scope) -> Json:
        """The input after InputPath. `scope` is over the raw input."""
        return select(self.input_path, raw, scope)

    def effective(self, raw: Json, scope: Scope) -> Json:
        """What the state works on: the input after InputPath and Parameters."""
        document = self.selected(raw, scope)
        if self.parameters is None:
            return document
        return Json(self.parameters(scope.over(document.value)))

    def output(self, raw: Json, result: Json, scope: Scope) -> Json:
        if self.result_selector is not None:
            result = Json(self.result_selector(scope.over(result.value)))
        document = combine(self.result_path, raw, result)
        return select(self.output_path, document, scope)


def template(fields: Fields, name: str) -> Render | None:
    value = fields.get(name)
    return None if value is None else compile_template(value, fields.at(name))


def select(path: Path | bool | None, document: Json, scope: Scope) -> Json:
    """`path` True: everything; None: an empty object."""
    if path is True:
        return document
    if not isinstance(path, Path):
        return Json({})
    root = scope.root_of(path) if path.is_context else document.value
    try:
        return Json(path.find(root))
    except NotFound as missing:
        raise Fault(RUNTIME, f"Invalid path '{path.text}' : {missing}") from None


def combine(path: Path | bool | None, raw: Json, result: Json) -> Json:
    """The result placed in the raw input; `path` True: the result alone; None: the input alone."""
    if path is True:
        return result
    if not isinstance(path, Path):
        return raw
    keys: list[Any] = path.keys or []
    try:
        return Json(put(raw.value, keys, result.value))
    except NoPlace:
        raise Fault(RESULT_PATH, f"Unable to apply ReferencePath {path.text} to input {raw.text}") from None
