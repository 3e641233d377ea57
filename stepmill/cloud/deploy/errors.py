"""What is wrong with a template, all of it at once."""

from collections.abc import Sequence


class TemplateError(Exception):
    """The template or its parameters cannot be deployed; nothing was changed."""

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class ResourceError(Exception):
    """A resource could not be made as the template wants it."""
