"""Mail by SMTP: one connection for a batch. Nothing of a message or the password reaches a log."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from types import TracebackType
from typing import Self

from cmdb.config import Settings
from cmdb.errors import CmdbError, Invalid
from cmdb.model import times

log = logging.getLogger(__name__)

_PATIENCE_S = 20.0
_TLS_PORT = 465


class MailUnavailable(CmdbError):
    """The mail server cannot be used now; the message says why and what to look at."""


class Post:
    """An open connection to the mail server of the settings. Use as a context manager; the connection is made with the first message."""

    def __init__(self, settings: Settings, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: whom to trust (default: the certificates of the system). Raises Invalid where no mail server is set."""
        if not settings.smtp_host:
            raise Invalid("No mail server is set; name one by MOORINGS_SMTP_HOST.", field="MOORINGS_SMTP_HOST")
        self._settings = settings
        self._tls = tls
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self._server is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()

    def send(self, name: str, address: str, subject: str, text: str) -> bool:
        """Send one message. False: the server does not take this one (an unknown or impossible address). Raises MailUnavailable."""
        message = self._message(name, address, subject, text)
        if message is None:
            log.warning("mail: an address cannot be written to")
            return False
        with self._said():
            server = self._connected()
        try:
            refused = server.send_message(message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPNotSupportedError) as error:
            log.warning("mail: not taken reason=%s", _code(error))
            with self._said():
                server.rset()
            return False
        except smtplib.SMTPSenderRefused as error:
            raise MailUnavailable(f"The mail server does not take mail from MOORINGS_SMTP_FROM ({_code(error)}).") from None
        except (smtplib.SMTPException, OSError) as error:
            # Cut off in the middle: it may have gone out, so it counts as sent. Nobody is chased twice.
            log.warning("mail: in doubt reason=%s", type(error).__name__)
            self._server = None
            return True
        return not refused

    def _message(self, name: str, address: str, subject: str, text: str) -> EmailMessage | None:
        message = EmailMessage(policy=SMTP)
        sender = self._settings.smtp_from
        try:
            to = Address(display_name=_line(name, 100), addr_spec=address)
            if not address.isascii() or not to.username or ("." not in to.domain and to.domain != "localhost"):
                return None
            message["From"] = Address(display_name="Moorings", addr_spec=sender)
            message["To"] = to
            message["Subject"] = _line(subject, 200)
        except (MessageError, ValueError, IndexError):  # what the parser of addresses says of hostile ones
            return None
        message["Date"] = format_datetime(times.now())
        message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        message.set_content(text, cte="quoted-printable")
        return message

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            with suppress(smtplib.SMTPException, OSError):
                if self._server.noop()[0] == 250:
                    return self._server
            self._server.close()
        self._server = self._connect()
        return self._server

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        context = self._tls or ssl.create_default_context()
        if settings.smtp_port == _TLS_PORT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=_PATIENCE_S, context=context)
        else:
            server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=_PATIENCE_S)
        try:
            if settings.smtp_port != _TLS_PORT and settings.smtp_starttls == "yes":
                server.starttls(context=context)
            if settings.smtp_user:
                server.login(settings.smtp_user, self._password())
        except BaseException:
            server.close()
            raise
        return server

    def _password(self) -> str:
        path = self._settings.smtp_password_file
        try:
            first = path.read_text("utf-8").partition("\n")[0].strip() if path is not None else ""
        except (OSError, UnicodeDecodeError):
            first = ""
        if not first:
            key = "MOORINGS_SMTP_PASSWORD_FILE"
            raise Invalid(f"{key} names {path}, whose first line holds no password.", field=key)
        return first

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Errors of the connection in one sentence, without the server's own words: they are hostile and may quote what was sent."""
        where = f"The mail server {self._settings.smtp_host}:{self._settings.smtp_port}"
        try:
            yield
        except smtplib.SMTPAuthenticationError as error:
            raise MailUnavailable(f"{where} does not accept MOORINGS_SMTP_USER and its password ({_code(error)}).") from None
        except smtplib.SMTPNotSupportedError:
            raise MailUnavailable(f"{where} offers no TLS or no sign-in; MOORINGS_SMTP_STARTTLS=no leaves TLS out.") from None
        except ssl.SSLError as error:
            raise MailUnavailable(f"{where} is not trusted: {error.reason or 'its TLS failed'}.") from None
        except (smtplib.SMTPException, OSError) as error:
            told = _code(error) if isinstance(error, smtplib.SMTPException) else getattr(error, "strerror", None) or type(error).__name__
            raise MailUnavailable(f"{where} cannot be used: {told}.") from None


def _code(error: smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "answer " + ", ".join(sorted({str(code) for code, _ in error.recipients.values()}))
    return f"answer {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else type(error).__name__


def _line(text: str, most: int) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()[:most]
