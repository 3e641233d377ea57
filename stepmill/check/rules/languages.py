"""Languages: JSONPath and JSONata, each in its place."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, Example, Rule, one_state

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
_JSONATA = f"{_GUIDE}/transforming-data.html"
_TEMPLATES = f"{_GUIDE}/input-output-inputpath-params.html"


def _jsonata(**fields: Any) -> Example:
    return Example(one_state({"Type": "Pass", "QueryLanguage": "JSONata", **fields, "End": True}))


def _publish(**parameters: Any) -> Example:
    resource = "arn:aws:states:::sns:publish"
    topic = {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:models"}
    state = {"Type": "Task", "Resource": resource, "Parameters": {**topic, **parameters}, "End": True}
    return Example(one_state(state))


LANGUAGE_MIXED = Rule(
    "language-mixed",
    "languages",
    FAILURE,
    "A field of the other query language, or a language that cannot be used here.",
    "InputPath, Parameters, ResultSelector, ResultPath, OutputPath, Result and the Path fields are "
    "JSONPath's; Arguments, Output, Items and Condition are JSONata's. A state uses its own QueryLanguage, "
    "else the machine's. A machine in JSONata cannot go back to JSONPath in single states, and a Map or "
    "Parallel does not hand its QueryLanguage on to the states inside.",
    _JSONATA,
    Example(one_state({"Type": "Pass", "Output": {"done": True}, "End": True})),
    _jsonata(Output={"done": True}),
)

JSONATA_SYNTAX = Rule(
    "jsonata-syntax",
    "languages",
    FAILURE,
    "A JSONata expression cannot be parsed.",
    "An expression is a whole text from {% to %}, without a space before or after; between the two stands "
    "one expression of JSONata. AWS parses them all when the machine is created.",
    _JSONATA,
    _jsonata(Output="{% $states.input.( %}"),
    _jsonata(Output="{% $states.input.metrics %}"),
)

JSONATA_REFERENCE = Rule(
    "jsonata-reference",
    "languages",
    FAILURE,
    "A JSONata expression reads a bare name or $ outside of any value.",
    "The state's input is $states.input and a variable $name. A bare name, $ or $$ at the top of an "
    "expression has nothing to be read from, and AWS refuses it; inside of a path, a filter or a function "
    "they are fine.",
    _JSONATA,
    _jsonata(Output="{% metrics.rmse %}"),
    _jsonata(Output="{% $states.input.metrics[rmse < 1] %}"),
)

JSONATA_OUTSIDE = Rule(
    "jsonata-outside",
    "languages",
    FAILURE,
    "A {% … %} text where nothing evaluates it, or a text without {% %} where only an expression makes "
    "sense.",
    "In a JSONPath state a {% … %} text is sent as it stands. In a JSONata state, Condition, Items and "
    "numbers given as texts must be {% … %}.",
    _JSONATA,
    _publish(Message="{% $states.input.text %}"),
    _publish(**{"Message.$": "$.text"}),
)

PATH_IN_JSONATA = Rule(
    "path-in-jsonata",
    "languages",
    FAILURE,
    "A JSONPath, an intrinsic function, a key ending in .$ or a $name without {% %} in a JSONata state.",
    'JSONata states do not read paths: "$.text" is sent as it stands, and so is "$states.input.text". Write '
    "{% $states.input.text %}, and for $$.Execution.Name {% $states.context.Execution.Name %}.",
    _JSONATA,
    _jsonata(Output={"text.$": "$.text"}),
    _jsonata(Output={"text": "{% $states.input.text %}"}),
)

DOLLAR_MISSING = Rule(
    "dollar-missing",
    "languages",
    FAILURE,
    "The text of a path or intrinsic function is sent instead of what it reads, for want of .$ at the key.",
    "In Parameters, ResultSelector, ItemSelector and Assign a value is read only when its key ends in .$; "
    'otherwise "$.text" itself is sent. In an array nothing is read: use States.Array(…) under a key with '
    ".$, "
    "or objects. In a choice rule use the comparison that ends in Path.",
    _TEMPLATES,
    _publish(Message="$.text"),
    _publish(**{"Message.$": "$.text"}),
)

DOLLAR_EXTRA = Rule(
    "dollar-extra",
    "languages",
    FAILURE,
    "A key ends in .$, but its value is neither a path nor an intrinsic function.",
    "AWS refuses it. Drop the .$ to send the value as it is.",
    _TEMPLATES,
    _publish(**{"Message.$": "trained"}),
    _publish(Message="trained"),
)
