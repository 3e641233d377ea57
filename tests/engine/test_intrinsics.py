"""The intrinsic functions, nested, quoted and escaped."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepmill.engine import run_machine
from stepmill.engine.errors import Fault, InvalidDefinition
from stepmill.engine.paths.functions import FUNCTIONS
from stepmill.engine.paths.scope import Scope
from stepmill.engine.paths.template import compile_field

INPUT = {
    "name": "Ada",
    "n": 3,
    "list": [1, 2, 2, 3, True, {"a": 1, "b": 2}, {"b": 2, "a": 1}],
    "object": {"a": 1},
    "other": {"a": 2, "c": 3},
    "json": '{"x": [1, 2]}',
    "base64": "w7w=",
    "template": "{} is {}",
}


def evaluate(expression: str, value: Any = None) -> Any:
    field = compile_field("v.$", expression, "/v.$")
    return field(Scope(INPUT if value is None else value, lambda: {"Execution": {"Id": "arn:x"}}))


# The examples of https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html, and edges.
CASES: list[tuple[str, Any]] = [
    ("States.Format('Hello, {}.', $.name)", "Hello, Ada."),
    ("States.Format('{}-{}', $.n, $$.Execution.Id)", "3-arn:x"),
    (r"States.Format('\{\}{} it\'s \\ ', 1)", "{}1 it's \\ "),
    ("States.Format($.template, 'sky', true)", "sky is true"),
    ("States.Format('{}', $.object)", '{"a":1}'),
    ("States.Format('{}', null)", "null"),
    ("States.Format('plain')", "plain"),
    ("States.StringToJson($.json)", {"x": [1, 2]}),
    ("States.JsonToString($.object)", '{"a":1}'),
    ("States.Array()", []),
    ("States.Array('a', 1.5, -2, null, false, $.object)", ["a", 1.5, -2, None, False, {"a": 1}]),
    ("States.ArrayPartition(States.Array(1,2,3,4,5), 2)", [[1, 2], [3, 4], [5]]),
    ("States.ArrayContains($.list, 2)", True),
    ("States.ArrayContains($.list, 4)", False),
    ("States.ArrayContains(States.Array(1), true)", False),
    ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
    ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
    ("States.ArrayGetItem($.list, 3)", 3),
    ("States.ArrayLength($.list)", 7),
    ("States.ArrayUnique($.list)", [1, 2, 3, True, {"a": 1, "b": 2}]),
    ("States.Base64Encode('ü')", "w7w="),
    ("States.Base64Decode($.base64)", "ü"),
    ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
    ("States.Hash($.object, 'MD5')", "bb6cb5c68df4652941caf652a366f2d8"),
    ("States.JsonMerge($.object, $.other, false)", {"a": 2, "c": 3}),
    ("States.MathAdd(111, -1)", 110),
    ("States.MathAdd(1.4, 1)", 2),
    ("States.StringSplit('1,2,3,4,5', ',')", ["1", "2", "3", "4", "5"]),
    ("States.StringSplit('This.is+a,test=string', '.+,=')", ["This", "is", "a", "test", "string"]),
    ("States.StringSplit('a,,b', ',')", ["a", "b"]),
    ("States.ArrayGetItem(States.StringSplit(States.Format('{}/{}', 'a', 'b'), '/'), 1)", "b"),
    ("States.Format( '{}' , $['name'] )", "Ada"),
]


@pytest.mark.parametrize(("expression", "value"), CASES, ids=[expression for expression, _ in CASES])
def test_a_call_gives(expression: str, value: Any) -> None:
    result = evaluate(expression)
    assert (result, type(result)) == (value, type(value))


def test_there_are_the_eighteen_functions_of_aws() -> None:
    assert len(FUNCTIONS) == 18


def test_uuid_is_a_fresh_random_uuid() -> None:
    first, second = evaluate("States.UUID()"), evaluate("States.UUID()")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)
    assert first != second


@given(st.integers(-50, 50), st.integers(1, 50), st.integers())
def test_math_random_with_a_seed_is_the_same_number_in_range(start: int, width: int, seed: int) -> None:
    call = f"States.MathRandom({start}, {start + width}, {seed})"
    assert evaluate(call) == evaluate(call)
    assert start <= evaluate(call) < start + width
    assert start <= evaluate(f"States.MathRandom({start}, {start + width})") < start + width


FAILURES: list[tuple[str, str]] = [
    ("States.Format('{}')", "the template has more {} than there are arguments"),
    ("States.Format('x', 1)", "the template has fewer {} than there are arguments"),
    ("States.Format('{', 1)", r"the template has an unescaped '{'; write \\{"),
    ("States.StringToJson('{')", "the string is not JSON: Expecting property name enclosed in double quotes: "
     "line 1 column 2 (char 1)"),
    ("States.ArrayPartition($.list, 0)", "the chunk size must be a positive integer, not 0"),
    ("States.ArrayLength($.name)", "the first argument must be an array, not string"),
    ("States.ArrayRange(1, 2000, 1)", "the range has 2000 items; at most 1000 are allowed"),
    ("States.ArrayRange(1, 2, 0)", "the step must not be 0"),
    ("States.ArrayGetItem($.list, 7)", "index 7 is outside of the array of 7 items"),
    ("States.ArrayGetItem($.list, -1)", "index -1 is outside of the array of 7 items"),
    ("States.Base64Encode($.n)", "the argument must be a string, not number"),
    ("States.Hash('a', 'CRC')", "the algorithm 'CRC' is not one of MD5, SHA-1, SHA-256, SHA-384, SHA-512"),
    ("States.JsonMerge($.object, $.other, true)", "the third argument must be false: only shallow merging is "
     "supported"),
    ("States.JsonMerge($.object, $.n, false)", "the first two arguments must be objects"),
    ("States.MathRandom(5, 5)", "the start 5 must be below the end 5"),
    ("States.MathAdd(true, 1)", "the argument must be an integer, not boolean"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "reason"), FAILURES, ids=[expression for expression, _ in FAILURES])
def test_a_call_that_fails_is_an_intrinsic_failure_with_the_whole_expression(
    expression: str, reason: str
) -> None:
    with pytest.raises(Fault) as caught:
        evaluate(expression)
    cause = f"The function '{expression}' had the following error: {reason}"
    assert (caught.value.error, caught.value.cause) == ("States.IntrinsicFailure", cause)


def test_an_argument_that_names_nothing_fails_the_execution_as_aws_words_it() -> None:
    machine = {
        "StartAt": "Pick",
        "States": {
            "Pick": {"Type": "Pass", "Parameters": {"v.$": "States.Format('{}', $.nope)"}, "End": True}
        },
    }
    result = run_machine(machine, {"other": 1})
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert result.cause == (
        "An error occurred while executing the state 'Pick' (entered at the event id #2). "
        "The function 'States.Format('{}', $.nope)' had the following error: The JsonPath argument for "
        "the field '$.nope' could not be found in the input '{\"other\":1}'"
    )


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("States.Nope()", "States.Nope is not an intrinsic function"),
        ("States.UUID(1)", "States.UUID has 1 arguments; it takes 0"),
        ("States.Format()", "States.Format has 0 arguments; it takes 1 to any number of"),
        ("States.Array(1", "expected ','"),
        ("States.Array('a)", "expected a closing '"),
        ("States.Array(1) x", "expected the end of the expression"),
        ("States.Array(unquoted)", "expected a path or a call"),
        ("'text'", "expected a path or a call"),
        ("States.Array(" * 11 + ")" * 11, "calls are nested more than 10 deep"),
    ],
)
def test_refuses_a_call_that_cannot_be_read(expression: str, reason: str) -> None:
    with pytest.raises(InvalidDefinition, match=re.escape(reason)):
        evaluate(expression)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(JSON, max_size=4))
def test_no_call_fails_otherwise_than_by_an_intrinsic_failure(name: str, arguments: list[Any]) -> None:
    _, fewest, most = FUNCTIONS[name]
    count = max(fewest, min(len(arguments), most if most is not None else len(arguments)))
    arguments = (arguments + [None] * count)[:count]
    call = f"States.{name}({', '.join(f'$[{index}]' for index in range(count))})"
    try:
        evaluate(call, arguments)
    except Fault as fault:
        error = fault.error
    else:
        return
    assert error == "States.IntrinsicFailure"
