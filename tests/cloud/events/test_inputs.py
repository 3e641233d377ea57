import json
from typing import Any

import pytest

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.events.inputs import check_target, make_input

RULE = "arn:aws:events:us-east-1:123456789012:rule/r"
EVENT = {
    "version": "0",
    "id": "7bf73129",
    "source": "app",
    "detail": {"name": 'say "hi"\n', "n": 5, "ok": True, "list": [1, {"a": "b"}], "with-dash": "d"},
}


def given(**target: Any) -> str:
    target = {"Id": "t", "Arn": "arn:aws:sqs:us-east-1:123456789012:q", **target}
    check_target(target)
    return make_input(target, EVENT, RULE, 1_800_000_000.5)


def transformed(template: str, **paths: str) -> str:
    return given(InputTransformer={"InputPathsMap": paths, "InputTemplate": template})


def test_without_input_fields_the_whole_event_is_given() -> None:
    assert json.loads(given()) == EVENT


def test_a_constant_is_given_as_it_is_written() -> None:
    assert given(Input='{"a":  1}') == '{"a":  1}'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", EVENT),
        ("$.detail", EVENT["detail"]),
        ("$.detail.n", 5),
        ("$.detail.list[1].a", "b"),
        ("$.detail.with-dash", "d"),
        ("$['detail']['n']", 5),
        ("$.detail.list[*]", [1, {"a": "b"}]),
        ("$.nothing.there", None),
    ],
)
def test_a_path_gives_its_part(path: str, expected: Any) -> None:
    assert json.loads(given(InputPath=path)) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('"<n> is a number and <name>"', '5 is a number and say "hi"\n'),
        (
            '{"value": <n>, "text": <name>, "all": <list>}',
            {"value": 5, "text": 'say "hi"\n', "all": [1, {"a": "b"}]},
        ),
        ('{"text": "n=<n>, ok=<ok>"}', {"text": "n=5, ok=true"}),
        ('{"quote": "a \\"<n>\\" b"}', {"quote": 'a "5" b'}),
        ('{"missing": "[<gone>]", "empty": <gone>}', {"missing": "[]", "empty": ""}),
        ('{"rule": <aws.events.rule-arn>}', {"rule": RULE}),
        ('"<aws.events.rule-name>"', "r"),
        ('{"whole": <aws.events.event.json>}', {"whole": EVENT}),
        (
            '{"event": <aws.events.event>}',
            {"event": {name: value for name, value in EVENT.items() if name != "detail"}},
        ),
        ('{"at": <aws.events.event.ingestion-time>}', {"at": "2027-01-15T08:00:00.500Z"}),
    ],
)
def test_a_template_is_filled_from_its_paths(template: str, expected: Any) -> None:
    made = transformed(
        template,
        n="$.detail.n",
        name="$.detail.name",
        list="$.detail.list",
        ok="$.detail.ok",
        gone="$.detail.gone",
    )
    assert json.loads(made) == expected


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({"Input": "{"}, "Input for target t is not JSON"),
        ({"Input": "{}", "InputPath": "$"}, "Only one of"),
        ({"InputPath": "detail"}, "Invalid JSON path 'detail'"),
        ({"InputPath": "$.a["}, "Invalid JSON path"),
        (
            {"InputTransformer": {"InputTemplate": '"<unknown>"'}},
            "names unknown, which InputPathsMap does not define",
        ),
        ({"InputTransformer": {"InputTemplate": "{no json}"}}, "does not make JSON"),
    ],
)
def test_refuses_what_could_only_fail_at_delivery(target: dict[str, Any], reason: str) -> None:
    with pytest.raises(AwsError, match="ValidationException") as error:
        given(**target)
    assert reason in error.value.message
