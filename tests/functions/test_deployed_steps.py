"""CheckData refuses a step that was not deployed with the functions; CheckRows does so in its own tests."""

from pathlib import Path
from typing import Any

import pytest
from millkit.hyperparameters import InputInvalid

from functions.check_data.handler import CheckDataInput
from functions.check_data.handler import handler as check_data


def given(step: str) -> CheckDataInput:
    return {
        "data_uri": "s3://artifacts/data/",
        "target": "Price",
        "objects_uri": "s3://artifacts/training/1/data",
        "listed_sha256": None,
        "preprocess_step": step,
        "settings": None,
    }


def upload(s3: Any) -> None:
    s3.put_object(Bucket="artifacts", Key="data/a.csv", Body=b"Price,Make\n1,Saab\n2,Audi\n")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("tidy_text", "step 'tidy_text': is not known (did you mean 'tidy_texts'?); give none or tidy_texts"),
        ("not_negative", "step 'not_negative': has no function before; write it, or give another step"),
    ],
)
def test_a_step_that_was_not_deployed_is_refused_before_any_job(
    deployed_steps: Path, s3: Any, step: str, said: str
) -> None:
    assert deployed_steps.is_dir()
    upload(s3)
    with pytest.raises(InputInvalid) as refused:
        check_data(given(step), None)
    assert str(refused.value) == f"input.preprocess_step: {said}"


@pytest.mark.parametrize("step", ["none", "tidy_texts"])
def test_a_step_that_was_deployed_is_taken(deployed_steps: Path, s3: Any, step: str) -> None:
    assert deployed_steps.is_dir()
    upload(s3)
    assert check_data(given(step), None)["files"] == 1


def test_without_the_layer_no_step_is_known(s3: Any) -> None:
    upload(s3)
    with pytest.raises(InputInvalid, match=r"'tidy_texts': is not known; give none$"):
        check_data(given("tidy_texts"), None)
