"""Step Functions: standard state machines, run by stepmill.engine.

What it does not do: express machines, versions and aliases, activities and task tokens, redrive, map
runs, TestState. Logging and tracing configurations are kept and given back, not acted on.
"""

from stepmill.cloud.services.states import executions, machines, tags  # noqa: F401  # they register themselves
from stepmill.cloud.services.states.service import SERVICE

__all__ = ["SERVICE"]
