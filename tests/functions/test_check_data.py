"""CheckData against moto: what it finds, and that it says what the preprocessing job would have said."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from millkit import heads
from millkit.errors import DataError, MillError
from millkit.storage import ObjectMissing, PlaceInvalid, StorageFailed

from functions.check_data.handler import CheckDataInput
from functions.check_data.handler import handler as check_data
from jobs.tabular import preprocess

HEADER = b"Price,Mileage,Make\n"
CARS = HEADER + b"".join(b"%d,%d,%s\n" % (9_000 - i, i, (b"Saab", b"Audi")[i % 2]) for i in range(100))
MIB = 1024 * 1024


def check(data_uri: str = "s3://artifacts/data/") -> dict[str, int]:
    found = check_data(given(data_uri), None)
    return {"files": found["files"], "size_bytes": found["size_bytes"]}


def given(data_uri: str = "s3://artifacts/data/") -> CheckDataInput:
    place = "s3://artifacts/training/1/data"
    listed: Any = {"objects_uri": place, "listed_sha256": None, "settings": None, "preprocess_step": None}
    event: CheckDataInput = {"data_uri": data_uri, "target": "Price"} | listed
    return event


def upload(s3: Any, files: Mapping[str, bytes], folder: str = "data/") -> None:
    for name, content in files.items():
        s3.put_object(Bucket="artifacts", Key=folder + name, Body=content)


def complaint(data_uri: str = "s3://artifacts/data/") -> str:
    with pytest.raises(MillError) as caught:
        check(data_uri)
    return str(caught.value)


def test_counts_the_csv_files_of_a_folder_and_their_bytes(s3: Any) -> None:
    upload(s3, {"a.csv": CARS, "2024/B.CSV": CARS, "notes.txt": b"x", "": b"", "2024/": b""})
    for folder in ("s3://artifacts/data/", "s3://artifacts/data"):
        assert check(folder) == {"files": 2, "size_bytes": 2 * len(CARS)}


@pytest.mark.parametrize(
    "key",
    ["cars.csv", "data/my cars+1 %2F.csv", "data/../cars.csv", "../cars.csv", "dätä/車 🚗.csv", "/a//b.csv"],
)
def test_the_uri_of_one_object_is_that_very_object(s3: Any, key: str) -> None:
    upload(s3, {key: CARS}, folder="")
    assert check(f"s3://artifacts/{key}") == {"files": 1, "size_bytes": len(CARS)}
    upload(s3, {key: b""}, folder="")
    name = key.rsplit("/", 1)[-1]
    assert complaint(f"s3://artifacts/{key}") == (
        f"{name}: row 1: is empty; upload a file with a header row and data rows"
    )


@pytest.mark.parametrize("name", ["my cars.csv", "車/ü.csv", "a/../b.csv", "a%20b.csv"])
def test_a_file_in_a_folder_is_told_by_its_name_below_the_folder(s3: Any, name: str) -> None:
    upload(s3, {name: HEADER})
    said = f"{name}: row 2: has a header but no data rows; upload a file with data rows"
    assert complaint() == complaint("s3://artifacts/data") == said


ALTERED = {
    "0 bytes": b"",
    "header only": HEADER,
    "header without a line end": HEADER.strip(),
    "one row": HEADER + b"1,2,Saab\n",
    "no target": CARS.replace(b"Price", b"Prize"),
    "nothing like the target": CARS.replace(b"Price", b"x"),
    "only the target": b"Price\n1\n2\n",
    "byte order mark": b"\xef\xbb\xbf" + CARS,
    "UTF-16": CARS.decode().encode("utf-16"),
    "semicolons": CARS.replace(b",", b";"),
    "tabs": CARS.replace(b",", b"\t"),
    "NUL in the header": CARS.replace(b"Make", b"Ma\0ke"),
    "NUL in a row": CARS.replace(b"Saab", b"Sa\0ab"),
    "not UTF-8": CARS.replace(b"Saab", b"Sa\xfcb"),
    "a column twice": CARS.replace(b"Mileage", b"Price"),
    "a column without name": CARS.replace(b"Mileage", b" "),
    "mixed line ends": CARS.replace(b"Audi\n", b"Audi\r\n"),
    "line ends of old": CARS.replace(b"\n", b"\r"),
    "too many cells": CARS.replace(b"Saab", b"Saab,9-3"),
    "too few cells": CARS + b"1,2\n",
    "broken quotes": CARS.replace(b"Saab", b'"Saab"9'),
    "quotes left open": CARS + b'1,2,"Saab\n' + CARS[len(HEADER) :],
    "a formula": CARS.replace(b"Saab", b"=A1"),
    "a text as target": CARS.replace(b"8950", b"cheap"),
    "an infinite target": CARS.replace(b"8950", b"inf"),
    "a missing target": CARS.replace(b"8950", b"n/a"),
    "a cell of more than is read": HEADER + b"1,2," + b"x" * 200_000 + b"\n",
    "a header of more than a MiB": b"Price," + b"x" * MIB + b"\n1,2\n",
    "a header whose quotes are left open": b'Price,"Make\n' + b"1,2\n" * MIB,
}


@pytest.mark.parametrize("fault", ALTERED)
def test_a_fault_is_told_in_the_words_of_the_preprocessing_job(
    s3: Any, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cars.csv").write_bytes(ALTERED[fault])
    places = [f"--{name}={tmp_path / name}" for name in ("output", "message")]
    code = preprocess.main(["--target=Price", f"--input={tmp_path / 'data'}", *places])
    assert code == 2
    upload(s3, {"cars.csv": ALTERED[fault]})
    with pytest.raises(DataError) as caught:
        check()
    assert str(caught.value) == (tmp_path / "message").read_text()


def test_files_of_other_columns_are_told_as_the_preprocessing_job_does(s3: Any, tmp_path: Path) -> None:
    files = {"b.csv": CARS, "b/a.csv": b"Make,Price\nSaab,1\n"}  # the job sorts the folder b before b.csv
    (tmp_path / "data" / "b").mkdir(parents=True)
    for name, content in files.items():
        (tmp_path / "data" / name).write_bytes(content)
    places = [f"--{name}={tmp_path / name}" for name in ("output", "message")]
    assert preprocess.main(["--target=Price", f"--input={tmp_path / 'data'}", *places]) == 2
    upload(s3, files)
    said = "b.csv: row 1, column Mileage: is not in b/a.csv; give all files the same columns"
    assert complaint() == (tmp_path / "message").read_text() == said


def test_two_files_of_one_row_are_two_rows(s3: Any) -> None:
    row = HEADER + b"1,2,Saab\n"
    upload(s3, {"a.csv": row, "b.csv": row})
    assert check() == {"files": 2, "size_bytes": 2 * len(row)}


def test_a_folder_without_csv_files_is_named_with_its_first_files(s3: Any) -> None:
    upload(s3, {"cars.xlsx": b"x", "read me.txt": b"x"})
    none = "there is no file that ends in .csv; upload CSV files"
    assert complaint() == f"cars.xlsx, read me.txt: {none}"
    upload(s3, {f"{number:03}": b"x" for number in range(30)})
    assert complaint() == f"{', '.join(f'{number:03}' for number in range(20))}, and more: {none}"


def test_nothing_under_the_address_is_named(s3: Any) -> None:
    upload(s3, {"": b""})
    for uri in ("s3://artifacts/data/", "s3://artifacts/elsewhere/cars.csv"):
        assert complaint(uri) == f"{uri}: there is no object; upload CSV files or mend the address"
    assert complaint("s3://no-such-bucket/x") == "s3://no-such-bucket/x: does not exist; was it deleted?"
    with pytest.raises(PlaceInvalid):
        check("s3://artifacts/")


class Stored:
    """S3 with objects that are too large to exist: each is rows without end, of which a range is served."""

    class exceptions:  # noqa: N801 - as boto3's clients have it
        class ClientError(Exception):
            pass

    def __init__(self, sizes: Mapping[str, int], begin: bytes = HEADER) -> None:
        self._sizes = sizes
        self._begin = begin
        self.read_bytes: dict[str, int] = {}
        self.pages = 0

    def list_objects_v2(self, Bucket: str, Prefix: str, ContinuationToken: str = "0") -> dict[str, Any]:  # noqa: N803
        self.pages += 1
        start = int(ContinuationToken)
        page = list(self._sizes.items())[start : start + 1_000]
        return {
            "Contents": [{"Key": key, "Size": size} for key, size in page],
            "IsTruncated": start + 1_000 < len(self._sizes),
            "NextContinuationToken": str(start + 1_000),
        }

    def get_object(self, Bucket: str, Key: str, Range: str) -> dict[str, Any]:  # noqa: N803
        found = re.fullmatch(r"bytes=0-(\d+)", Range)
        assert found
        length = min(int(found[1]) + 1, self._sizes[Key])
        self.read_bytes[Key] = length
        content = (self._begin + b"1,2,Saab\n" * (length // 9 + 1))[:length]
        total = self._sizes[Key]
        return {
            "Body": io.BytesIO(content),
            "ContentLength": length,
            "ContentRange": f"bytes 0-{length - 1}/{total}",
        }


def test_of_6_gb_no_more_than_1_mib_is_read() -> None:
    s3 = Stored({"data/cars.csv": 6 * 10**9})
    assert heads.check(s3, "s3://cars/data/cars.csv", "Price") == heads.Found(1, 6 * 10**9)
    assert s3.read_bytes == {"data/cars.csv": MIB}


CUT = [
    b"",
    b"1,2,Volvo\n",
    b'1,2,"Sa\nab"\n',
    b"1,2,Saab\n" * 110_000 + b'1,2,"open to the end of the head\n',
]


@pytest.mark.parametrize("rows", CUT, ids=["whole rows", "half a row", "a cell of two lines", "half a cell"])
def test_the_row_that_the_head_cuts_is_no_fault(rows: bytes) -> None:
    s3 = Stored({"data/cars.csv": MIB + 1}, HEADER + rows)
    assert heads.check(s3, "s3://cars/data/", "Price") == heads.Found(1, MIB + 1)


def test_one_whole_row_in_the_head_of_a_long_file_is_enough() -> None:
    s3 = Stored({"data/cars.csv": 2 * MIB}, HEADER + b"1,2,Saab\n3,4," + b"x" * MIB)
    assert heads.check(s3, "s3://cars/data/", "Price") == heads.Found(1, 2 * MIB)


def test_only_the_first_files_are_looked_into_and_all_are_counted() -> None:
    s3 = Stored({f"data/{number:04}.csv": 100 for number in range(2_500)})
    assert heads.check(s3, "s3://cars/data/", "Price") == heads.Found(2_500, 250_000)
    assert sorted(s3.read_bytes) == [f"data/{number:04}.csv" for number in range(100)]
    assert s3.pages == 3


class Vanishing:
    """S3 where an object is deleted between its listing and its reading."""

    def __init__(self, s3: Any) -> None:
        self.exceptions = s3.exceptions
        self.list_objects_v2 = s3.list_objects_v2
        self._s3 = s3

    def get_object(self, **params: Any) -> Any:
        self._s3.delete_object(Bucket=params["Bucket"], Key=params["Key"])
        return self._s3.get_object(**params)


def test_an_object_that_vanishes_meanwhile_is_named(s3: Any) -> None:
    upload(s3, {"cars 1.csv": CARS})
    with pytest.raises(ObjectMissing) as caught:
        heads.check(Vanishing(s3), "s3://artifacts/data/", "Price")
    assert str(caught.value) == "s3://artifacts/data/cars 1.csv: does not exist; was it deleted?"


def failing(s3: Any, operation: str, status: int, code: str, times: int) -> list[Any]:
    """Let the first calls of an operation get an error of S3; the requests that have come so far."""
    requests: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        requests.append(request)
        text = f"<Error><Code>{code}</Code><Message>Said by S3</Message></Error>"
        return Answer(request.url, status, text.encode()) if len(requests) <= times else None

    s3.meta.events.register_first(f"before-send.s3.{operation}", answer)
    return requests


class Answer(AWSResponse):
    def __init__(self, url: str, status: int, content: bytes) -> None:
        super().__init__(url, status, HTTPHeaders(), None)
        self._content = content


@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject"])
def test_a_denied_access_is_told_at_once_and_clearly(s3: Any, operation: str) -> None:
    upload(s3, {"cars.csv": CARS})
    requests = failing(s3, operation, 403, "AccessDenied", 1)
    with pytest.raises(StorageFailed) as caught:
        check()
    where = "cars.csv" if operation == "GetObject" else ""
    assert str(caught.value) == (
        f"s3://artifacts/data/{where}: S3 answers 403 AccessDenied (Said by S3); "
        "let the role of this function use it, or put it where it may"
    )
    assert len(requests) == 1


@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject"])
def test_a_busy_s3_is_asked_again(s3: Any, operation: str) -> None:
    upload(s3, {"cars.csv": CARS})
    requests = failing(s3, operation, 503, "SlowDown", 1)
    assert check() == {"files": 1, "size_bytes": len(CARS)}
    assert len(requests) == 2


def test_an_s3_that_stays_busy_is_named(s3: Any) -> None:
    upload(s3, {"cars.csv": CARS})
    impatient = boto3.client("s3", config=Config(retries={"mode": "standard", "total_max_attempts": 2}))
    requests = failing(impatient, "GetObject", 503, "SlowDown", 2)
    with pytest.raises(StorageFailed) as caught:
        heads.check(impatient, "s3://artifacts/data/", "Price")
    assert str(caught.value) == (
        "s3://artifacts/data/cars.csv: S3 answers 503 SlowDown (Said by S3); "
        "try again, and look at the bucket if that does not help"
    )
    assert len(requests) == 2
