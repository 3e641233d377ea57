"""What holds for a scope however often it is run: its graph, and what is read of the input of each state."""

from __future__ import annotations

from collections import Counter

from stepmill.check.flow.answers import asked_from
from stepmill.check.flow.fingerprints import tree_of
from stepmill.check.flow.graph import States, loops, order, successors
from stepmill.check.flow.liveness import Live, Liveness
from stepmill.check.flow.questions import Questions


class Plan:
    """places: the reachable states, each before those that follow it, as far as loops allow.

    entered: how many states lead to each. loops: the sets of states that can be passed again and again;
    repeated: all that are in one. trees: what is read of the input of each state. asked: the questions that
    are asked from each on, and elsewhere too.
    """

    def __init__(
        self, states: States, start: str, at_end: Live, liveness: Liveness, questions: Questions
    ) -> None:
        self.places = order(start, states)
        self.entered = Counter(target for name in self.places for target in successors(states[name]))
        self.loops = loops(states)
        self.repeated = frozenset(name for loop in self.loops for name in loop)
        live = liveness.inputs(states, start, at_end)
        self.trees = {name: tree_of(keys) for name, keys in live.items()}
        self.asked = asked_from(self.places, states, questions)
