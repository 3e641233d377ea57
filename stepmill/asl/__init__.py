"""The language of Stepmill's machines: the stepfunctions SDK's states, extended to today's Amazon States
Language.

A machine file builds its states in the order they run and returns a Machine from `build()`. Values that are
known only when the machine runs are paths (`path("$.data_uri")`), the context object
(`context("$$.Execution.Name")`), placeholders (`state.output()["x"]`) or intrinsic functions
(`format_("{}/raw", path("$.data_uri"))`); they may stand anywhere in parameters, and the `.$` is written for
you.
"""

from stepmill.asl.branches import Map, Parallel
from stepmill.asl.choice import Choice
from stepmill.asl.errors import AslError
from stepmill.asl.expressions import ExecutionInput, Path, StepInput, context, jsonata, path
from stepmill.asl.graph import Graph, chain
from stepmill.asl.inputs import InputProblem, defaults, field
from stepmill.asl.integrations import aws_sdk, dynamodb, events, glue, lambda_invoke, sagemaker, sns, sqs, ssm
from stepmill.asl.intrinsics import (
    array,
    array_contains,
    array_get_item,
    array_length,
    array_partition,
    array_range,
    array_unique,
    base64_decode,
    base64_encode,
    format_,
    hash_,
    json_merge,
    json_to_string,
    math_add,
    math_random,
    string_split,
    string_to_json,
    uuid,
)
from stepmill.asl.machine import Machine
from stepmill.asl.retry import Catch, Retry
from stepmill.asl.rules import ChoiceRule
from stepmill.asl.sdk import Chain, State
from stepmill.asl.states import Fail, Pass, Succeed, Task, Wait

__all__ = [
    "AslError",
    "Catch",
    "Chain",
    "Choice",
    "ChoiceRule",
    "ExecutionInput",
    "Fail",
    "Graph",
    "InputProblem",
    "Machine",
    "Map",
    "Parallel",
    "Pass",
    "Path",
    "Retry",
    "State",
    "StepInput",
    "Succeed",
    "Task",
    "Wait",
    "array",
    "array_contains",
    "array_get_item",
    "array_length",
    "array_partition",
    "array_range",
    "array_unique",
    "aws_sdk",
    "base64_decode",
    "base64_encode",
    "chain",
    "context",
    "defaults",
    "dynamodb",
    "events",
    "field",
    "format_",
    "glue",
    "hash_",
    "json_merge",
    "json_to_string",
    "jsonata",
    "lambda_invoke",
    "math_add",
    "math_random",
    "path",
    "sagemaker",
    "sns",
    "sqs",
    "ssm",
    "string_split",
    "string_to_json",
    "uuid",
]
