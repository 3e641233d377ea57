"""The optimised integrations: which services have them, their actions, and the patterns of each action.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from __future__ import annotations

from types import MappingProxyType

REQUEST, SYNC, SYNC2, TOKEN = "", "sync", "sync:2", "waitForTaskToken"
PATTERNS = (SYNC, SYNC2, TOKEN)

_ANSWER = (REQUEST,)
_JOB = (REQUEST, SYNC)
_CALLBACK = (REQUEST, TOKEN)
_ALL = (REQUEST, SYNC, TOKEN)


def _actions(**actions: tuple[str, ...]) -> MappingProxyType[str, tuple[str, ...]]:
    return MappingProxyType(actions)


OPTIMISED = MappingProxyType(
    {
        "apigateway": _actions(invoke=_CALLBACK),
        "athena": _actions(
            startQueryExecution=_JOB,
            stopQueryExecution=_ANSWER,
            getQueryExecution=_ANSWER,
            getQueryResults=_ANSWER,
        ),
        "batch": _actions(submitJob=_JOB),
        "bedrock": _actions(invokeModel=_CALLBACK, createModelCustomizationJob=_JOB),
        "bedrockagentcore": _actions(invokeHarness=_ANSWER),
        "codebuild": _actions(
            startBuild=_JOB,
            stopBuild=_ANSWER,
            batchDeleteBuilds=_ANSWER,
            batchGetReports=_ANSWER,
            startBuildBatch=_JOB,
            stopBuildBatch=_ANSWER,
            retryBuildBatch=_JOB,
            deleteBuildBatch=_ANSWER,
        ),
        "databrew": _actions(startJobRun=_JOB),
        "dynamodb": _actions(getItem=_ANSWER, putItem=_ANSWER, deleteItem=_ANSWER, updateItem=_ANSWER),
        "ecs": _actions(runTask=_ALL),
        "eks": _actions(
            createCluster=_JOB,
            deleteCluster=_JOB,
            createFargateProfile=_JOB,
            deleteFargateProfile=_JOB,
            createNodegroup=_JOB,
            deleteNodegroup=_JOB,
            runJob=_ALL,
            call=_CALLBACK,
        ),
        "elasticmapreduce": _actions(
            createCluster=_JOB,
            terminateCluster=_JOB,
            addStep=_JOB,
            cancelStep=_ANSWER,
            setClusterTerminationProtection=_ANSWER,
            modifyInstanceFleetByName=_ANSWER,
            modifyInstanceGroupByName=_ANSWER,
        ),
        "emr-containers": _actions(createVirtualCluster=_ANSWER, deleteVirtualCluster=_JOB, startJobRun=_JOB),
        "emr-serverless": _actions(
            createApplication=_JOB,
            startApplication=_JOB,
            stopApplication=_JOB,
            deleteApplication=_JOB,
            startJobRun=_JOB,
            cancelJobRun=_JOB,
        ),
        "events": _actions(putEvents=_CALLBACK),
        "glue": _actions(startJobRun=_JOB),
        "http": _actions(invoke=_ANSWER),
        "lambda": _actions(invoke=_CALLBACK),
        "mediaconvert": _actions(createJob=_JOB),
        "sagemaker": _actions(
            createEndpoint=_ANSWER,
            createEndpointConfig=_ANSWER,
            createHyperParameterTuningJob=_JOB,
            createLabelingJob=_JOB,
            createModel=_ANSWER,
            createProcessingJob=_JOB,
            createTrainingJob=_JOB,
            createTransformJob=_JOB,
            updateEndpoint=_ANSWER,
        ),
        "sns": _actions(publish=_CALLBACK),
        "sqs": _actions(sendMessage=_CALLBACK),
        "states": _actions(startExecution=(REQUEST, SYNC, SYNC2, TOKEN)),
    }
)

SDK_PATTERNS = _CALLBACK
"""Of every aws-sdk action. Source: …/dg/supported-services-awssdk.html"""

# Services that Step Functions knows and botocore has no model of (any more).
WITHOUT_MODEL = frozenset(
    {
        "alexaforbusiness", "apptest", "codestar", "elasticinference", "elastictranscoder", "evidently",
        "finspace", "finspacedata", "gamesparks", "honeycode", "iot1clickdevices", "iot1clickprojects",
        "iotanalytics",
        "iotevents", "ioteventsdata", "iotfleethub", "iotroborunner", "lookoutmetrics", "lookoutvision",
        "macie", "mobile", "nimble", "opsworks", "opsworkscm", "panorama",
        "privatenetworks", "qldb", "qldbsession", "robomaker", "simspaceweaver", "sms", "smsvoice", "tnb",
        "worklink",
    }
)  # fmt: skip

# Actions that the models have and Step Functions does not call, besides those that stream. Source: the same.
UNSUPPORTED = MappingProxyType(
    {
        "applicationdiscovery": ("describeExportConfigurations", "exportConfigurations"),
        "bedrockagentruntime": ("optimizePrompt",),
        "codedeploy": (
            "batchGetDeploymentInstances", "getDeploymentInstance", "listDeploymentInstances",
            "skipWaitTimeForInstanceTermination",
        ),
        "comprehendmedical": ("detectEntities",),
        "dataexchange": ("sendApiAsset",),
        "directconnect": (
            "allocateConnectionOnInterconnect", "describeConnectionLoa", "describeConnectionsOnInterconnect",
            "describeInterconnectLoa",
        ),
        "efs": ("createTags",),
        "emr": ("describeJobFlows",),
        "iot": (
            "attachPrincipalPolicy", "detachPrincipalPolicy", "listPolicyPrincipals", "listPrincipalPolicies",
        ),
        "lambda": ("invokeAsync",),
        "mediapackage": ("rotateChannelCredentials",),
        "rdsdata": ("executeSql",),
        "shield": ("deleteSubscription",),
        "sts": ("assumeRole", "assumeRoleWithSAML", "assumeRoleWithWebIdentity"),
    }
)  # fmt: skip
