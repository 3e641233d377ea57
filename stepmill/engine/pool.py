"""The executions in memory: those that can go on, and a few small ones that were used last.

All others are rows of the journal and entries on the timers' heap.
"""

import logging
from collections import OrderedDict
from dataclasses import replace
from random import random

from .clock import Clock
from .errors import InvalidDefinition
from .execution import Execution
from .flow import RUNNING
from .frame import Facts
from .journal import Journal
from .machine import parse
from .run import Run
from .timers import Timers

log = logging.getLogger(__name__)

WHOLE = -1  # stands for a frame in the timer of an execution's own time limit
_IDLE_RUNS = 128
_IDLE_FRAMES = 16
_IDLE_CHARACTERS = 16_384


class Pool:
    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.timers = Timers()
        self._journal = journal
        self._clock = clock
        self._runs: dict[int, Run] = {}
        self._idle: OrderedDict[int, None] = OrderedDict()  # those of `_runs` that wait, used last at the end
        self._ready: OrderedDict[int, None] = OrderedDict()
        self._touched: dict[int, Run] = {}

    @property
    def has_work(self) -> bool:
        return bool(self._ready or self._touched)

    @property
    def is_ready(self) -> bool:
        """Some execution can go on."""
        return bool(self._ready)

    def get(self, number: int) -> Run | None:
        """The run of this execution; None when it does not run any more, or not with this engine.

        A definition that an engine of another version took is left as it is for one that reads it.
        """
        run = self._runs.get(number)
        if run is not None:
            self._idle.pop(number, None)
            return run if run.status == RUNNING else None
        known = self._journal.facts(number)
        if known is None:
            return None
        facts, definition = known
        try:
            run = self.make(facts, definition)
        except InvalidDefinition as error:
            log.error("%s: rests, its definition cannot be read by this engine: %s", facts.arn, error)
            return None
        run.restore(self._journal.frames(number, run.machine), self._journal.last_event(number))
        return run

    def make(self, facts: Facts, definition: str) -> Run:
        run = Run(facts, parse(definition).machine, self._clock, random)
        self._runs[facts.id] = run
        return run

    def as_it_stands(self, number: int, journalled: Execution) -> Execution:
        """With what this turn did to it and the journal does not hold yet."""
        run = self._touched.get(number)
        if run is None or run.status == RUNNING:
            return journalled
        output = None if run.output is None else run.output.text
        why = replace(journalled, error=run.error, cause=run.cause)
        return replace(why, status=run.status, output=output, stop_s=run.stop_s)

    def changed(self, run: Run) -> None:
        """It was stepped: it is to be saved, and to go on if it can."""
        number = run.facts.id
        self._touched[number] = run
        if run.is_ready:
            self._ready[number] = None
            self._ready.move_to_end(number)
        else:
            self._ready.pop(number, None)

    def step(self, turn_steps: int, run_steps: int) -> None:
        """Every ready execution in turn, until so many states were entered."""
        for number in list(self._ready):
            if turn_steps <= 0:
                return
            run = self._runs[number]
            turn_steps -= run.advance(min(run_steps, turn_steps))
            self.changed(run)

    def save(self) -> list[Run]:
        """Into the open transaction, and their timers onto the heap; which they are."""
        runs = list(self._touched.values())
        self._touched = {}
        for run in runs:
            number = run.facts.id
            for frame in run.gone:
                self.timers.set((number, frame), None)
            for frame in run.dirty:
                self.timers.set((number, frame), run.frames[frame].due_s)
            if run.status != RUNNING:
                self.timers.set((number, WHOLE), None)
        self._journal.save(runs)
        return runs

    def rest(self, runs: list[Run]) -> None:
        """Keep what is small of those that wait; forget those that have ended."""
        for run in runs:
            number = run.facts.id
            if run.is_ready:
                continue
            if run.status == RUNNING and _is_small(run):
                self._idle[number] = None
                self._idle.move_to_end(number)
            else:
                self._idle.pop(number, None)
                self._runs.pop(number, None)
        while len(self._idle) > _IDLE_RUNS:
            number, _ = self._idle.popitem(last=False)
            del self._runs[number]


def _is_small(run: Run) -> bool:
    if len(run.frames) > _IDLE_FRAMES:
        return False
    return sum(len(frame.data.text) for frame in run.frames.values()) <= _IDLE_CHARACTERS
