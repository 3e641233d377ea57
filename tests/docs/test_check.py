"""docs/check.md shows what `stepmill check` prints."""

from pathlib import Path

import pytest

from stepmill.cli import main
from tests.docs.pages import ROOT, blocks

PRICE = """{
  "StartAt": "Price",
  "States": {
    "Price": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "price-order", "Payload": {"order.$": "$.order"}},
      "ResultSelector": {"total.$": "$.Payload.total"},
      "ResultPath": "$.price",
      "Next": "Charge"},
    "Charge": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "charge", "Payload": {"total.$": "$.price.totl"}},
      "End": true}
  }
}
"""


def test_the_finding_of_the_page_is_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("price.asl.json").write_text(PRICE)
    assert main(["check", "price.asl.json"]) == 1
    [shown] = [block.text for block in blocks(ROOT / "docs" / "check.md") if block.language == "text"]
    assert capsys.readouterr().out == shown
