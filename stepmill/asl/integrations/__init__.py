"""AWS services as Task states: a function per call, with the call's own parameters as keyword arguments.

Each function takes the state's name first and, after the call's parameters, what every Task takes: `comment`,
`result_selector`, `result_path`, `output_path`, `retry`, `catch`, `timeout_seconds`, `assign`...
Required and either-or parameters are checked when the state is built.
"""

from stepmill.asl.integrations import dynamodb, events, glue, sagemaker, sns, sqs, ssm
from stepmill.asl.integrations.lambda_ import lambda_invoke
from stepmill.asl.integrations.sdk_call import aws_sdk

__all__ = ["aws_sdk", "dynamodb", "events", "glue", "lambda_invoke", "sagemaker", "sns", "sqs", "ssm"]
