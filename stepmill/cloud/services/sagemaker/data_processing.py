"""What a transform job keeps of its input for the model, and of input and answers for its output.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from stepmill.cloud.services.sagemaker import data_paths
from stepmill.cloud.services.sagemaker.data_paths import BadPath, DataPath, NothingThere
from stepmill.cloud.services.sagemaker.service import invalid

CSV = "text/csv"
JSON = "application/json"
TYPES = (CSV, JSON, "application/jsonlines", "application/x-jsonlines")


class BadRecord(ValueError):
    """The text says what is wrong with a record, or with the answer to it."""


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def check_processing(params: Mapping[str, Any]) -> None:
    """Refuse at creation what cannot be filtered or joined. Raises: AwsError ValidationException."""
    wanted = params.get("DataProcessing", {})
    paths = {}
    for key in ("InputFilter", "OutputFilter"):
        try:
            paths[key] = data_paths.parse(wanted.get(key, "$"))
        except BadPath as error:
            raise invalid(f"DataProcessing.{key}: {error}; examples are $, $[1:], $.features") from None
    is_joined = wanted.get("JoinSource", "None") == "Input"
    if all(path.is_everything for path in paths.values()) and not is_joined:
        return
    source, output = params["TransformInput"], params["TransformOutput"]
    given = media_type(source.get("ContentType", ""))
    if given not in TYPES:
        raise invalid(
            f"DataProcessing: TransformInput.ContentType is {source.get('ContentType', 'missing')}; filters "
            f"and joins need one of {', '.join(TYPES)}"
        )
    split = source.get("SplitType", "None")
    if given != JSON and split != "Line":
        raise invalid(f"DataProcessing: {given} is filtered and joined by the line; give SplitType Line")
    if split == "Line" and output.get("AssembleWith", "None") != "Line":
        raise invalid("DataProcessing: SplitType Line needs TransformOutput.AssembleWith Line")
    accept = media_type(output.get("Accept", ""))
    if is_joined and accept and (accept == CSV) != (given == CSV):
        raise invalid(f"DataProcessing.JoinSource: answers in {accept} cannot be joined with {given}")
    for key, path in paths.items():
        if given == CSV and not path.fits_rows:
            raise invalid(
                f"DataProcessing.{key} {wanted[key]}: a row of CSV is an array; give indices, such as $[1:]"
            )


class Processing:
    """The filters and the join of one job. Records are lines, or whole documents of JSON."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        wanted = params.get("DataProcessing", {})
        self._input = data_paths.parse(wanted.get("InputFilter", "$"))
        self._output = data_paths.parse(wanted.get("OutputFilter", "$"))
        self._is_joined = wanted.get("JoinSource", "None") == "Input"
        self.is_csv = media_type(params["TransformInput"].get("ContentType", CSV)) == CSV

    @property
    def touches_answers(self) -> bool:
        return self._is_joined or not self._output.is_everything

    def given(self, record: bytes) -> bytes:
        """What the model gets of a record. Raises: BadRecord."""
        if self._input.is_everything:
            return record
        end = b"\n" if record.endswith(b"\n") else b""
        return filtered(self._input, record, self.is_csv) + end

    def kept(self, records: Sequence[bytes], answers: Sequence[bytes]) -> list[bytes]:
        """What the output keeps of each record and the answer to it, without line ends.

        Raises: BadRecord, also when the model did not answer each record once.
        """
        if not self.touches_answers:
            return list(answers)
        if self._is_joined:
            if len(records) != len(answers):
                raise BadRecord(
                    f"the model gave {len(answers)} answers to {len(records)} records; a join needs one each"
                )
            join = joined_row if self.is_csv else joined_object
            answers = [join(record, answer) for record, answer in zip(records, answers, strict=True)]
        if self._output.is_everything:
            return list(answers)
        return [filtered(self._output, answer, self.is_csv) for answer in answers]


def filtered(path: DataPath, record: bytes, is_csv: bool) -> bytes:
    try:
        if is_csv:
            return row_text(path.of_row(read_row(record)))
        return json_text(path.of_json(read_json(record)))
    except NothingThere as error:
        raise BadRecord(str(error)) from None


def joined_row(record: bytes, answer: bytes) -> bytes:
    """The row as it was written, with the answer's columns behind its own."""
    read_row(record)
    return record.rstrip(b"\r\n") + b"," + answer


def joined_object(record: bytes, answer: bytes) -> bytes:
    value, output = read_json(record), read_json(answer)
    whole = value if isinstance(value, dict) else {"SageMakerInput": value}
    return json_text({**whole, "SageMakerOutput": output})


def read_row(record: bytes) -> list[str]:
    """The columns of a line of CSV. Raises: BadRecord."""
    try:
        rows = list(csv.reader([record.decode().rstrip("\r\n")], strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRecord(f"is no line of CSV ({error})") from None
    return rows[0] if rows else []


def row_text(row: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row)
    return text.getvalue().encode()


def read_json(record: bytes) -> Any:
    """Raises: BadRecord."""
    try:
        return json.loads(record, parse_constant=no_number)
    except ValueError as error:
        raise BadRecord(f"is no JSON ({error})") from None


def no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def json_text(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
