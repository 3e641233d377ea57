"""The inside of a Lambda worker: run by path with a bare interpreter, `python -I -S bootstrap.py <fd>`.

Over the socket `fd` come frames (4 bytes of length, then JSON). First the set-up, answered with `ready` or an
error; then one frame per invocation, answered with `result` or an error. The module path holds the function's
code, its layers, the standard library and the AWS SDK, so what is missing in the package is missing here.
"""

import importlib
import json
import logging
import os
import resource
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

MOST_RESULT_BYTES = 6_291_556
END_OF_LOG = "\0end\0"


class Context:
    """What AWS's Python runtime gives a handler as its second argument."""

    def __init__(self, invocation: dict[str, Any]) -> None:
        self.aws_request_id: str = invocation["id"]
        self.invoked_function_arn: str = invocation["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.client_context = invocation["client_context"]
        self.identity = None
        self._ends_s = time.monotonic() + invocation["timeout_s"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends_s - time.monotonic()) * 1000))

    def log(self, message: str) -> None:
        sys.stdout.write(str(message))


class RequestIds(logging.Filter):
    request_id = ""

    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self.request_id
        return True


class InitError(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def read_frame(control: socket.socket) -> dict[str, Any] | None:
    head = read_exactly(control, 4)
    if head is None:
        return None
    body = read_exactly(control, struct.unpack(">I", head)[0])
    return None if body is None else json.loads(body)


def read_exactly(control: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        piece = control.recv(size - len(data))
        if not piece:
            return None
        data += piece
    return bytes(data)


def write_frame(control: socket.socket, frame: dict[str, Any]) -> None:
    """The log up to here is flushed and marked first: who reads the answer has the whole log."""
    sys.stderr.flush()
    sys.stdout.write(END_OF_LOG + "\n")
    sys.stdout.flush()
    frame["memory_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = json.dumps(frame).encode()
    control.sendall(struct.pack(">I", len(data)) + data)


def load_handler(name: str) -> Callable[[Any, Any], Any]:
    module_name, dot, function = name.rpartition(".")
    if not dot:
        raise InitError(
            "Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack (expected 2)"
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise InitError(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    except SyntaxError as error:
        raise InitError(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}"
        ) from error
    handler: Callable[[Any, Any], Any] | None = getattr(module, function, None)
    if handler is None:
        raise InitError("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module_name}'")
    return handler


def error_frame(error: BaseException, kind: str | None = None) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__ and "importlib" not in frame.filename]
    body = {
        "errorMessage": str(error),
        "errorType": kind or type(error).__name__,
        "requestId": RequestIds.request_id,
        "stackTrace": traceback.format_list(own),
    }
    sys.stdout.write(
        f"[ERROR] {body['errorType']}: {body['errorMessage']}\nTraceback (most recent call last):\n"
    )
    sys.stdout.write("".join(traceback.format_list(own)))
    return {"kind": "error", "body": json.dumps(body, ensure_ascii=False)}


def invoke(handler: Callable[[Any, Any], Any], invocation: dict[str, Any]) -> dict[str, Any]:
    RequestIds.request_id = invocation["id"]
    try:
        event = json.loads(invocation["payload"])
        result = handler(event, Context(invocation))
    except MemoryError:
        os.kill(os.getpid(), signal.SIGKILL)  # as AWS's out-of-memory killer does
        raise
    except Exception as error:  # noqa: BLE001  whatever the handler raises is its answer
        return error_frame(error)
    try:
        body = json.dumps(result, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        return error_frame(TypeError(f"Unable to marshal response: {error}"), "Runtime.MarshalError")
    if len(body.encode("utf-8", "surrogatepass")) > MOST_RESULT_BYTES:
        message = f"Response payload size exceeded maximum allowed payload size ({MOST_RESULT_BYTES} bytes)."
        return error_frame(ValueError(message), "Function.ResponseSizeTooLarge")
    return {"kind": "result", "body": body}


def set_up_logging() -> None:
    output = logging.StreamHandler(sys.stdout)
    form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    formatter = logging.Formatter(form, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    output.setFormatter(formatter)
    output.addFilter(RequestIds())
    logging.getLogger().addHandler(output)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(control.fileno(), False)
    setup = read_frame(control)
    if setup is None:
        return
    standard_library = list(sys.path)
    sys.path[:] = [*setup["paths"], *standard_library, setup["runtime"]]
    sys.argv = [setup["handler"]]
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    resource.setrlimit(resource.RLIMIT_AS, (setup["address_space_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    set_up_logging()
    try:
        handler = load_handler(setup["handler"])
    except InitError as error:
        write_frame(control, error_frame(error.__cause__ or error, error.kind) | {"message": str(error)})
        return
    except Exception as error:  # noqa: BLE001  whatever the module raises while it is imported
        write_frame(control, error_frame(error))
        return
    write_frame(control, {"kind": "ready"})
    while (invocation := read_frame(control)) is not None:
        write_frame(control, invoke(handler, invocation))


if __name__ == "__main__":
    main()
