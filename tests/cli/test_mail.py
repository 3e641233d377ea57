import argparse
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from stepmill.cli import mail
from stepmill.cli.errors import UserError
from stepmill.cloud.mail import keep


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "mail"
    folder.mkdir()
    for number in (2, 1):
        write(folder, number)
    return tmp_path


def write(folder: Path, number: int) -> None:
    content = (
        f"From: a@example.org\r\nTo: b@example.org\r\nSubject: [red]subject {number}\x1b[31m\r\n"
        f"Date: Sun, 22 Nov 2026 06:00:0{number} +0000\r\nMessage-ID: <{number}>\r\n\r\n"
        f"text \x1b[2J{number}\r\n"
    )
    keep(folder, content.encode(), datetime(2026, 11, 22, 6, 0, number, tzinfo=UTC))


def run(root: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    mail.add_arguments(parser)
    return mail.run(parser.parse_args([*words, "--root", str(root)]))


def test_lists_the_mails_oldest_first(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root) == 0
    lines = [
        line
        for line in capsys.readouterr().out.splitlines()
        if "subject " in line and "b@example.org" in line
    ]
    assert ["[red]subject 1" in lines[0], "[red]subject 2" in lines[1], len(lines)] == [True, True, 2]


@pytest.mark.parametrize(("word", "number"), [("1", 1), ("2", 2), ("latest", 2)])
def test_shows_one_mail_without_its_control_characters(
    root: Path, capsys: pytest.CaptureFixture[str], word: str, number: int
) -> None:
    assert run(root, word) == 0
    assert capsys.readouterr().out == (
        "From: a@example.org\nTo: b@example.org\n"
        f"Date: Sun, 22 Nov 2026 06:00:0{number} +0000\nSubject: [red]subject {number}[31m\n"
        f"\ntext [2J{number}\n"
    )


@pytest.mark.parametrize("word", ["0", "3", "first"])
def test_refuses_a_mail_that_is_not_there(root: Path, word: str) -> None:
    with pytest.raises(UserError, match=f"there is no mail '{word}'; give a number from 1 to 2, or latest"):
        run(root, word)


def test_an_empty_mailbox_is_said_to_be_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 0
    assert capsys.readouterr().out == f"no mail in {tmp_path / 'mail'} yet\n"
    with pytest.raises(UserError, match="nothing has been sent yet"):
        run(tmp_path, "latest")


def test_follows_with_every_mail_that_arrives(root: Path) -> None:
    folder = root / "mail"
    numbers = iter((3, 4))
    coming = mail.arrivals(folder, pause=lambda: write(folder, next(numbers)))
    assert [number for number, _ in islice(coming, 2)] == [3, 4]
