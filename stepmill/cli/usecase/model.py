"""What a use case may say: a table, its models, and how they are served, scored and watched.

What is left out has the default of the machine that takes it; so no default stands here a second time.
Names of fields are those of the machines' inputs, see docs/training.md, docs/deployment.md and
docs/batch_scoring.md.
"""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

COLUMNS_LIMIT = 256
BUILT_IN = ("xgboost", "linear-learner")


def as_text(value: Any) -> Any:
    """YAML's numbers and truth values as SageMaker's hyperparameters have them."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(as_text, json_schema_input_type=str | float | bool)]
Name = Annotated[str, Field(min_length=1)]
StepName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")]
InstanceType = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Fleet = Annotated[int, Field(ge=1, le=1000)]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    def given(self) -> dict[str, Any]:
        """What was said, nothing else."""
        return self.model_dump(exclude_none=True)


class Range(Section):
    """Values of a hyperparameter: from `min` to `max`, integers where both are, or one of `values`."""

    min: float | int | None = Field(default=None, description="least value")
    max: float | int | None = Field(default=None, description="greatest value")
    scale: Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"] | None = Field(
        default=None, description="where values lie close together (default Auto)"
    )
    values: list[Text] | None = Field(default=None, min_length=1, description="instead of min and max")

    @model_validator(mode="after")
    def is_one_kind(self) -> Self:
        if (self.values is None) == (self.min is None or self.max is None):
            raise ValueError("give min and max, or values")
        if self.values is None and not (self.min or 0) < (self.max or 0):
            raise ValueError(f"min is {self.min} and max {self.max}; give a max above min")
        return self


class Tuning(Section):
    """A search for hyperparameters before the training; its best model goes on."""

    strategy: Literal["Random", "Grid"] = Field(default="Random", description="how values are chosen")
    max_jobs: Count = Field(default=10, description="trainings")
    parallel_jobs: Count = Field(default=2, description="trainings at once")
    early_stopping: Literal["Off", "Auto"] = Field(
        default="Auto", description="stop trainings that will not be the best"
    )
    ranges: dict[Name, Range] = Field(min_length=1, description="hyperparameters that are searched for")


class Variant(Section):
    """A model of its own on an endpoint of its own, made by the same machines."""

    algorithm: Literal["xgboost", "linear-learner", "custom"] = Field(
        description="SageMaker's, or custom: a container of yours"
    )
    image: Name | None = Field(default=None, description="training and serving image; required with custom")
    hyperparameters: dict[str, Text] | None = Field(default=None, description="over the algorithm's own")

    tuning: Tuning | None = Field(default=None, description="search for hyperparameters first")

    @model_validator(mode="after")
    def has_its_image(self) -> Self:
        if self.algorithm == "custom" and self.image is None:
            raise ValueError("image is missing; give the URI of your container's image")
        if self.algorithm == "custom" and self.tuning is not None:
            raise ValueError("tuning is not for algorithm custom; drop it")
        if twice := sorted((self.hyperparameters or {}).keys() & (self.tuning.ranges if self.tuning else {})):
            raise ValueError(f"{twice[0]} is in hyperparameters and in tuning.ranges; keep one")
        return self


class Data(Section):
    """How the table is read and split."""

    preprocess_step: StepName | None = Field(
        default=None,
        description="on the rows before training, before scoring, and of each request: see below",
    )
    max_missing_fraction: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        default=None, description="empty cells of a column"
    )
    seed: int | None = Field(
        default=None, ge=0, le=2**31 - 1, description="chooses the split, and what a random tuning tries"
    )
    train_fraction: Fraction | None = Field(default=None, description="rows for training")
    validation_fraction: Fraction | None = Field(default=None, description="rows for validation")
    test_fraction: Fraction | None = Field(default=None, description="rows on which models are compared")


class Instances(Section):
    """What AWS runs the work on; without effect on the embedded cloud."""

    training: list[InstanceType] | None = Field(
        default=None, min_length=1, description="the first that AWS has room for is taken"
    )
    processing: InstanceType | None = Field(default=None, description="for processing jobs")
    transform: InstanceType | None = Field(default=None, description="for batch predictions")
    endpoint: InstanceType | None = Field(default=None, description="for the endpoint")


class Deployment(Section):
    """How an approved model reaches its endpoint, and how that grows."""

    min_instances: Fleet | None = Field(default=None, description="fewest instances")
    max_instances: Fleet | None = Field(default=None, description="most instances")
    invocations_per_instance: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="requests a minute of an instance, above which there are more"
    )
    canary_percent: Annotated[int, Field(ge=0, le=50)] | None = Field(
        default=None, description="of the new fleet, takes traffic first; needs two instances"
    )
    bake_s: Annotated[int, Field(ge=0, le=1800)] | None = Field(
        default=None, description="seconds that the alarms are watched after each shift"
    )

    @model_validator(mode="after")
    def is_in_order(self) -> Self:
        if self.min_instances and self.max_instances and self.max_instances < self.min_instances:
            raise ValueError(f"max_instances is {self.max_instances}; give at least min_instances")
        return self


class Scoring(Section):
    """What happens to a file under the scoring prefix."""

    bad_rows: Literal["report", "fail"] | None = Field(
        default=None, description="corrupt rows: told, the rest scored; or none is scored"
    )
    postprocess_step: StepName | None = Field(
        default=None, description="on the rows and their predictions, of a request too: see below"
    )
    rows_per_part: Count | None = Field(default=None, description="rows of a scored file at most")
    explained_rows: Fleet | None = Field(
        default=None, description="rows whose attributions are compared with the training's"
    )
    retrain: bool | None = Field(default=None, description="whether a training may be started")
    retrain_drifted_features: Count | None = Field(
        default=None, description="drifted columns that start a training"
    )
    retrain_rejected_share: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="share of rejected rows that starts a training"
    )
    retrain_ndcg: Share | None = Field(default=None, description="NDCG below which a training is started")
    retrain_cooldown_h: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="hours within which a cause starts one training only"
    )


class Monitoring(Section):
    """How the endpoints of the first two variants are watched."""

    schedule: Annotated[str, Field(pattern=r"^(rate|cron)\(.+\)$")] | None = Field(
        default=None, description="rate(1 hour), or cron(...) in UTC"
    )
    slack: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="part of a limit by which model quality may be worse than it"
    )
    attributions: bool | None = Field(
        default=None, description="whether the attributions are compared too, which asks the model"
    )
    lookback_days: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="days of capture that are looked at; 0 for all"
    )
    sample_rows: Annotated[int, Field(ge=0, le=50)] | None = Field(
        default=None, description="rows kept with each violation"
    )


class Realtime(Section):
    """How the predictions of two endpoints become one."""

    rule: Literal["largest", "smallest", "mean", "first"] | None = Field(
        default=None, description="which is given"
    )


class UseCase(Section):
    """A use case of Stepmill: one table, from training to monitoring. See docs/usecases.md."""

    model_config = ConfigDict(title="Use case")

    target: Name = Field(description="column to predict", max_length=256)
    unit: str | None = Field(default=None, description="unit of the target, for messages")
    columns: dict[str, Literal["numeric", "categorical"]] | None = Field(
        default=None, description="where the type is not to be inferred; 256 characters as JSON"
    )
    rmse_limit: float = Field(gt=0, description="models above this error are rejected, in the target's unit")
    approval: Literal["manual", "automatic"] | None = Field(
        default=None, description="who approves a better model: people, or the comparison alone"
    )
    variants: dict[Annotated[str, Field(pattern="^[a-z][a-z0-9]{0,15}$")], Variant] = Field(
        min_length=1,
        description="models, by name; the first has the endpoint <project>-<stage>, another "
        "<project>-<stage>-<name>",
    )
    data: Data = Data()
    instances: Instances = Instances()
    deployment: Deployment = Deployment()
    scoring: Scoring = Scoring()
    monitoring: Monitoring = Monitoring()
    realtime: Realtime = Realtime()

    @model_validator(mode="after")
    def is_one_whole(self) -> Self:
        columns = self.columns or {}
        if self.target in columns:
            raise ValueError(f"columns has the target {self.target!r}; leave it out, it is always numeric")
        if (length := len(json.dumps(columns))) > COLUMNS_LIMIT:
            raise ValueError(f"columns has {length} characters as JSON; give {COLUMNS_LIMIT} at most")
        return self
