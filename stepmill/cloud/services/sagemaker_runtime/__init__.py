"""Invoking endpoints (see `invoke` for what it does and does not do)."""

from stepmill.cloud.services.sagemaker_runtime.invoke import SERVICE

__all__ = ["SERVICE"]
