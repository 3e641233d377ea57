"""The algorithms that a training has, each with its image and what it is told unless the input says more.

`fixed` is what a tuning tells every training: nothing that is likely to be tuned, as none may be both.
CUSTOM is a container of the user's own: its image comes with the input, and so do all hyperparameters.
"""

from typing import Any

CUSTOM = "custom"
ALGORITHMS: dict[str, dict[str, Any]] = {
    "xgboost": {
        "image": "${XgboostImage}",
        "fixed": {"objective": "reg:squarederror", "eval_metric": "rmse", "num_round": "300"},
        "hyperparameters": {
            "objective": "reg:squarederror",
            "eval_metric": "rmse",
            "num_round": "300",
            "early_stopping_rounds": "20",
            "max_depth": "5",
            "eta": "0.1",
            "subsample": "0.8",
        },
    },
    "linear-learner": {
        "image": "${LinearLearnerImage}",
        "fixed": {"predictor_type": "regressor", "epochs": "30"},
        "hyperparameters": {"predictor_type": "regressor", "mini_batch_size": "32", "epochs": "30"},
    },
    CUSTOM: {"image": "", "fixed": {}, "hyperparameters": {}},
}
