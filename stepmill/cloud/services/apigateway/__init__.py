"""Amazon API Gateway; its APIs are served under `/_aws/execute-api/<api id>/<stage>/<path>` of the door."""

from stepmill.cloud.services.apigateway import apis, keys, plans, stages
from stepmill.cloud.services.apigateway.service import SERVICE

__all__ = ["SERVICE", "apis", "keys", "plans", "stages"]
