"""Reports read in a process of their own: how the door hands one over, and what the other side makes of several at a time.

A report that is whole, small and like most others is read, made clean and kept over there; whatever is unusual about one (an error, a
replay, another kind of message) is answered by nothing, and the door does all of it itself, as if it had never been handed over. So
there is one place for errors, refusals and their words. Each waiting thread of the door has a connection of its own; the other side takes
one message of each, and keeps all of them in one commit, on one thread: nobody waits for the interpreter there.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import struct
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from cmdb.errors import CmdbError
from cmdb.store import Incoming, Ledger
from discovery.reports.message import Headers, Message, read_message
from discovery.reports.reply import REPORT_EVERY_HOURS, Reply, to_inventory
from web.agent.desk import Desk, kept
from web.agent.needs import Enrolment

log = logging.getLogger(__name__)
MOST_PACKED = 512 * 1024
"""Bytes of a body, as sent, that are handed over: real reports have 10 to 300 KB. One that is larger would hold up the others."""
MOST_SAID = MOST_PACKED + 64 * 1024
"""Bytes of a body and of what its request says beside it. The other side hangs up on more: such a message is not sent."""
MOST_UNPACKED = 4 * 1024 * 1024
PATIENCE_S = 10.0
"""A thread of the door waits no longer, neither for the other side to take a report nor for its answer; then the door reads it itself."""
NOTHING = b""
"""The answer to what the door is to do itself."""


class Hung(Exception):
    """The other side took nothing, or gave no answer, for `PATIENCE_S`."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a token says, on the other side."""

    id: str
    site: str
    ownership: str


class Seats:
    """The door's ends of the connections to one life of the other process. One request at a time uses each."""

    def __init__(self, connections: Iterable[Connection]) -> None:
        self._free = deque(connections)
        for seat in self._free:
            _write_within(seat, PATIENCE_S / 2)  # what the system still takes of a report waits once, the rest a second time

    def take(self, data: bytes, headers: Headers, token: Enrolment) -> Reply | None:
        """As `Reader.take`. None, too, where no seat is free, the other process is gone, or the headers are of a size no agent sends.

        Raises Hung.
        """
        asking = _asking(data, headers, token)
        if len(asking) > MOST_SAID:
            return None
        try:
            seat = self._free.pop()
        except IndexError:
            return None
        try:
            seat.send_bytes(asking)
            if not seat.poll(PATIENCE_S):
                raise BlockingIOError
            said = seat.recv_bytes()
        except BlockingIOError:  # it takes nothing, or says nothing
            seat.close()
            raise Hung from None
        except (OSError, EOFError):  # it ended: whether it kept the report is not known, and to keep it twice changes nothing
            seat.close()
            return None
        self._free.append(seat)
        return _reply(said) if said else None

    def close(self) -> None:
        """Close those that nobody uses; who uses one meets its end."""
        while self._free:
            self._free.pop().close()


def _write_within(seat: Connection, seconds: float) -> None:
    """A process that stopped takes no more than the system holds for it: without a limit, who sends a larger report waits for ever."""
    with socket.socket(fileno=os.dup(seat.fileno())) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(seconds), int(seconds % 1 * 1e6)))


def _asking(data: bytes, headers: Headers, token: Enrolment) -> bytes:
    head = {
        "token": [token.id, token.site, token.ownership],
        "headers": [headers.user_agent, headers.agent_id, headers.request_id],
    }
    return json.dumps(head).encode() + b"\n" + data


def _said(reply: Reply) -> bytes:
    head = {"content_type": reply.content_type, "status": reply.status, "headers": reply.headers}
    return json.dumps(head).encode() + b"\n" + reply.body


def _reply(said: bytes) -> Reply:
    head, _, body = said.partition(b"\n")
    return Reply(body, **json.loads(head))


@dataclass(frozen=True, slots=True)
class Together:
    """The other side: reads what several agents sent, and keeps it in one commit."""

    ledger: Ledger
    every_hours: int = REPORT_EVERY_HOURS

    def answers(self, asked: Sequence[bytes]) -> list[bytes]:
        """The answer to each, when all are on the disk; `NOTHING` for what the door is to do itself."""
        desk = Desk(self.ledger, self.every_hours)
        subjects: set[str] = set()
        read = [_read(desk, one, subjects) for one in asked]
        try:
            kept(self.ledger, [incoming for _, incoming in filter(None, read)])
        except CmdbError as error:
            log.warning("reports are left to the door reason=%s", error.message)
            return [NOTHING] * len(asked)
        return [NOTHING if one is None else _said(to_inventory(one[0], hours=self.every_hours)) for one in read]


def _read(desk: Desk, one: bytes, subjects: set[str]) -> tuple[Message, Incoming] | None:
    """A report of which nothing is unusual. The second one of a device (`subjects`) waits until the first is kept."""
    head, _, data = one.partition(b"\n")
    told: dict[str, Any] = json.loads(head)
    try:
        message = read_message(data, Headers(*told["headers"]), MOST_UNPACKED)
        if message.kind != "inventory" or message.query == "native" or message.subject in subjects:
            return None
        came = desk.incoming(message, Enrolled(*told["token"]))
    except Exception:  # the door meets the same, and says so to agent and operator
        log.debug("a report is left to the door", exc_info=True)
        return None
    if not isinstance(came, Incoming):
        return None
    subjects.add(message.subject)
    return message, came
