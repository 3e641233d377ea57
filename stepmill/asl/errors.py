"""What is wrong with a machine, every problem at once: `<where>: <field> <what>; <what to do>`."""

from __future__ import annotations

from collections.abc import Iterable


class AslError(ValueError):
    """One or more problems, each a line of its own."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))

    def under(self, machine: str) -> AslError:
        """The same problems with the machine's name before those that only name a state."""
        return AslError([f"{machine}.{p}" if p.startswith("States.") else p for p in self.problems])


def suggest(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` when a known word is near, else nothing."""
    import difflib  # only needed once something is wrong

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f" (did you mean {near[0]!r}?)" if near else ""
