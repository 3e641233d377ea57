"""Attacks by archive: each is refused with the member and the reason, before anything is unpacked."""

import gzip
import hashlib
import io
import pickle
import tarfile
import tracemalloc
from collections.abc import Callable

import pytest
from millkit.archive import LOADED_AS_CODE, MAX_FILES, MAX_HEADER_BYTES, ArchiveRefused, Member, members

from stepmill.cloud.sandbox import pickles

Fill = Callable[[tarfile.TarFile], None]


def packed(fill: Fill, tar_format: int = tarfile.PAX_FORMAT) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz", format=tar_format) as tar:
        fill(tar)
    return content.getvalue()


def add(
    tar: tarfile.TarFile, name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mtime = kind, link, len(content), 1.5
    tar.addfile(info, io.BytesIO(content))


def add_all(tar: tarfile.TarFile, names: list[str]) -> None:
    for name in names:
        add(tar, name)


def read(content: bytes, **options: int) -> list[Member]:
    return list(members(io.BytesIO(content), "m.tar.gz", **options))


def refusal(content: bytes, **options: int) -> str:
    with pytest.raises(ArchiveRefused) as caught:
        read(content, **options)
    return str(caught.value)


@pytest.mark.parametrize("tar_format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_lists_each_file_with_size_and_sha256(tar_format: int) -> None:
    def fill(tar: tarfile.TarFile) -> None:
        add(tar, "code", b"", tarfile.DIRTYPE)
        add(tar, "xgboost-model", b"m" * 1_500)
        add(tar, "code/run.py", b"")

    assert read(packed(fill, tar_format)) == [
        Member("xgboost-model", 1_500, hashlib.sha256(b"m" * 1_500).hexdigest()),
        Member("code/run.py", 0, hashlib.sha256(b"").hexdigest()),
    ]


@pytest.mark.parametrize("tar_format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_reads_long_and_foreign_names(tar_format: int) -> None:
    names = ["a/" * 80 + "model.json", "modèle.json"]
    found = read(packed(lambda tar: add_all(tar, names), tar_format))
    assert [member.name for member in found] == names


LINKS = "is not a plain file or folder; pack no links, devices or pipes"
LEADS_OUT = "has a name that leads out of the archive; use plain relative names"


@pytest.mark.parametrize(
    ("name", "kind", "link", "said"),
    [
        ("../evil", tarfile.REGTYPE, "", LEADS_OUT),
        ("a/../../evil", tarfile.REGTYPE, "", LEADS_OUT),
        ("/etc/passwd", tarfile.REGTYPE, "", LEADS_OUT),
        ("..\\evil", tarfile.REGTYPE, "", LEADS_OUT),
        ("C:/evil", tarfile.REGTYPE, "", LEADS_OUT),
        ("a\nb", tarfile.REGTYPE, "", LEADS_OUT),
        ("link", tarfile.SYMTYPE, "/etc/passwd", LINKS),
        ("link", tarfile.SYMTYPE, "inner", LINKS),
        ("link", tarfile.LNKTYPE, "other", LINKS),
        ("pipe", tarfile.FIFOTYPE, "", LINKS),
        ("device", tarfile.CHRTYPE, "", LINKS),
        ("disk", tarfile.BLKTYPE, "", LINKS),
    ],
)
def test_refuses_a_member_that_could_reach_outside(name: str, kind: bytes, link: str, said: str) -> None:
    content = packed(lambda tar: add(tar, name, b"", kind, link))
    assert refusal(content) == f"m.tar.gz: member {name!r}: {said}"


def test_refuses_a_name_that_is_there_twice() -> None:
    content = packed(lambda tar: add_all(tar, ["model", "./model"]))
    assert refusal(content) == "m.tar.gz: member './model': is there twice; pack each file once"


def test_refuses_more_files_than_allowed() -> None:
    content = packed(lambda tar: add_all(tar, [str(number) for number in range(MAX_FILES + 1)]))
    assert refusal(content) == "m.tar.gz: member '1000': is one more than 1000 files; pack fewer"


def test_refuses_a_bomb_without_unpacking_it() -> None:
    content = packed(lambda tar: add(tar, "bomb", bytes(20_000_000)))
    assert len(content) < 50_000
    assert refusal(content, max_bytes=1_000_000) == (
        "m.tar.gz: member 'bomb': unpacks to 20000000 bytes, more than is allowed; pack less"
    )


def test_refuses_a_bomb_of_padding() -> None:
    content = gzip.compress(gzip.decompress(packed(lambda tar: add(tar, "a"))) + bytes(20_000_000))
    assert (
        refusal(content, max_bytes=1_000_000) == "m.tar.gz: is padded beyond what is allowed; pack it again"
    )


def test_refuses_a_huge_header_without_reading_it() -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 1_000_000_000
    content = gzip.compress(info.tobuf(tarfile.USTAR_FORMAT) + bytes(30_000_000))
    tracemalloc.start()
    said = refusal(content)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert said == "m.tar.gz: member 'x': has a header of 1000000000 bytes; pack it again"
    assert peak_bytes < 2 * 1024**2 + MAX_HEADER_BYTES


def test_refuses_a_bomb_of_headers() -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XGLTYPE, MAX_HEADER_BYTES
    header = info.tobuf(tarfile.USTAR_FORMAT) + bytes(MAX_HEADER_BYTES)
    said = "m.tar.gz: unpacks to more bytes than allowed; pack less"
    assert refusal(gzip.compress(header * 100), max_bytes=1_000_000) == said


def test_refuses_content_behind_the_end() -> None:
    content = gzip.compress(gzip.decompress(packed(lambda tar: add(tar, "a"))) + b"hidden")
    assert refusal(content) == "m.tar.gz: has content behind its end; pack it again"


@pytest.mark.parametrize(
    "content", [b"", b"not gzip", gzip.compress(b"", mtime=0), gzip.compress(b"x" * 1024, mtime=0)]
)
def test_refuses_what_is_no_archive(content: bytes) -> None:
    assert refusal(content).startswith("m.tar.gz: cannot be read as .tar.gz (")


def test_refuses_an_archive_cut_short_at_any_point() -> None:
    content = packed(lambda tar: add(tar, "model", bytes(range(256)) * 20))
    for length in range(0, len(content) - 1, 50):
        assert refusal(content[:length]).startswith("m.tar.gz: cannot be read as .tar.gz (")


def test_what_is_sealed_is_what_the_embedded_cloud_serves() -> None:
    assert set(LOADED_AS_CODE) == pickles.NAMES


@pytest.mark.parametrize(
    "name", ["m.pkl", "m.PICKLE", "m.joblib", "m.pt", "m.pth", "m.dill", "m.ckpt", "m.p"]
)
def test_refuses_files_that_run_code_by_their_name(name: str) -> None:
    said = (
        f"m.tar.gz: member {name!r}: is of a kind that runs code when loaded; save weights in a plain format"
    )
    assert refusal(packed(lambda tar: add(tar, name))) == said


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_refuses_a_pickle_under_any_name(protocol: int) -> None:
    content = packed(lambda tar: add(tar, "xgboost-model", pickle.dumps(io.BytesIO, protocol)))
    said = "is a Python pickle, which runs code when loaded; use a plain format"
    assert refusal(content) == f"m.tar.gz: member 'xgboost-model': {said}"


def test_refuses_a_zip_that_wraps_a_pickle() -> None:
    content = packed(lambda tar: add(tar, "weights", b"PK\x03\x04" + bytes(26) + b"archive/data.pkl"))
    assert refusal(content).endswith("is a Python pickle, which runs code when loaded; use a plain format")


@pytest.mark.parametrize(
    "content", [b"color,price\nred,1\nblue,2\n", b"c\n\n", b'{"learner": {}}', b"PK\x03\x04plain"]
)
def test_takes_no_plain_file_for_a_pickle(content: bytes) -> None:
    assert read(packed(lambda tar: add(tar, "model", content)))[0].size_bytes == len(content)
