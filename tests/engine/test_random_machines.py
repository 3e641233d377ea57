"""Any machine, interrupted after any step and read back from the journal, does what it does uninterrupted."""

import itertools
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stepmill.engine import Execution, VirtualClock, parse, run_machine
from stepmill.engine.execution import history
from stepmill.engine.frame import Facts
from stepmill.engine.journal import Journal
from stepmill.engine.jsontext import Json, dumps
from stepmill.engine.run import Run

ARN = "arn:aws:states:us-east-1:123456789012:execution:machine:run"
MACHINE_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:machine"
ROLE_ARN = "arn:aws:iam::123456789012:role/machine"
INPUT = {"n": 3, "items": [1, 2, 3], "flag": True}

PASS = st.sampled_from(
    [
        {"Type": "Pass"},
        {"Type": "Pass", "Result": {"made": 1}, "ResultPath": "$.made"},
        {"Type": "Pass", "Parameters": {"n.$": "$.n", "items.$": "$.items", "flag": False}},
        {"Type": "Pass", "Parameters": {"gone.$": "$.nowhere"}},
    ]
)
WAIT = st.integers(0, 3).map(lambda seconds: {"Type": "Wait", "Seconds": seconds})
CHOICE = st.sampled_from(["$.flag", "$.missing"]).map(
    lambda variable: {"Type": "Choice", "Variable": variable}
)
ENDS = st.sampled_from([{"Type": "Succeed"}, {"Type": "Fail", "Error": "Broken"}, {"Type": "Pass"}])


def _chains(inner: Any) -> Any:
    parallel = st.lists(inner, min_size=1, max_size=3).map(
        lambda branches: {"Type": "Parallel", "Branches": branches}
    )
    mapped = st.tuples(inner, st.integers(0, 2)).map(
        lambda both: {"Type": "Map", "Processor": both[0], "MaxConcurrency": both[1]}
    )
    return st.tuples(st.lists(PASS | WAIT | CHOICE | parallel | mapped, min_size=1, max_size=3), ENDS)


CHAINS = st.recursive(st.tuples(st.lists(PASS | WAIT | CHOICE, max_size=2), ENDS), _chains, max_leaves=4)


def build(chain: Any, names: Any) -> dict[str, Any]:
    """The machine of a drawn chain: its states named, and linked one to the next."""
    steps, end = chain
    shapes = [*steps, end]
    called = [f"S{next(names)}" for _ in shapes]
    states = {}
    for at, shape in enumerate(shapes):
        following = called[at + 1] if at + 1 < len(shapes) else None
        states[called[at]] = _state(shape, following, names)
    return {"StartAt": called[0], "States": states}


def _state(shape: dict[str, Any], following: str | None, names: Any) -> dict[str, Any]:
    kind = shape["Type"]
    if kind in ("Succeed", "Fail"):
        return shape
    if kind == "Choice":
        tests: list[dict[str, Any]] = [{"IsPresent": True}, {"BooleanEquals": True}]
        rule = {"And": [{"Variable": shape["Variable"], **test} for test in tests], "Next": following}
        return {"Type": "Choice", "Choices": [rule], "Default": following}
    onward: dict[str, Any] = {"End": True} if following is None else {"Next": following}
    if kind == "Parallel":
        branches = [build(branch, names) for branch in shape["Branches"]]
        retry = [{"ErrorEquals": ["Broken"], "MaxAttempts": 1}]
        return {"Type": kind, "Branches": branches, "ResultPath": "$.out", "Retry": retry, **onward}
    if kind == "Map":
        fields = {"ItemsPath": "$.items", "ItemSelector": {"items": [1, 2], "n.$": "$$.Map.Item.Value"}}
        processor = build(shape["Processor"], names)
        fields |= {
            "ItemProcessor": processor,
            "MaxConcurrency": shape["MaxConcurrency"],
            "ResultPath": "$.out",
        }
        return {"Type": kind, **fields, **onward}
    return {**shape, **onward}


def interrupted(
    machine: dict[str, Any], steps: list[int]
) -> tuple[str, str | None, str | None, list[dict[str, Any]]]:
    """Run on a journal, thrown away and read back after each so many steps and each timer."""
    definition = dumps(machine)
    clock = VirtualClock()
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.sqlite")
        who = (ARN, MACHINE_ARN, "run")
        asked = Execution(*who, "RUNNING", dumps(INPUT), None, None, None, 0.0, None, ROLE_ARN, definition)
        number = journal.add(asked, "run", None)
        facts = Facts(number, ARN, MACHINE_ARN, "run", ROLE_ARN, 0.0, Json(INPUT), "run")
        run = Run(facts, parse(definition).machine, clock, lambda: 0.5)
        run.begin()
        turns = itertools.cycle(steps)
        while True:
            journal.save([run])
            journal.commit()
            if run.status != "RUNNING":
                break
            run = _read_back(journal, number, clock)
            if run.is_ready:
                run.advance(next(turns))
                continue
            waiting = [(frame.due_s, frame.id) for frame in run.frames.values() if frame.due_s is not None]
            due_s, frame_id = min(waiting)
            clock.advance(max(0.0, due_s - clock.time()))
            run.due(frame_id)
        ended = journal.answers.execution(ARN)
        assert run.frames == {}
        events = history(journal.answers.events(ARN))
        journal.close()
    return ended.status, ended.output, ended.cause, events


def _read_back(journal: Journal, number: int, clock: VirtualClock) -> Run:
    known = journal.facts(number)
    assert known is not None
    facts, definition = known
    run = Run(facts, parse(definition).machine, clock, lambda: 0.5)
    run.restore(journal.frames(number, run.machine), journal.last_event(number))
    return run


@settings(max_examples=60)
@given(CHAINS, st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_interrupted_and_resumed_is_uninterrupted(chain: Any, steps: list[int]) -> None:
    machine = build(chain, itertools.count())
    whole = run_machine(machine, INPUT, clock=VirtualClock(), random=lambda: 0.5)
    status, output, cause, events = interrupted(machine, steps)
    expected_output = None if whole.status != "SUCCEEDED" else dumps(whole.output)
    assert (status, output, cause) == (whole.status, expected_output, whole.cause)
    assert events == whole.history
