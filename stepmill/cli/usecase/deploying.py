"""A use case as the template's parameters: what the machines get for every file that arrives."""

import json
import re
from typing import Any

from stepmill.cli.errors import UserError
from stepmill.cli.usecase.model import BUILT_IN, Monitoring, Tuning, UseCase

# Of an SSM parameter and of the template's, in characters.
LIMIT = 4000
REPOSITORY = re.compile(r"\d{12}\.dkr\.ecr[\w.-]*\.amazonaws\.com(?:\.cn)?/([a-z0-9._/-]+)[:@]")
INSTANCES = {
    "training": "training_instance_types",
    "processing": "processing_instance_type",
    "transform": "transform_instance_type",
    "endpoint": "endpoint_instance_type",
}
Json = dict[str, Any]


def shared_input(case: UseCase) -> Json:
    """What every training of this use case gets, whichever algorithm it has."""
    given = case.model_dump(
        exclude_none=True, include={"target", "unit", "columns", "rmse_limit", "approval"}
    )
    instances = {INSTANCES[name]: value for name, value in case.instances.given().items()}
    return given | case.data.given() | instances | case.deployment.given()


def variant_input(case: UseCase, name: str, *, project: str, stage: str) -> Json:
    """What a variant gets besides: its algorithm and, unless it is the first, names of its own."""
    variant = case.variants[name]
    own = variant.given()
    if variant.tuning is not None:
        own["tuning"] = own["tuning"] | {"ranges": ranges(variant.tuning)}
    if name == first(case):
        return own
    return own | {
        "endpoint_name": f"{project}-{stage}-{name}",
        "parameter_prefix": f"/{project}/{stage}/training/{name}",
    }


def ranges(tuning: Tuning) -> Json:
    """SageMaker's ParameterRanges, whose values are texts."""
    made: dict[str, list[Json]] = {}
    for name, one in tuning.ranges.items():
        if one.values is not None:
            made.setdefault("CategoricalParameterRanges", []).append({"Name": name, "Values": one.values})
            continue
        is_whole = isinstance(one.min, int) and isinstance(one.max, int)
        kind = "IntegerParameterRanges" if is_whole else "ContinuousParameterRanges"
        scale = {"ScalingType": one.scale} if one.scale else {}
        entry = {"Name": name, "MinValue": str(one.min), "MaxValue": str(one.max), **scale}
        made.setdefault(kind, []).append(entry)
    return made


def training_input(case: UseCase, name: str, *, project: str = "stepmill", stage: str = "dev") -> Json:
    """The whole input of the training machine, but for the data."""
    return shared_input(case) | variant_input(case, name, project=project, stage=stage)


def first(case: UseCase) -> str:
    return next(iter(case.variants))


def parameters(case: UseCase, *, project: str = "stepmill", stage: str = "dev") -> dict[str, str]:
    """The root template's parameters.

    Raises: UserError when it is more than a parameter can hold.
    """
    main, *others = case.variants
    on_upload = training_input(case, main, project=project, stage=stage)
    if others:
        on_upload["variants"] = {
            name: variant_input(case, name, project=project, stage=stage) for name in others
        }
    made = {
        "Target": case.target,
        "RmseLimit": f"{case.rmse_limit:.15g}",
        "UseCase": _text("use case", on_upload),
        "ScoringUseCase": _text("scoring", case.scoring.given()),
        "MonitorUseCase": members(case.monitoring),
        "SecondVariant": others[0] if others else "",
    }
    if case.variants[main].algorithm in BUILT_IN:
        made["Algorithm"] = case.variants[main].algorithm
    if case.realtime.rule:
        made["RealtimeRule"] = case.realtime.rule
    if case.scoring.postprocess_step:
        made["RealtimePostprocessStep"] = case.scoring.postprocess_step
    if len(found := repositories(case)) == 1:
        made["ImageRepository"] = found.pop()
    if case.monitoring.schedule:
        made["MonitorSchedule"] = case.monitoring.schedule
    return made


def changed(made: dict[str, str], parameter: str, changes: Json) -> dict[str, str]:
    """The parameters, with members changed of one that is a JSON object; objects in it are changed alike.

    Raises: UserError when it is more than a parameter can hold.
    """
    return made | {parameter: _text(parameter, _merged(json.loads(made[parameter]), changes))}


def _merged(document: Json, changes: Json) -> Json:
    both = {
        name: _merged(document.get(name, {}), value) if isinstance(value, dict) else value
        for name, value in changes.items()
    }
    return document | both


def repositories(case: UseCase) -> set[str]:
    """ECR repositories of the use case's own images, which the roles have to be let into."""
    found = (REPOSITORY.match(variant.image or "") for variant in case.variants.values())
    return {match[1] for match in found if match}


def members(monitoring: Monitoring) -> str:
    """Members of a JSON object with a comma in front: the template puts them behind its own."""
    given = monitor_input(monitoring)
    return f",{json.dumps(given)[1:-1]}" if given else ""


def monitor_input(monitoring: Monitoring) -> Json:
    """What each run of the monitor gets besides its endpoint."""
    return {name: value for name, value in monitoring.given().items() if name != "schedule"}


def _text(what: str, document: Json) -> str:
    text = json.dumps(document)
    if len(text) > LIMIT:
        raise UserError(f"{what} has {len(text)} characters as JSON; {LIMIT} is the most: shorten it")
    return text


def overrides(made: dict[str, str]) -> str:
    """As `sam deploy --parameter-overrides` and samconfig.toml take them."""
    return " ".join(f"{name}={_quoted(value)}" for name, value in made.items())


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
