"""AWS::Logs::LogGroup."""

from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_map
from stepmill.cloud.deploy.scope import Made


class LogGroup(Kind):
    type = "AWS::Logs::LogGroup"
    properties = frozenset({"LogGroupName", "RetentionInDays", "KmsKeyId", "LogGroupClass", "Tags"})
    replaces = frozenset({"LogGroupName", "LogGroupClass"})
    name_property = "LogGroupName"
    name_limit = 512

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        # A function that ran before its log group was declared has made it already.
        aws.quietly(
            "logs",
            "CreateLogGroup",
            "ResourceAlreadyExistsException",
            logGroupName=name,
            kmsKeyId=wanted.get("KmsKeyId"),
            tags=tag_map(wanted.get("Tags")) or None,
        )
        return self.update(aws, self._made(aws, name), {}, wanted)

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        if "RetentionInDays" in wanted:
            aws(
                "logs",
                "PutRetentionPolicy",
                logGroupName=made.physical_id,
                retentionInDays=wanted["RetentionInDays"],
            )
        elif "RetentionInDays" in before:
            aws("logs", "DeleteRetentionPolicy", logGroupName=made.physical_id)
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("logs", "DeleteLogGroup", "ResourceNotFoundException", logGroupName=made.physical_id)

    @staticmethod
    def _made(aws: Aws, name: str) -> Made:
        return Made(name, {"Arn": aws.cloud.arn("logs", f"log-group:{name}:*")})


KINDS = (LogGroup(),)
