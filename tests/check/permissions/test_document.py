"""Needs as a policy document."""

from stepmill.check.permissions.document import document_of
from stepmill.check.permissions.need import Need, Needs
from stepmill.check.permissions.policy import policy_document
from stepmill.check.subject import Subject

JOB = "arn:aws:sagemaker:r:1:training-job"


def test_actions_on_the_same_resources_are_one_statement_and_what_is_covered_is_left_out() -> None:
    needs = [
        Need("sagemaker:StopTrainingJob", f"{JOB}/cars-*-*"),
        Need("sagemaker:CreateTrainingJob", f"{JOB}/cars-*"),
        Need("sagemaker:CreateTrainingJob", f"{JOB}/cars-1", state="Again"),
        Need("sagemaker:DescribeTrainingJob", f"{JOB}/bikes-*"),
        Need("iam:PassRole", "${FitArn}", "sagemaker.amazonaws.com"),
        Need("iam:PassRole", "${RunArn}", "ecs-tasks.amazonaws.com"),
    ]
    assert document_of(Needs(tuple(needs))) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "IamPassRole",
                "Effect": "Allow",
                "Action": ["iam:PassRole"],
                "Resource": ["${RunArn}"],
                "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            },
            {
                "Sid": "IamPassRole2",
                "Effect": "Allow",
                "Action": ["iam:PassRole"],
                "Resource": ["${FitArn}"],
                "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            },
            {
                "Sid": "SagemakerTrainingJob",
                "Effect": "Allow",
                "Action": ["sagemaker:CreateTrainingJob", "sagemaker:StopTrainingJob"],
                "Resource": [f"{JOB}/cars-*"],
            },
            {
                "Sid": "SagemakerDescribeTrainingJob",
                "Effect": "Allow",
                "Action": ["sagemaker:DescribeTrainingJob"],
                "Resource": [f"{JOB}/bikes-*"],
            },
        ],
    }


def test_a_machine_that_calls_nothing_needs_nothing() -> None:
    subject = Subject({"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}})
    assert policy_document(subject) == {"Version": "2012-10-17", "Statement": []}
