"""Ways into a state: few are kept apart, many merged, endless ones widened."""

from stepmill.check.flow.fingerprints import Fingerprints, Tree
from stepmill.check.flow.liveness import Liveness
from stepmill.check.flow.paths import INPUT
from stepmill.check.flow.scope import Lack
from stepmill.check.flow.situations import (
    ANYTHING,
    PATIENCE,
    RUNS_LIMIT,
    UNKNOWN_SITUATION,
    Situation,
    Situations,
    healed,
)
from stepmill.check.shapes.join import ALTERNATIVES_LIMIT
from stepmill.check.shapes.shape import (
    NULL,
    UNKNOWN,
    Member,
    Number,
    Object,
    Presence,
    Shape,
    closed,
    of_value,
)
from tests.check.flow.machines import END, task

NAMES = frozenset({"a", "b", "c", *(f"m{number}" for number in range(20))})


def situations(*live: tuple[str, ...]) -> Situations:
    return Situations(Fingerprints(NAMES), Tree(frozenset(live or [()])))


def shapes(found: Situations) -> list[Shape]:
    return [situation.data for situation in found.found]


def test_what_differs_in_values_only_is_one_way() -> None:
    ways = situations()
    assert ways.add(Situation(closed(a=of_value(1))))
    assert ways.add(Situation(closed(a=of_value(2))))
    assert shapes(ways) == [closed(a=Number(frozenset({1, 2}), 1, 2, is_integer=True))]
    assert not ways.add(Situation(closed(a=of_value(2))))


def test_what_differs_in_members_that_are_read_is_kept_apart() -> None:
    ways = situations(("a",), ("b",))
    ways.add(Situation(closed(a=NULL)))
    ways.add(Situation(closed(a=NULL, b=NULL)))
    assert shapes(ways) == [closed(a=NULL), closed(a=NULL, b=NULL)]


def test_what_differs_in_members_that_nobody_reads_is_one_way() -> None:
    ways = situations(("a",))
    assert ways.add(Situation(closed(a=NULL)))
    assert not ways.add(Situation(closed(a=NULL, b=NULL)))
    assert shapes(ways) == [closed(a=NULL)]


def test_more_ways_than_the_limit_are_merged() -> None:
    ways = situations()
    for number in range(ALTERNATIVES_LIMIT + 2):
        ways.add(Situation(closed(**{f"m{number}": NULL})))
    assert len(ways.found) <= ALTERNATIVES_LIMIT


def test_after_many_runs_everything_is_widened_to_one_way() -> None:
    ways = situations()
    ways.add(Situation(closed(a=NULL)))
    ways.runs = RUNS_LIMIT + 1
    ways.add(Situation(closed(a=of_value(1), b=NULL)))
    assert shapes(ways) == [Object({"a": Member(UNKNOWN)}, UNKNOWN)]


def test_after_too_many_runs_nothing_is_known() -> None:
    ways = situations()
    ways.add(Situation(closed(a=NULL)))
    ways.runs = PATIENCE + 1
    ways.add(Situation(closed(b=NULL)))
    assert ways.found == [UNKNOWN_SITUATION]
    assert not ways.add(UNKNOWN_SITUATION)


def test_what_is_lacking_is_put_there_and_what_may_lack_is_there() -> None:
    data = closed(a=NULL, b=Object({"c": Member(NULL, Presence.MAYBE)}))
    lacks = [Lack("", INPUT, ("x",)), Lack("", INPUT, ("b", "c")), Lack("", "v", ())]
    assert healed(Situation(data), lacks) == Situation(
        closed(a=NULL, b=closed(c=NULL), x=UNKNOWN), closed(v=UNKNOWN)
    )
    assert healed(Situation(NULL, ANYTHING), lacks[:1]) == Situation(UNKNOWN, ANYTHING)


def test_what_a_result_overwrites_is_not_read_of_the_input() -> None:
    states = {
        "Ask": task(Parameters={"x.$": "$.config.url"}, ResultPath="$.asked", Next="Keep"),
        "Keep": {"Type": "Pass", "InputPath": "$.asked", "ResultPath": "$.kept.of", "Next": "Choose"},
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.kept.of.done", "BooleanEquals": True, "Next": "End"}],
            "Default": "Tell",
        },
        "Tell": {"Type": "Pass", "Parameters": {"a.$": "States.Array($.kept, $.name)"}, "Next": "End"},
        "End": END,
    }
    assert Liveness("JSONPath").inputs(states, "Ask", frozenset()) == {
        "Ask": frozenset({("config", "url"), ("kept",), ("name",)}),
        "Keep": frozenset({("asked",), ("asked", "done"), ("kept",), ("name",)}),
        "Choose": frozenset({("kept", "of", "done"), ("kept",), ("name",)}),
        "Tell": frozenset({("kept",), ("name",)}),
        "End": frozenset(),
    }


def test_the_catch_of_a_state_reads_what_its_target_reads() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Tell"}]
    states = {
        "Ask": task(Parameters={}, ResultPath=None, Catch=catch, End=True),
        "Tell": {"Type": "Fail", "CausePath": "States.Format('{} {}', $.failure.Cause, $.name)"},
    }
    assert Liveness("JSONPath").inputs(states, "Ask", frozenset())["Ask"] == frozenset({("name",)})
