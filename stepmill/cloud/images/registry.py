"""Which local program stands in for a container image, found by the image's URI.

Users add their own in `images.toml` in the cloud's folder; those are asked first:

    [[image]]
    pattern = "123456789012\\\\.dkr\\\\.ecr\\\\.[a-z0-9-]+\\\\.amazonaws\\\\.com/cast:.*"  # whole URI
    folder = "/home/me/forecasts"       # seen by the program, read-only, at /opt/program
    train = ["python3", "/opt/program/train.py"]
    serve = ["python3", "/opt/program/serve.py"]   # answers /ping and /invocations on 127.0.0.1:8080
    process = ["python3", "/opt/program/process.py"]   # of a processing job that names no ContainerEntrypoint
    packages = ["numpy", "scikit-learn"]            # installed distributions that it may import
"""

import os
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ECR = r"\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/"
NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?|nan|inf)"
STANDIN = "stepmill.cloud.images.standins"


class UnknownImage(Exception):
    """The message names the image and says what to do."""


@dataclass(frozen=True)
class Image:
    """`train`, `serve` and `process` are commands inside the box; None: the image has no such entry.

    `runs_scripts`: like AWS's framework containers it runs the program that `sagemaker_program` names.
    `speaks_http_on` is the port of `serve`; None when it listens on the socket $STEPMILL_SOCKET.
    """

    name: str
    pattern: str
    packages: Sequence[str] = ()
    train: Sequence[str] | None = None
    serve: Sequence[str] | None = None
    process: Sequence[str] | None = None
    runs_scripts: bool = False
    folder: Path | None = None
    speaks_http_on: int | None = None
    metrics: Sequence[tuple[str, str]] = field(default_factory=tuple)


XGBOOST_METRICS = [
    "rmse",
    "rmsle",
    "mae",
    "mape",
    "logloss",
    "error",
    "merror",
    "mlogloss",
    "auc",
    "aucpr",
    "map",
]
LINEAR_METRICS = ["mse", "rmse", "absolute_loss", "objective_loss"]

BUILT_IN = [
    Image(
        "xgboost",
        rf"{ECR}(?:sagemaker-)?xgboost:.*",
        packages=["numpy", "scipy", "xgboost-cpu"],
        train=["python3", "-m", f"{STANDIN}.xgboost_train"],
        serve=["python3", "-m", f"{STANDIN}.xgboost_serve"],
        runs_scripts=True,
        # Source: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
        metrics=[
            (f"{channel}:{metric}", rf".*\[[0-9]+\].*#011{channel}-{metric}:{NUMBER}.*")
            for channel in ("train", "validation")
            for metric in XGBOOST_METRICS
        ],
    ),
    Image(
        "linear-learner",
        rf"{ECR}linear-learner:.*",
        packages=["numpy", "scikit-learn"],
        train=["python3", "-m", f"{STANDIN}.linear_train"],
        serve=["python3", "-m", f"{STANDIN}.linear_serve"],
        # Source: https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner-tuning.html
        metrics=[
            (f"{channel}:{metric}", rf"#quality_metric: host=\S+, {channel} {metric} <loss>={NUMBER}")
            for channel in ("train", "validation")
            for metric in LINEAR_METRICS
        ],
    ),
    Image(
        "scikit-learn",
        rf"{ECR}sagemaker-scikit-learn:.*",
        packages=["numpy", "pandas", "pyarrow", "scikit-learn"],
        runs_scripts=True,
    ),
    Image(
        "model-monitor-analyzer",
        rf"{ECR}sagemaker-model-monitor-analyzer(?::.*)?",
        process=["python3", "-m", f"{STANDIN}.analyzer"],
    ),
]


def find_image(uri: str, root: Path) -> Image:
    """Raises: UnknownImage."""
    for image in [*user_images(root / "images.toml"), *BUILT_IN]:
        if re.fullmatch(image.pattern, uri):
            return image
    raise UnknownImage(
        f"image {uri!r} has no local program; known are {', '.join(image.name for image in BUILT_IN)}; "
        f"register your own in {root / 'images.toml'}"
    )


def user_images(path: Path) -> list[Image]:
    """Raises: UnknownImage when the file is wrong."""
    if not path.is_file():
        return []
    try:
        entries = tomllib.loads(path.read_text()).get("image", [])
        return [user_image(path, number, entry) for number, entry in enumerate(entries, start=1)]
    except tomllib.TOMLDecodeError as error:
        raise UnknownImage(f"{path}: is no TOML ({error}); correct it") from None


def user_image(path: Path, number: int, entry: dict[str, Any]) -> Image:
    where = f"{path}: image {number}"
    commands = dict.fromkeys(("train", "serve", "process", "packages"), list)
    known = {"pattern": str, "folder": str, **commands}
    for key, value in entry.items():
        if key not in known or not isinstance(value, known[key]):
            raise UnknownImage(f"{where}: {key} is {value!r}; allowed are {', '.join(known)}")
    try:
        re.compile(entry["pattern"])
    except (KeyError, re.error) as error:
        raise UnknownImage(
            f"{where}: pattern is missing or no regular expression ({error}); correct it"
        ) from None
    folder = Path(entry["folder"]) if "folder" in entry else None
    if folder is not None and not folder.is_dir():
        raise UnknownImage(f"{where}: folder {folder} does not exist; make it or correct the path")
    if folder is not None and os.getuid() == 0 and folder.stat().st_mode & 0o005 != 0o005:
        raise UnknownImage(
            f"{where}: folder {folder} is closed to the unprivileged user that the program runs as; chmod "
            f"-R o+rX it"
        )
    return Image(
        name=entry["pattern"],
        pattern=entry["pattern"],
        packages=entry.get("packages", []),
        train=entry.get("train"),
        serve=entry.get("serve"),
        process=entry.get("process"),
        folder=folder,
        speaks_http_on=8080,
    )
