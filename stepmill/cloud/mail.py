"""E-mail: an SMTP server on the loopback address that keeps each mail as an `.eml` file, sending none on."""

import asyncio
import hashlib
import logging
import re
import smtplib
import socket
import threading
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as SMTP_POLICY
from email.policy import default as modern
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP, Envelope, Session

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SIZE_LIMIT_BYTES = 1024 * 1024
SMTP_TIMEOUT_S = 10.0

# aiosmtpd logs every line of a session; addresses and texts do not belong in a log.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class Keeper:
    """aiosmtpd's handler: writes what arrives into the folder.

    The mail's name starts with its time, so that names sort as mails came. A Message-ID that is there
    already is accepted and not written again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        keep(self._folder, content, datetime.now(UTC))
        return "250 kept"


def keep(folder: Path, content: bytes, arrived: datetime) -> None:
    mail = BytesParser(policy=modern).parsebytes(content)
    identity = str(mail["Message-ID"] or "").strip().encode() or content
    digest = hashlib.sha256(identity).hexdigest()[:16]
    if any(folder.glob(f"*-{digest}.eml")):
        return
    slug = re.sub(r"[^a-z0-9]+", "-", str(mail["Subject"] or "").lower()).strip("-")[:60] or "mail"
    target = folder / f"{arrived:%Y%m%dT%H%M%S.%f}-{slug}-{digest}.eml"
    temporary = target.with_suffix(".part")
    temporary.write_bytes(content)
    temporary.replace(target)


class MailSink:
    """The server of one cloud, and the way to it."""

    def __init__(self, cloud: "Cloud") -> None:
        self._clock = cloud.clock
        self.folder = cloud.root / "mail"
        self.folder.mkdir(parents=True, exist_ok=True)
        for unfinished in self.folder.glob("*.part"):
            unfinished.unlink()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            self._loop.create_server(self._make_protocol, sock=self._listener)
        )
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail", daemon=True)
        self._thread.start()

    def _make_protocol(self) -> SMTP:
        return SMTP(
            Keeper(self.folder), hostname="localhost", data_size_limit=SIZE_LIMIT_BYTES, enable_SMTPUTF8=True
        )

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def send(self, *, recipient: str, subject: str, text: str, message_id: str, sender: str) -> None:
        """Hand one mail to the server.

        Raises: ValueError for a header that carries a line break, smtplib.SMTPException, OSError.
        """
        mail = EmailMessage(policy=SMTP_POLICY)
        mail["From"] = Address("AWS Notifications", addr_spec=sender)
        mail["To"] = recipient
        mail["Subject"] = subject
        mail["Date"] = format_datetime(datetime.fromtimestamp(self._clock.time(), UTC))
        mail["Message-ID"] = message_id
        mail.set_content(text, charset="utf-8")
        with smtplib.SMTP("127.0.0.1", self.port, timeout=SMTP_TIMEOUT_S) as smtp:
            smtp.send_message(mail, from_addr=sender, to_addrs=[recipient])
