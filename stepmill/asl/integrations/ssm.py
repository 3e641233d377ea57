"""Systems Manager Parameter Store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepmill.asl.integrations.call import call

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from stepmill.asl.expressions import Dynamic
    from stepmill.asl.fields import TaskOptions
    from stepmill.asl.states import Task


def put_parameter(
    state_id: str,
    *,
    name: str | Dynamic,
    value: str | Dynamic,
    type: str | Dynamic = "String",
    overwrite: bool | Dynamic = True,
    description: str | Dynamic | None = None,
    **options: Unpack[TaskOptions],
) -> Task:
    """Write a parameter; by default over the old value, so that running it twice is safe.

    Result: {"Version": int, "Tier": str}.
    """
    parameters = {
        "Name": name,
        "Value": value,
        "Type": type,
        "Overwrite": overwrite,
        "Description": description,
    }
    return call(state_id, "aws-sdk:ssm:putParameter", parameters, options, required=("Name", "Value"))


def get_parameter(
    state_id: str,
    *,
    name: str | Dynamic,
    with_decryption: bool | Dynamic | None = None,
    **options: Unpack[TaskOptions],
) -> Task:
    """Read a parameter. Result: {"Parameter": {"Name", "Type", "Value", "Version", ...}}.

    A name that does not exist is the error Ssm.ParameterNotFoundException.
    """
    parameters = {"Name": name, "WithDecryption": with_decryption}
    return call(state_id, "aws-sdk:ssm:getParameter", parameters, options, required=("Name",))


def get_parameters(
    state_id: str, *, names: Sequence[str | Dynamic] | Dynamic, **options: Unpack[TaskOptions]
) -> Task:
    """Read up to ten parameters. Result: {"Parameters": [...], "InvalidParameters": [unknown names]}."""
    return call(state_id, "aws-sdk:ssm:getParameters", {"Names": names}, options, required=("Names",))


def delete_parameter(state_id: str, *, name: str | Dynamic, **options: Unpack[TaskOptions]) -> Task:
    """Delete a parameter."""
    return call(state_id, "aws-sdk:ssm:deleteParameter", {"Name": name}, options, required=("Name",))
