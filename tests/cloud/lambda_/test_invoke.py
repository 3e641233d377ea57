"""Invoke: what a handler sees, and what its caller gets when it answers, fails, hangs or dies."""

import base64
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.lambda_.packages import create, invoke, package


def test_answers_with_what_the_handler_returns(cloud: Cloud) -> None:
    create(cloud, "doubles", "def handler(event, context): return {'twice': event['n'] * 2, 'é': 'ü'}")
    assert invoke(cloud, "doubles", {"n": 21}) == {
        "StatusCode": 200,
        "ExecutedVersion": "$LATEST",
        "Payload": {"twice": 42, "é": "ü"},
    }


def test_the_http_front_answers_the_same(cloud: Cloud, aws: Any) -> None:
    create(cloud, "over-http", "def handler(event, context): return event")
    answer = aws("lambda").invoke(FunctionName="over-http", Payload=b'{"a": [1, 2]}')
    assert (answer["StatusCode"], json.loads(answer["Payload"].read())) == (200, {"a": [1, 2]})


def test_the_context_says_who_is_called(cloud: Cloud) -> None:
    source = """
        def handler(event, context):
            left = context.get_remaining_time_in_millis()
            return [context.function_name, context.function_version, context.invoked_function_arn,
                    context.memory_limit_in_mb, context.log_group_name, len(context.aws_request_id),
                    0 < left <= 7000]
    """
    create(cloud, "contextual", source, Timeout=7, MemorySize=256)
    assert invoke(cloud, "contextual")["Payload"] == [
        "contextual",
        "$LATEST",
        "arn:aws:lambda:us-east-1:123456789012:function:contextual",
        "256",
        "/aws/lambda/contextual",
        36,
        True,
    ]


def test_the_environment_holds_the_functions_variables_and_nothing_of_the_host(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST_SECRET", "x")
    source = "import os\ndef handler(event, context): return dict(os.environ)"
    create(cloud, "environment", source, Environment={"Variables": {"TABLE": "cars"}})
    seen = invoke(cloud, "environment")["Payload"]
    assert seen["TABLE"] == "cars"
    assert seen["AWS_ENDPOINT_URL"] == cloud.endpoint_url
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "environment"
    assert seen["AWS_ACCESS_KEY_ID"] != cloud.keyring.owner.access_key_id
    assert seen["HOME"] != os.environ["HOME"]
    assert "HOST_SECRET" not in seen


@pytest.mark.parametrize("module", ["pydantic", "stepmill", "numpy", "moto", "yaml"])
def test_a_handler_cannot_import_what_its_package_lacks(cloud: Cloud, module: str) -> None:
    create(cloud, f"imports-{module}", f"import {module}\ndef handler(event, context): return 1")
    answer = invoke(cloud, f"imports-{module}")
    assert (answer["FunctionError"], answer["Payload"]["errorType"], answer["Payload"]["errorMessage"]) == (
        "Unhandled",
        "Runtime.ImportModuleError",
        f"Unable to import module 'handler': No module named '{module}'",
    )


def test_a_handler_calls_the_cloud_with_boto3_as_its_role(cloud: Cloud) -> None:
    source = """
        import boto3
        def handler(event, context):
            return boto3.client("sts").get_caller_identity()["Arn"]
    """
    create(cloud, "calls-back", source, Timeout=30, MemorySize=512)
    assert "function-role" in invoke(cloud, "calls-back")["Payload"]


def test_layers_are_on_the_path_in_their_python_folder(cloud: Cloud) -> None:
    content = {"ZipFile": package("FACTOR = 3", "python/shared/__init__.py")}
    layer = cloud.call("lambda", "PublishLayerVersion", {"LayerName": "shared", "Content": content})
    source = "from shared import FACTOR\ndef handler(event, context): return event * FACTOR"
    create(cloud, "layered", source, Layers=[layer["LayerVersionArn"]])
    assert invoke(cloud, "layered", 5)["Payload"] == 15


def test_warm_calls_reuse_the_process_and_calls_at_once_do_not_share_it(cloud: Cloud) -> None:
    source = """
        import os, time
        def handler(event, context):
            time.sleep(event)
            return os.getpid()
    """
    create(cloud, "pids", source)
    assert invoke(cloud, "pids", 0)["Payload"] == invoke(cloud, "pids", 0)["Payload"]
    with ThreadPoolExecutor() as threads:
        pids = list(threads.map(lambda _: invoke(cloud, "pids", 0.5)["Payload"], range(3)))
    assert len(set(pids)) == 3


def test_calls_beyond_the_reserved_concurrency_are_throttled(cloud: Cloud) -> None:
    source = "import time\ndef handler(event, context): time.sleep(1)"
    create(cloud, "narrow", source)
    cloud.call(
        "lambda", "PutFunctionConcurrency", {"FunctionName": "narrow", "ReservedConcurrentExecutions": 0}
    )
    with pytest.raises(AwsError) as caught:
        invoke(cloud, "narrow")
    assert (caught.value.code, caught.value.status, caught.value.message) == (
        "TooManyRequestsException",
        429,
        "Rate Exceeded.",
    )
    cloud.call("lambda", "DeleteFunctionConcurrency", {"FunctionName": "narrow"})
    assert invoke(cloud, "narrow")["StatusCode"] == 200


def test_new_code_and_configuration_take_effect_at_once(cloud: Cloud) -> None:
    create(cloud, "changing", "import os\ndef handler(event, context): return [1, os.environ.get('A')]")
    assert invoke(cloud, "changing")["Payload"] == [1, None]
    new = package("import os\ndef handler(event, context): return [2, os.environ.get('A')]")
    cloud.call("lambda", "UpdateFunctionCode", {"FunctionName": "changing", "ZipFile": new})
    assert invoke(cloud, "changing")["Payload"] == [2, None]
    variables = {"FunctionName": "changing", "Environment": {"Variables": {"A": "b"}}}
    cloud.call("lambda", "UpdateFunctionConfiguration", variables)
    assert invoke(cloud, "changing")["Payload"] == [2, "b"]


def test_a_published_version_keeps_its_code(cloud: Cloud) -> None:
    create(cloud, "versioned", "def handler(event, context): return 1", Publish=True)
    new = package("def handler(event, context): return 2")
    cloud.call("lambda", "UpdateFunctionCode", {"FunctionName": "versioned", "ZipFile": new})
    alias = {"FunctionName": "versioned", "Name": "live", "FunctionVersion": "1"}
    cloud.call("lambda", "CreateAlias", alias)
    answers = [invoke(cloud, "versioned", Qualifier=name)["Payload"] for name in ("$LATEST", "1", "live")]
    assert answers == [2, 1, 1]


def test_the_log_has_aws_lines_and_the_tail_shows_them(cloud: Cloud) -> None:
    source = """
        import logging
        def handler(event, context):
            print("hello")
            logging.getLogger().warning("careful")
    """
    create(cloud, "logs", source)
    answer = invoke(cloud, "logs", LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert [line.split(" ")[0].split("\t")[0] for line in tail] == [
        "START",
        "hello",
        "[WARNING]",
        "END",
        "REPORT",
    ]
    assert "Init Duration" in tail[-1]
    assert tail[2].endswith("\tcareful")
    events = cloud.call("logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/logs"})["events"]
    assert [event["message"].rstrip("\n") for event in events] == tail


def test_a_log_without_end_is_cut_and_the_answer_still_comes(cloud: Cloud) -> None:
    source = """
        def handler(event, context):
            for number in range(event):
                print("x" * 100_000)
            return "done"
    """
    create(cloud, "talks", source, Timeout=30)
    assert invoke(cloud, "talks", 400)["Payload"] == "done"
    events = cloud.call("logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/talks", "limit": 10_000})[
        "events"
    ]
    assert 100 < len(events) < 200


def test_a_dry_run_runs_nothing(cloud: Cloud) -> None:
    create(cloud, "dry", "raise RuntimeError")
    assert invoke(cloud, "dry", InvocationType="DryRun") == {"StatusCode": 204, "Payload": None}


def test_refuses_a_payload_over_the_limit(cloud: Cloud) -> None:
    create(cloud, "big", "def handler(event, context): return len(event)")
    assert invoke(cloud, "big", "x" * 6_291_454)["Payload"] == 6_291_454
    for kind, size in (("RequestResponse", 6_291_455), ("Event", 1_048_575)):
        with pytest.raises(AwsError) as caught:
            invoke(cloud, "big", "x" * size, InvocationType=kind)
        assert (caught.value.code, caught.value.status) == ("RequestTooLargeException", 413)


def test_an_answer_over_the_limit_is_an_error(cloud: Cloud) -> None:
    create(cloud, "answers-big", "def handler(event, context): return 'x' * 6_291_560")
    assert invoke(cloud, "answers-big")["Payload"]["errorType"] == "Function.ResponseSizeTooLarge"


def test_refuses_a_payload_that_is_no_json(cloud: Cloud) -> None:
    create(cloud, "strict", "def handler(event, context): return event")
    with pytest.raises(AwsError) as caught:
        cloud.call("lambda", "Invoke", {"FunctionName": "strict", "Payload": b"{"})
    assert caught.value.code == "InvalidRequestContentException"


def test_an_unknown_function_is_not_found(cloud: Cloud) -> None:
    with pytest.raises(AwsError) as caught:
        invoke(cloud, "nobody")
    assert (caught.value.code, caught.value.status, caught.value.message) == (
        "ResourceNotFoundException",
        404,
        "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody",
    )


def test_workers_end_with_the_cloud(tmp_path: Path) -> None:
    cloud = Cloud.start(tmp_path / "root", port=0)
    try:
        create(cloud, "lives", "import os\ndef handler(event, context): return os.getpid()")
        pid = invoke(cloud, "lives")["Payload"]
        assert Path(f"/proc/{pid}").exists()
    finally:
        cloud.close()
    assert not Path(f"/proc/{pid}").exists() or sys.platform != "linux"
