"""AWS Glue: Python shell jobs that really run, and the Data Catalog that Athena reads.

Not here: Spark and Ray jobs (refused by name), triggers, workflows, crawlers, table versions, job queuing,
bookmarks (Spark's alone), connections and security configurations (stored, without effect); what is none of
ours falls through to moto.
"""

from stepmill.cloud.services.glue import databases, external_tables, jobs, runs, tags
from stepmill.cloud.services.glue.tables import SERVICE

__all__ = ["SERVICE", "databases", "external_tables", "jobs", "runs", "tags"]
