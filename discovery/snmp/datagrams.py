"""One connected UDP socket for requests of several objects in SNMP v1 and v2c (`ber.py`): send, wait, send again."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Sequence
from contextlib import suppress

from cmdb.errors import Refused, Unreachable
from discovery.snmp import ber
from discovery.snmp.backend import AgentError, Endpoint, Garbled, NoAccess, NoAnswer, Timing, TooBig

_NO_SUCH_NAME = 2
_ERRORS = {1: TooBig, 6: NoAccess, 16: NoAccess}
_WORDS = {3: "badValue", 4: "readOnly", 5: "genErr", 13: "resourceUnavailable"}


class Datagrams(asyncio.DatagramProtocol):
    """Requests to one agent, one at a time."""

    def __init__(self, endpoint: Endpoint, version: int, community: str, timing: Timing) -> None:
        self._endpoint, self._version, self._community, self._timing = endpoint, version, community.encode(), timing
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: asyncio.Future[ber.Reply] | None = None
        self._ids = itertools.count(int.from_bytes(os.urandom(3), "big"))
        self._wanted: set[int] = set()
        self._error: OSError | ValueError | None = None
        self.requests = 0

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002  the socket is connected: it is the agent's
        """A reply: kept if it answers the request under way, also when it answers an earlier sending of it."""
        waiting = self._waiting
        if waiting is None or waiting.done():
            return
        try:
            reply = ber.decode_reply(data)
        except ValueError as err:
            self._error = err
            return
        if reply.request_id in self._wanted:
            waiting.set_result(reply)

    def error_received(self, exc: Exception) -> None:
        """ICMP said something (port closed, no route)."""
        if isinstance(exc, OSError) and self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc)

    async def ask(self, kind: int, oids: Sequence[str]) -> ber.Reply:
        """One exchange. A v1 noSuchName comes back as it is (`status` 2); other error statuses are raised."""
        loop = asyncio.get_running_loop()
        transport = self._transport or await self._connect(loop)
        if self._timing.gap_s:
            await asyncio.sleep(self._timing.gap_s)
        self._waiting, self._error = loop.create_future(), None
        self._wanted.clear()
        try:
            for wait in self._timing.waits():
                request_id = next(self._ids) & 0x7FFFFFFF
                self._wanted.add(request_id)
                transport.sendto(ber.encode_request(self._version, self._community, kind, request_id, oids))
                self.requests += 1
                with suppress(asyncio.TimeoutError):
                    return self._judge(await asyncio.wait_for(asyncio.shield(self._waiting), wait))
        except ConnectionRefusedError as err:
            raise Refused("The port is closed: nothing answers SNMP there.") from err
        except OSError as err:
            raise Unreachable(f"The network says: {err.strerror or 'unreachable'}.") from err
        finally:
            if self._waiting.done() and not self._waiting.cancelled():
                self._waiting.exception()
            self._waiting = None
        if isinstance(self._error, ValueError):
            raise Garbled(f"The reply cannot be decoded ({self._error}).")
        raise NoAnswer("No answer to a request.")

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> asyncio.DatagramTransport:
        try:
            address = (self._endpoint.address, self._endpoint.port)
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=address)
        except OSError as err:
            raise Unreachable(f"The network says: {err.strerror or 'unreachable'}.") from err
        return self._transport

    @staticmethod
    def _judge(reply: ber.Reply) -> ber.Reply:
        if reply.status in (0, _NO_SUCH_NAME):
            return reply
        kind = _ERRORS.get(reply.status, AgentError)
        raise kind(f"The agent answered with error {_WORDS.get(reply.status, reply.status)}.")

    def close(self) -> None:
        """Close the socket, if it was opened."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
