"""One command, `stepmill`.

Only the chosen command's module is imported: `stepmill compile` costs little more than Python itself.
A command is a module with `HELP`, `add_arguments(parser)` and `run(args) -> exit code`.
Exit codes: 0 all well, 1 a failed run or a finding, 2 a mistake of the user's.
"""

import argparse
import atexit
import gc
import importlib
import os
import sys

from stepmill import __version__
from stepmill.cli.errors import UserError

COMMANDS = {
    "demo": "watch the whole system work: from an uploaded file to a live model",
    "compile": "write the ASL, the policy and a picture of every machine under statemachines/",
    "check": "prove machines before they are deployed: paths, parameters, names, permissions",
    "policy": "print the least-privilege IAM policy of a machine",
    "up": "run the embedded cloud here and deploy the template to it",
    "deploy": "deploy a SAM template to the running embedded cloud",
    "usecase": "check the file of a use case, and turn it into the template's parameters",
    "run": "start an execution and follow it",
    "history": "show what an execution did, event by event",
    "logs": "show the log of a function, job or endpoint",
    "mail": "show the e-mails that were sent",
    "report": "write a page of predictions, drift and model quality",
}
BRIEF = frozenset({"compile", "check", "policy"})  # over before there is garbage worth a search
ABOUT = "Machine-learning systems on AWS as Step Functions machines written in Python."
EPILOG = """\
First steps:
  stepmill demo cars          everything at once, on this machine, in about a minute
  stepmill up                 the embedded cloud in the foreground; paste the line it prints
  stepmill run training --input events/training.cars.json
`stepmill COMMAND --help` explains a command."""


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit code is returned."""
    words = sys.argv[1:] if argv is None else argv
    parser = _top_parser()
    if not words or words[0] not in COMMANDS:
        parser.parse_args(words or ["--help"])
        return 0
    name = words[0]
    if argv is None and name in BRIEF:
        gc.disable()
        atexit.register(gc.freeze)  # else Python searches everything once more as it ends
    command = importlib.import_module(f"stepmill.cli.{name}")
    command_parser = argparse.ArgumentParser(
        prog=f"stepmill {name}",
        description=command.__doc__,
        formatter_class=_Help,
    )
    command_parser.add_argument("--debug", action="store_true", help="show a traceback on failure")
    command.add_arguments(command_parser)
    args = command_parser.parse_args(words[1:])
    try:
        return int(command.run(args))
    except UserError as error:
        if args.debug:
            raise
        print(f"stepmill {name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader has gone, as in `stepmill history training | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains at its end
        return 1
    except Exception as error:
        from stepmill.cli.session import problem_of

        problem = problem_of(error)
        if problem is None or args.debug:
            raise
        print(f"stepmill {name}: {problem}", file=sys.stderr)
        return 2


class _Help(argparse.RawDescriptionHelpFormatter):
    """Finds the terminal's width as argparse does, without shutil and all the compressors that it loads.

    argparse makes a formatter for every option it learns of, not for --help alone.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_columns() - 2)


def _terminal_columns() -> int:
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).columns or 80
    except (ValueError, OSError):  # closed, or no terminal
        return 80


def _top_parser() -> argparse.ArgumentParser:
    width = max(len(name) for name in COMMANDS)
    table = "\n".join(f"  {name:<{width}}  {line}" for name, line in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="stepmill",
        usage="stepmill COMMAND [options]",
        description=f"{ABOUT}\n\nCommands:\n{table}",
        epilog=EPILOG,
        formatter_class=_Help,
    )
    parser.add_argument("--version", action="version", version=f"stepmill {__version__}")
    parser.add_argument("command", choices=list(COMMANDS), metavar="COMMAND", help="one of those above")
    return parser
