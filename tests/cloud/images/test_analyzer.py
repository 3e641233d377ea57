"""The stand-in for Model Monitor's analyzer: what it says of rows, and how a job of that image ends."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.sagemaker.things import BUCKET, get, keys, processing, put, run

IMAGE = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
IN, OUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
BASE = {
    "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
    "dataset_source": f"{IN}/current",
    "baseline_statistics": f"{IN}/baseline/statistics.json",
    "baseline_constraints": f"{IN}/baseline/constraints.json",
    "output_path": OUT,
    "publish_cloudwatch_metrics": "Disabled",
}
QUALITY = {
    **BASE,
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "Regression",
    "inference_attribute": "prediction",
    "ground_truth_attribute": "truth",
}
BUCKETS = [
    {"lower_bound": 10.0 * place, "upper_bound": 10.0 * place + 10, "count": 10.0} for place in range(10)
]
STATISTICS = {
    "version": 0.0,
    "dataset": {"item_count": 100},
    "features": [
        {"name": "Mileage", "numerical_statistics": {"distribution": {"kll": {"buckets": BUCKETS}}}},
        {"name": "Make"},
    ],
}
CONSTRAINTS = {
    "version": 0.0,
    "features": [
        {"name": "Mileage", "inferred_type": "Integral", "completeness": 1.0},
        {
            "name": "Make",
            "inferred_type": "String",
            "completeness": 1.0,
            "string_constraints": {"domains": ["Buick", "Saab"]},
        },
    ],
    "monitoring_config": {
        "datatype_check_threshold": 1.0,
        "domain_content_threshold": 1.0,
        "distribution_constraints": {"perform_comparison": "Enabled", "comparison_threshold": 0.1},
    },
}
ORDINARY = [(str(place), ("Buick", "Saab")[place % 2]) for place in range(1, 101)]
LIMITS = {
    "regression_constraints": {
        "mae": {"threshold": 1.0, "comparison_operator": "GreaterThanThreshold"},
        "r2": {"threshold": 0.5, "comparison_operator": "LessThanThreshold"},
    }
}


def table(header: str, rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join([header, *(",".join(row) for row in rows), ""])


def analyzed(
    cloud: Cloud, name: str, rows: str, constraints: Any, environment: dict[str, str]
) -> dict[str, Any]:
    """The job's description, once it has ended."""
    put(cloud, f"{name}/current/part.csv", rows)
    put(cloud, f"{name}/baseline/statistics.json", json.dumps(STATISTICS))
    put(cloud, f"{name}/baseline/constraints.json", json.dumps(constraints))
    inputs = [
        {
            "InputName": folder,
            "S3Input": {
                "S3Uri": f"s3://{BUCKET}/{name}/{folder}/",
                "LocalPath": f"{IN}/{folder}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
        for folder in ("current", "baseline")
    ]
    target = {"S3Uri": f"s3://{BUCKET}/{name}/out", "LocalPath": OUT, "S3UploadMode": "EndOfJob"}
    params = processing(cloud, name, "") | {
        "AppSpecification": {"ImageUri": IMAGE},
        "Environment": environment,
        "ProcessingInputs": inputs,
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": target}]},
    }
    return run(cloud, "ProcessingJob", params)


def found(cloud: Cloud, name: str) -> list[tuple[str, str, str]]:
    document = json.loads(get(cloud, f"s3://{BUCKET}/{name}/out/constraint_violations.json"))
    return [
        (one.get("feature_name") or one["metric_name"], one["constraint_check_type"], one["description"])
        for one in document["violations"]
    ]


def test_rows_like_the_baselines_leave_no_file_of_violations(cloud: Cloud) -> None:
    done = analyzed(cloud, "ordinary", table("Mileage,Make", ORDINARY), CONSTRAINTS, BASE)
    assert done["ProcessingJobStatus"] == "Completed", done
    assert done["ExitMessage"] == "Completed: Job completed successfully with no violations."
    assert keys(cloud, "ordinary/out/") == ["ordinary/out/statistics.json"]
    statistics = json.loads(get(cloud, f"s3://{BUCKET}/ordinary/out/statistics.json"))
    common = {"num_present": 100, "num_missing": 0}
    assert statistics["features"] == [
        {
            "name": "Mileage",
            "inferred_type": "Integral",
            "numerical_statistics": {
                "common": common,
                "mean": 50.5,
                "sum": 5050.0,
                "std_dev": pytest.approx(28.866, abs=1e-3),
                "min": 1.0,
                "max": 100.0,
            },
        },
        {
            "name": "Make",
            "inferred_type": "String",
            "string_statistics": {"common": common, "distinct_count": 2.0},
        },
    ]


def test_each_check_tells_its_violation(cloud: Cloud) -> None:
    rows: list[tuple[str, ...]] = [(str(int(mileage) * 2), make, "1") for mileage, make in ORDINARY]
    rows[0], rows[1] = ("", "Lada", "1"), ("1.5", "Saab", "1")
    done = analyzed(cloud, "moved", table("Mileage,Make,Year", rows), CONSTRAINTS, BASE)
    assert done["ExitMessage"] == "CompletedWithViolations: Job completed successfully with 5 violations."
    counted = (
        "There are extra columns in current dataset. Number of columns in current dataset: 3, "
        "Number of columns in baseline constraints: 2"
    )
    assert found(cloud, "moved") == [
        (
            "Mileage",
            "completeness_check",
            "Data completeness requirement is not met. Expected: 100.0%. "
            "Observed: Only 99.0% of data is complete.",
        ),
        (
            "Mileage",
            "data_type_check",
            "Data type match requirement is not met. Expected data type: Integral, "
            "Expected match: 100.0%. Observed: Only 99.0% of data is Integral.",
        ),
        (
            "Mileage",
            "baseline_drift_check",
            f"Baseline drift distance: {0.9 - 44 / 99} exceeds threshold: 0.1",
        ),
        (
            "Make",
            "categorical_values_check",
            "Expected match: 100.0%. Observed: Only 99.0% of data is in the domain.",
        ),
        ("Year", "extra_column_check", counted),
    ]


def test_a_column_that_is_gone_is_told(cloud: Cloud) -> None:
    analyzed(cloud, "lost", table("Mileage", [row[:1] for row in ORDINARY]), CONSTRAINTS, BASE)
    [(name, check, _)] = found(cloud, "lost")
    assert (name, check) == ("Make", "missing_column_check")


def test_answers_are_held_against_the_limits_of_a_regression(cloud: Cloud) -> None:
    rows = table("prediction,truth", [("10", "12"), ("20", "18"), ("30", "32"), ("40", "38")])
    analyzed(cloud, "judged", rows, LIMITS, QUALITY)
    told = "Metric mae with 2.0 +/- NaN was GreaterThanThreshold '1.0'"
    assert found(cloud, "judged") == [("mae", "GreaterThanThreshold", told)]
    statistics = json.loads(get(cloud, f"s3://{BUCKET}/judged/out/statistics.json"))
    figures = {name: one["value"] for name, one in statistics["regression_metrics"].items()}
    assert figures == {"mae": 2.0, "mse": 4.0, "rmse": 2.0, "r2": pytest.approx(1 - 16 / 436)}
    assert statistics["dataset"] == {"item_count": 4}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"problem_type": "BinaryClassification"}, "problem_type is 'BinaryClassification'"),
        ({"analysis_type": "BIAS"}, "analysis_type is 'BIAS'"),
        ({"inference_attribute": "score"}, "there is no column 'score'; the columns are prediction, truth"),
        ({"ground_truth_attribute": ""}, "environment variable ground_truth_attribute is not set"),
        ({"dataset_format": '{"sagemakerCaptureJson": {}}'}, "dataset_format must be"),
        ({"publish_cloudwatch_metrics": "Enabled"}, "publish_cloudwatch_metrics must be Disabled"),
        ({"record_preprocessor_script": "/a.py"}, "record_preprocessor_script is given"),
        ({"baseline_constraints": f"{IN}/baseline/none.json"}, "baseline_constraints: .*cannot be read"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_it_does_not_do_fails_the_job_by_name(
    cloud: Cloud, changed: dict[str, str], reason: str
) -> None:
    name = f"refused-{next(iter(changed)).replace('_', '-')}"
    done = analyzed(cloud, name, "prediction,truth\n1,2\n", LIMITS, QUALITY | changed)
    assert done["ProcessingJobStatus"] == "Failed"
    assert reason.split(".*")[0] in done["FailureReason"]


@pytest.mark.parametrize(
    ("rows", "constraints", "environment", "reason"),
    [
        ("prediction,truth\n1,x\n", LIMITS, QUALITY, "column truth, line 2: 'x' is no number"),
        ("prediction,truth\n1\n", LIMITS, QUALITY, "1 values in prediction, 0 in truth"),
        ("prediction,truth\n", LIMITS, QUALITY, "holds no rows"),
        ("prediction,truth\n1,2\n", {}, QUALITY, "baseline_constraints holds no regression_constraints"),
        ("Mileage,Make\n1,Saab\n", {}, BASE, "the baseline's files are not in Model Monitor's form"),
    ],
    ids=["text", "short_row", "empty", "other_problem", "no_baseline"],
)
def test_bad_input_fails_the_job_with_its_place(
    cloud: Cloud,
    request: pytest.FixtureRequest,
    rows: str,
    constraints: Any,
    environment: dict[str, str],
    reason: str,
) -> None:
    name = f"bad-{request.node.callspec.id.replace('_', '-')}"
    done = analyzed(cloud, name, rows, constraints, environment)
    assert done["ProcessingJobStatus"] == "Failed"
    assert reason in done["FailureReason"]


def test_an_image_without_a_processing_program_wants_an_entry_point(cloud: Cloud) -> None:
    app = {"ImageUri": IMAGE.replace("model-monitor-analyzer", "scikit-learn:1.2-1-cpu-py3")}
    done = run(cloud, "ProcessingJob", processing(cloud, "no-program", "") | {"AppSpecification": app})
    words = "ClientError: image scikit-learn has no processing program; give ContainerEntrypoint"
    assert done["FailureReason"] == words
