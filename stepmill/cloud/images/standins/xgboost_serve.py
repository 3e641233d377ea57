"""Stand-in for the serving half of AWS's built-in XGBoost.

Does: `text/csv` in, one prediction a line out (`text/csv`), or JSON when that is accepted. Loads XGBoost's
own JSON or UBJSON only. Does not: libsvm, recordIO, selectable inference, ensembles, user scripts
(inference.py).
"""

import json

import numpy as np
import xgboost

from stepmill.cloud.images.standins.contract import OPT_ML, ClientError
from stepmill.cloud.images.standins.server import UnsupportedType, base_type, serve
from stepmill.cloud.images.standins.table import parse

MODEL = "xgboost-model"


def load() -> xgboost.Booster:
    """Raises: ClientError when the file is not XGBoost's own format (a pickle, for one)."""
    path = OPT_ML / "model" / MODEL
    if not path.is_file():
        raise ClientError(f"model.tar.gz has no file {MODEL}")
    data = path.read_bytes()
    if not data.startswith(b"{"):
        raise ClientError(f"{MODEL} is not XGBoost's JSON or UBJSON; save it with Booster.save_model")
    booster = xgboost.Booster()
    booster.load_model(bytearray(data))
    booster.set_param({"nthread": 1})
    return booster


def main() -> None:
    booster = load()
    features = booster.num_features()
    best = booster.attr("best_iteration")
    rounds = (0, int(best) + 1) if best is not None else (0, 0)

    def predict(body: bytes, kind: str, accept: str) -> tuple[bytes, str]:
        if base_type(kind) != "text/csv":
            raise UnsupportedType(f"Content type {kind} is not supported; send text/csv")
        rows = parse(body, "request", allow_missing=True)
        if not rows:
            raise ClientError("the request has no rows")
        if len(rows[0]) != features:
            raise ClientError(
                f"Feature size of csv inference data {len(rows[0])} is not consistent with feature size of "
                f"trained "
                f"model {features}."
            )
        data = xgboost.DMatrix(np.array(rows, dtype=np.float32), missing=np.nan, nthread=1)
        scores = booster.predict(data, iteration_range=rounds).tolist()
        if base_type(accept) == "application/json":
            return json.dumps(
                {"predictions": [{"score": score} for score in scores]}
            ).encode(), "application/json"
        lines = (",".join(map(repr, score)) if isinstance(score, list) else repr(score) for score in scores)
        return "".join(f"{line}\n" for line in lines).encode(), "text/csv; charset=utf-8"

    serve(predict)


if __name__ == "__main__":
    main()
