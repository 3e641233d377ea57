import smtplib
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.mail import MailSink


@pytest.fixture
def fresh(cloud: Cloud) -> Callable[[], list[Path]]:
    """The mails that came since the test began, oldest first."""
    folder = cloud.state(MailSink).folder
    before = set(folder.iterdir())
    return lambda: sorted(set(folder.iterdir()) - before)


def send(cloud: Cloud, **changed: str) -> None:
    mail = {
        "recipient": "ann@example.org",
        "subject": "Model ../../live: 5 %",
        "text": "Grüße",
        "message_id": "<1@example.org>",
        "sender": "no-reply@sns.amazonaws.com",
    }
    cloud.state(MailSink).send(**{**mail, **changed})


def read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), EmailMessage, policy=modern)


def test_a_mail_becomes_one_file_whose_name_is_safe(cloud: Cloud, fresh: Callable[[], list[Path]]) -> None:
    send(cloud, message_id="<a@example.org>")
    (path,) = fresh()
    assert path.name.split("-", 1)[1].rpartition("-")[0] == "model-live-5"
    mail = read(path)
    assert (mail["To"], mail["Subject"], mail.get_content().strip()) == (
        "ann@example.org",
        "Model ../../live: 5 %",
        "Grüße",
    )


def test_the_same_message_id_is_kept_once(cloud: Cloud, fresh: Callable[[], list[Path]]) -> None:
    send(cloud, message_id="<b@example.org>")
    send(cloud, message_id="<b@example.org>", subject="other words")
    assert [read(path)["Subject"] for path in fresh()] == ["Model ../../live: 5 %"]


def test_names_sort_as_mails_came(cloud: Cloud, fresh: Callable[[], list[Path]]) -> None:
    for number in range(5):
        send(cloud, message_id=f"<c{number}@example.org>", subject=f"{9 - number}")
    assert [read(path)["Subject"] for path in fresh()] == ["9", "8", "7", "6", "5"]


@pytest.mark.parametrize("field", ["subject", "recipient", "message_id"])
def test_a_header_cannot_bring_another_one_along(
    cloud: Cloud, fresh: Callable[[], list[Path]], field: str
) -> None:
    with pytest.raises(ValueError, match=r"(?i)linefeed|newline|carriage"):
        send(cloud, **{field: "x@example.org\r\nBcc: evil@example.org"})
    assert fresh() == []


def test_any_program_may_send_through_it(cloud: Cloud, fresh: Callable[[], list[Path]]) -> None:
    port = cloud.state(MailSink).port
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
        smtp.sendmail(
            "a@example.org", ["b@example.org"], b"Subject: =?utf-8?q?=C3=BC?=\r\n\r\nno message id\r\n"
        )
    (path,) = fresh()
    assert read(path)["Subject"] == "ü"


def test_refuses_a_mail_above_its_limit(cloud: Cloud, fresh: Callable[[], list[Path]]) -> None:
    with pytest.raises(smtplib.SMTPException):
        send(cloud, text="x" * (1024 * 1024 + 1), message_id="<big@example.org>")
    assert fresh() == []
