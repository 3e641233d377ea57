"""Reads an expression character by character."""

import re

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_SPACE = re.compile(r"\s*")


class PathSyntax(Exception):
    """An expression that cannot be read: what and where."""


class Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def error(self, expected: str) -> PathSyntax:
        found = repr(self.text[self.at :][:20]) if self.at < len(self.text) else "the end"
        return PathSyntax(f"{self.text!r}: expected {expected} at character {self.at + 1}, found {found}")

    def is_next(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def take(self, token: str) -> bool:
        """Step over `token` when it comes next."""
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def need(self, token: str) -> None:
        if not self.take(token):
            raise self.error(repr(token))

    def skip_space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.at)
        if not found or found.end() == self.at:
            return None
        self.at = found.end()
        return found.group()

    def number(self) -> int | float | None:
        text = self.match(_NUMBER)
        if text is None:
            return None
        return int(text) if re.fullmatch(r"-?\d+", text) else float(text)

    def quoted(self) -> str | None:
        """A string in single or double quotes, its backslashes kept."""
        quote = self.text[self.at : self.at + 1]
        if quote not in ("'", '"') or not quote:
            return None
        at = self.at + 1
        while at < len(self.text) and self.text[at] != quote:
            at += 2 if self.text[at] == "\\" else 1
        if at >= len(self.text):
            raise self.error(f"a closing {quote}")
        body = self.text[self.at + 1 : at]
        self.at = at + 1
        return body

    def end(self) -> None:
        if self.at < len(self.text):
            raise self.error("the end of the expression")


def unescape(body: str) -> str:
    """Drop the backslash of every escaped character."""
    return re.sub(r"\\(.)", r"\1", body, flags=re.DOTALL) if "\\" in body else body
