import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from millkit.errors import DataError
from millkit.hyperparameters import InputInvalid
from millkit.storage import ObjectMissing

from functions.check_rows.handler import handler

SCHEMA = {"columns": [{"name": "Mileage", "type": "numeric"}, {"name": "Make", "type": "categorical"}]}
Put = Callable[..., dict[str, str]]


@pytest.fixture
def put(s3: Any) -> Put:
    """Write a file of rows and the schema; the answer is the function's input."""

    def write(content: str, name: str = "cars.csv", step: str = "none", after: str = "none") -> Any:
        s3.put_object(Bucket="artifacts", Key=f"scoring/{name}", Body=content.encode())
        s3.put_object(Bucket="artifacts", Key="features.json", Body=json.dumps(SCHEMA).encode())
        return {
            "data_uri": "s3://artifacts/scoring/",
            "schema_uri": "s3://artifacts/features.json",
            "preprocess_step": step,
            "postprocess_step": after,
        }

    return write


def test_rows_with_the_models_columns_are_fine_corrupt_or_not(put: Any) -> None:
    given = put("Colour,Make,Mileage\nred,Saab,many\nx\n")
    assert handler(given, None) == {"files": 1, "size_bytes": 36}


def test_files_may_differ_in_columns_that_the_model_does_not_take(put: Any) -> None:
    put("Make,Mileage\nSaab,1\n", "a.csv")
    assert handler(put("Mileage,Make,Note\n1,Saab,x\n", "b.csv"), None) == {"files": 2, "size_bytes": 47}


def test_a_lost_column_is_named_before_any_job(put: Any) -> None:
    with pytest.raises(DataError) as caught:
        handler(put("Make,mileage\nSaab,1\n"), None)
    assert str(caught.value) == (
        "cars.csv: row 1, column Mileage: is not there; give all columns that the model was trained with: "
        "Mileage, Make"
    )


@pytest.mark.usefixtures("deployed_steps")
def test_a_step_may_make_the_column_that_is_not_there(put: Any) -> None:
    assert handler(put("Make\nSaab\n", step="tidy_texts"), None) == {"files": 1, "size_bytes": 10}


@pytest.mark.usefixtures("deployed_steps")
def test_the_step_of_the_models_training_may_make_it_too(put: Any, s3: Any) -> None:
    given = put("Make\nSaab\n", step="as_trained")
    with pytest.raises(DataError, match="column Mileage: is not there"):
        handler(given, None)
    schema = json.dumps({**SCHEMA, "step": "tidy_texts"}).encode()
    s3.put_object(Bucket="artifacts", Key="features.json", Body=schema)
    assert handler(given, None) == {"files": 1, "size_bytes": 10}


@pytest.mark.usefixtures("deployed_steps")
@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            {"step": "tidy_text"},
            "preprocess_step: step 'tidy_text': is not known (did you mean 'tidy_texts'?); give none or tidy",
        ),
        ({"after": "tidy_texts"}, "postprocess_step: step 'tidy_texts': has no function after; write it"),
    ],
    ids=["unknown", "for another place"],
)
def test_a_step_that_was_not_deployed_is_refused_before_any_job(
    put: Any, steps: dict[str, str], said: str
) -> None:
    with pytest.raises(InputInvalid, match=f"^input.{re.escape(said)}"):
        handler(put("Make,Mileage\nSaab,1\n", **steps), None)


@pytest.mark.usefixtures("deployed_steps")
def test_a_model_whose_step_is_no_longer_deployed_is_refused(put: Any, s3: Any) -> None:
    given = put("Make\nSaab\n", step="as_trained")
    schema = json.dumps({**SCHEMA, "step": "city"}).encode()
    s3.put_object(Bucket="artifacts", Key="features.json", Body=schema)
    with pytest.raises(
        InputInvalid, match=r"^input\.preprocess_step: step 'city': is not known; give none or"
    ):
        handler(given, None)


@pytest.mark.parametrize("content", ["Make,Mileage\n", "Make,Mileage", "Make,Mileage\n\n"])
def test_a_file_without_rows_is_refused(put: Any, content: str) -> None:
    with pytest.raises(DataError, match=r"^cars\.csv: row 2: has a header but no data rows; "):
        handler(put(content), None)


@pytest.mark.parametrize("name", ["cars.txt", "cars.csv.gz"])
def test_what_is_no_table_is_refused(put: Any, name: str) -> None:
    with pytest.raises(DataError, match=r"there is no file that ends in \.csv; upload CSV files"):
        handler(put("Make,Mileage\n1,2\n", name), None)


def test_a_place_without_anything_is_refused(put: Any) -> None:
    given = put("Make,Mileage\n1,2\n") | {"data_uri": "s3://artifacts/nothing/"}
    with pytest.raises(ObjectMissing, match=r"^s3://artifacts/nothing/: there is no object; "):
        handler(given, None)
