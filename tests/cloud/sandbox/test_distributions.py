"""The folder of packages that a box is given."""

from importlib.metadata import Distribution
from pathlib import Path

from stepmill.cloud.sandbox.distributions import top_entries


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
