"""The named steps of a use case: files that are deployed beside the jobs, so that a machine takes any name.

CheckData and CheckRows refuse a name that the deployment does not have, before a job is paid for.
"""

from statemachines.fragments import inputs

NONE = "none"
AS_TRAINED = "as_trained"  # a model's schema tells which step its training had


def check(field: str, *others: str) -> inputs.Check:
    """A text, which is a step's name or one of `others`."""
    return inputs.text(field, hint=f"give {', '.join((*others, NONE))} or the name of a step")
