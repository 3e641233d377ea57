"""Creates, updates and deletes whole stacks, nested ones included."""

import json
import logging
from typing import TYPE_CHECKING, Any

from stepmill.cloud.deploy import intrinsics, parameters, sam
from stepmill.cloud.deploy import template as templates
from stepmill.cloud.deploy.change import Change, ChangeFailed, remove
from stepmill.cloud.deploy.errors import ResourceError, TemplateError
from stepmill.cloud.deploy.kind import Aws
from stepmill.cloud.deploy.plan import Plan, make_plan
from stepmill.cloud.deploy.records import Records, Resource, Stack
from stepmill.cloud.deploy.resources import known_properties
from stepmill.cloud.deploy.scope import Made, Scope, pseudo_parameters
from stepmill.cloud.service import AwsError

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

logger = logging.getLogger(__name__)
_NESTED = "AWS::CloudFormation::Stack"
_NOT_KNOWN_YET = "(known after deployment)"


class Deployer:
    """Made once per cloud: `cloud.state(Deployer)`. Every method waits until its work is done."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._records = cloud.state(Records)

    def check(self, template: str, given: dict[str, str], name: str) -> None:
        """Everything that can be known before anything is made, nested stacks included.

        Raises: TemplateError with all that is wrong.
        """
        plan, scope = self._plan(template, given, f"arn:aws:cloudformation:::stack/{name}/0", name)
        self._check_nested(plan, scope, name)

    def deploy(self, stack: Stack) -> None:
        """Bring the checked stack, saved as in progress, to its template; its status says how it ended."""
        is_new = stack.status == "CREATE_IN_PROGRESS"
        word = "CREATE" if is_new else "UPDATE"
        try:
            plan, scope = self._plan(stack.template, stack.parameters, stack.id, stack.name)
            change = Change(self._cloud, stack, plan, scope, self._aws)
            change.run()
            stack.outputs = self._outputs(stack, plan, scope)
        except ChangeFailed as error:
            stack.reason = str(error)
            if error.standing:
                stack.status = f"{'' if is_new else 'UPDATE_'}ROLLBACK_FAILED"
                stack.reason += f". Still standing: {'; '.join(error.standing)}"
            else:
                stack.status = "ROLLBACK_COMPLETE" if is_new else "UPDATE_ROLLBACK_COMPLETE"
        except (TemplateError, ValueError) as error:
            stack.status, stack.reason = f"{word}_FAILED", str(error)
        except Exception as error:
            stack.status, stack.reason = f"{word}_FAILED", f"{type(error).__name__}: {error}"
            self._records.save(stack)
            raise
        else:
            change.clean_up()
            stack.status, stack.reason = f"{word}_COMPLETE", None
        stack.updated_s = None if is_new else self._cloud.clock.time()
        self._records.save(stack)

    def delete(self, stack: Stack) -> None:
        """Delete the stack's resources, those that need others first."""
        stack.status, stack.reason = "DELETE_IN_PROGRESS", None
        self._records.save(stack)
        failed = [
            resource.logical_id
            for resource in sorted(self._records.resources(stack.id), key=lambda one: -one.level)
            if not remove(self._records, stack, resource, self._aws)
        ]
        if failed:
            reasons = [one.reason or "" for one in self._records.resources(stack.id)]
            stack.status, stack.reason = "DELETE_FAILED", "; ".join(reasons)
        else:
            stack.status, stack.outputs = "DELETE_COMPLETE", []
            self._records.set_exports(stack.id, {})
        self._records.save(stack)

    def deploy_nested(self, name: str, url: str, parameters: dict[str, str], tags: dict[str, str]) -> Made:
        """A nested stack, made or brought up to date. Raises: ResourceError when it did not come about."""
        template = read_url(self._cloud, url)
        stack = self._records.find(name)
        is_new = stack is None
        if stack is None:
            stack = self._records.new_stack(name, template, parameters, tags, "nested")
        else:
            before = (stack.template, stack.parameters)
            stack.template, stack.parameters, stack.tags = template, parameters, tags
            stack.status = "UPDATE_IN_PROGRESS"
            self._records.save(stack)
        self.deploy(stack)
        if not stack.status.endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")):
            reason = f"{name}: {stack.reason}"
            if is_new:
                self.delete(stack)
            else:
                stack.template, stack.parameters = before
                self._records.save(stack)
            raise ResourceError(reason)
        return Made(stack.id, {f"Outputs.{one['OutputKey']}": one["OutputValue"] for one in stack.outputs})

    def delete_nested(self, stack_id: str) -> None:
        stack = self._records.find(stack_id)
        if stack is None or stack.status == "DELETE_COMPLETE":
            return
        self.delete(stack)
        if stack.status != "DELETE_COMPLETE":
            raise ResourceError(f"{stack.name}: {stack.reason}")

    def _aws(self, resource: Resource, attempt: str) -> Aws:
        return Aws(self._cloud, resource.type, resource.logical_id, attempt, stacks=self)

    def _plan(self, text: str, given: dict[str, str], stack_id: str, name: str) -> tuple[Plan, Scope]:
        template = templates.parse(text)
        declared = template.get("Parameters", {})
        values = parameters.resolve(declared, given, self._stored(parameters.ssm_names(declared, given)))
        plain = sam.to_cloudformation(template, values, self._cloud.region)
        scope = Scope(
            values,
            pseudo_parameters(self._cloud.account, self._cloud.region, stack_id, name),
            plain.get("Mappings", {}),
            plain.get("Conditions", {}),
            exports=self._records.export,
            stored=self._resolve_stored,
        )
        return make_plan(plain, scope, known_properties()), scope

    def _check_nested(self, plan: Plan, scope: Scope, name: str) -> None:
        problems = []
        for logical_id, planned in plan.resources.items():
            url = planned.properties.get("TemplateURL")
            if planned.type != _NESTED or not isinstance(url, str):
                continue
            given = {
                key: value if isinstance(value, str) else _guess(value, scope)
                for key, value in planned.properties.get("Parameters", {}).items()
            }
            try:
                self._check_child(read_url(self._cloud, url), given, f"{name}-{logical_id}")
            except TemplateError as error:
                problems += [f"{logical_id}: {problem}" for problem in error.problems]
        if problems:
            raise TemplateError(problems)

    def _check_child(self, text: str, given: dict[str, str | None], name: str) -> None:
        """As `check`; values that only the parent's resources will give are not held against the rules."""
        template = templates.parse(text)
        known = {key: value for key, value in given.items() if value is not None}
        for key, value in given.items():
            rules = template.get("Parameters", {}).get(key)
            if value is None and rules is not None:
                template["Parameters"][key] = {"Type": "String"}
                known[key] = _NOT_KNOWN_YET
        self.check(json.dumps(template), known, name)

    def _stored(self, names: dict[str, str]) -> dict[str, str]:
        found = {}
        for parameter, name in names.items():
            try:
                found[parameter] = self._resolve_stored("ssm", name)
            except TemplateError:
                continue  # `parameters.resolve` names it among all that is wrong
        return found

    def _resolve_stored(self, service: str, reference: str) -> str:
        name = reference.removesuffix(":")
        try:
            return str(self._cloud.call("ssm", "GetParameter", {"Name": name})["Parameter"]["Value"])
        except AwsError as error:
            raise TemplateError(f"{{{{resolve:{service}:{reference}}}}}: {error}") from error

    def _outputs(self, stack: Stack, plan: Plan, scope: Scope) -> list[dict[str, Any]]:
        outputs, exports = [], {}
        for name, declared in plan.outputs.items():
            value = intrinsics.resolve(declared["Value"], scope, f"Outputs.{name}")
            output = {"OutputKey": name, "OutputValue": str(value)}
            if declared["Description"]:
                output["Description"] = str(declared["Description"])
            if declared["Export"] is not None:
                output["ExportName"] = str(intrinsics.resolve(declared["Export"], scope, f"Outputs.{name}"))
                exports[output["ExportName"]] = str(value)
            outputs.append(output)
        self._records.set_exports(stack.id, exports)
        return outputs


def _guess(value: Any, scope: Scope) -> str | None:
    """A nested stack's parameter, if it can be known before the parent's resources stand."""
    try:
        found = intrinsics.resolve(value, scope, "Parameters")
    except TemplateError:
        return None
    if isinstance(found, list):
        return ",".join(map(str, found))
    return str(found).lower() if isinstance(found, bool) else str(found)


def read_url(cloud: "Cloud", url: str) -> str:
    """A template's text from S3 (`s3://bucket/key` or one of S3's https forms).

    Raises: TemplateError when it is not there.
    """
    place = url.removeprefix("s3://")
    if place == url:
        host, _, path = url.partition("://")[2].partition("/")
        first = host.split(".")[0]
        place = path if first.startswith("s3") or host.startswith("127.0.0.1") else f"{first}/{path}"
    bucket, _, key = place.partition("/")
    try:
        text: bytes = cloud.call("s3", "GetObject", {"Bucket": bucket, "Key": key})["Body"].read()
    except AwsError as error:
        raise TemplateError(f"TemplateURL {url}: {error}; package the template first") from error
    return text.decode()
