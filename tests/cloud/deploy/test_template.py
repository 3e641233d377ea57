import pytest

from stepmill.cloud.deploy.errors import TemplateError
from stepmill.cloud.deploy.template import parse

MINIMAL = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\n"


def test_reads_every_short_form_as_its_long_form() -> None:
    text = """
    Resources:
      One:
        Type: T
        Properties:
          A: !Ref X
          B: !GetAtt X.Outputs.Name
          C: !Sub ["${a}", {a: !Ref X}]
          D: !If [Big, !Join ["-", [a, b]], !Ref "AWS::NoValue"]
          E: !Base64 text
    """
    assert parse(text)["Resources"]["One"]["Properties"] == {
        "A": {"Ref": "X"},
        "B": {"Fn::GetAtt": ["X", "Outputs.Name"]},
        "C": {"Fn::Sub": ["${a}", {"a": {"Ref": "X"}}]},
        "D": {"Fn::If": ["Big", {"Fn::Join": ["-", ["a", "b"]]}, {"Ref": "AWS::NoValue"}]},
        "E": {"Fn::Base64": "text"},
    }


def test_keeps_a_policy_version_as_text() -> None:
    assert parse(MINIMAL + "Metadata: {Version: 2012-10-17}")["Metadata"] == {"Version": "2012-10-17"}


def test_reads_json() -> None:
    assert parse('{"Resources": {"A": {"Type": "T"}}}') == {"Resources": {"A": {"Type": "T"}}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources: {A: !Reff B}", "t.yaml: line 1: !Reff is no function of CloudFormation"),
        ("Resources:\n  A: {Type: T}\n  A: {Type: T}", "t.yaml: line 3: key 'A' is there twice"),
        ("Parameters: {}", "t.yaml: Resources is missing; a template declares at least one resource"),
    ],
)
def test_refuses_what_is_no_template_with_its_line(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as refused:
        parse(text, "t.yaml")
    assert refused.value.problems == [message]
