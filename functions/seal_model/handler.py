"""SealModel: write down what a model is: sha256 of its archive and each file in it, and how it came about.

In:  {"model_uri": str, "manifest_uri": str,
      "facts": {data_uri, data_version, target, algorithm, image, hyperparameters, training_job_arn, code_uri,
                metrics}}
Out: {"manifest_uri": str, "sha256": str, "labels": {data_uri, data_version, target, image_digest}};
     the sum is the manifest's own and stands for the model from here on, the labels are facts in the
     characters that the Model Registry takes
Raises ModelAltered when the model has been written more often than by the training job.
"""

from typing import TypedDict

from millkit import aws, labels, manifest


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
    kept = labels.of_facts(facts)
    return {
        "manifest_uri": seal.manifest_uri,
        "sha256": seal.sha256,
        "labels": {
            "data_uri": kept["data_uri"],
            "data_version": kept["data_version"],
            "target": kept["target"],
            "image_digest": kept["image_digest"],
        },
    }
