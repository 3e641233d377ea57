"""SAM to plain CloudFormation, offline, by AWS's own translator."""

import copy
import json
import logging
from functools import cache
from typing import Any

from stepmill.cloud.deploy.errors import TemplateError

TRANSFORM = "AWS::Serverless-2016-10-31"


def is_sam(template: dict[str, Any]) -> bool:
    """Raises: TemplateError for any other macro."""
    named = template.get("Transform", [])
    macros = [named] if isinstance(named, str) else list(named)
    strange = [macro for macro in macros if macro != TRANSFORM]
    if strange:
        raise TemplateError(f"Transform: {strange[0]!r} is not known here; only {TRANSFORM} is")
    return bool(macros)


def load() -> None:
    """Half a second of import, paid only by a process that deploys."""
    import samtranslator.translator.translator  # noqa: F401


def to_cloudformation(template: dict[str, Any], parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """The template without SAM resources; a template that has none comes back as it is.

    Raises: TemplateError with all that the translator refuses.
    """
    if not is_sam(template):
        return template
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    # Of features that only AWS's own rollout knows: nobody who deploys can do anything about them.
    logging.getLogger("samtranslator.feature_toggle").setLevel(logging.ERROR)
    translator = Translator({}, Parser(), boto_session=_session(region))
    document = copy.deepcopy(template)
    try:
        translated = translator.translate(document, dict(parameters), get_managed_policy_map=dict)
    except InvalidDocumentException as error:
        raise TemplateError([str(cause.message) for cause in error.causes] or [error.message]) from error
    finally:
        translator.metrics.publish()  # to nobody; else the translator complains on standard error
    plain: dict[str, Any] = json.loads(json.dumps(translated))  # the translator's own string types go
    for section in ("Transform", "Globals"):
        plain.pop(section, None)
    return plain


@cache
def _session(region: str) -> Any:
    """All that the translator reads of it is the region: it makes no call, so there is no secret."""
    import boto3

    return boto3.Session(region_name=region, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106
