"""Models and endpoint configurations: what is to be served, and how. Both are only written down here."""

from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.sagemaker import records
from stepmill.cloud.services.sagemaker.boxes import image_of
from stepmill.cloud.services.sagemaker.packages import container_of
from stepmill.cloud.services.sagemaker.service import SERVICE, check_request, invalid, pass_role, split_s3_uri
from stepmill.cloud.services.sagemaker.training import pick

MODEL_KEYS = ["ModelName", "PrimaryContainer", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation"]
CONFIG_KEYS = [
    "EndpointConfigName",
    "ProductionVariants",
    "DataCaptureConfig",
    "KmsKeyId",
    "ExecutionRoleArn",
]
CONFIG_KEYS += ["VpcConfig", "EnableNetworkIsolation"]
REFUSED = ["AsyncInferenceConfig", "ExplainerConfig", "ShadowProductionVariants"]


def model_resources(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    return [cloud.arn("sagemaker", f"model/{params['ModelName'].lower()}")]


def config_resources(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    return [cloud.arn("sagemaker", f"endpoint-config/{params['EndpointConfigName'].lower()}")]


@SERVICE.operation("CreateModel", resources=model_resources)
def create_model(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    params = dict(request.params)
    if request.attempt and (made := records.by_attempt(cloud, "Model", request.attempt)):
        return {"ModelArn": made["ModelArn"]}  # its package may have been rejected since
    container = params["PrimaryContainer"] = only_container(cloud, params)
    if "ExecutionRoleArn" not in params:
        raise invalid("CreateModel: ExecutionRoleArn is missing; the model is read from S3 as this role")
    (arn,) = model_resources(cloud, params)
    pass_role(cloud, request, params["ExecutionRoleArn"], arn)
    image = image_of(cloud.root, container["Image"])
    if image.serve is None:
        raise invalid(f"CreateModel: image {image.name} has no serving program in the embedded cloud")
    if "ModelDataUrl" in container:
        split_s3_uri(container["ModelDataUrl"])
    data = {key: params[key] for key in MODEL_KEYS if key in params}
    data |= {"ModelArn": arn, "CreationTime": cloud.clock.time()}
    taken = invalid(f'Cannot create already existing model "{arn}".')
    if records.add(cloud, "Model", params["ModelName"], data, request.attempt, taken):
        records.add_tags(cloud, arn, params.get("Tags", []))
    return {"ModelArn": arn}


def only_container(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    """The model's one container, with what its model package says. Raises: AwsError ValidationException."""
    containers = [params["PrimaryContainer"]] if "PrimaryContainer" in params else []
    containers += params.get("Containers", [])
    if len(containers) != 1:
        raise invalid("CreateModel: give one PrimaryContainer; inference pipelines are not supported here")
    container: dict[str, Any] = containers[0]
    if "ModelPackageName" in container:
        container = container_of(cloud, container)
    elif "InferenceSpecificationName" in container:
        raise invalid("CreateModel: InferenceSpecificationName needs a ModelPackageName")
    if "Image" not in container or container.get("Mode", "SingleModel") != "SingleModel":
        raise invalid(
            "CreateModel: PrimaryContainer must name an Image in Mode SingleModel in the embedded cloud"
        )
    for key in ("ModelDataSource", "MultiModelConfig"):
        if key in container:
            raise invalid(f"CreateModel: {key} is not supported by the embedded cloud; give ModelDataUrl")
    return container


def known_model(cloud: Cloud, name: str) -> dict[str, Any]:
    data = records.find(cloud, "Model", name)
    if data is None:
        (arn,) = model_resources(cloud, {"ModelName": name})
        raise invalid(f'Could not find model "{arn}".')
    return data


@SERVICE.operation("DescribeModel", resources=model_resources)
def describe_model(cloud: Cloud, request: Request) -> Answer:
    return records.shown(known_model(cloud, request.params["ModelName"]))


@SERVICE.operation("DeleteModel", resources=model_resources)
def delete_model(cloud: Cloud, request: Request) -> Answer:
    data = known_model(cloud, request.params["ModelName"])
    records.remove(cloud, "Model", request.params["ModelName"])
    records.drop_tags(cloud, data["ModelArn"])
    return {}


@SERVICE.operation("ListModels")
def list_models(cloud: Cloud, request: Request) -> Answer:
    found, more = records.listing(cloud, "Model", request.params, "ModelName", None)
    return {"Models": [pick(one, ["ModelName", "ModelArn", "CreationTime"]) for one in found], **more}


@SERVICE.operation("CreateEndpointConfig", resources=config_resources)
def create_endpoint_config(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    params = request.params
    check_config(cloud, params)
    (arn,) = config_resources(cloud, params)
    data = {key: params[key] for key in CONFIG_KEYS if key in params}
    data |= {"EndpointConfigArn": arn, "CreationTime": cloud.clock.time()}
    taken = invalid(f'Cannot create already existing endpoint configuration "{arn}".')
    if records.add(cloud, "EndpointConfig", params["EndpointConfigName"], data, request.attempt, taken):
        records.add_tags(cloud, arn, params.get("Tags", []))
    return {"EndpointConfigArn": arn}


def check_config(cloud: Cloud, params: dict[str, Any]) -> None:
    """Raises: AwsError ValidationException."""
    for key in REFUSED:
        if params.get(key):
            raise invalid(f"CreateEndpointConfig: {key} is not supported by the embedded cloud; leave it out")
    names = [variant["VariantName"] for variant in params["ProductionVariants"]]
    if len(set(names)) != len(names):
        raise invalid(f"CreateEndpointConfig: a VariantName is there twice: {', '.join(names)}")
    for variant in params["ProductionVariants"]:
        if "ServerlessConfig" in variant:
            raise invalid(
                "CreateEndpointConfig: ServerlessConfig is not supported here; give an InstanceType"
            )
        if "ModelName" not in variant:
            raise invalid(f"CreateEndpointConfig: variant {variant['VariantName']} names no ModelName")
        known_model(cloud, variant["ModelName"])
        if variant.get("InitialVariantWeight", 1.0) < 0:
            raise invalid(f"CreateEndpointConfig: variant {variant['VariantName']} has a negative weight")
    if capture := params.get("DataCaptureConfig"):
        split_s3_uri(capture["DestinationS3Uri"])


def known_config(cloud: Cloud, name: str) -> dict[str, Any]:
    data = records.find(cloud, "EndpointConfig", name)
    if data is None:
        (arn,) = config_resources(cloud, {"EndpointConfigName": name})
        raise invalid(f'Could not find endpoint configuration "{arn}".')
    return data


@SERVICE.operation("DescribeEndpointConfig", resources=config_resources)
def describe_endpoint_config(cloud: Cloud, request: Request) -> Answer:
    return records.shown(known_config(cloud, request.params["EndpointConfigName"]))


@SERVICE.operation("DeleteEndpointConfig", resources=config_resources)
def delete_endpoint_config(cloud: Cloud, request: Request) -> Answer:
    data = known_config(cloud, request.params["EndpointConfigName"])
    records.remove(cloud, "EndpointConfig", request.params["EndpointConfigName"])
    records.drop_tags(cloud, data["EndpointConfigArn"])
    return {}


@SERVICE.operation("ListEndpointConfigs")
def list_endpoint_configs(cloud: Cloud, request: Request) -> Answer:
    found, more = records.listing(cloud, "EndpointConfig", request.params, "EndpointConfigName", None)
    keys = ["EndpointConfigName", "EndpointConfigArn", "CreationTime"]
    return {"EndpointConfigs": [pick(one, keys) for one in found], **more}
