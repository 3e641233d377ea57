"""What is wrong with a definition as it is written: structure, fields, languages, retries, maps, limits."""

from stepmill.check.syntax.scopes import check_syntax

__all__ = ["check_syntax"]
