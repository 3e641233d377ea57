"""The States Language as data: which fields exist where, and what they hold.

Legacy forms that AWS accepts are part of it: a Map's Iterator and Parameters.
Source: https://states-language.net/spec.html and
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.records import dataclass, replace
from stepmill.check.syntax.place import JSONATA, JSONPATH

LONGEST_S = 99_999_999


@dataclass(frozen=True, slots=True)
class Field:
    """types: JSON types it may have, in words; empty when any. language: the only one in which it exists.

    takes_expression: in JSONata it may be a {% %} text too. family: whose rule tells of a value out of range.
    """

    types: tuple[str, ...] = ()
    language: str = ""
    takes_expression: bool = False
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    family: str = "fields"


@dataclass(frozen=True, slots=True)
class Grammar:
    """The fields of one kind of object.

    needs: groups of which one member must be there. exclusive: groups of which at most one may.
    """

    fields: Mapping[str, Field]
    needs: tuple[tuple[str, ...], ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()


def _typed(types: str) -> Field:
    return Field(tuple(types.split()))


ANY = Field()
TEXT, BOOLEAN, OBJECT, ARRAY = _typed("string"), _typed("boolean"), _typed("object"), _typed("array")
PATH = Field(("string",), JSONPATH)
PATH_OR_NULL = Field(("string", "null"), JSONPATH)
TEMPLATE = Field(("object", "array"), JSONPATH)
EXPRESSIBLE_TEXT = Field(("string",), takes_expression=False)
LANGUAGE = Field(("string",), values=(JSONPATH, JSONATA))


def _integer(
    minimum: int, maximum: int | None = None, family: str = "fields", *, expressible: bool = True
) -> Field:
    return Field(("integer",), "", expressible, minimum, maximum, (), family)


def _words(*values: str) -> Field:
    return Field(("string",), values=values)


# Fields of states.

_ALL = {"Type": TEXT, "Comment": ANY, "QueryLanguage": LANGUAGE}
_OUTPUT = {"Output": Field(language=JSONATA)}
_ASSIGN = {"Assign": Field(("object",), takes_expression=True)}
_INPUT = {"InputPath": PATH_OR_NULL, "OutputPath": PATH_OR_NULL, **_OUTPUT}
_NEXT = {"Next": TEXT, "End": BOOLEAN}
_FLOW = {**_ALL, **_INPUT, **_NEXT, **_ASSIGN}
_RESULT = {"ResultPath": PATH_OR_NULL, "ResultSelector": TEMPLATE}
_ERRORS = {"Retry": ARRAY, "Catch": ARRAY}
_ARGUMENTS = {"Parameters": TEMPLATE, "Arguments": Field(language=JSONATA)}

_TIMEOUT = _integer(1, LONGEST_S, "timeout")
_TASK = {
    **_FLOW,
    **_RESULT,
    **_ERRORS,
    **_ARGUMENTS,
    "Resource": TEXT,
    "TimeoutSeconds": _TIMEOUT,
    "TimeoutSecondsPath": PATH,
    "HeartbeatSeconds": _TIMEOUT,
    "HeartbeatSecondsPath": PATH,
    "Credentials": Field(("object",), takes_expression=True),
    "RateControl": OBJECT,
}
_TOLERANCE = Field(("number",), "", True, 0, 100, (), "tolerance")
_MAP = {
    **_FLOW,
    **_RESULT,
    **_ERRORS,
    "Iterator": OBJECT,
    "ItemProcessor": OBJECT,
    "ItemsPath": PATH,
    "Items": Field(("array", "object"), JSONATA, takes_expression=True),
    "ItemSelector": ANY,
    "Parameters": TEMPLATE,
    "ItemReader": OBJECT,
    "ItemBatcher": OBJECT,
    "ResultWriter": OBJECT,
    "MaxConcurrency": _integer(0),
    "MaxConcurrencyPath": PATH,
    "ToleratedFailurePercentage": _TOLERANCE,
    "ToleratedFailurePercentagePath": PATH,
    "ToleratedFailureCount": _integer(0, family="tolerance"),
    "ToleratedFailureCountPath": PATH,
    "Label": TEXT,
}
_WAIT_FOR = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")

STATES: Mapping[str, Grammar] = {
    "Task": Grammar(
        _TASK,
        (("Resource",),),
        (("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath")),
    ),
    "Pass": Grammar(
        {**_FLOW, "Parameters": TEMPLATE, "ResultPath": PATH_OR_NULL, "Result": Field(language=JSONPATH)}
    ),
    "Choice": Grammar(
        {**_ALL, **_INPUT, **_ASSIGN, "Choices": ARRAY, "Default": TEXT},
        (("Choices",),),
    ),
    "Wait": Grammar(
        {
            **_FLOW,
            "Seconds": _integer(0, LONGEST_S),
            "SecondsPath": PATH,
            "Timestamp": EXPRESSIBLE_TEXT,
            "TimestampPath": PATH,
        },
        (_WAIT_FOR,),
        (_WAIT_FOR,),
    ),
    "Succeed": Grammar({**_ALL, **_INPUT}),
    # A Fail ignores what the two paths say.
    "Fail": Grammar(
        {
            **_ALL,
            "InputPath": PATH_OR_NULL,
            "OutputPath": PATH_OR_NULL,
            "Error": EXPRESSIBLE_TEXT,
            "ErrorPath": PATH,
            "Cause": EXPRESSIBLE_TEXT,
            "CausePath": PATH,
        },
        (),
        (("Error", "ErrorPath"), ("Cause", "CausePath")),
    ),
    "Parallel": Grammar({**_FLOW, **_RESULT, **_ERRORS, **_ARGUMENTS, "Branches": ARRAY}, (("Branches",),)),
    "Map": Grammar(
        _MAP,
        (("ItemProcessor", "Iterator"),),
        (
            ("ItemProcessor", "Iterator"),
            ("ItemSelector", "Parameters"),
            ("MaxConcurrency", "MaxConcurrencyPath"),
            ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
            ("ToleratedFailureCount", "ToleratedFailureCountPath"),
        ),
    ),
}


def kind_of(state: Mapping[str, Any]) -> str:
    """A state's type when it is one of the eight, else ""."""
    kind = state.get("Type")
    return kind if isinstance(kind, str) and kind in STATES else ""


# Machines.

_SCOPE = {"Comment": Field(("string", "null")), "StartAt": TEXT, "States": OBJECT}
_SCOPE_NEEDS = (("StartAt",), ("States",))
MACHINE = Grammar(
    {**_SCOPE, "Version": _words("1.0"), "QueryLanguage": LANGUAGE, "TimeoutSeconds": _TIMEOUT}, _SCOPE_NEEDS
)
# AWS does not document Version and TimeoutSeconds here; machines that have them exist.
BRANCH = Grammar({**_SCOPE, "Version": TEXT, "TimeoutSeconds": _TIMEOUT}, _SCOPE_NEEDS)
PROCESSOR = Grammar({**BRANCH.fields, "ProcessorConfig": OBJECT}, _SCOPE_NEEDS)
PROCESSOR_CONFIG = Grammar(
    {"Mode": _words("INLINE", "DISTRIBUTED"), "ExecutionType": _words("STANDARD", "EXPRESS")}
)

# Retriers and catchers.

RETRIER = Grammar(
    {
        "Comment": ANY,
        "ErrorEquals": ARRAY,
        "IntervalSeconds": _integer(1, LONGEST_S, "retry", expressible=False),
        "MaxAttempts": _integer(0, LONGEST_S, "retry", expressible=False),
        "BackoffRate": Field(("number",), minimum=1, family="retry"),
        "MaxDelaySeconds": _integer(1, 31_622_400, "retry", expressible=False),
        "JitterStrategy": replace(_words("FULL", "NONE"), family="retry"),
    },
    (("ErrorEquals",),),
)
CATCHER = Grammar(
    {"Comment": ANY, "ErrorEquals": ARRAY, "Next": TEXT, "ResultPath": PATH_OR_NULL, **_OUTPUT, **_ASSIGN},
    (("ErrorEquals",), ("Next",)),
)

# Parts of a Map.

_DATA = {"Parameters": TEMPLATE, "Arguments": Field(language=JSONATA)}
ITEM_READER = Grammar({"Resource": TEXT, **_DATA, "ReaderConfig": OBJECT}, (("Resource",),))
READER_CONFIG = Grammar(
    {
        "InputType": _words("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"),
        "CSVHeaderLocation": _words("FIRST_ROW", "GIVEN"),
        "CSVHeaders": ARRAY,
        "CSVDelimiter": _words("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
        "ItemsPointer": TEXT,
        "ManifestType": _words("ATHENA_DATA", "S3_INVENTORY"),
        "Transformation": _words("NONE", "LOAD_AND_FLATTEN"),
        "MaxItems": _integer(0),
        "MaxItemsPath": PATH,
    },
    (),
    (("MaxItems", "MaxItemsPath"),),
)
ITEM_BATCHER = Grammar(
    {
        "BatchInput": ANY,
        "MaxItemsPerBatch": _integer(1, family="batch"),
        "MaxItemsPerBatchPath": PATH,
        "MaxInputBytesPerBatch": _integer(1, 262_144, "batch"),
        "MaxInputBytesPerBatchPath": PATH,
    },
    (),
    (
        ("MaxItemsPerBatch", "MaxItemsPerBatchPath"),
        ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),
    ),
)
RESULT_WRITER = Grammar({"Resource": TEXT, **_DATA, "WriterConfig": OBJECT})
WRITER_CONFIG = Grammar(
    {"Transformation": _words("NONE", "COMPACT", "FLATTEN"), "OutputType": _words("JSON", "JSONL")}
)
