"""What is made of the verdicts of independent judges; the judges here are lines of Python."""

import sys

import pytest

from tests.judges.judge import FAULTY, complaints, filled

READS = "import json, sys; states = json.load(open(sys.argv[-1]))['States']; "
FAIR = READS + "sys.exit('B' not in states and 'C' not in states)"
GOOD = {"StartAt": "C", "States": {"C": {"Type": "Succeed"}}}


def judge(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


def test_fills_every_token_as_a_deployment_would() -> None:
    text = "arn:${Partition}:states:::sns:publish ${AlertsTopicArn} ${NamePrefix}"

    assert filled(text) == (
        "arn:aws:states:::sns:publish arn:aws:service:us-east-1:123456789012:AlertsTopicArn NamePrefix"
    )


def test_has_no_complaint_of_a_machine_that_a_fair_judge_accepts() -> None:
    assert complaints({"fair": judge(FAIR)}, {"good": GOOD}) == []


def test_tells_what_a_judge_says_against_a_machine() -> None:
    bad = FAULTY["no state of that name"]

    assert complaints({"fair": judge("print('no B'); " + FAIR)}, {"bad": bad}) == [
        "bad: fair refuses it: no B"
    ]


def test_complains_of_a_judge_that_accepts_everything() -> None:
    assert complaints({"kind": judge("")}, {"good": GOOD}) == [
        f"kind: accepts {fault}; it is no judge as it is installed" for fault in FAULTY
    ]


@pytest.mark.parametrize("program", ["import nothing_of_that_name", "raise SystemExit(2)"])
def test_raises_when_a_judge_gives_up(program: str) -> None:
    with pytest.raises(RuntimeError, match=r"gave up on machine\.asl\.json"):
        complaints({"broken": judge(program)}, {"good": GOOD})
