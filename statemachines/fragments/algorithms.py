"""The algorithms that a training has, each with its image and what it is told unless the input says more.

`fixed` is what a tuning tells every training: nothing that is likely to be tuned, as none may be both.
CUSTOM is a container of the user's own: its image comes with the input, and so do all hyperparameters.
"""

from typing import Any

from stepmill.asl import ChoiceRule, Fail

C = ChoiceRule
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


def refused_with_custom() -> list[tuple[Any, Fail]]:
    """Rules, and their ends: of a container of one's own the image is needed, the metrics are not known."""
    image, tuned = "$.config.image", "$.config.tuning"
    is_custom = C.StringEquals("$.config.algorithm", CUSTOM)
    has_none = C.Or([C.IsPresent(image, False), C.StringEquals(image, "")])
    is_tuned = C.And([C.IsPresent(tuned, True), C.IsNull(tuned, False)])
    no_image = "training: input.image is missing; algorithm custom needs the URI of your container's image"
    no_tuning = "training: input.tuning is given; algorithm custom cannot be tuned, give null"
    return [
        (C.And([is_custom, has_none]), Fail("RefuseNoImage", error="InputInvalid", cause=no_image)),
        (C.And([is_custom, is_tuned]), Fail("RefuseCustomTuning", error="InputInvalid", cause=no_tuning)),
    ]
