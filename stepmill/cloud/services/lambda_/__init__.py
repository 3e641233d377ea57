"""AWS Lambda (see `service` for what it does and does not do)."""

from stepmill.cloud.services.lambda_ import functions, invoke, later, layers, settings, versions
from stepmill.cloud.services.lambda_.service import SERVICE

__all__ = ["SERVICE", "functions", "invoke", "later", "layers", "settings", "versions"]
