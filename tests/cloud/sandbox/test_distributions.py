"""The folder of packages that a box is given."""

from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import Distribution
from pathlib import Path

from stepmill.cloud.sandbox.distributions import container, link_packages, top_entries


def test_packages_behind_a_link_are_linked_where_they_really_are(tmp_path: Path) -> None:
    """A virtual environment may be a link: the box shows the folder behind it, and not the link."""
    real = tmp_path / "real"
    for folder in ("mill", "mill-1.dist-info"):
        (real / folder).mkdir(parents=True)
    (real / "mill-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: mill\nVersion: 1\n")
    (real / "mill-1.dist-info" / "RECORD").write_text("mill/__init__.py,,\nmill-1.dist-info/METADATA,,\n")
    (tmp_path / "link").symlink_to(real)

    found = Distribution.at(tmp_path / "link" / "mill-1.dist-info")

    assert list(top_entries(found)) == [
        ("mill", real / "mill"),
        ("mill-1.dist-info", real / "mill-1.dist-info"),
    ]


def test_folders_are_made_once_for_all_that_want_them_at_once(tmp_path: Path) -> None:
    """Jobs of Glue and functions that are the first of their cloud, and begin at the same moment."""
    with ThreadPoolExecutor(8) as pool:
        for number in range(10):
            root = tmp_path / str(number)
            boxes = [pool.submit(container, root, "six", ["six"]) for _ in range(8)]
            runtimes = [pool.submit(link_packages, ["six"], root / "runtime") for _ in range(8)]
            assert {one.result() for one in boxes} == {root / "six"}
            assert {one.result() for one in runtimes} == {root / "runtime"}
            assert (root / "runtime" / "six.py").is_file()
