"""Stand-in for the training half of AWS's built-in Linear Learner, as a regressor, with scikit-learn.

Does: CSV without header, label first; squared loss solved exactly; weight decay (wd) and l1; normalisation of
data and label; the container's `#quality_metric` lines. Accepts without effect what steers AWS's stochastic
search (epochs, learning rate, optimizer, num_models, ...). Does not: classifiers, other losses, recordIO,
several instances; refuses other hyperparameters by name. The artefact is JSON in `model_algo-1`, not AWS's
MXNet archive.
Run: python3 -m stepmill.cloud.images.standins.linear_train
"""

import json

import numpy as np
from sklearn.linear_model import ElasticNet, LinearRegression, Ridge

from stepmill.cloud.images.standins.contract import (
    OPT_ML,
    ClientError,
    channel_files,
    channels,
    check_names,
    hyperparameters,
    number,
    run,
)
from stepmill.cloud.images.standins.table import Matrix, read_files

# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html
HONOURED = {
    "predictor_type",
    "feature_dim",
    "wd",
    "l1",
    "normalize_data",
    "normalize_label",
    "use_bias",
    "loss",
}
WITHOUT_EFFECT = {"mini_batch_size", "epochs", "learning_rate", "optimizer", "num_models", "beta_1", "beta_2"}
WITHOUT_EFFECT |= {
    "momentum",
    "init_method",
    "init_scale",
    "init_sigma",
    "init_bias",
    "early_stopping_patience",
}
WITHOUT_EFFECT |= {"early_stopping_tolerance", "num_point_for_scaler", "num_calibration_samples"}
MODEL = "model_algo-1"


def flag(given: dict[str, str], name: str, default: bool) -> bool:
    text = given.get(name, "auto").lower()
    if text not in ("auto", "true", "false"):
        raise ClientError(f"Hyperparameter {name}: value {text!r} must be auto, true or false")
    return default if text == "auto" else text == "true"


def read_parameters() -> dict[str, str]:
    given = hyperparameters()
    check_names(given, HONOURED | WITHOUT_EFFECT, {"predictor_type"})
    if given["predictor_type"] != "regressor":
        raise ClientError(
            f"Hyperparameter predictor_type: value {given['predictor_type']!r} must be regressor here"
        )
    if given.get("loss", "auto") not in ("auto", "squared_loss"):
        raise ClientError(f"Hyperparameter loss: value {given['loss']!r} must be auto or squared_loss here")
    return given


def fit(given: dict[str, str], features: Matrix, label: Matrix) -> tuple[list[float], float]:
    """Weights (F,) and bias in the data's own units."""
    wd, l1 = number(given, "wd", 0.0, least=0.0), number(given, "l1", 0.0, least=0.0)
    has_bias = flag(given, "use_bias", True)
    wide, target = features.astype(np.float64), label.astype(np.float64)
    centre, spread = np.zeros(wide.shape[1]), np.ones(wide.shape[1])
    if flag(given, "normalize_data", True):
        centre = wide.mean(axis=0) if has_bias else centre
        spread = np.where(wide.std(axis=0) > 0, wide.std(axis=0), 1.0)
    middle, scale = 0.0, 1.0
    if flag(given, "normalize_label", True):
        middle = float(target.mean()) if has_bias else 0.0
        scale = float(target.std()) or 1.0
    scaled, goal, rows = (wide - centre) / spread, (target - middle) / scale, len(target)
    if l1 > 0:
        model = ElasticNet(alpha=l1 + wd, l1_ratio=l1 / (l1 + wd), fit_intercept=has_bias, max_iter=10_000)
    elif wd > 0:
        model = Ridge(alpha=wd * rows, fit_intercept=has_bias)
    else:
        model = LinearRegression(fit_intercept=has_bias)
    model.fit(scaled, goal)
    weights = model.coef_ / spread * scale
    bias = float(model.intercept_) * scale + middle - float(weights @ centre) if has_bias else 0.0
    return weights.tolist(), bias


def report(name: str, matrix: Matrix, weights: list[float], bias: float) -> None:
    error = matrix[:, 1:].astype(np.float64) @ np.array(weights) + bias - matrix[:, 0]
    mse = float(np.mean(error**2))
    values = {
        "objective_loss": mse,
        "mse": mse,
        "rmse": mse**0.5,
        "absolute_loss": float(np.mean(np.abs(error))),
    }
    for metric, value in values.items():
        print(f"#quality_metric: host=algo-1, {name} {metric} <loss>={value!r}", flush=True)


def train() -> None:
    given = read_parameters()
    if "train" not in channels():
        raise ClientError("channel train is missing; give it in InputDataConfig")
    data = {
        name: read_files(channel_files(name), allow_missing=False)
        for name in ("train", "validation")
        if name in channels()
    }
    width = data["train"].shape[1] - 1
    wanted = int(number(given, "feature_dim", width))
    for name, matrix in data.items():
        if matrix.shape[1] - 1 != wanted:
            raise ClientError(f"channel {name}: has {matrix.shape[1] - 1} features; feature_dim is {wanted}")
    weights, bias = fit(given, data["train"][:, 1:], data["train"][:, 0])
    for name, matrix in data.items():
        report(name, matrix, weights, bias)
    (OPT_ML / "model" / MODEL).write_text(
        json.dumps({"predictor_type": "regressor", "weights": weights, "bias": bias})
    )


if __name__ == "__main__":
    run(train)
