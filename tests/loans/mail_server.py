"""A small SMTP server on loopback: keeps what it is given, refuses whom it is told to. RFC 5321, as much as a client of ours needs."""

from __future__ import annotations

import base64
import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self


class MailServer(socketserver.ThreadingTCPServer):
    """Use as a context manager. `refuse`: recipients answered 550; `hang_up`: connections are cut after DATA was given."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, *, password: str = "", refuse: tuple[str, ...] = (), hang_up: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.password = password
        self.refuse = refuse
        self.hang_up = hang_up
        self.taken: list[tuple[str, EmailMessage]] = []
        self.said: list[str] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.say("220 test")
        self.recipient, self.known = "", not self.server.password
        while line := self.rfile.readline():
            words = line.decode("latin-1").strip()
            self.server.said.append(words)
            if not self.answer(words):
                return

    def answer(self, words: str) -> bool:
        verb = words.upper().partition(" ")[0]
        if verb == "EHLO":
            self.say("250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME" if self.server.password else "250-test\r\n250 8BITMIME")
        elif verb == "AUTH":
            given = base64.b64decode(words.split()[2]).split(b"\0")[2].decode()
            self.known = given == self.server.password
            self.say("235 in" if self.known else "535 no")
        elif verb == "RCPT":
            self.recipient = words[words.index("<") + 1 : words.index(">")]
            self.say("550 unknown" if self.recipient in self.server.refuse else "250 ok")
        elif verb == "DATA":
            return self.data()
        elif verb == "QUIT":
            self.say("221 bye")
            return False
        else:
            self.say("250 ok" if self.known or verb != "MAIL" else "530 sign in")
        return True

    def data(self) -> bool:
        self.say("354 go")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        parsed = message_from_bytes(b"".join(lines).replace(b"\r\n", b"\n"), policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.server.taken.append((self.recipient, parsed))
        if self.server.hang_up:
            return False
        self.say("250 taken")
        return True

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")
