"""A file of a transform job, cut into the requests that its model gets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stepmill.cloud.sandbox.box import GIB
from stepmill.cloud.services.sagemaker.data_processing import BadRecord, Processing
from stepmill.cloud.services.sagemaker.jobs import JobFailed

MIB = 1 << 20
VOLUME_BYTES = 30 * GIB
# MaxPayloadInMB 0 sets no limit; batches of lines are cut at AWS's largest all the same.
LARGEST_BATCH_BYTES = 100 * MIB


@dataclass
class Batch:
    """`records` are the lines as they were read, with their ends; the first one's number is `first`.

    `is_one`: the answer belongs to one record, however many lines it has.
    """

    first: int
    is_one: bool
    records: list[bytes] = field(default_factory=list)
    given: list[bytes] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        return b"".join(self.given)

    @property
    def size_bytes(self) -> int:
        """Of what is held in memory: the larger one of the lines read and of what the model gets of them."""
        return max(self._read_bytes, self._given_bytes)

    def add(self, record: bytes, given: bytes) -> None:
        self.records.append(record)
        self.given.append(given)
        self._read_bytes += len(record)
        self._given_bytes += len(given)

    def __post_init__(self) -> None:
        self._read_bytes = self._given_bytes = 0


def batches(data: Mapping[str, Any], path: Path, processing: Processing) -> Iterator[Batch]:
    """The whole file, its lines, or as many lines as fit in MaxPayloadInMB. Raises: JobFailed."""
    most = data.get("MaxPayloadInMB", 6) * MIB
    if path.stat().st_size == 0:
        return
    if data["TransformInput"].get("SplitType", "None") == "None":
        if path.stat().st_size > (most or VOLUME_BYTES):
            raise JobFailed(f"ClientError: {path.name}: is larger than MaxPayloadInMB; give SplitType Line")
        batch = Batch(1, is_one=True)
        record = path.read_bytes()
        batch.add(record, given_of(processing, record, f"{path.name}"))
        yield batch
        return
    yield from line_batches(data, path, processing, most or LARGEST_BATCH_BYTES)


def line_batches(data: Mapping[str, Any], path: Path, processing: Processing, most: int) -> Iterator[Batch]:
    is_single = data.get("BatchStrategy", "MultiRecord") == "SingleRecord"
    batch = Batch(1, is_single)
    with path.open("rb") as file:
        number = 0
        while line := file.readline(most + 1):
            number += 1
            if len(line) > most:
                raise JobFailed(
                    f"ClientError: {path.name}: line {number} is larger than MaxPayloadInMB; raise it"
                )
            given = given_of(processing, line, f"{path.name}: line {number}")
            if batch.records and (is_single or batch.size_bytes + max(len(line), len(given)) > most):
                yield batch
                batch = Batch(number, is_single)
            batch.add(line, given)
    if batch.records:
        yield batch


def given_of(processing: Processing, record: bytes, where: str) -> bytes:
    try:
        return processing.given(record)
    except BadRecord as error:
        raise JobFailed(f"ClientError: {where}: InputFilter: {error}") from None
