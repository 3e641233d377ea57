"""What a call's own parameters say of it to the conditions of a policy."""

from typing import Any

import pytest

from stepmill.cloud.iam.actions import context_of


@pytest.mark.parametrize(
    ("service", "params", "keys"),
    [
        (
            "application-autoscaling",
            {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"},
            {
                "application-autoscaling:service-namespace": "sagemaker",
                "application-autoscaling:scalable-dimension": "sagemaker:variant:DesiredInstanceCount",
            },
        ),
        (
            "application-autoscaling",
            {"ServiceNamespace": "ecs"},
            {
                "application-autoscaling:service-namespace": "ecs",
            },
        ),
        ("cloudwatch", {"Namespace": "/aws/sagemaker/x"}, {"cloudwatch:namespace": "/aws/sagemaker/x"}),
        (
            "sagemaker",
            {"ModelApprovalStatus": "Approved", "CustomerMetadataProperties": {"rmse": "1"}},
            {
                "sagemaker:ModelApprovalStatus": "Approved",
                "sagemaker:CustomerMetadataProperties/rmse": "1",
            },
        ),
        ("sagemaker", {"ModelPackageName": "x"}, {}),
        ("sns", {"Namespace": "x"}, {}),
    ],
    ids=["target", "namespace", "metrics", "approval", "package", "none"],
)
def test_the_condition_keys_of_a_call(service: str, params: dict[str, Any], keys: dict[str, str]) -> None:
    assert context_of(service, params) == keys
