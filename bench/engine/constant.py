"""A server that knows its answers beforehand: what the client's own work takes of each figure.

Run: python -m bench.engine.constant PORT
"""

import asyncio
import json
import sys

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:constant"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:constant:constant"
ANSWERS = {
    "CreateStateMachine": {"stateMachineArn": MACHINE, "creationDate": 1.5},
    "StartExecution": {"executionArn": EXECUTION, "startDate": 1.5},
    "DescribeExecution": {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "name": "constant",
        "status": "SUCCEEDED",
        "startDate": 1.5,
        "stopDate": 2.5,
        "input": "{}",
        "inputDetails": {"included": True},
        "output": "{}",
        "outputDetails": {"included": True},
    },
}


def response(operation: str) -> bytes:
    body = json.dumps(ANSWERS[operation]).encode()
    kind = b"application/x-amz-json-1.0"
    return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (kind, len(body), body)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    responses = {operation: response(operation) for operation in ANSWERS}
    try:
        while True:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            await reader.readexactly(int(headers.get("content-length", 0)))
            writer.write(responses[headers["x-amz-target"].rpartition(".")[2]])
    except asyncio.IncompleteReadError:
        writer.close()


async def main(port: int) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
