import json

import pytest
from millkit import log


def test_an_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    log.info("started", execution_arn="a\nb", count=2)
    log.error("failed", reason="ü")
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"level": "INFO", "event": "started", "execution_arn": "a\nb", "count": 2},
        {"level": "ERROR", "event": "failed", "reason": "ü"},
    ]
