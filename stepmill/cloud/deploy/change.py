"""Brings the resources of one stack to what a plan wants, side by side where they can be."""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stepmill.cloud.deploy import intrinsics
from stepmill.cloud.deploy.errors import ResourceError, TemplateError
from stepmill.cloud.deploy.kind import Aws, Kind
from stepmill.cloud.deploy.plan import Plan, Planned
from stepmill.cloud.deploy.records import Records, Resource, Stack
from stepmill.cloud.deploy.resources import kind_of
from stepmill.cloud.deploy.scope import Made, Scope
from stepmill.cloud.service import AwsError

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

REFUSALS = (AwsError, ResourceError, TemplateError)
# resource, attempt → what the resource's kind makes its calls with
MakeAws = Callable[[Resource, str], Aws]


class ChangeFailed(Exception):
    """`reasons` begin with the logical id of what failed; everything done was undone, but for `standing`."""

    def __init__(self, reasons: list[str], standing: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
        self.standing = standing


class Change:
    """One run over one stack."""

    def __init__(self, cloud: "Cloud", stack: Stack, plan: Plan, scope: Scope, make_aws: MakeAws) -> None:
        self._cloud = cloud
        self._stack = stack
        self._plan = plan
        self._scope = scope
        self._make_aws = make_aws
        self._records = cloud.state(Records)
        self._old: dict[str, Resource] = {}
        self._levels: dict[str, int] = {}
        self._lock = threading.Lock()
        self._undo: list[Callable[[], None]] = []
        self._cleanup: list[Resource] = []
        for resource in sorted(self._records.resources(stack.id), key=lambda one: one.generation):
            name = resource.logical_id
            if name in self._old:  # replaced in a run that did not come to its end
                self._cleanup.append(self._old[name])
            self._old[name] = resource
        self._cleanup += [one for name, one in self._old.items() if name not in plan.resources]

    def run(self) -> None:
        """Make and update everything. Raises: ChangeFailed after undoing what was done."""
        left = {
            name: set(planned.needs) & self._plan.resources.keys()
            for name, planned in self._plan.resources.items()
        }
        running: dict[Future[None], str] = {}
        reasons: list[str] = []
        unexpected: BaseException | None = None
        while left or running:
            if not reasons:
                for name in [name for name, needs in left.items() if not needs]:
                    del left[name]
                    level = max((self._levels[need] for need in self._needs(name)), default=-1) + 1
                    self._levels[name] = level
                    running[self._cloud.pool.submit(self._step, self._plan.resources[name])] = name
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                name = running.pop(future)
                error = future.exception()
                if error is None:
                    for needs in left.values():
                        needs.discard(name)
                else:
                    reasons.append(_reason(name, error))
                    unexpected = unexpected or (None if isinstance(error, REFUSALS) else error)
        if reasons:
            standing = self._roll_back()
            raise unexpected or ChangeFailed(reasons, standing)

    def clean_up(self) -> None:
        """Delete what has gone and what was replaced. A failure is recorded, and tried again next time."""
        for resource in sorted(self._cleanup, key=lambda one: -one.level):
            remove(self._records, self._stack, resource, self._make_aws)

    def _needs(self, name: str) -> set[str]:
        return set(self._plan.resources[name].needs) & self._plan.resources.keys()

    def _step(self, planned: Planned) -> None:
        name, kind = planned.logical_id, kind_of(planned.type)
        wanted = intrinsics.resolve(planned.properties, self._scope, f"Resources.{name}")
        old = self._old.get(name)
        if old is None:
            self._create(planned, kind, wanted, 0)
        elif old.status == "CREATE_IN_PROGRESS":
            self._create(planned, kind, wanted, old.generation, is_again=True)
        elif old.type != planned.type or _is_replaced(kind, old.properties, wanted):
            self._refuse_same_name(kind, old, wanted)
            self._create(planned, kind, wanted, old.generation + 1)
            with self._lock:
                self._cleanup.append(old)
        elif old.properties == wanted and old.status.endswith("_COMPLETE"):
            self._scope.made[name] = old.made
        else:
            self._update(planned, kind, old, wanted)

    def _create(
        self, planned: Planned, kind: Kind, wanted: dict[str, Any], generation: int, is_again: bool = False
    ) -> None:
        name = planned.logical_id
        given = wanted.get(kind.name_property) if kind.name_property else None
        seed = f"{self._stack.name}/{name}/{generation}"
        physical = str(given) if given else kind.name(self._stack.name, name, seed)
        level = self._levels[name]
        resource = Resource(
            name,
            planned.type,
            Made(physical),
            wanted,
            generation,
            level,
            planned.keeps_on_delete,
            "CREATE_IN_PROGRESS",
        )
        self._records.save_resource(self._stack.id, resource)
        aws = self._make_aws(resource, f"{self._stack.id}#{name}#{generation}")
        try:
            if is_again:
                kind.sweep(aws, physical, wanted)
            made = kind.create(aws, physical, wanted)
        except REFUSALS as error:
            self._take_back(kind, aws, resource, _reason(name, error))
            raise
        resource = replace(resource, made=made, status="CREATE_COMPLETE")
        self._records.save_resource(self._stack.id, resource)
        self._scope.made[name] = made
        self._remember(lambda: self._delete(resource))

    def _take_back(self, kind: Kind, aws: Aws, resource: Resource, reason: str) -> None:
        """A creation that failed half way: delete the half that was made."""
        if aws.partly is not None:
            try:
                kind.delete(aws, aws.partly, resource.properties)
            except REFUSALS as error:
                reason = f"{reason}; and could not be removed: {error}"
        self._records.forget_resource(self._stack.id, resource, "DELETE_COMPLETE")
        self._records.note(self._stack.id, resource.logical_id, resource.type, "CREATE_FAILED", reason)

    def _update(self, planned: Planned, kind: Kind, old: Resource, wanted: dict[str, Any]) -> None:
        name = planned.logical_id
        begun = replace(
            old,
            level=self._levels[name],
            keeps_on_delete=planned.keeps_on_delete,
            status="UPDATE_IN_PROGRESS",
        )
        self._records.save_resource(self._stack.id, begun)
        self._remember(lambda: self._put_back(kind, old, wanted))
        aws = self._make_aws(old, f"{self._stack.id}#{name}#{self._cloud.clock.time()}")
        try:
            made = kind.update(aws, old.made, old.properties, wanted)
        except REFUSALS as error:
            self._records.note(self._stack.id, name, planned.type, "UPDATE_FAILED", _reason(name, error))
            raise
        done = replace(begun, made=made, properties=wanted, status="UPDATE_COMPLETE")
        self._records.save_resource(self._stack.id, done)
        self._scope.made[name] = made

    def _put_back(self, kind: Kind, old: Resource, wanted: dict[str, Any]) -> None:
        aws = self._make_aws(old, f"{self._stack.id}#{old.logical_id}#back")
        made = kind.update(aws, old.made, wanted, old.properties)
        self._records.save_resource(self._stack.id, replace(old, made=made, status="UPDATE_COMPLETE"))

    def _delete(self, resource: Resource) -> None:
        aws = self._make_aws(resource, f"{self._stack.id}#{resource.logical_id}#gone")
        kind_of(resource.type).delete(aws, resource.made, resource.properties)
        self._records.forget_resource(self._stack.id, resource)

    def _remember(self, undo: Callable[[], None]) -> None:
        with self._lock:
            self._undo.append(undo)

    def _roll_back(self) -> list[str]:
        """Undo, newest first. Returns what could not be undone."""
        standing = []
        for undo in reversed(self._undo):
            try:
                undo()
            except REFUSALS as error:
                standing.append(str(error))
        return standing

    def _refuse_same_name(self, kind: Kind, old: Resource, wanted: dict[str, Any]) -> None:
        field = kind.name_property
        if field and wanted.get(field) and wanted.get(field) == old.properties.get(field):
            changed = [key for key in kind.replaces if wanted.get(key) != old.properties.get(key)]
            raise ResourceError(
                f"{', '.join(sorted(changed))} cannot change while {field} stays {wanted[field]!r}; rename it"
            )


def remove(records: Records, stack: Stack, resource: Resource, make_aws: MakeAws) -> bool:
    """Delete one resource unless its DeletionPolicy keeps it. False: it failed and stays recorded."""
    if resource.keeps_on_delete:
        records.forget_resource(stack.id, resource, "DELETE_SKIPPED")
        return True
    aws = make_aws(resource, f"{stack.id}#{resource.logical_id}#delete")
    try:
        kind_of(resource.type).delete(aws, resource.made, resource.properties)
    except REFUSALS as error:
        reason = _reason(resource.logical_id, error)
        records.save_resource(stack.id, replace(resource, status="DELETE_FAILED", reason=reason))
        return False
    records.forget_resource(stack.id, resource)
    return True


def _is_replaced(kind: Kind, before: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return any(wanted.get(key) != before.get(key) for key in kind.replaces)


def _reason(name: str, error: BaseException) -> str:
    text = str(error)
    return text if text.startswith((f"{name}:", f"Resources.{name}")) else f"{name}: {text}"
