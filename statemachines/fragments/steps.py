"""The named steps that a use case may choose: files of jobs/tabular/steps, by the function that they have.

A new step is written there and named here, so that any other name is refused before a job is paid for.
"""

NONE = "none"
AS_TRAINED = "as_trained"  # a model's schema tells which step its training had
BEFORE = (NONE, "tidy_texts")
AFTER = (NONE, "not_negative")
