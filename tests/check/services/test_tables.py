"""The tables beside the models name nothing that the models do not have."""

from __future__ import annotations

from stepmill.check.services import forms, models
from stepmill.check.services.groups import GROUPS
from stepmill.check.services.integrations import OPTIMISED, UNSUPPORTED, WITHOUT_MODEL
from stepmill.check.services.models import Operation
from stepmill.check.services.names import names_in
from stepmill.check.services.resources import Integration

# Calls that between them reach every shape with a group, and every name that must be new.
CALLS = (
    "bedrock:createModelCustomizationJob",
    "bedrockruntime:invokeModel",
    "bedrock:createModelInvocationJob",
    "dynamodb:putItem",
    "ecs:runTask",
    "glue:startJobRun",
    "sagemaker:createAutoMLJob",
    "sagemaker:createAutoMLJobV2",
    "sagemaker:createCompilationJob",
    "sagemaker:createEndpointConfig",
    "sagemaker:createHyperParameterTuningJob",
    "sagemaker:createLabelingJob",
    "sagemaker:createModel",
    "sagemaker:createProcessingJob",
    "sagemaker:createTrainingJob",
    "sagemaker:createTransformJob",
    "sfn:startExecution",
    "sns:publish",
    "transcribe:startMedicalTranscriptionJob",
    "transcribe:startTranscriptionJob",
)


def called() -> list[Operation]:
    names = [call.split(":") for call in CALLS]
    sdk = [Integration(service, action, is_sdk=True) for service, action in names]
    own = [Integration("http", "invoke"), Integration("bedrock", "invokeModel")]
    return [found for call in (*sdk, *own) if (found := forms.operation(call)) is not None]


def test_every_group_is_of_members_that_the_shape_has() -> None:
    members = {
        (operation.service, name): set(shape.get("members", ()))
        for operation in called()
        for name, shape in operation.shapes.items()
    }
    strange = {
        key
        for key, groups in GROUPS.items()
        for it in groups
        if not set(it.members) <= members.get(key, set())
    }
    assert strange == set()


def test_every_name_that_must_be_new_is_a_member_of_its_call() -> None:
    named = [(operation, name) for operation in called() for name in names_in(operation)]
    assert [
        name for operation, name in named if name not in operation.shapes[operation.input]["members"]
    ] == []
    assert len({(operation.service, operation.name) for operation, _ in named}) == 15


def test_every_optimised_action_has_a_form() -> None:
    calls = [Integration(service, action) for service, actions in OPTIMISED.items() for action in actions]
    assert [call.name for call in calls if forms.operation(call) is None] == []


def test_what_cannot_be_called_is_in_the_models() -> None:
    strange = [
        f"{service}:{action}"
        for service, actions in UNSUPPORTED.items()
        for action in actions
        if models.operation(service, action) is None
    ]
    assert strange == []


def test_what_is_said_to_have_no_model_has_none() -> None:
    assert WITHOUT_MODEL & set(models.services()) == set()
