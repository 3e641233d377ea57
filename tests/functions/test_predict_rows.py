"""What a body may look like, and what is told of one that is wrong."""

import json
import time
from typing import Any

import pytest

from tests.functions.endpoints import Api, SageMaker


@pytest.fixture
def api(sagemaker: SageMaker, s3: Any) -> Api:
    return Api(sagemaker, s3)


ROW = {"Mileage": 5, "Make": "Saab"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("Mileage,Make\n5,Saab\n", "text/csv"),
        ("Make,Mileage\r\nSaab,5\r\n", "text/csv; charset=utf-8"),
        ("5,Saab", "text/csv"),
        ("5,Saab\n", "text/csv; header=absent"),
        (json.dumps(ROW), "application/json"),
        (json.dumps([ROW]), "application/json; charset=utf-8"),
        (json.dumps({"Mileage": "5", "Make": "Saab"}), "application/json"),
        ("\ufeffMileage,Make\n5,Saab\n", "text/csv; header=present"),
    ],
)
def test_takes_csv_with_and_without_header_and_three_forms_of_json(api: Api, body: str, kind: str) -> None:
    status, told = api.post(body, kind)
    assert (status, told.get("predictions")) == (200, [2005.0]), told


def test_takes_a_body_in_base64(api: Api) -> None:
    assert api.post("NSxTYWFi", "text/csv", isBase64Encoded=True)[1]["predictions"] == [2005.0]
    assert api.post("5!", "text/csv", isBase64Encoded=True)[0] == 400


@pytest.mark.parametrize(
    ("body", "kind", "status", "errors"),
    [
        (
            {"rows": [ROW, {"Milage": 5, "Make": "Saab"}]},
            "application/json",
            400,
            [
                {"problem": "is not known; allowed: Mileage, Make", "row": 2, "column": "Milage"},
                {"problem": "is missing; send it, empty or null when unknown", "row": 2, "column": "Mileage"},
            ],
        ),
        (
            "Mileage,Make\n5,Saab\nmany,Saab\n",
            "text/csv",
            400,
            [{"problem": "'many' is not a number", "row": 2, "column": "Mileage"}],
        ),
        (
            {"Mileage": True, "Make": [1]},
            "application/json",
            400,
            [
                {"problem": "'true' is not a number", "row": 1, "column": "Mileage"},
                {"problem": "is a list; send a number, a text or null", "row": 1, "column": "Make"},
            ],
        ),
        (
            '{"Mileage": 1e999, "Make": "Saab"}',
            "application/json",
            400,
            [{"problem": "is not finite; send null for a missing value", "row": 1, "column": "Mileage"}],
        ),
        (
            "5\n",
            "text/csv",
            400,
            [{"problem": "has 1 cells where 2 columns are expected: Mileage, Make", "row": 1}],
        ),
        ([ROW] * 501, "application/json", 400, [{"problem": "has 501 rows; send 500 at most"}]),
        ({"rows": []}, "application/json", 400, [{"problem": "holds no rows; send at least one"}]),
        ("", "text/csv", 400, [{"problem": "holds no rows; send at least one"}]),
        (
            {"rows": [ROW], "x": 1},
            "application/json",
            400,
            [{"problem": "has 'x' beside rows; send rows alone"}],
        ),
        (
            [1],
            "application/json",
            400,
            [{"problem": "is a number; send an object of columns and values", "row": 1}],
        ),
        (
            {"rows": [ROW, {"Mileage": float("nan"), "Make": float("-inf")}]},
            "application/json",
            400,
            [
                {"problem": "is NaN; send null for a missing value", "row": 2, "column": "Mileage"},
                {"problem": "is not finite; send null for a missing value", "row": 2, "column": "Make"},
            ],
        ),
        (
            '{"rows": [{"Mileage": 5, "Make": "Sa\\ud800b"}]}',
            "application/json",
            400,
            [
                {
                    "problem": "holds half a surrogate pair, which is no character; send whole characters",
                    "row": 1,
                    "column": "Make",
                }
            ],
        ),
        (
            "Make,Make\nSaab,Saab\n",
            "text/csv",
            400,
            [{"problem": "is in the header twice; name each column once", "column": "Make"}],
        ),
        (
            '{"Make": "Saab", "Make": "Saab", "Mileage": NaN}',
            "application/json",
            400,
            [
                {"problem": "is in the row twice; send each column once", "row": 1, "column": "Make"},
                {"problem": "is NaN; send null for a missing value", "row": 1, "column": "Mileage"},
            ],
        ),
        (
            '[{"Mileage": 5, "Make": "Saab"}, {"Mileage": 5, "Make": {"a": 1, "a": 2}, "Mileage": 6}]',
            "application/json",
            400,
            [
                {"problem": "is in the row twice; send each column once", "row": 2, "column": "Mileage"},
                {"problem": "is an object; send a number, a text or null", "row": 2, "column": "Make"},
            ],
        ),
        (
            '{"rows": [{"Mileage": 5, "Make": "Saab", "Make": "Ford", "Make": "Saab"}]}',
            "application/json",
            400,
            [{"problem": "is in the row twice; send each column once", "row": 1, "column": "Make"}],
        ),
        (
            '{"rows": [], "rows": [{"Mileage": 5, "Make": "Saab"}]}',
            "application/json",
            400,
            [{"problem": "has 'rows' twice; send rows once, alone"}],
        ),
        ("a\0b", "text/csv", 400, [{"problem": "holds a NUL character"}]),
        ("x" * 262145, "text/csv", 413, [{"problem": "has 262145 bytes; send 262144 at most"}]),
        (ROW, "text/html", 415, [{"problem": "is of type text/html; send text/csv or application/json"}]),
        (ROW, "", 415, [{"problem": "is of type unknown; send text/csv or application/json"}]),
    ],
)
def test_what_is_wrong_is_told_with_row_and_column(
    api: Api, sagemaker: SageMaker, body: Any, kind: str, status: int, errors: list[Any]
) -> None:
    answered, told = api.post(body, kind)
    assert (answered, told["errors"]) == (status, errors)
    assert sagemaker.asked == []
    assert api.records() == {}


def test_no_more_than_ten_faults_are_told(api: Api) -> None:
    assert len(api.post({"rows": [{}] * 400})[1]["errors"]) == 10


def test_a_header_of_as_many_names_as_a_body_holds_is_refused_at_once(api: Api) -> None:
    begin_s = time.process_time()
    status, told = api.post("x," * 131_000, "text/csv; header=present")
    assert (status, told["errors"]) == (
        400,
        [{"problem": "is in the header twice; name each column once", "column": "x"}],
    )
    assert time.process_time() - begin_s < 5
