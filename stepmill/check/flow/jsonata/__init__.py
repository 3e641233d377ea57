"""What a JSONata expression of a state gives, as a shape, and what in it reads nothing."""

from stepmill.check.flow.jsonata.asked import Asked, Vain
from stepmill.check.flow.jsonata.conditions import Condition, condition_of
from stepmill.check.flow.jsonata.evaluate import evaluate
from stepmill.check.flow.jsonata.guards import narrowed
from stepmill.check.flow.jsonata.parsing import Problem, parse

__all__ = ["Asked", "Condition", "Problem", "Vain", "condition_of", "evaluate", "narrowed", "parse"]
