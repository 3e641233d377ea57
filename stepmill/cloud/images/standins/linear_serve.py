"""Stand-in for the serving half of AWS's built-in Linear Learner (regressor).

Does: `text/csv` or `application/json` ({"instances": [{"features": [...]}]}) in; {"predictions": [{"score":
...}]} out, or `text/csv` when that is accepted. Does not: recordIO, JSON lines, classifiers.
"""

import json

import numpy as np

from stepmill.cloud.images.standins.contract import OPT_ML, ClientError
from stepmill.cloud.images.standins.server import UnsupportedType, base_type, serve
from stepmill.cloud.images.standins.table import parse

MODEL = "model_algo-1"


def read_rows(body: bytes, kind: str) -> list[list[float]]:
    if base_type(kind) == "text/csv":
        return parse(body, "request", allow_missing=False)
    if base_type(kind) == "application/json":
        try:
            return [list(map(float, one["features"])) for one in json.loads(body)["instances"]]
        except (ValueError, KeyError, TypeError) as error:
            raise ClientError(
                f"the request is not {{'instances': [{{'features': [...]}}]}} ({error})"
            ) from None
    raise UnsupportedType(f"Content type {kind} is not supported; send text/csv or application/json")


def main() -> None:
    model = json.loads((OPT_ML / "model" / MODEL).read_text())
    weights, bias = np.array(model["weights"], dtype=np.float64), float(model["bias"])

    def predict(body: bytes, kind: str, accept: str) -> tuple[bytes, str]:
        rows = read_rows(body, kind)
        if not rows or any(len(row) != len(weights) for row in rows):
            got = len(rows[0]) if rows else 0
            raise ClientError(
                f"the request has {got} features in its first row; the model has {len(weights)}"
            )
        scores = (np.array(rows) @ weights + bias).tolist()
        if base_type(accept) == "text/csv":
            return "".join(f"{score!r}\n" for score in scores).encode(), "text/csv"
        return json.dumps(
            {"predictions": [{"score": score} for score in scores]}
        ).encode(), "application/json"

    serve(predict)


if __name__ == "__main__":
    main()
