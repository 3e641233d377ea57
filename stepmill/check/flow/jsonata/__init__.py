"""What a JSONata expression of a state gives, as a shape, and what in it reads nothing."""

from stepmill.check.flow.jsonata.evaluate import Problem, evaluate

__all__ = ["Problem", "evaluate"]
