"""AWS::SSM::Parameter."""

from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_list
from stepmill.cloud.deploy.scope import Made


class Parameter(Kind):
    type = "AWS::SSM::Parameter"
    properties = frozenset(
        {"Name", "Type", "Value", "Description", "AllowedPattern", "Tier", "DataType", "Tags"}
    )
    replaces = frozenset({"Name"})
    name_property = "Name"
    name_limit = 500

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        fields = {key: value for key, value in wanted.items() if key not in ("Name", "Tags")}
        aws("ssm", "PutParameter", Name=name, Tags=tag_list(wanted.get("Tags")) or None, **fields)
        return Made(name, {"Type": wanted["Type"], "Value": str(wanted["Value"])})

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        fields = {key: value for key, value in wanted.items() if key not in ("Name", "Tags")}
        aws("ssm", "PutParameter", Name=made.physical_id, Overwrite=True, **fields)
        return Made(made.physical_id, {"Type": wanted["Type"], "Value": str(wanted["Value"])})

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("ssm", "DeleteParameter", "ParameterNotFound", Name=made.physical_id)


KINDS = (Parameter(),)
