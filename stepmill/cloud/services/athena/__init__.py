"""Amazon Athena over DuckDB: SELECT over the Data Catalog's external tables, results into S3.

Not here: everything that is not one SELECT (DDL, INSERT, UNLOAD, CTAS, views, prepared statements: refused),
other catalogs, federated queries, Spark sessions, encryption and reuse of results, pruning: every file of a
table that a query names counts as scanned. What of the dialect is handled says `dialect`.
"""

from stepmill.cloud.services.athena import executions, named_queries, workgroups
from stepmill.cloud.services.athena.tables import SERVICE

__all__ = ["SERVICE", "executions", "named_queries", "workgroups"]
