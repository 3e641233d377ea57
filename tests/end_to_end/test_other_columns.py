"""New data whose categories or columns are others than those that the champion was trained with."""

import json
from typing import Any

import pytest

from tests.end_to_end.conftest import rows_of, table_of
from tests.end_to_end.platform import AT_ONCE, Platform, run_of

COLUMN = ("Price", "Mileage", "Make")


def with_teslas(cars: bytes) -> bytes:
    """One car in six once more as a make that nobody had seen, at a price of its own."""
    header, *rows = rows_of(cars)
    price, mileage, make = (header.index(name) for name in COLUMN)
    teslas = [list(row) for row in rows[::6]]
    for number, row in enumerate(teslas):
        row[price], row[mileage], row[make] = str(70_000 + number), str(number + 1), "Tesla"
    return table_of([header, *rows, *teslas])


def with_colours(cars: bytes) -> bytes:
    header, *rows = rows_of(cars)
    return table_of(
        [[*header, "Colour"], *([*row, ("red", "blue")[number % 2]] for number, row in enumerate(rows))]
    )


def without(column: str, cars: bytes) -> bytes:
    rows = rows_of(cars)
    at = rows[0].index(column)
    return table_of([row[:at] + row[at + 1 :] for row in rows])


def answers(platform: Platform, run: str, rows: str, predictions: str) -> dict[str, str]:
    """What a model answered in a run, by row of features."""

    def lines(key: str) -> list[str]:
        bucket = platform.outputs["ArtifactsBucketName"]
        answer = platform.client("s3").get_object(Bucket=bucket, Key=f"training/{run}/{key}")
        return str(answer["Body"].read().decode()).splitlines()

    found = lines(f"predictions/{predictions}/test.csv.out")
    return dict(zip(lines(f"prepared/{rows}/test.csv"), found, strict=True))


def judged(platform: Platform, done: dict[str, Any]) -> dict[str, Any]:
    """The training's output, once what it has registered is live."""
    platform.settled(done)
    assert done["status"] == "SUCCEEDED", done.get("cause")
    output: dict[str, Any] = json.loads(done["output"])
    return output


@pytest.mark.parametrize("column", ["Cylinder", "Type"])
def test_a_lost_column_fails_by_its_name_and_leaves_the_champion(
    served: Platform, cars: bytes, column: str
) -> None:
    champion = served.champion()
    uri = served.upload(f"without_{column}.csv", without(column, cars))
    done = served.ended_on(uri)
    cause = (
        f"{uri}: row 1, column {column}: is not there, but the champion was trained with it; mend the data, "
        "or set compare_with_champion to false to replace the champion without a comparison"
    )
    assert (done["status"], done["error"], done["cause"]) == ("FAILED", "JobFailed", cause)
    assert cause in served.mail_with("failed", f"column {column}")
    assert served.champion() == champion


def test_a_new_make_of_car_is_learnt_and_the_champion_is_read_as_before(
    served: Platform, cars: bytes
) -> None:
    champion = served.parameters()["model-package-arn"]
    before = answers(served, served.run(), "test", "candidate")
    output = judged(served, served.ended_on(served.upload("teslas.csv", with_teslas(cars))))
    now = answers(served, run_of(output["model_name"]), "champion", "champion")
    assert before.items() <= now.items()
    verdict = output["verdict"]
    assert verdict["candidate_rmse"] < 4_000 < 10_000 < verdict["champion_rmse"]
    assert served.parameters()["model-package-arn"] == output["model_package_arn"] != champion


def test_a_new_column_is_left_out_for_the_champion_and_rows_it_was_trained_on_do_not_count(
    served: Platform, cars: bytes
) -> None:
    champion = served.run()
    output = judged(served, served.ended_on(served.upload("colours.csv", with_colours(cars))))
    [old] = {len(row.split(",")) for row in answers(served, champion, "test", "candidate")}
    run = run_of(output["model_name"])
    assert {len(row.split(",")) for row in answers(served, run, "champion", "champion")} == {old}
    assert "; on the rows that are new to the champion, " in output["verdict"]["reason"]


def test_a_champion_is_replaced_knowingly(served: Platform, cars: bytes) -> None:
    """As the message about a lost column says."""
    uri = served.upload("without_Sound.csv", without("Sound", cars))
    assert served.ended_on(uri)["status"] == "FAILED"
    output = judged(served, served.ended(served.start(data_uri=uri, compare_with_champion=False, **AT_ONCE)))
    assert (output["outcome"], output["verdict"]["champion_rmse"]) == ("registered", None)
    assert served.parameters()["model-package-arn"] == output["model_package_arn"]
