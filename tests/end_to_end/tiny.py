"""A model that is a line through the features, as the stand-in of Linear Learner serves it."""

import io
import json
import tarfile

from tests.cloud.sagemaker.things import LINEAR

LINE = LINEAR


def packed(weights: list[float], bias: float = 0.0) -> bytes:
    """Its model.tar.gz."""
    model = json.dumps({"weights": weights, "bias": bias}).encode()
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        member = tarfile.TarInfo("model_algo-1")
        member.size = len(model)
        archive.addfile(member, io.BytesIO(model))
    return data.getvalue()
