"""Prove machines before they are deployed: paths, parameters, names, contracts and permissions.

Without FILE, everything of this repository: each machine with its template, functions and events. A FILE is
Amazon States Language (JSON or YAML) or a SAM or CloudFormation template, ours or not.

  stepmill check                                    this repository
  stepmill check machine.asl.json                   any machine
  stepmill check machine.asl.json --context c.json  ... with its input's schema, its functions'
  stepmill check --format sarif > check.sarif       for code scanning
  stepmill check --explain path-missing             what a rule means, with an example

Exit code: 0 nothing found, 1 failures (with --strict also warnings), 2 a mistake in how it was called.
Switch a rule off where it does not fit: [check-ignore RULE: reason] in a state's Comment, or
--ignore RULE@STATE=reason. All rules: docs/rules.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stepmill.cli.errors import UserError

if TYPE_CHECKING:
    from stepmill.check.reading.context import Given
    from stepmill.check.run import Checked
    from stepmill.check.suppression import Ignore

HELP = "prove machines before they are deployed: paths, parameters, names, permissions"
FORMATS = ("text", "json", "sarif")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="machines or templates")
    parser.add_argument("--context", type=Path, metavar="FILE", help="what the files cannot say, as JSON")
    parser.add_argument("--format", choices=FORMATS, default="text", help="text is for people")
    parser.add_argument("--strict", action="store_true", help="warnings fail too")
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="RULE[@STATE]=REASON",
        help="switch a rule off, for one state or everywhere; may be given again",
    )
    parser.add_argument("--explain", metavar="RULE", help="show what a rule means; `all` lists them")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")


def run(args: argparse.Namespace) -> int:
    if args.explain:
        return _explain(args.explain)
    from stepmill.check import run as checking

    given = _context(args.context)
    ignores = [_ignore(text) for text in args.ignore]
    for file in args.files:
        if not file.is_file():
            raise UserError(f"{file}: {'is a folder' if file.is_dir() else 'no such file'}; give a file")
    checked = checking.check_files(args.files, given) if args.files else _repository(args.root, given)
    for slip in checked.unknown_states(ignores):
        print(f"stepmill check: warning: --ignore {slip}; it switches nothing off", file=sys.stderr)
    checked = checked.without(ignores)
    print(_report(checked, args.format))
    return 1 if checked.fails(strict=args.strict) else 0


def _repository(root: Path, given: Given) -> Checked:
    from stepmill.asl import AslError
    from stepmill.check import templates

    if not (root / "statemachines").is_dir():
        raise UserError(f"{root}: has no folder statemachines; give files, or run this in the repository")
    try:
        return templates.check_repository(root, given)
    except AslError as error:
        raise UserError(str(error)) from error


def _context(path: Path | None) -> Given:
    from stepmill.check.reading.context import ContextInvalid, Given, read_context

    if path is None:
        return Given()
    try:
        return read_context(path)
    except ContextInvalid as error:
        raise UserError(str(error)) from error


def _ignore(text: str) -> Ignore:
    from stepmill.check.catalogue import all_rules
    from stepmill.check.suppression import of_line

    ignore = of_line(text)
    if ignore is None:
        raise UserError(f"--ignore {text!r}: has no reason; write RULE=reason or RULE@STATE=reason")
    if ignore.rule not in all_rules():
        raise UserError(f"--ignore {text!r}: {_no_rule(ignore.rule)}")
    return ignore


def _no_rule(name: str) -> str:
    from stepmill.asl.errors import suggest
    from stepmill.check.catalogue import all_rules

    return f"{name!r} is no rule{suggest(name, all_rules())}; --explain all lists them"


def _explain(name: str) -> int:
    from stepmill.check.catalogue import all_rules, explained

    rules = all_rules()
    if name == "all":
        width = max(map(len, rules))
        for rule in rules.values():
            print(f"{rule.id:<{width}}  {rule.severity:<7}  {rule.line}")
        return 0
    if name not in rules:
        raise UserError(_no_rule(name))
    print(explained(rules[name]))
    return 0


def _report(checked: Checked, form: str) -> str:
    from stepmill.check import report

    if form == "json":
        return report.as_json(checked.findings, checked.line, checked.machines, checked.not_read)
    if form == "sarif":
        from stepmill.check.catalogue import all_rules

        return report.as_sarif(checked.findings, checked.line, all_rules())
    text = report.as_text(checked.findings, checked.line, checked.machines, checked.not_read)
    return _coloured(text) if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


def _coloured(text: str) -> str:
    colours = {"failure": "\033[1;31m", "warning": "\033[1;33m"}
    lines = []
    for line in text.split("\n"):
        for word, colour in colours.items():
            line = line.replace(f": {word} ", f": {colour}{word}\033[0m ", 1) if line[:1] != " " else line
        lines.append(line)
    return "\n".join(lines)
