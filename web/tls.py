"""TLS inside waitress: its event loop reads and writes an encrypted, non-blocking socket, so slow or silent clients hold no thread."""

from __future__ import annotations

import errno
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from cmdb.errors import Invalid

_RECORD = 16 * 1024  # the largest TLS record: reading less could leave bytes in OpenSSL where no poll sees them


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificate chain and private key, both PEM files. One file may hold both."""

    certificate: Path
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """A server context: TLS 1.2 or newer. Raises Invalid naming the file at fault."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.set_alpn_protocols(["http/1.1"])
        for file, field in ((self.certificate, "tls_cert"), (self.key, "tls_key")):
            if file is not None and not file.is_file():
                raise Invalid(f"{file} is not there. Give a PEM file.", field=field)
        try:
            # An empty password: a key that has one is refused here instead of asked for at a terminal nobody watches.
            made.load_cert_chain(self.certificate, self.key, password="")
        except (ssl.SSLError, ValueError, OSError) as reason:
            files = f"{self.certificate} and {self.key}" if self.key else str(self.certificate)
            raise Invalid(
                f"{files} cannot be used for TLS ({reason}). Needed: a PEM certificate with its chain, and its key without a password.",
                field="tls_cert",
            ) from reason
        return made


class TlsSocket:
    """An encrypted socket as waitress uses one: never waits, says "would block" in the words of plain sockets.

    Worker threads send while the main thread receives; OpenSSL does not allow that on one connection at once, hence the lock.
    """

    def __init__(self, inner: ssl.SSLSocket) -> None:
        self._inner = inner
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def recv(self, size: int) -> bytes:
        """Decrypted bytes; b"" when the other end closed. The handshake happens inside the first calls."""
        with self._lock:
            try:
                return self._inner.recv(max(size, _RECORD))
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as wait:
                raise BlockingIOError(errno.EWOULDBLOCK, "would block") from wait
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return b""

    def send(self, data: bytes) -> int:
        """How many bytes were taken."""
        with self._lock:
            try:
                return self._inner.send(data)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as wait:
                raise BlockingIOError(errno.EWOULDBLOCK, "would block") from wait
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as gone:
                raise ConnectionResetError(errno.ECONNRESET, "closed by the other end") from gone

    def close(self) -> None:
        """Say goodbye if that is possible at once, and close."""
        with self._lock:
            try:
                self._inner.setblocking(False)
                self._inner.unwrap()
            except (OSError, ValueError):
                pass  # the other end is gone or does not answer: closing is all that is left
            self._inner.close()


class TlsChannel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    """A connection whose first reads may be handshake only: they bring no data and yet do not mean that the client left."""

    def handle_read(self) -> None:
        """Read what is there, if anything is."""
        try:
            data = self.socket.recv(self.adj.recv_bytes)
        except BlockingIOError:
            return
        except OSError:
            self.handle_close()
            return
        if not data:
            self.handle_close()
            return
        self.last_activity = time.time()
        self.received(data)


class TlsServer(TcpWSGIServer):  # type: ignore[misc]  # waitress ships no types
    """waitress' server with encrypted connections."""

    channel_class = TlsChannel
    tls_context: ssl.SSLContext

    @classmethod
    def of(cls, context: ssl.SSLContext) -> type[TlsServer]:
        """The server class bound to a context (waitress makes the instance itself, with its own arguments)."""
        return type("BoundTlsServer", (cls,), {"tls_context": context})

    def accept(self) -> tuple[TlsSocket, Any] | None:
        """The next connection. No handshake here: it would let one silent client stop everybody else."""
        accepted = super().accept()
        if accepted is None:
            return None
        plain: socket = accepted[0]
        plain.setblocking(False)
        try:
            inner = self.tls_context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        except OSError:
            plain.close()
            raise  # the caller logs it and goes on
        return TlsSocket(inner), accepted[1]
