"""A container of one's own, examples/byoc: plugged in by its image's URI, and changed by a careless hand."""

import json
import shutil
from pathlib import Path
from typing import Any

from rich.text import Text

from stepmill.cli.demo.stage import PlotBroken, Stage
from stepmill.cli.demo.usecase import EXAMPLES
from stepmill.cli.usecase.deploying import training_input
from stepmill.cli.usecase.model import UseCase, Variant

REPOSITORY = "ridge"
FOLDER = EXAMPLES / "byoc"
PROGRAM = FOLDER / "program"
# The example takes no products of more features than that.
WIDE = 200
# A single row's answer has no dimension left then, and no rows to walk through: only batches are answered.
CARELESS = (
    "self.model.predict(rows).tolist()",
    "np.squeeze(self.model.predict(rows)).tolist()",
)
Json = dict[str, Any]


def image(stage: Stage, tag: str) -> str:
    """Its URI in the account's registry."""
    _, _, _, region, account, *_ = stage.outputs["TrainingArn"].split(":")
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{REPOSITORY}:{tag}"


def register(stage: Stage, tag: str, program: Path) -> None:
    """What the embedded cloud runs in the image's place, as examples/byoc/README.md says; of that tag."""
    entry = (FOLDER / "images.toml").read_text("utf-8")
    entry = entry.replace("ridge[:@].+", f"{REPOSITORY}:{tag}")
    entry = entry.replace('"FOLDER"', json.dumps(str(program.resolve())))
    place = stage.root / "images.toml"
    with place.open("a", encoding="utf-8") as file:
        file.write(entry)
    stage.done(f"no image is built here; {REPOSITORY}:{tag} is {program}", str(place))


def careless(folder: Path, source: Path = PROGRAM) -> Path:
    """A copy of the program with one line changed. Raises: PlotBroken when that line is not there."""
    program = folder / "program"
    shutil.copytree(source, program, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    file = program / "container.py"
    text, (old, new) = file.read_text("utf-8"), CARELESS
    if text.count(old) != 1:
        raise PlotBroken(f"{source / file.name} has {old!r} {text.count(old)} times; it should be there once")
    file.write_text(text.replace(old, new), "utf-8")
    return program


def show_change(stage: Stage) -> None:
    old, new = CARELESS
    stage.console.print(Text(f"  - {old}", "red"), Text(f"  + {new}", "green"), sep="\n", soft_wrap=True)


def challenger(case: UseCase, variant: str, image_uri: str, features: int) -> Json:
    """What an upload would give to that variant of the use case, if it were the container.

    features: how many the model has, once categories are columns.
    """
    given = {"l2": "0.01", "degree": "1" if features > WIDE else "2"}
    own = Variant(algorithm="custom", image=image_uri, hyperparameters=given)
    return training_input(case.model_copy(update={"variants": case.variants | {variant: own}}), variant)
