"""No file of the repository holds a key that opens something."""

import os
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
NOT_OURS = {"build", "dist", "node_modules", "__pycache__"}
PACKED = {".gz", ".png", ".jpg", ".onnx", ".pyc"}
# AWS's own example of an access key opens nothing.
SECRET = re.compile(
    r"\b(?:AKIA|ASIA)(?!IOSFODNN7EXAMPLE)[A-Z0-9]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|(?i:aws_secret_access_key)\W{1,4}[A-Za-z0-9/+]{40}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    r"|\bxox[abprs]-[A-Za-z0-9-]{20,}"
    r"|X-Amz-Signature=[0-9a-f]{64}"
)


def is_ours(name: str) -> bool:
    return not name.startswith(".") and not name.endswith(".egg-info") and name not in NOT_OURS


def texts() -> list[Path]:
    found = []
    for folder, folders, files in os.walk(REPOSITORY):
        folders[:] = filter(is_ours, folders)  # the walk goes on in those that are left
        found += [Path(folder, name) for name in files if Path(name).suffix not in PACKED]
    return sorted(found)


def test_no_file_holds_a_secret() -> None:
    files = texts()
    assert REPOSITORY / "template.yaml" in files
    assert len(files) > 300
    found = [
        (str(path.relative_to(REPOSITORY)), match[0][:20])
        for path in files
        if (match := SECRET.search(path.read_text("utf-8", "replace")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "key: AKIA" + "Q7ZC2VXN4LJD6HRT",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "aws_secret_access_key = " + "q" * 40,
        "ghp_" + "a1" * 18,
        "https://bucket.s3/key?X-Amz-Signature=" + "0f" * 32,
    ],
    ids=["access key", "private key", "secret key", "token of GitHub", "signed URL"],
)
def test_a_secret_is_known_when_it_is_seen(text: str) -> None:
    assert SECRET.search(text)
