"""AWS::CloudFormation::Stack: a nested stack, deployed by the same deployer."""

from stepmill.cloud.deploy.errors import ResourceError
from stepmill.cloud.deploy.kind import Aws, Kind, NestedStacks, Props, tag_map
from stepmill.cloud.deploy.scope import Made


class NestedStack(Kind):
    type = "AWS::CloudFormation::Stack"
    properties = frozenset({"TemplateURL", "Parameters", "Tags", "TimeoutInMinutes"})
    name_limit = 128

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        tags = tag_map(wanted.get("Tags"))
        return _deployer(aws).deploy_nested(name, wanted["TemplateURL"], _values(wanted), tags)

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        name = made.physical_id.split("/")[1]
        tags = tag_map(wanted.get("Tags"))
        return _deployer(aws).deploy_nested(name, wanted["TemplateURL"], _values(wanted), tags)

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        _deployer(aws).delete_nested(made.physical_id)


def _deployer(aws: Aws) -> NestedStacks:
    if aws.stacks is None:
        raise ResourceError(f"{aws.logical_id}: a nested stack can be made by the deployer only")
    return aws.stacks


def _values(wanted: Props) -> dict[str, str]:
    """A list goes to a list parameter joined by commas, as CloudFormation takes it."""
    return {
        name: ",".join(map(str, value)) if isinstance(value, list) else _text(value)
        for name, value in (wanted.get("Parameters") or {}).items()
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


KINDS = (NestedStack(),)
