"""A mail about drift is one that SNS takes, however much has drifted."""

from millkit import drift_letter
from millkit.measured import Finding

from .test_evaluate_drift import MODEL, WINDOW

MOST_BYTES = 256 * 1024  # Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html


def test_a_letter_stays_within_what_sns_takes_and_a_line_within_what_people_read() -> None:
    long = Finding("x" * 1_000, "categorical_values_check", None, None, True, "ä" * 100_000, "data")
    found = [
        (MODEL | {"name": f"e/{version}", "data_report_uri": "s3://a/r"}, long)
        for version in range(30)
        for _ in range(100)
    ]
    letter = drift_letter.letter(WINDOW, found, region="eu-west-1", partition="aws")
    assert 20_000 < len(letter.body) < 20_050
    assert len(letter.body.encode()) < MOST_BYTES / 2
    assert letter.body.endswith(" ...\nand more\n")
    assert max(map(len, letter.body.splitlines())) < 650
    assert len(drift_letter.described(long)) < 650
