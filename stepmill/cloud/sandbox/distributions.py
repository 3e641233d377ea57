"""A folder with some installed packages and what they require, and nothing else that happens to be
installed.
"""

import os
import re
import shutil
import sys
import threading
from collections.abc import Iterable
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9._-]+")
NEVER = {"..", "__pycache__"}
# Jobs and functions that begin at the same moment want the same folders.
_making = threading.Lock()


def link_packages(names: Iterable[str], into: Path) -> Path:
    """Fill `into` with links to the packages and their requirements. Made whole or not at all; kept if there.

    Raises: PackageNotFoundError when one of `names` is not installed.
    """
    with _making:
        return _linked(names, into)


def _linked(names: Iterable[str], into: Path) -> Path:
    links = dict(links_of(tuple(names)))
    wanted = "\n".join(f"{entry} {source}" for entry, source in sorted(links.items()))
    stamp = into.with_name(f"{into.name}.links")
    if into.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return into
    part = into.with_name(f"{into.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for entry, source in links.items():
        (part / entry).symlink_to(source)
    shutil.rmtree(into, ignore_errors=True)
    part.rename(into)
    stamp.write_text(wanted)
    return into


@cache
def links_of(names: tuple[str, ...]) -> tuple[tuple[str, Path], ...]:
    """Looked up once: what is installed does not change under a running process."""
    return tuple(entry for found in closure(names) for entry in top_entries(found))


def closure(names: Iterable[str]) -> list[Distribution]:
    """The named distributions, and whatever they require that is installed here."""
    found = {_key(name): distribution(name) for name in names}
    waiting = list(found.values())
    while waiting:
        for requirement in waiting.pop().requires or []:
            name, _, marker = requirement.partition(";")
            match = NAME.match(name.strip())
            if "extra" in marker or match is None or _key(match[0]) in found:
                continue
            try:
                other = distribution(match[0])
            except PackageNotFoundError:  # for another platform or Python
                continue
            found[_key(match[0])] = other
            waiting.append(other)
    return list(found.values())


def top_entries(found: Distribution) -> Iterable[tuple[str, Path]]:
    """Under the real folder: a box shows that of the virtual environment, not a link to it."""
    tops = {file.parts[0] for file in found.files or []} - NEVER
    folder = Path(os.path.realpath(str(found.locate_file(""))))
    for top in sorted(tops):
        source = folder / top
        if source.exists():
            yield top, source


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def container(root: Path, name: str, packages: Iterable[str]) -> Path:
    """A virtual environment `root/<name>` whose `bin/python3` has the packages and no others."""
    with _making:
        return _contained(root / name, packages)


def _contained(folder: Path, packages: Iterable[str]) -> Path:
    library = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    library.mkdir(parents=True, exist_ok=True)
    _linked(packages, library / "site-packages")
    python = os.path.realpath(sys.executable)
    (folder / "bin").mkdir(exist_ok=True)
    for alias in ("python", "python3"):
        link = folder / "bin" / alias
        if not link.is_symlink() or str(link.readlink()) != python:
            link.unlink(missing_ok=True)
            link.symlink_to(python)
    (folder / "pyvenv.cfg").write_text(
        f"home = {Path(python).parent}\ninclude-system-site-packages = false\n"
    )
    return folder
