"""Retry policies by what went wrong. All wait a random part of a growing time."""

from stepmill.asl import Retry

# The function never ran, or its answer was lost. Not Lambda.AWSLambdaException: a denied call has that name.
LAMBDA_BUSY = Retry(
    error_equals=[
        "Lambda.ServiceException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ],
    interval_seconds=2,
    max_attempts=6,
    backoff_rate=2.0,
    max_delay_seconds=60,
    jitter_strategy="FULL",
)
# The function was cut off half way. Ours are safe to run twice.
LAMBDA_CRASHED = Retry(
    error_equals=["Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],
    interval_seconds=2,
    max_attempts=2,
    backoff_rate=2.0,
    jitter_strategy="FULL",
)
# A quota is used up by other jobs, which end.
QUOTA_USED_UP = Retry(
    error_equals=["SageMaker.ResourceLimitExceededException"],
    interval_seconds=60,
    max_attempts=6,
    backoff_rate=2.0,
    max_delay_seconds=900,
    jitter_strategy="FULL",
)
# No answer came. Throttling is not here: `throttled` tells it from a denied or invalid request.
SAGEMAKER_LOST = Retry(
    error_equals=["SageMaker.SdkClientException"],
    interval_seconds=2,
    max_attempts=3,
    backoff_rate=3.0,
    jitter_strategy="FULL",
)
# Of Application Auto Scaling. Throttling is not here either.
SCALING_LOST = Retry(
    error_equals=[
        "ApplicationAutoScaling.ConcurrentUpdateException",
        "ApplicationAutoScaling.InternalServiceException",
        "ApplicationAutoScaling.SdkClientException",
    ],
    interval_seconds=2,
    max_attempts=4,
    backoff_rate=2.0,
    jitter_strategy="FULL",
)
SSM_BUSY = Retry(
    error_equals=[
        "Ssm.InternalServerErrorException",
        "Ssm.ThrottlingException",
        "Ssm.TooManyUpdatesException",
        "Ssm.SdkClientException",
    ],
    interval_seconds=1,
    max_attempts=5,
    backoff_rate=2.0,
    max_delay_seconds=30,
    jitter_strategy="FULL",
)
# No answer came from Step Functions.
STATES_LOST = Retry(
    error_equals=["Sfn.SdkClientException"],
    interval_seconds=2,
    max_attempts=5,
    backoff_rate=2.0,
    jitter_strategy="FULL",
)
SNS_BUSY = Retry(
    error_equals=["SNS.InternalErrorException", "SNS.ThrottledException", "SNS.SdkClientException"],
    interval_seconds=1,
    max_attempts=5,
    backoff_rate=2.0,
    max_delay_seconds=30,
    jitter_strategy="FULL",
)
# All runs that the job may have at once are taken, or the service did not answer.
GLUE_BUSY = Retry(
    error_equals=[
        "Glue.ConcurrentRunsExceededException",
        "Glue.InternalServiceException",
        "Glue.OperationTimeoutException",
        "Glue.ResourceNumberLimitExceededException",
        "Glue.SdkClientException",
    ],
    interval_seconds=10,
    max_attempts=8,
    backoff_rate=2.0,
    max_delay_seconds=300,
    jitter_strategy="FULL",
)
LAMBDA = [LAMBDA_BUSY, LAMBDA_CRASHED]
SAGEMAKER = [QUOTA_USED_UP, SAGEMAKER_LOST]
