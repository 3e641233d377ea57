"""Predict with models whose training had a step, and with a step after each model."""

from pathlib import Path
from typing import Any

import pytest
from millkit.asking import Steps

from tests.functions.endpoints import CAR, Api, SageMaker, each

STEPS = {
    "trips": """
def before(rows):
    for row in rows:
        made = {name: cell for name, cell in row.items() if name != "Km"}
        yield {**made, "Mileage": str(float(row["Km"]) * 2), "Make": row["Make"].strip()}
""",
    "double": """
def before(rows):
    for row in rows:
        yield {**row, "Mileage": str(float(row["Mileage"]) * 2)}
""",
    "spell": """
def before(rows):
    for row in rows:
        yield {**row, "Mileage": row["Mileage"].replace("many", "lots")}
""",
    "bare": "def before(rows):\n    for row in rows:\n        yield {'Make': row['Make']}\n",
    "counts": "def before(rows):\n    for row in rows:\n        yield {**row, 'Mileage': 5}\n",
    "heavy": "import no_such_package\n\ndef before(rows):\n    yield from rows\n",
    "halves": """
def after(rows):
    for row in rows:
        yield {**row, "prediction": str(float(row["prediction"]) / 2) if row["Make"] else "much"}
""",
    "picky": """
def after(rows):
    for row in rows:
        yield {**row, "prediction": {"Saab": "1"}[row["Make"]]}
""",
}
ROW = {"Mileage": 5, "Make": "Saab"}
RAW: dict[str, Any] = {"step": "trips", "uploaded": ["Km", "Make"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in STEPS.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


@pytest.fixture
def api(sagemaker: SageMaker, s3: Any, folder: Path) -> Api:
    return Api(sagemaker, s3, steps=Steps(folder))


def both(sagemaker: SageMaker, **schema: Any) -> None:
    for endpoint, price in (("xgb", 1000), ("linear", 2000)):
        sagemaker.serve(endpoint, each(price), **schema)


def finished(sagemaker: SageMaker, s3: Any, folder: Path, name: str) -> Any:
    """Status and body with that step after each model."""
    return Api(sagemaker, s3, steps=Steps(folder, name)).post({"rows": [ROW, {"Mileage": 7, "Make": ""}]})


def test_rows_go_through_the_step_of_the_models_training(api: Api, sagemaker: SageMaker) -> None:
    both(sagemaker, **RAW)
    status, told = api.post("Km,Make\n2.5, Saab \n", "text/csv")
    assert (status, told["by"]) == (200, {"xgb": [1005.0], "linear": [2005.0]})
    assert {one["Body"] for one in sagemaker.asked} == {b"5,0,1\n"}


def test_without_a_header_the_cells_stand_as_they_were_uploaded(api: Api, sagemaker: SageMaker) -> None:
    both(sagemaker, **RAW)
    assert api.post("2.5,Saab", "text/csv")[1]["by"]["xgb"] == [1005.0]


def test_recorded_is_what_the_first_model_that_answered_was_given(api: Api, sagemaker: SageMaker) -> None:
    both(sagemaker, **RAW)
    api.post([{"Km": 2.5, "Make": "Saab"}, {"Km": "10", "Make": "Ford"}])
    [record] = api.records().values()
    assert record["rows"] == [{"Make": "Saab", "Mileage": 5}, {"Make": "Ford", "Mileage": 20}]


def test_each_endpoint_has_the_step_of_its_own_model(api: Api, sagemaker: SageMaker) -> None:
    sagemaker.serve("linear", each(0), **RAW)
    status, told = api.post({"Km": 1, "Mileage": 7, "Make": "Saab"})
    assert (status, told["by"]) == (200, {"xgb": [1007.0], "linear": [2.0]})
    assert [one["rows"] for one in api.records().values()] == [[{"Km": "1", "Mileage": 7, "Make": "Saab"}]]


def test_where_one_model_takes_the_cell_as_it_is_sent_it_is_a_number(api: Api, sagemaker: SageMaker) -> None:
    sagemaker.serve("xgb", each(0), step="spell")
    assert api.post({"Mileage": "x", "Make": ""})[1]["errors"] == [
        {"problem": "'x' is not a number", "row": 1, "column": "Mileage"}
    ]


def test_a_row_on_which_the_step_fails_is_refused_with_the_reason(api: Api, sagemaker: SageMaker) -> None:
    both(sagemaker, **RAW)
    status, told = api.post([{"Km": 1, "Make": "Saab"}, {"Km": "far", "Make": "Saab"}])
    what = "the step 'trips' failed on it (ValueError: could not convert string to float: 'far')"
    assert (status, told["errors"]) == (400, [{"problem": what, "row": 2}])
    assert told["message"] == f"row 2: {what}"
    assert (sagemaker.asked, api.records()) == ([], {})


def test_a_cell_that_no_json_has_and_a_column_twice_are_refused_before_the_step(
    api: Api, sagemaker: SageMaker
) -> None:
    both(sagemaker, **RAW)
    status, told = api.post('[{"Km": NaN, "Make": "Saab"}, {"Km": 1, "Make": "", "Km": 2}]')
    assert (status, told["errors"]) == (
        400,
        [
            {"problem": "is NaN; send null for a missing value", "row": 1, "column": "Km"},
            {"problem": "is in the row twice; send each column once", "row": 2, "column": "Km"},
        ],
    )
    assert (sagemaker.asked, api.records()) == ([], {})


def test_a_text_that_the_step_leaves_where_a_number_is_needed_is_refused(
    api: Api, sagemaker: SageMaker
) -> None:
    both(sagemaker, step="spell")
    status, told = api.post({"Mileage": "many", "Make": "Saab"})
    what = "'lots' is not a number, as the step 'spell' has left it"
    assert (status, told["errors"]) == (400, [{"problem": what, "row": 1, "column": "Mileage"}])


def test_no_row_is_in_the_log(api: Api, sagemaker: SageMaker, capsys: pytest.CaptureFixture[str]) -> None:
    both(sagemaker, **RAW)
    api.post({"Km": "far", "Make": "Saab"})
    assert [word for word in ("far", "Saab") if word in capsys.readouterr().out] == []


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("gone", "step 'gone': is not known"),
        ("halves", "step 'halves': has no function before"),
        (
            "heavy",
            "step 'heavy': cannot be loaded here (ModuleNotFoundError: No module named 'no_such_package')",
        ),
    ],
)
def test_an_endpoint_whose_step_is_not_here_is_not_asked_and_says_what_to_do(
    api: Api, sagemaker: SageMaker, step: str, why: str
) -> None:
    sagemaker.serve("linear", each(0), step=step)
    status, told = api.post(ROW)
    reason = (
        f"has a model that takes rows as a step leaves them ({why}); deploy with "
        f"jobs/tabular/steps/{step}.py, or with the use case that has it"
    )
    assert (status, told["by"], told["reasons"]) == (200, {"xgb": [1005.0]}, {"linear": reason})
    both(sagemaker, step=step, config="two")
    assert Api(sagemaker, api.s3).post(ROW)[0] == 503


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("bare", "column Mileage: gave no such column; train anew with it"),
        ("counts", "gave column Mileage a value of type int; give texts, such as str(value)"),
    ],
)
def test_an_endpoint_whose_step_does_not_fit_is_not_asked(
    api: Api, sagemaker: SageMaker, step: str, why: str
) -> None:
    sagemaker.serve("linear", each(0), step=step)
    status, told = api.post(ROW)
    assert (status, list(told["by"])) == (200, ["xgb"])
    assert told["reasons"] == {"linear": f"has a model whose step '{step}': {why}"}


def test_a_model_that_was_replaced_by_one_with_a_step_is_asked_again_through_it(
    sagemaker: SageMaker, s3: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api(sagemaker, s3, 10.0, Steps(folder))  # a look, and the call once more, on a busy machine
    api.post(ROW)
    sagemaker.serve("linear", each(0), CAR, config="two", step="double")
    monkeypatch.setattr("millkit.endpoint_schema.FRESH_S", 0.0)
    assert api.post(ROW, request_id="r2")[1]["by"] == {"xgb": [1005.0], "linear": [10.0]}
    bodies = [one["Body"] for one in sagemaker.asked if one["InferenceId"] == "r2"]
    assert sorted(bodies) == [b"10,0,1\n", b"5,0,1\n", b"5,0,1\n"]
    sagemaker.serve("linear", each(0), CAR, config="three", **RAW)
    told = api.post(ROW, request_id="r3")[1]
    assert told["reasons"] == {
        "linear": "has a model whose step 'trips': column Km: is given no such column; send it"
    }


def test_an_update_to_a_model_with_another_step_puts_the_endpoint_aside(
    api: Api, sagemaker: SageMaker
) -> None:
    pending = sagemaker.configure("linear", CAR, "two", step="double")
    sagemaker.endpoints["linear"] |= {
        "EndpointStatus": "Updating",
        "PendingDeploymentSummary": {"EndpointConfigName": pending},
    }
    told = api.post(ROW)[1]
    assert told["reasons"] == {"linear": "is being updated to a model that takes other features"}


def test_each_answer_goes_through_the_step_after_the_model(
    sagemaker: SageMaker, s3: Any, folder: Path
) -> None:
    api = Api(sagemaker, s3, steps=Steps(folder, "halves"))
    status, told = api.post(ROW)
    assert (status, told["by"]) == (200, {"xgb": [502.5], "linear": [1002.5]})
    assert told["predictions"] == [1002.5]
    [record] = api.records().values()
    assert (record["by"], record["predictions"]) == (told["by"], [1002.5])


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("halves", "gave an answer of which step 'halves' makes no finite numbers"),
        ("picky", "gave an answer on which step 'picky' fails"),
        (
            "gone",
            "is not asked, for the step after it is none (step 'gone': is not known; give none or halves",
        ),
    ],
)
def test_a_step_that_spoils_the_answers_makes_the_service_unavailable(
    sagemaker: SageMaker, s3: Any, folder: Path, step: str, reason: str
) -> None:
    status, told = finished(sagemaker, s3, folder, step)
    assert status == 503
    assert [one[: len(reason)] for one in told["reasons"].values()] == [reason] * 2
