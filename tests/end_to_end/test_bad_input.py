"""Bad input ends in a FAILED execution whose cause names file, column and row, in a mail that says so, and
with the champion still serving."""

import hashlib
import json
from collections.abc import Callable

import pytest

from tests.end_to_end.conftest import rows_of, table_of
from tests.end_to_end.platform import Platform

Spoil = Callable[[bytes], bytes]


def without_target(cars: bytes) -> bytes:
    return table_of([row[1:] for row in rows_of(cars)])


def with_text_in_mileage(cars: bytes) -> bytes:
    rows = rows_of(cars)
    rows[41][1] = "unknown"
    return table_of(rows)


def with_a_tenth_missing(cars: bytes) -> bytes:
    header, *rows = rows_of(cars)
    return table_of(
        [header, *([row[0], "NaN", *row[2:]] if number % 10 == 3 else row for number, row in enumerate(rows))]
    )


def with_semicolons(cars: bytes) -> bytes:
    return cars.replace(b",", b";")


# What the head of a file shows is a DataError before any job; what only all rows show fails the first job.
SPOILT: dict[str, tuple[Spoil, str, str]] = {
    "empty": (lambda _cars: b"", "DataError", "empty.csv: row 1: "),
    "no_target": (without_target, "DataError", "no_target.csv: row 1, column Price: "),
    "text": (with_text_in_mileage, "JobFailed", "text.csv: row 42, column Mileage: "),
    "one_row": (lambda cars: b"\n".join(cars.splitlines()[:2]) + b"\n", "DataError", "one_row.csv: row 2: "),
    "missing": (with_a_tenth_missing, "JobFailed", "missing.csv: row 5, column Mileage: "),
    "bom": (lambda cars: b"\xef\xbb\xbf" + cars, "DataError", "bom.csv: row 1, column Price: "),
    "semicolons": (with_semicolons, "DataError", "semicolons.csv: row 1, column Price: "),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_file_fails_with_its_place_and_leaves_the_champion(
    served: Platform, cars: bytes, name: str
) -> None:
    champion = served.champion()
    spoil, error, place = SPOILT[name]
    done = served.ended_on(served.upload(f"{name}.csv", spoil(cars)))
    assert (done["status"], done["error"], done["cause"][: len(place)]) == ("FAILED", error, place)
    assert done["cause"] in served.mail_with("failed", place)
    assert served.champion() == champion
    jobs = served.client("sagemaker").list_processing_jobs(NameContains=run_id(done))[
        "ProcessingJobSummaries"
    ]
    assert len(jobs) == (error == "JobFailed")


def run_id(done: dict[str, str]) -> str:
    """What the names of an execution's jobs hold."""
    return hashlib.md5(done["executionArn"].encode(), usedforsecurity=False).hexdigest()


def test_a_file_that_has_gone_fails_by_name_and_leaves_the_champion(served: Platform) -> None:
    champion = served.champion()
    uri = f"s3://{served.outputs['DataBucketName']}/data/gone.csv"
    done = served.ended(served.start(data_uri=uri))
    assert (done["status"], done["error"]) == ("FAILED", "ObjectMissing")
    assert uri in done["cause"]
    assert done["cause"] in served.mail_with("failed", uri)
    assert served.champion() == champion


def test_an_object_that_vanishes_before_its_event_is_handled_is_told(served: Platform, cars: bytes) -> None:
    champion = served.champion()
    bucket, key = served.outputs["DataBucketName"], "data/vanished.csv"
    stored = served.client("s3").put_object(Bucket="".join(bucket), Key="other/vanished.csv", Body=cars)
    detail = {
        "version": "0",
        "bucket": {"name": bucket},
        "object": {"key": key, "size": len(cars), "etag": stored["ETag"].strip('"'), "sequencer": "01"},
        "reason": "PutObject",
    }
    event = {"source": "aws.s3", "detail-type": "Object Created", "id": "e", "detail": detail}
    served.client("lambda").invoke(
        FunctionName=f"{served.outputs['EndpointName']}-start-training", Payload=json.dumps(event).encode()
    )
    done = served.ended_on(f"s3://{bucket}/{key}")
    assert done["status"] == "FAILED"
    assert done["cause"] in served.mail_with("failed", f"s3://{bucket}/{key}")
    assert served.champion() == champion


@pytest.mark.parametrize("limit", ["four thousand", None, True, -1])
def test_a_limit_that_is_no_number_above_0_fails_by_name(served: Platform, limit: object) -> None:
    uri = f"s3://{served.outputs['DataBucketName']}/data/champion.csv"
    done = served.ended(served.start(data_uri=uri, rmse_limit=limit))
    assert (done["status"], done["error"]) == ("FAILED", "InputInvalid")
    assert f"rmse_limit is {json.dumps(limit)}" in done["cause"]
    assert done["cause"] in served.mail_with("failed", f"rmse_limit is {json.dumps(limit)}")


def test_hyperparameters_that_are_no_texts_fail_in_words_before_any_job(served: Platform) -> None:
    data = f"s3://{served.outputs['DataBucketName']}/data/champion.csv"
    done = served.ended(served.start(data_uri=data, hyperparameters={"max_depth": 3}))
    words = "training: input.hyperparameters.max_depth is 3; give a text"
    assert (done["status"], done["error"], done["cause"]) == ("FAILED", "InputInvalid", words)
    assert words in served.mail_with("failed", "max_depth")
    listed = served.client("sagemaker").list_processing_jobs(NameContains=run_id(done))
    assert listed["ProcessingJobSummaries"] == []
