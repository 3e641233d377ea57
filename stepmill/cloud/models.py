"""botocore's models of the AWS services, loaded once and only when first asked for."""

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.validate import ParamValidator

from stepmill.cloud.service import AwsError

_loader = Loader()
_validator = ParamValidator()


@cache
def service_names() -> frozenset[str]:
    return frozenset(_loader.list_available_services("service-2"))


@cache
def service_model(service: str) -> ServiceModel:
    """Raises: AwsError when botocore has no such service."""
    if service not in service_names():
        raise AwsError("UnknownService", f"botocore knows no service {service!r}", 400)
    return ServiceModel(_loader.load_service_model(service, "service-2"), service)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """Raises: AwsError when the service has no such operation."""
    model = service_model(service)
    if operation not in model.operation_names:
        raise AwsError("UnknownOperationException", f"{service} has no operation {operation!r}", 400)
    return model.operation_model(operation)


def validate(operation: OperationModel, params: dict[str, Any]) -> None:
    """Raises: AwsError ValidationException that names each member which does not fit the model."""
    if operation.input_shape is None:
        if params:
            raise AwsError(
                "ValidationException", f"{operation.name} takes no parameters, got {sorted(params)}"
            )
        return
    report = _validator.validate(params, operation.input_shape)
    if report.has_errors():
        raise AwsError("ValidationException", f"{operation.name}: {report.generate_report()}", 400)
