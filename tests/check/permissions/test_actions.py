"""IAM's own data."""

from stepmill.check.permissions.actions import Action, action, prefix_of, request_of, sam_template

TRANSFORM_JOB = "arn:${Partition}:sagemaker:${Region}:${Account}:transform-job/${TransformJobName}"


def test_an_action_is_found_in_any_case_and_named_as_iam_does() -> None:
    wanted = Action("sagemaker:CreateTransformJob", {"transform-job": TRANSFORM_JOB}, {})
    assert action("sagemaker:createTransformJob") == wanted
    assert action("SageMaker:CREATETRANSFORMJOB") == wanted


def test_an_action_without_resource_types_takes_only_the_star() -> None:
    assert action("logs:CreateLogDelivery") == Action("logs:CreateLogDelivery", {}, {})


def test_there_is_no_action_of_an_unknown_name_or_service() -> None:
    assert action("lambda:Invoke") is None
    assert action("nowhere:Go") is None
    assert action("") is None


def test_an_sdk_service_has_the_prefix_that_iam_knows_it_by() -> None:
    names = ("sfn", "cloudwatchlogs", "eventbridge", "sagemakerruntime", "s3", "cloudwatch", "emr")
    assert {name: prefix_of(name) for name in names} == {
        "sfn": "states",
        "cloudwatchlogs": "logs",
        "eventbridge": "events",
        "sagemakerruntime": "sagemaker",
        "s3": "s3",
        "cloudwatch": "cloudwatch",
        "emr": "elasticmapreduce",
    }
    assert prefix_of("nowhere") is None


def test_requests_that_iam_knows_by_method_and_path() -> None:
    assert request_of("apigateway", "importRestApi") == ("POST", "/restapis")
    assert request_of("apigatewayv2", "getApi") == ("GET", "/apis/{apiId}")
    assert request_of("apigateway", "dance") is None
    assert request_of("s3", "getObject") is None


def test_a_policy_template_of_sam_has_its_statements() -> None:
    found = sam_template("LambdaInvokePolicy")
    assert found is not None
    assert found["parameters"] == ["FunctionName"]
    assert [statement["Action"] for statement in found["statements"]] == [["lambda:InvokeFunction"]]
    assert sam_template("NoSuchPolicy") is None
