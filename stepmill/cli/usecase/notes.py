"""What is allowed in a use case, and does less than it seems to."""

from collections.abc import Iterator

from stepmill.cli.usecase.model import UseCase

# The stacks have alarms, a schedule of the monitor and an API for the endpoints of so many variants.
SERVED = 2


def notes(case: UseCase) -> Iterator[str]:
    """A line each, in the order of the file's fields."""
    for name in list(case.variants)[SERVED:]:
        yield (
            f"variants.{name} is trained and deployed, but the template's alarms, monitor and API are for "
            f"the first {SERVED} variants; look after its endpoint yourself"
        )
    percent, fewest = case.deployment.canary_percent, case.deployment.min_instances or 1
    if percent and fewest == 1:
        yield (
            f"deployment.canary_percent is {percent} and min_instances {fewest}: as long as one instance "
            "serves, an update moves all at once; give min_instances 2 for a canary each time"
        )
