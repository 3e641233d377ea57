from dataclasses import dataclass

import pytest
from millkit import environment


@dataclass(frozen=True)
class Settings:
    topic_arn: str
    lock_table: str
    model_bucket: str


def test_fills_each_field_from_the_variable_of_its_name() -> None:
    environ = {"TOPIC_ARN": "t", "LOCK_TABLE": "l", "MODEL_BUCKET": "m", "HOME": "/"}
    assert environment.read(Settings, "stacks/x.yaml", environ) == Settings("t", "l", "m")


def test_names_all_missing_and_empty_variables_at_once() -> None:
    with pytest.raises(environment.EnvironmentIncomplete) as caught:
        environment.read(Settings, "stacks/tabular.yaml", {"LOCK_TABLE": "l", "MODEL_BUCKET": ""})
    assert str(caught.value) == "environment lacks TOPIC_ARN, MODEL_BUCKET; set them in stacks/tabular.yaml"
