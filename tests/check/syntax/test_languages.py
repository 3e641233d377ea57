"""Languages: JSONPath and JSONata, each in its place."""

from collections.abc import Callable
from typing import Any

import pytest

Told = Callable[..., list[tuple[str, str]]]
Said = Callable[[Any], list[tuple[str, str]]]

A = "/States/A"


def one(language: str = "", **fields: Any) -> dict[str, Any]:
    state = {"Type": "Pass", **({"QueryLanguage": language} if language else {}), **fields, "End": True}
    return {"StartAt": "A", "States": {"A": state}}


def send(resource: str, /, **parameters: Any) -> dict[str, Any]:
    return one(Type="Task", Resource=f"arn:aws:states:::{resource}", Parameters=parameters)


def publish(**parameters: Any) -> dict[str, Any]:
    return send("sns:publish", TopicArn="arn:aws:sns:eu-west-1:123456789012:t", **parameters)


READ, WRITE = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:putObject"


def spread(**fields: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = {"ProcessorConfig": config, "StartAt": "I", "States": {"I": {"Type": "Succeed"}}}
    if "ItemReader" in fields:
        fields["ItemReader"]["ReaderConfig"] = {"InputType": "JSON"}
    return one(Type="Map", ItemProcessor=processor, **fields)


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (one(Output={"a": "{% 1 %}"}), [("language-mixed", f"{A}/Output")]),
        (one(Type="Task", Resource="r", Arguments={}, Output=1), [("language-mixed", f"{A}/Arguments")]),
        (one("JSONata", ResultPath="$.a"), [("language-mixed", f"{A}/ResultPath")]),
        (one("JSONata", Result=1), [("language-mixed", f"{A}/Result")]),
        (one("JSONata", Parameters={"a.$": "$.a"}, InputPath="$.x"), [("language-mixed", f"{A}/Parameters")]),
        (
            {**one("JSONPath", InputPath="$.a"), "QueryLanguage": "JSONata"},
            [("language-mixed", f"{A}/QueryLanguage")],
        ),
        ({**one(InputPath="$.a"), "QueryLanguage": "JSONata"}, [("language-mixed", f"{A}/InputPath")]),
        ({**one(Output=1), "QueryLanguage": "JSONata"}, []),
        ({**one("JSONata", Output=1), "QueryLanguage": "JSONata"}, []),
        ({**one(InputPath="$.a"), "QueryLanguage": "JSONPath"}, []),
        ({**one("JSONPath", InputPath="$.a"), "QueryLanguage": "JSONPath"}, []),
        (one("JSONPATH", InputPath="$.a"), [("field-value", f"{A}/QueryLanguage")]),
        (one(QueryLanguage=5, InputPath="$.a"), [("field-type", f"{A}/QueryLanguage")]),
        ({**one("JSONata", Output=1), "QueryLanguage": "JSONPath"}, []),
        (
            one("JSONata", Type="Wait", Seconds=1, SecondsPath="$.s"),
            [("language-mixed", f"{A}/SecondsPath")],
        ),
        ({**one(Output=1), "QueryLanguage": "jsonata"}, [("field-value", "/QueryLanguage")]),
    ],
    ids=str,
)
def test_tells_fields_of_the_other_language_once_a_state(
    told: Told, definition: Any, expected: list[tuple[str, str]]
) -> None:
    assert told(definition) == expected


def test_says_which_fields_belong_to_the_other_language(said: Said) -> None:
    assert said(one(Output=1)) == [
        (
            'States.A: Output belongs to JSONata, but JSONPath holds here; set "QueryLanguage": "JSONata"',
            "",
        )
    ]
    assert said(one("JSONata", InputPath="$.a", ResultPath="$.b")) == [
        (
            "States.A: InputPath, ResultPath belong to JSONPath, but JSONata holds here; "
            "use Arguments, Output and {% %} texts",
            "",
        )
    ]


def test_tells_a_misspelt_query_language_and_nothing_that_follows_from_it(told: Told) -> None:
    definition = one(QueryLangage="JSONata", Output="{% $states.input.a %}")
    assert told(definition) == [("field-unknown", f"{A}/QueryLangage")]
    definition = {**one(Output="{% $states.input.a %}"), "QueryLangage": "JSONata"}
    assert told(definition) == [("field-unknown", "/QueryLangage")]


def test_tells_a_forgotten_query_language_once(told: Told) -> None:
    states = {
        "A": {"Type": "Pass", "Output": "{% $states.input %}", "Next": "B"},
        "B": {"Type": "Pass", "Output": {"b": "{% $states.input.b %}"}, "Next": "C"},
        "C": {"Type": "Succeed"},
    }
    assert told({"StartAt": "A", "States": states}) == [("language-mixed", "")]
    rule = {"Condition": "{% $states.input.b %}", "Next": "C"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "C"}
    assert told({"StartAt": "A", "States": {**states, "B": choice}}) == [("language-mixed", "")]


def test_tells_each_state_when_others_are_written_in_jsonpath(told: Told) -> None:
    states = {
        "A": {"Type": "Pass", "Output": 1, "Next": "B"},
        "B": {"Type": "Pass", "Output": 2, "Next": "C"},
        "C": {"Type": "Succeed", "InputPath": "$.a"},
    }
    each = [("language-mixed", "/States/A/Output"), ("language-mixed", "/States/B/Output")]
    assert told({"StartAt": "A", "States": states}) == each
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "D"}
    states["C"] = {"Type": "Choice", "Choices": [rule], "Default": "D"}
    assert told({"StartAt": "A", "States": {**states, "D": {"Type": "Succeed"}}}) == each


def test_tells_a_query_language_among_the_states_and_nothing_that_follows_from_it(told: Told) -> None:
    states = {
        "QueryLanguage": "JSONata",
        "A": {"Type": "Pass", "Output": "{% $states.input.a %}", "End": True},
    }
    definition = {"StartAt": "A", "States": states}
    assert told(definition) == [("field-misplaced", "/States/QueryLanguage")]
    states["A"] = {"Type": "Pass", "InputPath": "$.a", "End": True}
    assert told({**definition, "QueryLanguage": "JSONPath"}) == [("field-misplaced", "/States/QueryLanguage")]


def test_a_map_does_not_hand_its_language_on(told: Told) -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Output": 1, "End": True}}}
    definition = one("JSONata", Type="Map", Items="{% $states.input %}", ItemProcessor=inner)
    assert told(definition) == [("language-mixed", f"{A}/ItemProcessor/States/I/Output")]
    inner["QueryLanguage"] = "JSONata"
    assert ("field-misplaced", f"{A}/ItemProcessor/QueryLanguage") in told(definition)


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        (publish(Message="$.text"), "/Parameters/Message"),
        (publish(Message="$$.Execution.Id"), "/Parameters/Message"),
        (publish(Message="States.Format('{}', $.a)"), "/Parameters/Message"),
        (publish(Message={"a": {"b": "$.list[0]['x y']"}}), "/Parameters/Message/a/b"),
        (publish(Message="$"), "/Parameters/Message"),
        (publish(Subject="$[0].Id"), "/Parameters/Subject"),
        (publish(Subject="$..price"), "/Parameters/Subject"),
        (publish(Subject="$['a b','c'].d[?(@.e == 1)].length()"), "/Parameters/Subject"),
        (publish(Subject="$.a.1.[2]"), "/Parameters/Subject"),
        (publish(Filter="States.UUID()"), "/Parameters/Filter"),
        (one(Assign={"limit": 1}, Parameters={"a": "$limit"}), "/Parameters/a"),
        (one(Assign={"limit.$": "$.b"}, Parameters={"a": "$limit.x[0]"}), "/Parameters/a"),
        (publish(Message={"a": ["$.b"]}), "/Parameters/Message/a/0"),
        (one(Assign={"a": "$.b"}), "/Assign/a"),
        (
            spread(ItemReader={"Resource": READ, "Parameters": {"Bucket": "$.b", "Key": "k"}}),
            "/ItemReader/Parameters/Bucket",
        ),
        (
            spread(ItemBatcher={"MaxItemsPerBatch": 1, "BatchInput": {"a": "$.b"}}),
            "/ItemBatcher/BatchInput/a",
        ),
        (
            spread(ResultWriter={"Resource": WRITE, "Parameters": {"Bucket": "$.b"}}),
            "/ResultWriter/Parameters/Bucket",
        ),
        (spread(ItemSelector="$.a"), "/ItemSelector"),
        (
            one(
                Type="Task", Resource="r", Catch=[{"ErrorEquals": ["X"], "Next": "A", "Assign": {"a": "$.b"}}]
            ),
            "/Catch/0/Assign/a",
        ),
        (one(Type="Task", Resource="r", ResultSelector={"a": "$.b..c"}), "/ResultSelector/a"),
    ],
    ids=str,
)
def test_tells_a_path_that_is_sent_as_text(told: Told, definition: Any, place: str) -> None:
    assert told(definition) == [("dollar-missing", f"{A}{place}")]


@pytest.mark.parametrize(
    "definition",
    [
        publish(Subject="$"),
        publish(Message="$5.00"),
        publish(Message="$.50 off"),
        publish(Message="See $.text for more"),
        publish(Message="$.text and $.more"),
        publish(Message="States.ALL"),
        publish(Message="$name"),
        publish(Message={"jsonPaths": "$.a", "why": "costs $5 %}"}),
        publish(Message="{% if vip %}Dear{% endif %}"),
        publish(Message={"currency": "$", "code": "$$", "price": "$5.x"}),
        one(Assign={"limit": 1}, Parameters={"a": "$limits", "b": "$limit and more"}),
        publish(Subject="${Topic}", Message="$.${Field}"),
        one(Result={"path": "$.a", "text": "$.b"}),
        one(Comment="$.a"),
        send(
            "sagemaker:createTransformJob.sync",
            DataProcessing={"InputFilter": "$[1:]", "OutputFilter": "$.id"},
        ),
        send("aws-sdk:eventbridge:putTargets", Targets=[{"InputPath": "$.detail"}]),
        send(
            "aws-sdk:eventbridge:putTargets", Targets=[{"InputTransformer": {"InputPathsMap": {"a": "$.b"}}}]
        ),
        send("aws-sdk:pipes:createPipe", TargetParameters={"PartitionKey": "$.id"}),
        send("aws-sdk:cloudwatchlogs:putMetricFilter", MetricTransformations=[{"MetricValue": "$.ms"}]),
        send("aws-sdk:glue:createClassifier", JsonClassifier={"JsonPath": "$.records[*]"}),
    ],
    ids=str,
)
def test_leaves_texts_that_are_meant(told: Told, definition: Any) -> None:
    assert told(definition) == []


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("$.a", ""),
        ("$", ""),
        ("$$.Task.Token", ""),
        ("$name.first", ""),
        ("$.[0]", ""),
        ("$..x", ""),
        ("States.UUID()", ""),
        ("${Path}", ""),
        ("pre${Path}", ""),
        ("a", "dollar-extra"),
        ("", "dollar-extra"),
        (5, "dollar-extra"),
        (None, "dollar-extra"),
        ({"b.$": "$.c"}, "dollar-extra"),
        ("{% $states.input.a %}", "jsonata-outside"),
    ],
    ids=str,
)
def test_a_key_with_a_dollar_holds_a_path_or_a_function(told: Told, value: Any, rule: str) -> None:
    definition = publish(**{"Message.$": value})
    assert told(definition) == ([(rule, f"{A}/Parameters/Message.$")] if rule else [])


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        (publish(Message="{% $states.input.a %}"), "/Parameters/Message"),
        (one(Type="Wait", Seconds="{% $states.input.a %}"), "/Seconds"),
        (one(Type="Wait", Timestamp="{% $states.input.a %}"), "/Timestamp"),
        (one("JSONata", Type="Wait", Seconds="60"), "/Seconds"),
        (one("JSONata", Type="Wait", Seconds="$states.input.s"), "/Seconds"),
    ],
    ids=str,
)
def test_tells_expressions_where_none_is_evaluated_and_texts_where_one_is_needed(
    told: Told, definition: Any, place: str
) -> None:
    assert told(definition) == [("jsonata-outside", f"{A}{place}")]


def test_looks_at_long_texts_in_no_time(told: Told) -> None:
    long = "$" + ".a" * 20_000 + " " + "[?(" * 20_000
    assert told(publish(Subject=long)) == []


def test_says_long_values_in_short(said: Said) -> None:
    assert said(publish(Subject="$" + ".ab" * 30)) == [
        (
            'States.A: Subject is the text "$.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.... '
            "itself; write Subject.$ to have it read",
            "Subject.$",
        )
    ]


def test_says_what_to_write_instead(said: Said) -> None:
    assert said(publish(Message="$.text")) == [
        ('States.A: Message is the text "$.text" itself; write Message.$ to have it read', "Message.$")
    ]
    assert said(one("JSONata", Output="{% rmse %}")) == [
        (
            "States.A: Output \"{% rmse %}\" reads 'rmse' from nothing; "
            "write $states.input.rmse, or $rmse for a variable",
            "",
        )
    ]


def test_says_what_to_do_where_no_key_can_have_a_dollar(said: Said) -> None:
    assert said(publish(Message={"all": ["$.a"]})) == [
        (
            'States.A: item 0 of all is the text "$.a" itself; paths are not read in arrays, '
            "use States.Array(…) under all.$",
            "",
        )
    ]
    assert said(spread(ItemSelector="$.a")) == [
        ('States.A: ItemSelector is the text "$.a" itself; give an object', "")
    ]
