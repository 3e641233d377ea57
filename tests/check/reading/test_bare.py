"""CloudFormation's functions in a definition that lies in a file of its own."""

from typing import Any

import pytest

from stepmill.check.reading.bare import without_calls


@pytest.mark.parametrize(
    ("call", "token"),
    [
        ({"Fn::GetAtt": ["Hello", "Arn"]}, "${Hello.Arn}"),
        ({"Fn::GetAtt": "Hello.Arn"}, "${Hello.Arn}"),
        (
            {"Fn::Sub": "arn:${AWS::Partition}:states:::sns:publish"},
            "arn:${AWS::Partition}:states:::sns:publish",
        ),
        ({"Fn::Sub": ["${A}-b", {"A": {"Ref": "C"}}]}, "${A}-b"),
        ({"Fn::Join": ["", ["a", {"Ref": "B"}]]}, "${Fn::Join}"),
        ({"Fn::If": [3, "a", "b"]}, "${Fn::If}"),
    ],
)
def test_a_function_is_a_token(call: dict[str, Any], token: str) -> None:
    assert without_calls({"States": {"A": {"Resource": call}}}) == {"States": {"A": {"Resource": token}}}


def test_a_reference_is_one_where_functions_stand_beside_it() -> None:
    data = {"Payload": [{"Ref": "Order"}]}
    assert without_calls(data) is data
    assert without_calls({**data, "Resource": {"Fn::GetAtt": ["A", "Arn"]}}) == {
        "Payload": ["${Order}"],
        "Resource": "${A.Arn}",
    }
