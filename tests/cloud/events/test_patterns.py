import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.events.patterns import compile_pattern

EVENT = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "resources": ["arn:aws:s3:::cars", "arn:aws:s3:::bikes"],
    "detail": {
        "bucket": {"name": "cars"},
        "object": {"key": "raw/cars.CSV", "size": 42},
        "ip": "10.0.3.7",
        "none": None,
        "flag": True,
        "tags": ["a", "b"],
        "empty": [],
        "rows": [{"kind": "x", "n": 1}, {"kind": "y", "n": 2}],
    },
}


def matches(pattern: Any, event: Any = EVENT) -> bool:
    return compile_pattern(json.dumps(pattern))(event)


def key(*choices: Any) -> dict[str, Any]:
    return {"detail": {"object": {"key": list(choices)}}}


def size(*choices: Any) -> dict[str, Any]:
    return {"detail": {"object": {"size": list(choices)}}}


def detail(**members: Any) -> dict[str, Any]:
    return {"detail": members}


# Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.s3"]},
        {"source": ["aws.ec2", "aws.s3"]},
        {"source": ["aws.s3"], "detail": {"bucket": {"name": ["cars"]}}},
        {"resources": ["arn:aws:s3:::bikes"]},
        key({"prefix": "raw/"}),
        key({"prefix": {"equals-ignore-case": "RAW/"}}),
        key({"suffix": ".CSV"}),
        key({"suffix": {"equals-ignore-case": ".csv"}}),
        key({"equals-ignore-case": "RAW/CARS.csv"}),
        key({"wildcard": "raw/*.CSV"}),
        key({"wildcard": "*"}),
        key({"anything-but": "other"}),
        key({"anything-but": ["other", "another"]}),
        key({"anything-but": {"prefix": "tmp/"}}),
        key({"anything-but": {"prefix": ["tmp/", "log/"]}}),
        key({"anything-but": {"suffix": ".json"}}),
        key({"anything-but": {"equals-ignore-case": ["x", "y"]}}),
        key({"anything-but": {"wildcard": "*.json"}}),
        size(42),
        size({"numeric": ["=", 42]}),
        size({"numeric": [">", 0, "<=", 42]}),
        size({"numeric": ["<", 43]}),
        size({"anything-but": [1, 2]}),
        detail(ip=[{"cidr": "10.0.0.0/16"}]),
        detail(none=[None]),
        detail(flag=[True]),
        detail(tags=["b"]),
        detail(tags=[{"exists": True}]),
        detail(nothing=[{"exists": False}]),
        detail(nothing={"deeper": [{"exists": False}]}),
        detail(rows={"kind": ["x"], "n": [1]}),
        {"$or": [{"source": ["aws.ec2"]}, {"detail-type": ["Object Created"]}]},
        {"source": ["aws.s3"], "detail": {"$or": [{"flag": [False]}, {"ip": [{"prefix": "10."}]}]}},
    ],
    ids=json.dumps,
)
def test_matches(pattern: Any) -> None:
    assert matches(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ec2"]},
        {"source": ["aws.s3"], "detail": {"bucket": {"name": ["bikes"]}}},
        {"nothing": ["x"]},
        key({"prefix": "RAW/"}),
        key({"suffix": ".csv"}),
        key({"wildcard": "raw/*.json"}),
        key({"anything-but": ["raw/cars.CSV"]}),
        key({"anything-but": {"prefix": ["tmp/", "raw/"]}}),
        key({"anything-but": {"wildcard": "*.CSV"}}),
        key({"exists": False}),
        size("42"),
        size({"numeric": [">", 42]}),
        size({"numeric": [">", 0, "<", 42]}),
        detail(ip=[{"cidr": "10.1.0.0/16"}]),
        detail(ip=[{"numeric": ["=", 1]}]),
        detail(none=["null"]),
        detail(flag=[1]),
        detail(nothing=[{"anything-but": "x"}]),
        detail(nothing=[{"exists": True}]),
        detail(empty=[{"exists": True}]),
        detail(bucket=[{"exists": True}]),
        detail(rows={"kind": ["x"], "n": [2]}),
        {"$or": [{"source": ["aws.ec2"]}, {"detail-type": ["Object Deleted"]}]},
    ],
    ids=json.dumps,
)
def test_does_not_match(pattern: Any) -> None:
    assert not matches(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("not json", "Unexpected character"),
        ("[]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"source": "aws.s3"}', '"source" must be an object or an array'),
        ('{"source": []}', "Empty arrays are not allowed"),
        ('{"source": [["x"]]}', "must be String, number, true, false, or null"),
        ('{"source": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"source": [{"starts": "x"}]}', "Unrecognized match type starts"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed"),
        ('{"source": [{"exists": "yes"}]}', "either true or false"),
        ('{"source": [{"numeric": ["~", 1]}]}', "Unrecognized numeric range operator"),
        ('{"source": [{"numeric": [">", 5, "<", 1]}]}', "Bottom must be less than top"),
        ('{"source": [{"cidr": "10.0.0.0/99"}]}', "Malformed CIDR"),
        ('{"source": [{"wildcard": "a**b"}]}', "Consecutive wildcard"),
        ('{"source": [{"anything-but": []}]}', "Empty arrays"),
        ('{"source": [{"anything-but": {"numeric": ["=", 1]}}]}', "accepts one of"),
        ('{"$or": [{"source": ["x"]}]}', "at least two"),
    ],
)
def test_refuses_a_pattern_and_says_why(pattern: str, reason: str) -> None:
    with pytest.raises(AwsError) as error:
        compile_pattern(pattern)
    assert error.value.code == "InvalidEventPatternException"
    assert "Event pattern is not valid. Reason: " in error.value.message
    assert reason in error.value.message


SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab*\\", max_size=4)


@given(value=SCALARS, other=SCALARS)
def test_an_exact_value_matches_itself_alone(value: Any, other: Any) -> None:
    is_same = value == other and isinstance(value, bool) == isinstance(other, bool)
    assert matches({"detail": {"v": [value]}}, {"detail": {"v": other}}) == is_same


@given(text=st.text("ab*\\", max_size=6))
def test_a_wildcard_with_every_star_escaped_is_the_text_itself(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("*", "\\*")
    assert matches({"detail": {"v": [{"wildcard": escaped}]}}, {"detail": {"v": text}})
    assert not matches({"detail": {"v": [{"wildcard": escaped}]}}, {"detail": {"v": text + "c"}})
