"""Policy documents decided as IAM decides them."""

from typing import Any

import pytest

from stepmill.cloud.iam.policy import Decision, Question, decide

PUT = Question("s3:PutObject", "arn:aws:s3:::cars/raw/a.csv", {"aws:PrincipalArn": "arn:aws:iam::1:role/R"})


def allow(**elements: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"} | elements]}


def deny(**elements: Any) -> dict[str, Any]:
    return {"Statement": {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"} | elements}


@pytest.mark.parametrize(
    ("documents", "decision"),
    [
        ([], Decision.NONE),
        ([allow()], Decision.ALLOW),
        ([allow(), deny()], Decision.DENY),
        ([deny(), allow()], Decision.DENY),
        ([allow(Action=["s3:GetObject", "s3:Put*"])], Decision.ALLOW),
        ([allow(Action="S3:putobject")], Decision.ALLOW),
        ([allow(Action="s3:PutObject?")], Decision.NONE),
        ([allow(Action="s3:GetObject")], Decision.NONE),
        ([allow(Resource="arn:aws:s3:::cars/*")], Decision.ALLOW),
        ([allow(Resource="arn:aws:s3:::cars")], Decision.NONE),
        ([allow(Resource="arn:aws:s3:::CARS/*")], Decision.NONE),
        ([allow(Resource=["arn:aws:s3:::x", "arn:aws:s3:::car?/raw/*.csv"])], Decision.ALLOW),
        ([allow(Resource="arn:aws:s3:::${aws:username}/*")], Decision.NONE),
        ([deny(Resource="arn:aws:s3:::${aws:username}/*"), allow()], Decision.ALLOW),
        ([deny(Action="s3:GetObject"), allow()], Decision.ALLOW),
        ([deny(Condition={"Bool": {"aws:SecureTransport": "false"}}), allow()], Decision.ALLOW),
        ([deny(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), allow()], Decision.DENY),
        ([allow(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], Decision.NONE),
        ([{"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}], Decision.ALLOW),
        ([{"Statement": [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}]}], Decision.NONE),
        (
            [{"Statement": [{"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::cars/*"}]}],
            Decision.NONE,
        ),
        (
            [{"Statement": [{"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::x/*"}]}],
            Decision.DENY,
        ),
    ],
)
def test_explicit_deny_wins_then_allow_then_nothing(
    documents: list[dict[str, Any]], decision: Decision
) -> None:
    assert decide(documents, PUT) is decision


def test_variables_are_filled_from_the_request() -> None:
    question = Question("s3:PutObject", "arn:aws:s3:::cars/anna/x", {"aws:username": "anna"})
    assert decide([allow(Resource="arn:aws:s3:::cars/${aws:username}/*")], question) is Decision.ALLOW


def test_a_variables_value_is_no_pattern_of_others() -> None:
    question = Question("s3:PutObject", "arn:aws:s3:::cars/*/x", {})
    assert decide([allow(Resource="arn:aws:s3:::cars/${*}/x")], question) is Decision.ALLOW
