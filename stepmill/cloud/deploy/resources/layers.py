"""AWS::Lambda::LayerVersion."""

from stepmill.cloud.deploy.kind import Aws, Kind, Props
from stepmill.cloud.deploy.scope import Made


class LayerVersion(Kind):
    """Every change is a new version; what it is made of never changes."""

    type = "AWS::Lambda::LayerVersion"
    properties = frozenset(
        {"LayerName", "Content", "Description", "CompatibleRuntimes", "CompatibleArchitectures"}
        | {"LicenseInfo"}
    )
    replaces = properties

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        fields = {key: value for key, value in wanted.items() if key != "LayerName"}
        layer = wanted.get("LayerName", name)
        answer = aws("lambda", "PublishLayerVersion", LayerName=layer, **fields)
        arn = answer["LayerVersionArn"]
        return Made(arn, {"LayerVersionArn": arn})

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        layer, version = made.physical_id.rsplit(":", 1)
        gone = "ResourceNotFoundException"
        aws.quietly("lambda", "DeleteLayerVersion", gone, LayerName=layer, VersionNumber=int(version))


KINDS = (LayerVersion(),)
