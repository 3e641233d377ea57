"""Show the e-mails that the embedded cloud sent.

  stepmill mail            a table of all of them, oldest first
  stepmill mail latest     the newest one
  stepmill mail 3          the third of the table
  stepmill mail --follow   the table, and then every mail as it arrives; Ctrl-C ends

Mails are the files under `.stepmill/mail`: they are there whether the cloud runs or not.
"""

import argparse
import re
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from pathlib import Path

from stepmill.cli.errors import UserError
from stepmill.cli.session import ROOT

HELP = "show the e-mails that were sent"
LOOK_AGAIN_S = 0.5
# What a terminal would act on instead of showing it.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mail", nargs="?", metavar="N|latest", help="show this one mail")
    parser.add_argument("--follow", action="store_true", help="go on with every mail that arrives")
    parser.add_argument("--root", type=Path, default=ROOT, help="the cloud's folder (default: .stepmill)")


def run(args: argparse.Namespace) -> int:
    folder: Path = args.root / "mail"
    if args.mail is not None:
        if args.follow:
            raise UserError("--follow shows all mails; leave the number out")
        print_mail(chosen(folder, args.mail))
        return 0
    print_table(folder)
    if args.follow:
        follow(folder)
    return 0


def paths(folder: Path) -> list[Path]:
    """Oldest first: a mail's name starts with its time."""
    return sorted(folder.glob("*.eml"))


def chosen(folder: Path, wanted: str) -> Path:
    """Raises: UserError when there is no such mail."""
    there = paths(folder)
    if not there:
        raise UserError(f"no mail in {folder}; nothing has been sent yet")
    if wanted == "latest":
        return there[-1]
    if not wanted.isdecimal() or not 1 <= int(wanted) <= len(there):
        raise UserError(f"there is no mail {wanted!r}; give a number from 1 to {len(there)}, or latest")
    return there[int(wanted) - 1]


def read(path: Path) -> EmailMessage:
    with path.open("rb") as file:
        return BytesParser(EmailMessage, policy=modern).parse(file)


def header(message: EmailMessage, name: str) -> str:
    return CONTROL.sub("", str(message[name] or ""))


def print_mail(path: Path) -> None:
    message = read(path)
    for name in ("From", "To", "Date", "Subject"):
        print(f"{name}: {header(message, name)}")
    body = message.get_body(("plain", "html"))
    print()
    print(CONTROL.sub("", body.get_content()) if body is not None else "", end="")


def row(path: Path) -> tuple[str, str, str]:
    message = read(path)
    return header(message, "Date"), header(message, "To"), header(message, "Subject")


def print_table(folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    there = paths(folder)
    if not there:
        print(f"no mail in {folder} yet")
        return
    table = Table("#", "time", "to", "subject")
    for number, path in enumerate(there, start=1):
        # As Text: a subject's [brackets] are no markup.
        table.add_row(str(number), *map(Text, row(path)))
    Console().print(table)


def follow(folder: Path) -> None:
    for number, path in arrivals(folder, pause=lambda: time.sleep(LOOK_AGAIN_S)):
        print(number, *row(path), sep="  ", flush=True)


def arrivals(folder: Path, pause: Callable[[], None]) -> Iterator[tuple[int, Path]]:
    """Each mail that comes from now on, with its number in the table; never ends by itself."""
    seen = len(paths(folder))
    while True:
        for number, path in enumerate(paths(folder)[seen:], start=seen + 1):
            seen = number
            yield number, path
        pause()
