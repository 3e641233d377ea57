"""What Step Functions' own integrations need, as far as it is a list of actions.

actions: of the call. watches: what `.sync` needs to see the end, for it asks beside the events that it hears.
marks: to tag what it starts as its own. stops: to end the work when the execution is aborted. rule: the
EventBridge rule by which `.sync` hears of the end.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
"""

from __future__ import annotations

from stepmill.check.records import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    actions: tuple[str, ...]
    watches: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    rule: str = ""
    marks: tuple[str, ...] = ()


def _job(kind: str, rule: str = "") -> Call:
    """A job of SageMaker's. Its rule knows the tuning jobs by a shorter name.

    `.sync` sends the tag MANAGED_BY_AWS with the request, which is denied to who may not add tags.
    Source: https://github.com/aws/aws-cdk/issues/26012, https://github.com/aws/aws-cdk/issues/32294
    """
    return Call(
        (f"sagemaker:Create{kind}Job",),
        (f"sagemaker:Describe{kind}Job",),
        (f"sagemaker:Stop{kind}Job",),
        f"StepFunctionsGetEventsForSageMaker{rule or kind}JobsRule",
        ("sagemaker:AddTags",),
    )


def _application(operation: str, stop: str) -> Call:
    return Call(
        (f"emr-serverless:{operation}Application",),
        ("emr-serverless:GetApplication",),
        (f"emr-serverless:{stop}Application",) if stop else (),
        "StepFunctionsGetEventsForEMRServerlessApplicationRule",
    )


def _eks(operation: str, watch: str, stop: str = "") -> Call:
    return Call((f"eks:{operation}",), (f"eks:{watch}",), (f"eks:{stop}",) if stop else ())


def _only(*actions: str) -> Call:
    return Call(actions)


CALLS = {
    "apigateway:invoke": Call(()),
    "athena:getQueryExecution": _only("athena:GetQueryExecution"),
    "athena:getQueryResults": _only("athena:GetQueryResults"),
    "athena:startQueryExecution": Call(
        ("athena:StartQueryExecution",), ("athena:GetQueryExecution",), ("athena:StopQueryExecution",)
    ),
    "athena:stopQueryExecution": _only("athena:StopQueryExecution"),
    "batch:submitJob": Call(
        ("batch:SubmitJob",),
        ("batch:DescribeJobs",),
        ("batch:TerminateJob",),
        "StepFunctionsGetEventsForBatchJobsRule",
    ),
    "bedrock:createModelCustomizationJob": Call(
        ("bedrock:CreateModelCustomizationJob",),
        ("bedrock:GetModelCustomizationJob",),
        ("bedrock:StopModelCustomizationJob",),
    ),
    "bedrock:invokeModel": _only("bedrock:InvokeModel"),
    "bedrockagentcore:invokeHarness": _only("bedrock-agentcore:InvokeHarness"),
    "codebuild:batchDeleteBuilds": _only("codebuild:BatchDeleteBuilds"),
    "codebuild:batchGetReports": _only("codebuild:BatchGetReports"),
    "codebuild:deleteBuildBatch": _only("codebuild:DeleteBuildBatch"),
    "codebuild:retryBuildBatch": Call(
        ("codebuild:RetryBuildBatch",),
        ("codebuild:BatchGetBuildBatches",),
        ("codebuild:StopBuildBatch",),
        "StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
    ),
    "codebuild:startBuild": Call(
        ("codebuild:StartBuild",),
        ("codebuild:BatchGetBuilds",),
        ("codebuild:StopBuild",),
        "StepFunctionsGetEventForCodeBuildStartBuildRule",
    ),
    "codebuild:startBuildBatch": Call(
        ("codebuild:StartBuildBatch",),
        ("codebuild:BatchGetBuildBatches",),
        ("codebuild:StopBuildBatch",),
        "StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
    ),
    "codebuild:stopBuild": _only("codebuild:StopBuild"),
    "codebuild:stopBuildBatch": _only("codebuild:StopBuildBatch"),
    "databrew:startJobRun": Call(
        ("databrew:StartJobRun",), ("databrew:ListJobRuns",), ("databrew:StopJobRun",)
    ),
    "dynamodb:deleteItem": _only("dynamodb:DeleteItem"),
    "dynamodb:getItem": _only("dynamodb:GetItem"),
    "dynamodb:putItem": _only("dynamodb:PutItem"),
    "dynamodb:updateItem": _only("dynamodb:UpdateItem"),
    "ecs:runTask": Call(
        ("ecs:RunTask",), ("ecs:DescribeTasks",), ("ecs:StopTask",), "StepFunctionsGetEventsForECSTaskRule"
    ),
    # Kubernetes' own access control decides these, not IAM.
    "eks:call": Call(()),
    "eks:runJob": Call(()),
    "eks:createCluster": _eks("CreateCluster", "DescribeCluster", "DeleteCluster"),
    "eks:deleteCluster": _eks("DeleteCluster", "DescribeCluster"),
    "eks:createFargateProfile": _eks(
        "CreateFargateProfile", "DescribeFargateProfile", "DeleteFargateProfile"
    ),
    "eks:deleteFargateProfile": _eks("DeleteFargateProfile", "DescribeFargateProfile"),
    "eks:createNodegroup": _eks("CreateNodegroup", "DescribeNodegroup", "DeleteNodegroup"),
    "eks:deleteNodegroup": _eks("DeleteNodegroup", "DescribeNodegroup"),
    "elasticmapreduce:addStep": Call(
        ("elasticmapreduce:AddJobFlowSteps",),
        ("elasticmapreduce:DescribeStep",),
        ("elasticmapreduce:CancelSteps",),
        "StepFunctionsGetEventForEMRAddJobFlowStepsRule",
    ),
    "elasticmapreduce:cancelStep": _only("elasticmapreduce:CancelSteps"),
    "elasticmapreduce:createCluster": Call(
        ("elasticmapreduce:RunJobFlow",),
        ("elasticmapreduce:DescribeCluster",),
        ("elasticmapreduce:TerminateJobFlows",),
        "StepFunctionsGetEventForEMRRunJobFlowRule",
    ),
    "elasticmapreduce:modifyInstanceFleetByName": _only(
        "elasticmapreduce:ModifyInstanceFleet", "elasticmapreduce:ListInstanceFleets"
    ),
    "elasticmapreduce:modifyInstanceGroupByName": _only(
        "elasticmapreduce:ModifyInstanceGroups", "elasticmapreduce:ListInstanceGroups"
    ),
    "elasticmapreduce:setClusterTerminationProtection": _only("elasticmapreduce:SetTerminationProtection"),
    "elasticmapreduce:terminateCluster": Call(
        ("elasticmapreduce:TerminateJobFlows",),
        ("elasticmapreduce:DescribeCluster",),
        (),
        "StepFunctionsGetEventForEMRTerminateJobFlowsRule",
    ),
    "emr-containers:createVirtualCluster": _only("emr-containers:CreateVirtualCluster"),
    "emr-containers:deleteVirtualCluster": Call(
        ("emr-containers:DeleteVirtualCluster",), ("emr-containers:DescribeVirtualCluster",)
    ),
    "emr-containers:startJobRun": Call(
        ("emr-containers:StartJobRun",), ("emr-containers:DescribeJobRun",), ("emr-containers:CancelJobRun",)
    ),
    "emr-serverless:cancelJobRun": Call(
        ("emr-serverless:CancelJobRun",),
        ("emr-serverless:GetJobRun",),
        (),
        "StepFunctionsGetEventsForEMRServerlessJobRule",
    ),
    "emr-serverless:createApplication": _application("Create", "Delete"),
    "emr-serverless:deleteApplication": _application("Delete", ""),
    "emr-serverless:startApplication": _application("Start", "Stop"),
    "emr-serverless:startJobRun": Call(
        ("emr-serverless:StartJobRun",),
        ("emr-serverless:GetJobRun",),
        ("emr-serverless:CancelJobRun",),
        "StepFunctionsGetEventsForEMRServerlessJobRule",
    ),
    "emr-serverless:stopApplication": _application("Stop", ""),
    "events:putEvents": _only("events:PutEvents"),
    "glue:startJobRun": Call(
        ("glue:StartJobRun",), ("glue:GetJobRun",), ("glue:GetJobRuns", "glue:BatchStopJobRun")
    ),
    "http:invoke": _only("states:InvokeHTTPEndpoint"),
    "lambda:invoke": _only("lambda:InvokeFunction"),
    "mediaconvert:createJob": Call(
        ("mediaconvert:CreateJob",),
        ("mediaconvert:GetJob",),
        ("mediaconvert:CancelJob",),
        "StepFunctionsGetEventsForMediaConvertJobRule",
    ),
    "sagemaker:createEndpoint": _only("sagemaker:CreateEndpoint"),
    "sagemaker:createEndpointConfig": _only("sagemaker:CreateEndpointConfig"),
    "sagemaker:createHyperParameterTuningJob": _job("HyperParameterTuning", "Tuning"),
    "sagemaker:createLabelingJob": _job("Labeling"),
    "sagemaker:createModel": _only("sagemaker:CreateModel"),
    "sagemaker:createProcessingJob": _job("Processing"),
    "sagemaker:createTrainingJob": _job("Training"),
    "sagemaker:createTransformJob": _job("Transform"),
    "sagemaker:updateEndpoint": _only("sagemaker:UpdateEndpoint"),
    "sns:publish": _only("sns:Publish"),
    "sqs:sendMessage": _only("sqs:SendMessage"),
    "states:startExecution": Call(
        ("states:StartExecution",),
        ("states:DescribeExecution",),
        ("states:StopExecution",),
        "StepFunctionsGetEventsForStepFunctionsExecutionRule",
    ),
}
