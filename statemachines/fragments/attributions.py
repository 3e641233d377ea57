"""What each column does to a model's answers: which rows to ask, the model's answers, what they tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from statemachines.fragments import jobs, throttled
from stepmill.asl import Chain, Task, chain, format_


@dataclass(frozen=True, kw_only=True)
class Places:
    """Folders in S3. baseline: of an earlier analysis, with its plan below; None to begin anew."""

    rows: Any
    schema: Any
    plan: Any
    ask: Any
    answers: Any
    solved: Any
    baseline: Any = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """What differs between two machines' jobs of the same script."""

    kind: str
    comment: str
    arguments: Sequence[Any] = ()
    result: dict[str, Any] | None = None


def explain(places: Places, *, plan: Step, ask: Task, solve: Step, role: str) -> Chain:
    """ask: the transform of `places.ask` to `places.answers`, not yet made again when it is throttled."""
    earlier = places.baseline is not None
    planned = jobs.processing(
        "PlanAttributions",
        kind=plan.kind,
        script="monitoring/attribution_plan.py",
        arguments=list(plan.arguments),
        inputs={
            "rows": places.rows,
            "schema": places.schema,
            **({"baseline": format_("{}/plan", places.baseline)} if earlier else {}),
        },
        outputs={"plan": places.plan, "ask": places.ask},
        role=role,
        comment=plan.comment,
        result=plan.result,
    )
    solved = jobs.processing(
        "SolveAttributions",
        kind=solve.kind,
        script="monitoring/attribution_solve.py",
        arguments=list(solve.arguments),
        inputs={
            "plan": places.plan,
            "answers": places.answers,
            **({"baseline": format_("{}/analysis.json", places.baseline)} if earlier else {}),
        },
        outputs={"": places.solved},
        role=role,
        comment=solve.comment,
        result=solve.result,
    )
    return chain(planned, throttled.again(ask), solved)
