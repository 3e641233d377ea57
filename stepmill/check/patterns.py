"""`re.compile` made lazy: a pattern that no text is held against costs nothing.

The rules know dozens of patterns and a machine needs a few, while each takes as long to compile as a state
to check.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import compile as late_pattern
else:

    class late_pattern:  # noqa: N801 - stands for a function
        """A pattern that is compiled when it is used first; from then on its methods are the true ones."""

        def __init__(self, text, flags=0):
            self._text, self._flags = text, flags

        def __getattr__(self, name):
            compiled = re.compile(self._text, self._flags)
            for method in ("search", "match", "fullmatch", "sub", "findall", "finditer"):
                setattr(self, method, getattr(compiled, method))
            return getattr(compiled, name)


__all__ = ["late_pattern"]
