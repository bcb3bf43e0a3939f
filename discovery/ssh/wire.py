"""The socket as paramiko gets it: it reads much at a time, sleeps until something comes, and wakes at once when it is closed.

paramiko reads a message in three small pieces, and wakes its thread ten times a second to see whether it was closed meanwhile. With many
slow hosts at once that is most of what a conversation costs; here the one who closes wakes the reader.
"""

from __future__ import annotations

import socket
from contextlib import suppress

READ = 128 * 1024
"""Bytes asked of the kernel at a time; a message of OpenSSH holds 32 KiB at most."""

TICK_S = 30.0
"""How long a quiet read lasts, whatever paramiko asks for. Nobody waits for its end: deadlines are the session's, and closing wakes it."""


class Wire:
    """A connected socket in the form paramiko asks for (`recv`, `send`, `close`, `settimeout`), read by one thread only."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._sock.settimeout(TICK_S)
        self._kept = b""
        self._at = 0

    def recv(self, size: int) -> bytes:
        """At most `size` bytes; empty at the end. Raises OSError, and TimeoutError after TICK_S of silence."""
        at, kept = self._at, self._kept
        if at == len(kept):
            try:
                kept = self._sock.recv(max(size, READ))
            except OSError:
                if self._closed:
                    return b""
                raise
            if len(kept) <= size:
                return kept
            self._kept, at = kept, 0
        self._at = end = min(at + size, len(kept))
        return kept[at:end]

    def send(self, data: bytes) -> int:
        """As a socket's."""
        return self._sock.send(data)

    def settimeout(self, seconds: float | None) -> None:
        """Ignored, see TICK_S."""

    def getpeername(self) -> object:
        """As a socket's."""
        return self._sock.getpeername()

    @property
    def _closed(self) -> bool:
        """paramiko looks here when it waits for its thread to end."""
        return self._sock.fileno() < 0

    def close(self) -> None:
        """Close, and wake whoever reads or writes; never raises, also a second time."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._sock.close()
