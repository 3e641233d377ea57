"""Invoke: what the caller gets when a handler raises, cannot be loaded, hangs or dies."""

from pathlib import Path

import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.lambda_.packages import create, invoke


def test_an_error_of_the_handler_is_its_answer(cloud: Cloud) -> None:
    source = (
        "class NoCandidate(Exception): pass\ndef handler(event, context): raise NoCandidate('all above 3000')"
    )
    create(cloud, "raises", source)
    answer = invoke(cloud, "raises")
    assert answer["FunctionError"] == "Unhandled"
    assert (answer["Payload"]["errorType"], answer["Payload"]["errorMessage"]) == (
        "NoCandidate",
        "all above 3000",
    )
    assert "raise NoCandidate" in answer["Payload"]["stackTrace"][0]


@pytest.mark.parametrize(
    ("handler", "source", "kind"),
    [
        ("handler.absent", "x = 1", "Runtime.HandlerNotFound"),
        ("handler", "x = 1", "Runtime.MalformedHandlerName"),
        ("handler.handler", "def handler(:", "Runtime.UserCodeSyntaxError"),
        ("elsewhere.handler", "x = 1", "Runtime.ImportModuleError"),
    ],
)
def test_a_handler_that_cannot_be_loaded_says_why(cloud: Cloud, handler: str, source: str, kind: str) -> None:
    name = kind.replace(".", "-")
    create(cloud, name, source, Handler=handler)
    assert invoke(cloud, name)["Payload"]["errorType"] == kind


def test_what_is_no_json_is_a_marshal_error(cloud: Cloud) -> None:
    create(cloud, "unmarshalled", "def handler(event, context): return {1, 2}")
    assert invoke(cloud, "unmarshalled")["Payload"]["errorType"] == "Runtime.MarshalError"


def test_a_handler_over_its_time_is_killed_and_the_next_call_starts_anew(cloud: Cloud) -> None:
    source = """
        import os, time
        def handler(event, context):
            if event == "hang":
                time.sleep(60)
            return os.getpid()
    """
    create(cloud, "hangs", source, Timeout=1)
    first = invoke(cloud, "hangs")["Payload"]
    answer = invoke(cloud, "hangs", "hang")
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Sandbox.Timedout"
    assert answer["Payload"]["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert not Path(f"/proc/{first}").exists()
    assert invoke(cloud, "hangs")["Payload"] != first


@pytest.mark.parametrize(
    ("source", "ending"),
    [
        ("import os\ndef handler(event, context): os._exit(7)", "exit status 7"),
        ("import sys\ndef handler(event, context): sys.exit(1)", "exit status 1"),
        ("import os\ndef handler(event, context): os.kill(os.getpid(), 9)", "signal: killed"),
        ("def handler(event, context): return len(bytearray(2 << 30))", "signal: killed"),
    ],
    ids=["exit", "sys_exit", "kill", "out_of_memory"],
)
def test_a_handler_that_dies_is_an_exit_error(
    cloud: Cloud, source: str, ending: str, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    create(cloud, name, source)
    answer = invoke(cloud, name)
    assert answer["Payload"]["errorType"] == "Runtime.ExitError"
    assert answer["Payload"]["errorMessage"].endswith(f"Error: Runtime exited with error: {ending}")
