"""The box of an image: its Python with the image's packages, its program, and an environment of its own."""

import hashlib
import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from stepmill.cloud.images.registry import Image
from stepmill.cloud.sandbox.box import OPT_ML, Box, Limits
from stepmill.cloud.sandbox.distributions import container

STANDINS = Path(__file__).with_name("standins")
CONTAINER, PROGRAM, STANDIN_PATH, RUN = "/opt/container", "/opt/program", "/opt/standins", "/run/stepmill"
# Jobs that begin at the same moment want the same folders.
_preparing = threading.Lock()


def box_of(
    image: Image,
    root: Path,
    opt_ml: Path,
    argv: Sequence[str],
    env: Mapping[str, str],
    limits: Limits,
    *,
    run_folder: Path | None = None,
) -> Box:
    """`run_folder`, when given, is where a model server makes its socket.

    Raises: importlib.metadata.PackageNotFoundError when a package of the image is not installed.
    """
    packages = sorted(image.packages)
    name = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:16]
    with _preparing:
        binds = {container(root / "containers", name, packages): CONTAINER, standins(root): STANDIN_PATH}
    if image.folder is not None:
        binds[image.folder] = PROGRAM
    writable = {opt_ml: OPT_ML}
    if run_folder is not None:
        writable[run_folder] = RUN
    path = f"{CONTAINER}/bin:/usr/local/bin:/usr/bin:/bin"
    base = {"PATH": path, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", "STEPMILL_OPT_ML": OPT_ML}
    base["HOME"] = "/tmp"  # noqa: S108  the box's own
    base |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    if argv[:2] == ["python3", "-m"]:
        base["PYTHONPATH"] = STANDIN_PATH
    return Box(argv=argv, env=base | dict(env), writable=writable, binds=binds, cwd=OPT_ML, limits=limits)


def standins(root: Path) -> Path:
    """A copy of the stand-ins below the cloud's folder, under their full module names and nothing else of
    us.
    """
    folder = root / "containers" / "standins"
    target = folder / "stepmill" / "cloud" / "images" / "standins"
    target.mkdir(parents=True, exist_ok=True)
    for source in STANDINS.glob("*.py"):
        copy = target / source.name
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            part = copy.with_suffix(".part")
            shutil.copyfile(source, part)
            part.replace(copy)
    return folder
