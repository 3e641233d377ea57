"""Stand-in for the training half of AWS's built-in XGBoost (algorithm mode).

Does: CSV without header, label first, channels `train` and `validation`; the documented hyperparameters; one
line of metrics a round as the container prints it; `xgboost-model` in UBJSON. Does not: libsvm, recordIO and
Parquet, instance weights (csv_weights), checkpoints, several instances, GPUs, more than one thread, Dask,
k-fold.
Run: python3 -m stepmill.cloud.images.standins.xgboost_train
"""

from typing import Any

import numpy as np
import xgboost

from stepmill.cloud.images.standins.contract import (
    OPT_ML,
    ClientError,
    channel_files,
    channels,
    check_names,
    hyperparameters,
    run,
    tuned_metric,
)
from stepmill.cloud.images.standins.table import read_files

# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html
INTEGERS = {
    "num_round",
    "early_stopping_rounds",
    "max_bin",
    "max_depth",
    "max_leaves",
    "nthread",
    "num_class",
}
INTEGERS |= {"num_parallel_tree", "seed", "verbosity", "refresh_leaf", "one_drop", "csv_weights"}
FLOATS = {
    "alpha",
    "base_score",
    "colsample_bylevel",
    "colsample_bynode",
    "colsample_bytree",
    "eta",
    "gamma",
    "lambda",
}
FLOATS |= {"lambda_bias", "max_delta_step", "min_child_weight", "rate_drop", "scale_pos_weight", "skip_drop"}
FLOATS |= {"subsample", "tweedie_variance_power", "sketch_eps"}
TEXTS = {
    "booster",
    "eval_metric",
    "grow_policy",
    "interaction_constraints",
    "monotone_constraints",
    "normalize_type",
}
TEXTS |= {"objective", "process_type", "sample_type", "tree_method", "updater", "deterministic_histogram"}
TEXTS |= {"single_precision_histogram"}
GONE = {
    "sketch_eps",
    "single_precision_histogram",
    "deterministic_histogram",
}  # the library dropped them since
MODEL = "xgboost-model"


class Lines(xgboost.callback.TrainingCallback):
    """Print each round as the container does: a tab is shown as #011 in its log."""

    def after_iteration(self, _model: Any, epoch: int, evals_log: dict[str, Any]) -> bool:
        values = [
            f"{name}-{metric}:{log[-1]:.5f}"
            for name, logs in evals_log.items()
            for metric, log in logs.items()
        ]
        print("#011".join([f"[{epoch}]", *values]), flush=True)
        return False


def read_parameters() -> tuple[dict[str, Any], int, int | None]:
    """Parameters for the library, rounds, and rounds of patience. Raises: ClientError."""
    given = hyperparameters()
    check_names(given, INTEGERS | FLOATS | TEXTS, {"num_round"})
    parameters: dict[str, Any] = {}
    for name, text in given.items():
        try:
            parameters[name] = int(text) if name in INTEGERS else float(text) if name in FLOATS else text
        except ValueError:
            kind = "an integer" if name in INTEGERS else "a number"
            raise ClientError(f"Hyperparameter {name}: value {text!r} is not {kind}") from None
    if parameters.pop("csv_weights", 0):
        raise ClientError(
            "Hyperparameter csv_weights: value 1 is not supported by the stand-in; leave it out"
        )
    if parameters["num_round"] < 1:
        raise ClientError(f"Hyperparameter num_round: value {parameters['num_round']} must be at least 1")
    if "eval_metric" in parameters:
        parameters["eval_metric"] = [one.strip() for one in parameters["eval_metric"].split(",")]
    if (metric := tuned_metric()) is not None:
        told = parameters.setdefault("eval_metric", [])
        name = metric.rpartition(":")[2]
        told += [] if name in told else [name]
    for name in GONE:
        parameters.pop(name, None)
    parameters["nthread"] = 1
    patience = parameters.pop("early_stopping_rounds", None)
    return parameters, parameters.pop("num_round"), patience


def read_channel(name: str) -> xgboost.DMatrix:
    matrix = read_files(channel_files(name), allow_missing=True)
    return xgboost.DMatrix(matrix[:, 1:], label=matrix[:, 0], missing=np.nan, nthread=1)


def train() -> None:
    parameters, rounds, patience = read_parameters()
    if "train" not in channels():
        raise ClientError("channel train is missing; give it in InputDataConfig")
    watched = [(read_channel(name), name) for name in ("train", "validation") if name in channels()]
    if len(watched) == 2 and watched[0][0].num_col() != watched[1][0].num_col():
        raise ClientError(
            f"channel validation: has {watched[1][0].num_col()} features, train has {watched[0][0].num_col()}"
        )
    print(
        f"Train matrix has {watched[0][0].num_row()} rows and {watched[0][0].num_col()} columns", flush=True
    )
    try:
        model = xgboost.train(
            parameters,
            watched[0][0],
            rounds,
            evals=watched,
            early_stopping_rounds=patience,
            verbose_eval=False,
            callbacks=[Lines()],
        )
    except (xgboost.core.XGBoostError, ValueError) as error:
        message = str(error).splitlines()
        reason = next((line for line in message if "Check failed" in line or "Invalid" in line), message[0])
        raise ClientError(f"XGBoost refused the job: {reason.strip()}") from error
    (OPT_ML / "model" / MODEL).write_bytes(model.save_raw(raw_format="ubj"))


if __name__ == "__main__":
    run(train)
