"""Filters and joins: record by record, and the batches that the model gets."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.sagemaker.batches import batches
from stepmill.cloud.services.sagemaker.data_processing import BadRecord, Processing, check_processing
from stepmill.cloud.services.sagemaker.jobs import JobFailed

LINES = "application/jsonlines"


def params(content_type: str = "text/csv", **processing: str) -> dict[str, Any]:
    return {
        "TransformInput": {"ContentType": content_type, "SplitType": "Line"},
        "TransformOutput": {"AssembleWith": "Line"},
        "DataProcessing": processing,
    }


def kept(made: dict[str, Any], records: list[bytes], answers: list[bytes]) -> list[bytes]:
    return Processing(made).kept(records, answers)


@pytest.mark.parametrize(
    ("content_type", "path", "record", "expected"),
    [
        ("text/csv", "$", b'1,"a,b",2\r\n', b'1,"a,b",2\r\n'),
        ("text/csv", "$[1:]", b'id-1,"a,b",2\r\n', b'"a,b",2\n'),
        ("text/csv; charset=utf-8", "$[2,0]", "ä,b,c".encode(), "c,ä".encode()),
        (LINES, "$.features", b'{"id": 1, "features": [1.5, "x"]}\n', b'[1.5,"x"]\n'),
        ("application/json", "$['a']", b'{"a": {"b": null}}', b'{"b":null}'),
    ],
)
def test_the_model_gets_what_the_input_filter_selects(
    content_type: str, path: str, record: bytes, expected: bytes
) -> None:
    assert Processing(params(content_type, InputFilter=path)).given(record) == expected


def test_a_row_is_joined_as_it_was_written() -> None:
    made = params(JoinSource="Input", InputFilter="$[1:]")
    assert kept(made, [b'7,"a,b"\r\n', b"8,c"], [b"1.5,0", b"2.5,1"]) == [b'7,"a,b",1.5,0', b"8,c,2.5,1"]


def test_the_output_filter_counts_over_row_and_answer() -> None:
    made = params(JoinSource="Input", OutputFilter="$[0,-1]")
    assert kept(made, [b'"7,5",a,b\n'], [b"1.5"]) == [b'"7,5",1.5']


def test_the_output_filter_alone_is_of_the_answers() -> None:
    assert kept(params(OutputFilter="$[1]"), [b"9,9\n"], [b"1.5,0.5"]) == [b"0.5"]
    made = params(LINES, OutputFilter="$.score")
    assert kept(made, [b"{}\n"], [b'{"score": 2, "label": "a"}']) == [b"2"]


def test_an_object_gets_the_answer_as_sagemaker_output() -> None:
    made = params(LINES, JoinSource="Input")
    assert kept(made, ['{"id": "ä"}\n'.encode()], [b'{"score": 2}']) == [
        '{"id":"ä","SageMakerOutput":{"score":2}}'.encode()
    ]
    made = params(LINES, JoinSource="Input", OutputFilter="$['id','SageMakerOutput']")
    assert kept(made, [b'{"id": 1, "x": [2]}\n'], [b"3.5"]) == [b'{"id":1,"SageMakerOutput":3.5}']


def test_what_is_no_object_becomes_sagemaker_input() -> None:
    made = params(LINES, JoinSource="Input")
    assert kept(made, [b"[1, 2]\n"], [b"3"]) == [b'{"SageMakerInput":[1,2],"SageMakerOutput":3}']


@pytest.mark.parametrize(
    ("made", "records", "answers", "message"),
    [
        (params(JoinSource="Input"), [b"1\n", b"2\n"], [b"5"], "the model gave 1 answers to 2 records"),
        (params(JoinSource="Input"), [b'1,"open\n'], [b"5"], "is no line of CSV (unexpected end of data)"),
        (params(JoinSource="Input"), [b"\xff\n"], [b"5"], "is no line of CSV ('utf-8' codec"),
        (params(LINES, JoinSource="Input"), [b"{}\n"], [b"1,2"], "is no JSON (Extra data"),
        (params(LINES, JoinSource="Input"), [b'{"a": NaN}\n'], [b"1"], "is no JSON (NaN is no number"),
        (params(OutputFilter="$[3]"), [b"1\n"], [b"5"], "there is no index 3 among 1 elements"),
    ],
    ids=["count", "quote", "encoding", "answer", "nan", "index"],
)
def test_says_which_record_cannot_be_joined(
    made: dict[str, Any], records: list[bytes], answers: list[bytes], message: str
) -> None:
    with pytest.raises(BadRecord) as caught:
        kept(made, records, answers)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"DataProcessing": {"InputFilter": "1:"}}, "DataProcessing.InputFilter: '1:' does not begin with $"),
        (
            {"DataProcessing": {"OutputFilter": "$.a"}},
            "DataProcessing.OutputFilter $.a: a row of CSV is an array; give indices, such as $[1:]",
        ),
        (
            {"TransformInput": {"ContentType": "application/x-recordio", "SplitType": "Line"}},
            "TransformInput.ContentType is application/x-recordio; filters and joins need one of text/csv",
        ),
        ({"TransformInput": {"SplitType": "Line"}}, "TransformInput.ContentType is missing"),
        (
            {"TransformInput": {"ContentType": "text/csv"}},
            "text/csv is filtered and joined by the line; give SplitType Line",
        ),
        ({"TransformOutput": {}}, "SplitType Line needs TransformOutput.AssembleWith Line"),
        (
            {"TransformOutput": {"AssembleWith": "Line", "Accept": "application/json"}},
            "DataProcessing.JoinSource: answers in application/json cannot be joined with text/csv",
        ),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else value[:20],
)
def test_refuses_at_creation_what_cannot_be_filtered_or_joined(change: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError) as caught:
        check_processing(params(JoinSource="Input") | change)
    assert (caught.value.code, message in caught.value.message) == ("ValidationException", True)


def test_a_job_without_filters_may_have_any_content() -> None:
    check_processing({"TransformInput": {"ContentType": "image/png"}, "TransformOutput": {}})
    plain = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    check_processing({"TransformInput": {}, "TransformOutput": {}, "DataProcessing": plain})


def test_a_document_of_json_needs_no_lines(tmp_path: Path) -> None:
    made = params("application/json", InputFilter="$.rows", JoinSource="Input")
    made |= {"TransformInput": {"ContentType": "application/json"}, "TransformOutput": {}}
    check_processing(made)
    (tmp_path / "a.json").write_bytes(b'{\n "rows": [1,\n 2]}\n')
    (batch,) = batches(made, tmp_path / "a.json", Processing(made))
    assert (batch.body, batch.is_one) == (b"[1,2]\n", True)
    assert kept(made, batch.records, [b"[3,4]"]) == [b'{"rows":[1,2],"SageMakerOutput":[3,4]}']


def test_a_batch_is_cut_by_what_is_read_also_when_the_model_gets_little_of_it(tmp_path: Path) -> None:
    made = params(InputFilter="$[0]") | {"MaxPayloadInMB": 1}
    path = tmp_path / "wide.csv"
    path.write_bytes((b"1," + b"x" * 99_997 + b"\n") * 25)
    cut = [(one.first, len(one.records), one.body[:4]) for one in batches(made, path, Processing(made))]
    assert cut == [(1, 10, b"1\n1\n"), (11, 10, b"1\n1\n"), (21, 5, b"1\n1\n")]


def test_memory_is_bounded_by_the_batch(tmp_path: Path) -> None:
    made = params(InputFilter="$[1:]", JoinSource="Input") | {"MaxPayloadInMB": 1}
    path = tmp_path / "long.csv"
    path.write_bytes((b"1," + b"5" * 997 + b"\n") * 40_000)
    processing = Processing(made)
    tracemalloc.start()
    for batch in batches(made, path, processing):
        processing.kept(batch.records, [b"1"] * len(batch.records))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 12 << 20


def test_a_line_larger_than_the_payload_fails_the_job_without_being_read(tmp_path: Path) -> None:
    made = params() | {"MaxPayloadInMB": 1}
    (tmp_path / "big.csv").write_bytes(b"1\n" + b"2" * (3 << 20))
    with pytest.raises(JobFailed, match=r"big\.csv: line 2 is larger than MaxPayloadInMB; raise it"):
        list(batches(made, tmp_path / "big.csv", Processing(made)))


def test_a_line_without_the_column_fails_the_job_with_its_number(tmp_path: Path) -> None:
    made = params(InputFilter="$[2]")
    (tmp_path / "a.csv").write_bytes(b"1,2,3\n1,2\n")
    with pytest.raises(JobFailed) as caught:
        list(batches(made, tmp_path / "a.csv", Processing(made)))
    expected = "ClientError: a.csv: line 2: InputFilter: there is no index 2 among 2 elements"
    assert str(caught.value) == expected
