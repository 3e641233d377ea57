"""A file of rows is uploaded, and comes back with the predictions of the approved model; people are told."""

import csv
import io
import json
from typing import Any

from .conftest import rows_of, table_of
from .platform import Platform, wait_for


def upload(platform: Platform, name: str, content: bytes) -> str:
    bucket, key = platform.outputs["DataBucketName"], platform.outputs["ScoringPrefix"] + name
    platform.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    return f"s3://{bucket}/{key}"


def scored(platform: Platform, uri: str) -> dict[str, Any]:
    """The execution that the upload has started, once it is over."""
    states = platform.client("stepfunctions")

    def executions() -> list[str]:
        found = states.list_executions(stateMachineArn=platform.outputs["BatchScoringArn"])["executions"]
        arns = [one["executionArn"] for one in found]
        described = [states.describe_execution(executionArn=arn) for arn in arns]
        return [one["executionArn"] for one in described if json.loads(one["input"])["data_uri"] == uri]

    [arn] = wait_for(executions, f"an execution on {uri}")
    return platform.ended(arn)


def objects(platform: Platform, uri: str) -> dict[str, str]:
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    s3 = platform.client("s3")
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {
        one["Key"].rpartition("/")[2]: s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read().decode()
        for one in found
    }


def test_an_uploaded_file_comes_back_with_predictions_and_a_mail(served: Platform, cars: bytes) -> None:
    """The rows hold their prices too, as they may."""
    names, *rows = rows_of(cars)
    given = rows[:600:2]
    given[7][names.index("Mileage")] = "many"
    nothing = f"s3://{served.outputs['DataBucketName']}/data/nothing/"
    use_case = {"retrain_rejected_share": 0.003, "training_data_uri": nothing, "explained_rows": 5}
    served.client("ssm").put_parameter(
        Name=served.outputs["ScoringUseCaseParameterName"], Value=json.dumps(use_case), Overwrite=True
    )
    uri = upload(served, "new cars.csv", table_of([names, *given]))
    done = scored(served, uri)
    assert done["status"] == "SUCCEEDED", done.get("cause")
    output = json.loads(done["output"])
    figures = output["figures"]
    assert (figures["rows"], figures["scored"], figures["rejected"]) == (300, 299, 1)
    assert 0 < figures["ndcg"] <= 1
    [(name, part)] = objects(served, output["scored_uri"]).items()
    made = list(csv.DictReader(io.StringIO(part)))
    package = output["model_package_arn"].rpartition("/")[2]
    run, at = done["name"], done["startDate"]
    assert name == "part-00000.csv"
    assert f"/scored/{served.outputs['EndpointName']}/dt={at:%Y-%m-%d}/{run}" in output["scored_uri"]
    assert [row["inference_id"] for row in made] == [f"{run}-{n}" for n in range(1, 301) if n != 8]
    assert [[row[column] for column in names] for row in made] == [*given[:7], *given[8:]]
    assert {row["model_package"] for row in made} == {package}
    compared = objects(served, f"{output['run_uri']}/drift/data/")
    assert json.loads(compared["constraint_violations.json"]) == {"violations": []}
    # The endpoint, which serves the same version, says the same of the first car.
    report = objects(served, f"{output['run_uri']}/report/")
    assert report["rejected.csv"] == (
        "file,row,reason\nnew cars.csv,9,column Mileage: 'many' is not a number\n"
    )
    [first] = objects(served, f"{output['run_uri']}/rows/").values()
    answer = served.predict(first.splitlines()[0].partition(",")[2])
    assert float(made[0]["prediction"]) == float(answer)
    models = served.client("sagemaker").list_models(NameContains="-scoring-")["Models"]
    assert models == []
    mail = served.mail_with("batch-scoring succeeded, scored", "new cars.csv")
    assert f"299 of 300 rows scored by version {package}; 1 rejected" in mail
    assert output["scored_uri"] in mail
    [trained] = served.executions_on(nothing)
    assert trained["name"] == f"retraining-{output['run_uri'].rpartition('/')[2]}"
    given_to_it = json.loads(trained["input"])
    assert (given_to_it["algorithm"], given_to_it["approval"]) == ("xgboost", "automatic")
    assert "0.3% rejected rows reach the limit 0.3%" in mail
