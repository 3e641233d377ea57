"""Choice: the state that branches, by JSONPath rules or JSONata conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stepmill.asl import sdk
from stepmill.asl.block import ExtendedState, in_order, rendered
from stepmill.asl.errors import AslError
from stepmill.asl.states import ASSIGN

if TYPE_CHECKING:
    from typing import Any, TypeAlias, Unpack

    from stepmill.asl.expressions import Object
    from stepmill.asl.fields import AssignFields

    Target: TypeAlias = sdk.State | sdk.Chain
    Condition: TypeAlias = sdk.BaseRule | str


class Choice(ExtendedState, sdk.Choice):
    """Goes to the state of the first rule that holds, else to `default`.

    `choices` are (rule, state or chain) pairs; in JSONata the rule is a condition, `jsonata("$states.input.x
    > 1")`. The state that follows a Choice in a chain is its default.
    """

    extra = ASSIGN

    def __init__(
        self,
        state_id: str,
        *,
        choices: Sequence[tuple[Condition, Target]] = (),
        default: Target | None = None,
        **fields: Unpack[AssignFields],
    ) -> None:
        super().__init__(state_id, **fields)
        for rule, next_step in choices:
            self.add_choice(rule, next_step)
        if default is not None:
            self.default_choice(default)

    def add_choice(
        self,
        rule: Condition,
        next_step: Target,
        *,
        comment: str | None = None,
        assign: Object | None = None,
        output: object = None,
    ) -> None:
        """Append a rule. When it holds, `assign` sets variables, `output` (JSONata) replaces the output."""
        if not isinstance(rule, (sdk.BaseRule, str)):
            raise AslError(f"{self.where}: Choices has the rule {rule!r}; use ChoiceRule or jsonata(...)")
        if not isinstance(next_step, (sdk.State, sdk.Chain)):
            raise AslError(f"{self.where}: Choices goes to {next_step!r}; give a state or a chain")
        more = {"Comment": comment, "Assign": assign, "Output": output}
        self.choices.append(
            (rule, next_step, {name: value for name, value in more.items() if value is not None})
        )

    def default_choice(self, next_step: Target) -> None:
        if self.default is not None and self.default.state_id != next_step.state_id:
            raise AslError(
                f"{self.where}: Default is already {self.default.state_id!r} and cannot also be "
                f"{next_step.state_id!r}; add a rule for one of them"
            )
        self.default = next_step

    def next(self, next_step: Target) -> Target:
        self.default_choice(next_step)
        return next_step

    def to_dict(self) -> dict[str, Any]:
        result = super().to_dict()
        result["Choices"] = [self._rule(*choice) for choice in self.choices]
        if self.default is not None:
            result["Default"] = self.default.state_id
        return in_order(result)

    def _rule(self, rule: Condition, next_step: Target, more: dict[str, Any]) -> dict[str, Any]:
        test = {"Condition": rule} if isinstance(rule, str) else rule.to_dict()
        extra = {name: rendered(name, value, f"{self.where}: Choices {name}") for name, value in more.items()}
        return in_order({**test, **extra, "Next": next_step.state_id})

    def problems(self) -> list[str]:
        if not self.choices:
            return [f"{self.where}: Choices is empty; add at least one rule"]
        return []
