"""The digest of a container image: what its address stands for today. Tomorrow its tag may name another."""

from __future__ import annotations

import re
from typing import Any

from millkit import log

UNKNOWN = "unknown"
_IN_ECR = re.compile(r"(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+/([^:@]+)(?::([^:@]+))?")


def resolve(ecr: Any, image: str) -> str:
    """`sha256:...`, or "unknown" when it cannot be told: a digest that is missing costs no model.

    Images of other regions are not asked for: no SageMaker job could run them.
    """
    named = image.partition("@")[2]
    if named:
        return named
    found = _IN_ECR.fullmatch(image)
    if not found or found[2] != ecr.meta.region_name:
        log.info("image_digest", image=image, reason="it is in no registry of this region")
        return UNKNOWN
    from botocore.exceptions import BotoCoreError, ClientError

    account, _, repository, tag = found.groups()
    try:
        answer = ecr.batch_get_image(
            registryId=account, repositoryName=repository, imageIds=[{"imageTag": tag or "latest"}]
        )
    except (BotoCoreError, ClientError) as wrong:
        log.info("image_digest", image=image, reason=str(wrong))
        return UNKNOWN
    for one in answer["images"]:
        return str(one["imageId"]["imageDigest"])
    log.info("image_digest", image=image, reason=str(answer.get("failures")))
    return UNKNOWN
