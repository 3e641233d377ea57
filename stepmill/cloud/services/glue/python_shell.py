"""One run of a Python shell script: its files from S3, its libraries, its box and what its end means.

The script sees its own folder, the libraries it asked for and, of all networks, only the cloud's door.
It runs on the Python that runs the cloud, whatever PythonVersion says, and gets all arguments of the run in
`sys.argv`, Glue's own among them.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from stepmill.cloud.door import Door
from stepmill.cloud.sandbox.box import CANNOT_BUILD, GIB, Box, Limits
from stepmill.cloud.sandbox.distributions import container
from stepmill.cloud.sandbox.doorway import Doorway
from stepmill.cloud.sandbox.run import Run
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.services.glue import records
from stepmill.cloud.services.glue.jobs import S3_OBJECT
from stepmill.cloud.services.glue.outcomes import RunFailed, RunStopped
from stepmill.cloud.services.glue.tables import job_arn

if TYPE_CHECKING:
    from stepmill.cloud.services.glue.running import JobRun

HOME, CONTAINER = "/opt/glue", "/opt/container"
# What scripts import as awsglue.utils.
STAND_IN = Path(__file__).with_name("resolved_options.py")
# What AWS installs with `library-set: analytics`, as far as it is installed here.
ANALYTICS = ("numpy", "pandas", "pyarrow", "requests", "scikit-learn", "scipy")
MOST_EXTRA_BYTES = 1 << 30
PIECE_BYTES = 1 << 20
# Address space is more than memory in use: libraries and thread stacks are mapped, not touched.
ADDRESS_SPACE_SLACK = 3 * GIB
LAST_ERROR = re.compile(
    r"[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt|Warning|Stop)\b.*|[A-Za-z_][\w.]*: .+"
)


def perform(run: JobRun) -> None:
    """Raises: RunFailed, RunStopped, RunTimedOut."""
    home = run.folder / "home"
    (home / "lib").mkdir(parents=True)
    role = principal(run)
    fetch(run, role, run.data["_Script"], home / "script.py")
    paths, modules = libraries(run, role, home / "lib")
    box = build_box(run, role, home, paths, modules)
    if not records.begin(run.cloud, run.id):
        raise RunStopped
    last: list[str] = []

    def on_errors(lines: list[str]) -> None:
        run.log("error", lines)
        last[:] = [*last, *lines][-20:]

    most_s = run.data["Timeout"] * 60
    with Doorway(run.cloud.port) as doorway:
        program = Run(
            box,
            run.folder / "root",
            lambda lines: run.log("output", lines),
            most_seconds=most_s,
            on_errors=on_errors,
            doorway=doorway,
        )
        listener = doorway.listener()
    door = Door(run.cloud, listener) if listener else None
    if door is not None:
        door.open()
    try:
        code = run.watch(program)
    finally:
        if door is not None:
            door.close()
    if code == CANNOT_BUILD:
        raise RunFailed(
            "InternalServiceException: the run's sandbox could not be built; the error log says why"
        )
    if code != 0:
        raise RunFailed(reason(last) or f"Command failed with exit code {code}")


def principal(run: JobRun) -> Principal:
    """Raises: RunFailed when the role is gone or no longer trusts Glue."""
    arn = run.data["_RoleArn"]
    try:
        run.cloud.assume(arn, "glue.amazonaws.com", source_arn=job_arn(run.cloud, run.data["JobName"]))
    except AwsError as error:
        raise RunFailed(f"{error.code}: Glue cannot assume {arn}: {error.message}") from None
    return Principal(arn, "GlueJobRunnerSession")


def fetch(run: JobRun, role: Principal, uri: str, path: Path) -> None:
    """Raises: RunFailed."""
    match = S3_OBJECT.fullmatch(uri)
    if match is None:
        raise RunFailed(f"InvalidInputException: {uri!r} does not have the form s3://bucket/key")
    place = {"Bucket": match[1], "Key": match[2]}
    try:
        body = run.cloud.call("s3", "GetObject", place, principal=role)["Body"]
    except AwsError as error:
        raise RunFailed(f"{error.code}: {uri} cannot be read by {role.role_arn}: {error.message}") from None
    with body, path.open("xb") as file:
        size = 0
        while piece := body.read(PIECE_BYTES):
            size += len(piece)
            if size > MOST_EXTRA_BYTES:
                raise RunFailed(f"InvalidInputException: {uri} is larger than 1 GiB")
            file.write(piece)


def libraries(run: JobRun, role: Principal, folder: Path) -> tuple[list[str], list[str]]:
    """Entries of the box's PYTHONPATH, and the installed packages that the run asked for."""
    (folder / "awsglue").mkdir()
    (folder / "awsglue" / "__init__.py").touch()
    shutil.copyfile(STAND_IN, folder / "awsglue" / "utils.py")
    arguments = run.data["_Arguments"]
    wanted = split(arguments.get("--extra-py-files", ""))
    named = split(arguments.get("--additional-python-modules", ""))
    wanted += [one for one in named if one.startswith("s3://")]
    paths = [f"{HOME}/lib"]
    for number, uri in enumerate(wanted):
        place = folder / str(number)
        place.mkdir()
        name = uri.rpartition("/")[2]
        if not name.endswith((".py", ".zip", ".whl", ".egg")) or not re.fullmatch(r"[\w.+ -]+", name):
            raise RunFailed(f"InvalidInputException: {uri} is none of .py, .zip, .whl, .egg")
        fetch(run, role, uri, place / name)
        is_archive = not name.endswith(".py")
        if is_archive and not zipfile.is_zipfile(place / name):
            raise RunFailed(f"InvalidInputException: {uri} is no zip archive; make it again")
        paths.append(f"{HOME}/lib/{number}" + (f"/{name}" if is_archive else ""))
    return paths, [one for one in named if not one.startswith("s3://")]


def split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def build_box(run: JobRun, role: Principal, home: Path, paths: list[str], modules: list[str]) -> Box:
    cloud, arguments = run.cloud, run.data["_Arguments"]
    python = container(cloud.root / "glue" / "containers", *packages(arguments, modules))
    argv = ["python3", f"{HOME}/script.py"]
    for name, value in arguments.items():
        argv += [name, value]
    env = {
        "PATH": f"{CONTAINER}/bin:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": ":".join(paths),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "HOME": "/tmp",  # noqa: S108  the box's own
        "TZ": "UTC",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "AWS_REGION": cloud.region,
        "AWS_DEFAULT_REGION": cloud.region,
        "AWS_ENDPOINT_URL": cloud.endpoint_url,
        **cloud.credentials(role),
    }
    limits = Limits(
        memory_bytes=int(run.data["MaxCapacity"] * 16 * GIB) + ADDRESS_SPACE_SLACK, disk_bytes=20 * GIB
    )
    return Box(argv, env, {home: HOME}, {python: CONTAINER}, cwd=HOME, limits=limits)


def packages(arguments: dict[str, str], modules: list[str]) -> tuple[str, list[str]]:
    """A name for the set of installed packages that a run may import, and the packages.

    Raises: RunFailed for a module that is not installed here.
    """
    wanted = {"boto3"}
    for name in (
        ANALYTICS if arguments.get("library-set", arguments.get("--library-set")) == "analytics" else ()
    ):
        if is_installed(name):
            wanted.add(name)
    for module in modules:
        name = re.split(r"[=<>!~\[ ;]", module, maxsplit=1)[0]
        if not is_installed(name):
            raise RunFailed(
                f"InvalidInputException: --additional-python-modules {module}: is not installed here; "
                "install it beside Stepmill, or give a wheel in S3"
            )
        wanted.add(name)
    return "-".join(sorted(wanted)), sorted(wanted)


def is_installed(name: str) -> bool:
    try:
        distribution(name)
    except (PackageNotFoundError, ValueError):
        return False
    return True


def reason(last: list[str]) -> str:
    """The exception's own line, the last one of a traceback."""
    for line in reversed(last):
        if LAST_ERROR.fullmatch(line):
            return line
    return ""
