"""Map, inline: the same states for every item of an array, at most 40 at once.

Not yet: Distributed Map (ItemReader, ItemBatcher, ResultWriter, tolerated failures).
"""

from typing import TYPE_CHECKING, Any

from stepmill.engine.errors import RUNTIME, Fault, StateError
from stepmill.engine.fields import Fields
from stepmill.engine.frame import JOIN, Frame
from stepmill.engine.jsontext import Json, dumps
from stepmill.engine.limits import INLINE_MAP_CONCURRENCY
from stepmill.engine.paths.jsonpath import NotFound, Path
from stepmill.engine.paths.template import Render, compile_template
from stepmill.engine.processing import Processing
from stepmill.engine.retry import ErrorHandling

from .branching import BranchingState
from .state import FLOW, ONWARD

if TYPE_CHECKING:
    from stepmill.engine.flow import Flow
    from stepmill.engine.machine import Machine

OWN = (
    "ItemsPath",
    "ItemSelector",
    "Parameters",
    "ItemProcessor",
    "Iterator",
    "MaxConcurrency",
    "MaxConcurrencyPath",
)


class MapState(BranchingState):
    type = "Map"

    def parse(self, fields: Fields) -> None:
        fields.allow(*FLOW, *ONWARD, *OWN, "ResultSelector", "ResultPath", "Retry", "Catch")
        self.read_onward(fields)
        self.processing = Processing(fields, parameters="")
        self.handling = ErrorHandling(fields)
        self.items_path = fields.path("ItemsPath")
        self.selector = _selector(fields)
        self.concurrency = fields.whole("MaxConcurrency", 0, 0) or 0
        self.concurrency_path = fields.path("MaxConcurrencyPath")
        if self.concurrency_path is not None and "MaxConcurrency" in fields:
            raise fields.error("MaxConcurrencyPath", "stands beside MaxConcurrency; give one of them")
        self.processor = fields.parse_branch(_processor(fields))

    def branch_machine(self, _index: int) -> "Machine":
        return self.processor

    def attempt(self, run: "Flow", frame: Frame) -> None:
        items = self.items(run, frame)
        limit = self._concurrency(run, frame) or INLINE_MAP_CONCURRENCY
        frame.phase, frame.due_s = JOIN, None
        run.event(frame, "MapStateStarted", more={"length": len(items)})
        frame.local = {"left": len(items), "next": 0, "started_id": frame.previous}
        run.touch(frame)
        for _ in range(min(limit, INLINE_MAP_CONCURRENCY, len(items))):
            self._next(run, frame, items)
        if not items:
            self.join(run, frame)

    def items(self, run: "Flow", frame: Frame) -> list[Any]:
        scope = run.scope(frame)
        document = self.processing.selected(frame.data, scope)
        items = document.value
        if self.items_path is not None:
            items = _look_up("ItemsPath", self.items_path, scope.over(items).root_of(self.items_path))
        if not isinstance(items, list):
            where = self.items_path.text if self.items_path else "$"
            raise Fault(RUNTIME, f'Reference path "{where}" must point to array.')
        return items

    def item(self, _run: "Flow", _frame: Frame, _index: int) -> tuple[int, Any] | None:
        return _index, self.items(_run, _frame)[_index]

    def _concurrency(self, run: "Flow", frame: Frame) -> int:
        if self.concurrency_path is None:
            return self.concurrency
        scope = run.scope(frame)
        root = scope.over(self.processing.selected(frame.data, scope).value).root_of(self.concurrency_path)
        value = _look_up("MaxConcurrencyPath", self.concurrency_path, root)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise Fault(
                RUNTIME, f"The MaxConcurrencyPath must give an integer of 0 or more, not {dumps(value)}."
            )
        return value

    def _next(self, run: "Flow", frame: Frame, items: list[Any]) -> None:
        index = frame.local["next"]
        if index >= len(items):
            return
        item = items[index]
        if self.selector is not None:
            scope = run.scope(frame, (index, item))
            item = self.selector(scope.over(self.processing.selected(frame.data, scope).value))
        frame.local["next"] = index + 1
        child = run.spawn(frame, self, index, Json(item))
        child.previous = frame.local["started_id"]
        self._iteration(run, child, "Started")

    def child_done(self, run: "Flow", frame: Frame, child: Frame) -> None:
        self._iteration(run, child, "Succeeded")
        frame.previous = child.previous
        frame.local["left"] -= 1
        run.touch(frame)
        if frame.local["left"] == 0:
            self.join(run, frame)
        else:
            self._next(run, frame, self.items(run, frame))

    def child_failed(self, run: "Flow", frame: Frame, child: Frame, error: StateError) -> None:
        last = child.previous
        self._iteration(run, child, "Failed")
        child.previous = last
        super().child_failed(run, frame, child, error)

    def child_aborted(self, run: "Flow", child: Frame) -> None:
        self._iteration(run, child, "Aborted")

    def _iteration(self, run: "Flow", child: Frame, how: str) -> None:
        run.event(child, f"MapIteration{how}", more={"name": self.name, "index": child.index})


def _selector(fields: Fields) -> Render | None:
    if "ItemSelector" in fields and "Parameters" in fields:
        raise fields.error(
            "Parameters", "stands beside ItemSelector, which has replaced it; give one of them"
        )
    name = "ItemSelector" if "ItemSelector" in fields else "Parameters"
    return compile_template(fields.get(name), fields.at(name)) if name in fields else None


def _processor(fields: Fields) -> Fields:
    if ("ItemProcessor" in fields) == ("Iterator" in fields):
        raise fields.error("ItemProcessor", "is missing or stands beside Iterator; give one of them")
    name = "ItemProcessor" if "ItemProcessor" in fields else "Iterator"
    processor = Fields(fields.get(name), fields.at(name))
    processor.allow("StartAt", "States", "Comment", "ProcessorConfig")
    config = Fields(processor.value.get("ProcessorConfig", {}), processor.at("ProcessorConfig"))
    if config.get("Mode") == "DISTRIBUTED":
        raise config.error(
            "Mode", "is 'DISTRIBUTED'; Distributed Map is not run by this engine yet, use INLINE"
        )
    config.allow("Mode")
    if config.get("Mode") not in (None, "INLINE"):
        raise config.error("Mode", f"is {config.get('Mode')!r}; it must be 'INLINE'")
    return processor


def _look_up(name: str, path: Path, root: Any) -> Any:
    try:
        return path.find(root)
    except NotFound:
        missing = f"The JSONPath '{path.text}' specified for the field '{name}'"
        raise Fault(RUNTIME, f"{missing} could not be found in the input '{dumps(root)}'") from None
