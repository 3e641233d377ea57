"""SealModel: write down what a model is: sha256 of its archive and each file in it, and how it came about.

In:  {"model_uri": str, "manifest_uri": str,
      "facts": {data_uri, data_version, target, algorithm, image, hyperparameters, training_job_arn, code_uri,
                metrics, data_objects_uri, data_objects_sha256, data_unchanged}}
Out: {"manifest_uri": str, "sha256": str, "labels": {data_uri, data_version, target, image_digest}};
     the sum is the manifest's own and stands for the model from here on, the labels are facts in the
     characters that the Model Registry takes; `image_digest` is "unknown" where nobody tells it
Raises ModelAltered when the model has been written more often than by the training job.
"""

from typing import TypedDict

from millkit import aws, image_digest, labels, manifest

ECR_TIMEOUT_S, ECR_ATTEMPTS = 10, 3  # a digest is not worth a long wait


class Facts(TypedDict):
    data_uri: str
    data_version: str
    target: str
    algorithm: str
    image: str
    hyperparameters: dict[str, str]
    training_job_arn: str
    code_uri: str
    metrics: dict[str, float]
    data_objects_uri: str
    data_objects_sha256: str
    data_unchanged: bool


class SealModelInput(TypedDict):
    model_uri: str
    manifest_uri: str
    facts: Facts


class Labels(TypedDict):
    data_uri: str
    data_version: str
    target: str
    image_digest: str


class SealModelOutput(TypedDict):
    manifest_uri: str
    sha256: str
    labels: Labels


def handler(event: SealModelInput, _context: object) -> SealModelOutput:
    facts = event["facts"]
    seal = manifest.seal(aws.client("s3"), event["model_uri"], event["manifest_uri"], facts)
    ecr = aws.client("ecr", read_timeout_s=ECR_TIMEOUT_S, attempts=ECR_ATTEMPTS)
    kept = labels.of_facts(facts)
    return {
        "manifest_uri": seal.manifest_uri,
        "sha256": seal.sha256,
        "labels": {
            "data_uri": kept["data_uri"],
            "data_version": kept["data_version"],
            "target": kept["target"],
            # Not in the manifest: asked again a registry may answer otherwise, and a seal stays as it is.
            "image_digest": image_digest.resolve(ecr, facts["image"]),
        },
    }
