"""Does the work of Task states: AWS calls under the machine's role.

Known are Lambda functions, the optimised integrations listed in `resources.OPTIMISED`, and `aws-sdk` for
every service in botocore. What it does not do: task tokens, nested executions, activities,
cross-account calls, optimised integrations of other services; their ARNs are refused by name.
"""

from stepmill.cloud.tasks.resources import UnknownResource, check_task
from stepmill.cloud.tasks.runner import Tasks

__all__ = ["Tasks", "UnknownResource", "check_task"]
