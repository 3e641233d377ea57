"""One execution, stepped: a pure function of its frames, the time and what is reported to it.

Drivers are the engine's loop, which journals each step before its orders are carried out, and `run_machine`.
"""

from typing import Any

from .errors import TIMEOUT
from .flow import ABORTED, TIMED_OUT, Flow
from .frame import ENTER, RETRY, TASK, WAIT, Frame
from .machine import Machine
from .task import TaskRequest


class Run(Flow):
    def begin(self) -> None:
        root = Frame(0, self.machine, self.facts.input, 0)
        details = {"roleArn": self.facts.role_arn} if self.facts.role_arn else None
        self.event(root, "ExecutionStarted", data=self.facts.input.text, more=details)
        root.previous = 0  # AWS: the first state does not name the start as its predecessor
        self._add(root)

    def restore(self, frames: list[Frame], last_event: int) -> None:
        """Stand where the journal says."""
        self.frames = {frame.id: frame for frame in frames}
        for frame in frames:
            frame.machine = self._machine_of(frame)
        entering = [frame for frame in frames if frame.phase == ENTER]
        entering.sort(key=lambda frame: (frame.previous, frame.id))  # the order in which they became ready
        self._ready.extend(frame.id for frame in entering)
        self.last_event = last_event
        self._next_frame = max(self.frames, default=0) + 1

    def _machine_of(self, frame: Frame) -> Machine:
        if frame.parent is None:
            return self.machine
        parent = self.frames[frame.parent]
        return self._machine_of(parent).states[parent.state].branch_machine(frame.index)

    @property
    def is_ready(self) -> bool:
        return bool(self._ready)

    def advance(self, steps: int) -> int:
        """Enter up to `steps` states; how many it was."""
        done = 0
        while self._ready and done < steps:
            frame = self.frames.get(self._ready.popleft())
            if frame is not None and frame.phase == ENTER:
                self.guard(frame, self.state_of(frame).start)
                done += 1
        return done

    def due(self, frame_id: int) -> None:
        """The frame's timer has fired."""
        frame = self.frames.get(frame_id)
        if frame is None or frame.due_s is None or frame.due_s > self.now():
            return
        state = self.state_of(frame)
        if frame.phase == RETRY:
            frame.due_s = None
            self.guard(frame, state.attempt)
        elif frame.phase in (WAIT, TASK):
            self.guard(frame, state.due)

    def reported(self, frame_id: int, token: str, kind: str, payload: Any) -> None:
        """The task runner's word on an attempt; of no effect when that attempt is over."""
        frame = self.frames.get(frame_id)
        if frame is not None and frame.token == token:
            self.guard(frame, lambda run, held: self.state_of(held).reported(run, held, kind, payload))

    def stop(self, error: str | None, cause: str | None) -> None:
        self.finish(ABORTED, self.last_event, error, cause)

    def timed_out(self) -> None:
        self.finish(TIMED_OUT, self.last_event, TIMEOUT, None)

    def resume_tasks(self) -> list[TaskRequest]:
        """The attempts that were with the runner when the process ended, to be handed to it again.

        Their time limits stand; a heartbeat could not be heard meanwhile, so its limit counts from now.
        """
        held = [frame for frame in self.frames.values() if frame.token is not None]
        for frame in held:
            self.state_of(frame).resumed(self, frame)
        return [self.request(frame, is_resumed=True) for frame in held]
