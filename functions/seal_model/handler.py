"""SealModel: write down what a model is: sha256 of its archive and each file in it, and how it came about.

In:  {"model_uri": str, "manifest_uri": str,
      "facts": {data_version, algorithm, image, training_job_arn, code_uri, metrics}}
Out: {"manifest_uri": str, "sha256": str}; the sum is the manifest's own and stands for the model from here on
Raises ModelAltered when the model has been written more often than by the training job.
"""

from typing import TypedDict

from millkit import aws, manifest


class Facts(TypedDict):
    data_version: str
    algorithm: str
    image: str
    training_job_arn: str
    code_uri: str
    metrics: dict[str, float]


class SealModelInput(TypedDict):
    model_uri: str
    manifest_uri: str
    facts: Facts


class SealModelOutput(TypedDict):
    manifest_uri: str
    sha256: str


def handler(event: SealModelInput, _context: object) -> SealModelOutput:
    seal = manifest.seal(aws.client("s3"), event["model_uri"], event["manifest_uri"], event["facts"])
    return {"manifest_uri": seal.manifest_uri, "sha256": seal.sha256}
