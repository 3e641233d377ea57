"""The least-privilege policy of a machine, from its definition alone."""

from __future__ import annotations

from typing import Any

from stepmill.check.permissions.derive import Deployment, derive
from stepmill.check.permissions.document import document_of
from stepmill.check.permissions.views import views_of
from stepmill.check.subject import Subject


def policy_document(subject: Subject, deployment: Deployment | None = None) -> dict[str, Any]:
    """What is not filled in yet stays as `${Token}`; log delivery and traces are the deployment's."""
    return document_of(derive(subject, views_of(subject), deployment))
