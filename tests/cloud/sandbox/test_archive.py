"""Archives that attack, and pickles in every disguise."""

import gzip
import io
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.sandbox.archive import BadArchive, Caps, extract, pack
from stepmill.cloud.sandbox.pickles import find_pickle

Member = tuple[tarfile.TarInfo, bytes | None]


def member(name: str, content: bytes | None = b"x", kind: bytes = tarfile.REGTYPE, link: str = "") -> Member:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    info.size = len(content) if content is not None and kind == tarfile.REGTYPE else 0
    return info, content if kind == tarfile.REGTYPE else None


def archive(path: Path, *members: Member, form: int = tarfile.GNU_FORMAT) -> Path:
    with tarfile.open(path, "w:gz", format=form) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content) if content is not None else None)
    return path


def pax_with(key: str, value: str) -> Member:
    info, content = member("a")
    info.pax_headers = {key: value}
    return info, content


ATTACKS: dict[str, Callable[[], list[Member]]] = {
    "dotdot": lambda: [member("../outside")],
    "dotdot_inside": lambda: [member("a/../../outside")],
    "absolute": lambda: [member("/outside")],
    "symlink": lambda: [member("link", kind=tarfile.SYMTYPE, link="/etc/passwd")],
    "symlink_then_file": lambda: [member("d", kind=tarfile.SYMTYPE, link="/"), member("d/outside")],
    "hardlink": lambda: [member("link", kind=tarfile.LNKTYPE, link="/etc/passwd")],
    "fifo": lambda: [member("pipe", kind=tarfile.FIFOTYPE)],
    "device": lambda: [member("dev", kind=tarfile.CHRTYPE)],
    "twice": lambda: [member("a", b"good"), member("a", b"evil")],
    "file_and_folder": lambda: [member("a"), member("a/b")],
    "many": lambda: [member(f"f{number}", b"") for number in range(60)],
    "bomb": lambda: [member("zeros", bytes(40 << 20))],
    "long_name": lambda: [member("n" * 300)],
    "backslash": lambda: [member("..\\outside")],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_refuses_an_archive_that_attacks_and_leaves_nothing(tmp_path: Path, attack: str) -> None:
    path = archive(tmp_path / "model.tar.gz", *ATTACKS[attack]())
    with pytest.raises(BadArchive, match=r"model\.tar\.gz"):
        extract(path, tmp_path / "out", Caps(files=50))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["model.tar.gz"]


@pytest.mark.parametrize("key", ["size", "GNU.sparse.map"])
def test_refuses_pax_headers_that_readers_disagree_about(tmp_path: Path, key: str) -> None:
    path = archive(tmp_path / "model.tar.gz", pax_with(key, "99"), form=tarfile.PAX_FORMAT)
    with pytest.raises(BadArchive, match=key):
        extract(path, tmp_path / "out")


@pytest.mark.parametrize("cut", [1, 40, -5])
def test_refuses_an_archive_that_ends_early(tmp_path: Path, cut: int) -> None:
    whole = archive(tmp_path / "whole.tar.gz", member("a", b"abc" * 1000)).read_bytes()
    (tmp_path / "model.tar.gz").write_bytes(whole[:cut])
    with pytest.raises(BadArchive, match=r"is not a whole \.tar\.gz"):
        extract(tmp_path / "model.tar.gz", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_refuses_what_is_no_archive(tmp_path: Path) -> None:
    for content in (b"", b"hello", gzip.compress(b"hello"), gzip.compress(b"\xff" * 1024)):
        (tmp_path / "model.tar.gz").write_bytes(content)
        with pytest.raises(BadArchive):
            extract(tmp_path / "model.tar.gz", tmp_path / "out")


def test_refuses_more_bytes_than_allowed(tmp_path: Path) -> None:
    path = archive(tmp_path / "model.tar.gz", member("a", b"x" * 5000))
    with pytest.raises(BadArchive, match="unpacks to more than 4096 bytes"):
        extract(path, tmp_path / "out", Caps(total_bytes=4096))


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_unpacks_honest_archives_of_every_form(tmp_path: Path, form: int) -> None:
    name = "deep/" + "n" * 90 if form == tarfile.USTAR_FORMAT else "deep/" + "ü" * 110
    folder = tarfile.TarInfo("empty")
    folder.type = tarfile.DIRTYPE
    path = archive(
        tmp_path / "m.tar.gz", member("./a", b"1"), (folder, None), member(name, b"2" * 700), form=form
    )
    assert extract(path, tmp_path / "out") == ["a", name]
    assert ((tmp_path / "out" / name).read_bytes(), (tmp_path / "out" / "empty").is_dir()) == (
        b"2" * 700,
        True,
    )


def test_what_was_packed_unpacks_and_is_the_same_every_time(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "model").write_bytes(b"m" * 2000)
    (folder / "link").symlink_to("/etc/passwd")
    assert pack(folder, tmp_path / "1.tar.gz") == ["link"]
    pack(folder, tmp_path / "2.tar.gz")
    assert (tmp_path / "1.tar.gz").read_bytes() == (tmp_path / "2.tar.gz").read_bytes()
    assert extract(tmp_path / "1.tar.gz", tmp_path / "out") == ["sub/model"]


class Calls:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("loaded",)


def zipped(name: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr(name, "x")
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((f"protocol-{number}", pickle.dumps(Calls(), protocol=number)) for number in range(6)),
        ("truncated", pickle.dumps(Calls(), protocol=0)[:-1]),
        ("by-hand", b"cos\nsystem\n(S'true'\ntR."),
        ("inst", b"(S'true'\nios\nsystem\n."),
        ("model.pt", zipped("archive/data.pkl")),
        ("torch-without-suffix", zipped("archive/data.pkl")),
        ("model.joblib", b"plain"),
        ("broken-zip", b"PK\x03\x04 nothing"),
    ],
)
def test_finds_a_pickle_by_name_or_content(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    found = find_pickle(tmp_path)
    assert (found or "").startswith(name)


@pytest.mark.parametrize(
    "content",
    [b"0.5\n1.5\n", b'{"a": 1}', b"cat,dog\n1,2\n", b"N.", b"", b"{L\x00\x00\x00", zipped("weights.npy")],
)
def test_honest_files_are_no_pickles(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model").write_bytes(content)
    assert find_pickle(tmp_path) is None
