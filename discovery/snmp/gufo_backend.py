"""SNMP through gufo-snmp (Rust codec): the fast way, where its wheels exist.

It drives gufo's client sockets one reply at a time, so that a row costs no coroutine, and the end of a column can be told from
an error: gufo shows both tooBig and the end of the agent's view as StopAsyncIteration. For v1 and v2c that doubt is settled, and several
objects are asked at once, by `datagrams.py`; for v3 by the caller with the other backend (`can_resume` is false here).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from gufo.snmp import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    BaseAuthKey,
    BasePrivKey,
    DesKey,
    KeyExpansion,
    Md5Key,
    Sha1Key,
    Sha224Key,
    Sha256Key,
    Sha384Key,
    Sha512Key,
    SnmpAuthError,
    SnmpDecodeError,
    SnmpError,
    User,
)
from gufo.snmp._fast import GetIter, SnmpV1ClientSocket, SnmpV2cClientSocket, SnmpV3ClientSocket

from cmdb.errors import AuthFailed, Refused, Unreachable
from discovery.snmp import ber
from discovery.snmp.backend import Bind, Chunk, Endpoint, Garbled, NoAnswer, Timing, TooBig
from discovery.snmp.credential import SnmpCredential
from discovery.snmp.datagrams import Datagrams
from discovery.snmp.values import Value, is_under

T = TypeVar("T")
Socket = SnmpV1ClientSocket | SnmpV2cClientSocket | SnmpV3ClientSocket

_AUTH: dict[str, type[BaseAuthKey]] = {
    "md5": Md5Key,
    "sha": Sha1Key,
    "sha224": Sha224Key,
    "sha256": Sha256Key,
    "sha384": Sha384Key,
    "sha512": Sha512Key,
}
_PRIV: dict[str, type[BasePrivKey]] = {"des": DesKey, "aes": Aes128Key, "aes192": Aes192Key, "aes256": Aes256Key}
_NO_ROOM = 256 * 1024  # bytes of receive buffer asked for: a burst of replies must not be dropped


class Doubtful(Garbled):
    """The column stopped, and this backend cannot tell an error from the end (v3)."""


class GufoBackend:
    """`SnmpBackend` on gufo-snmp. SNMPv3 contexts are not possible here (`build.py` chooses pysnmp for them)."""

    name = "gufo"
    can_resume = False

    def __init__(self, endpoint: Endpoint, credential: SnmpCredential, timing: Timing) -> None:
        self._endpoint, self._credential, self._timing = endpoint, credential, timing
        self._sent = 0
        self._sock: Socket | None = None
        self._fd = -1
        self._watching = False
        self._ready: asyncio.Future[bool] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._until = 0.0
        self._raw = Datagrams(endpoint, 0 if credential.version == "1" else 1, credential.community, timing)

    @property
    def requests(self) -> int:
        """How many messages were sent."""
        return self._sent + self._raw.requests

    @property
    def engine_id(self) -> bytes:
        """The engine id that v3 discovered."""
        return self._sock.get_engine_id() if isinstance(self._sock, SnmpV3ClientSocket) else b""

    async def open(self) -> None:
        """As SnmpBackend; raises Unreachable when a v3 agent does not answer its discovery, AuthFailed when it refuses the user."""
        address, port = self._endpoint.address, self._endpoint.port
        where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        try:
            if self._credential.version == "1":
                self._sock = SnmpV1ClientSocket(where, self._credential.community, 0, 0, _NO_ROOM, 0)
            elif self._credential.version == "2c":
                self._sock = SnmpV2cClientSocket(where, self._credential.community, 0, 0, _NO_ROOM, 0)
            else:
                self._sock = SnmpV3ClientSocket(where, b"", "", 0, b"", 0, b"", 0, 0, _NO_ROOM, 0)
        except OSError as err:
            raise Unreachable(f"The network says: {err.strerror or err}.") from err
        self._fd = self._sock.get_fd()
        if isinstance(self._sock, SnmpV3ClientSocket):
            await self._discover(self._sock)

    async def _discover(self, sock: SnmpV3ClientSocket) -> None:
        try:
            await self._exchange(sock.send_refresh, sock.recv_refresh)
        except NoAnswer as err:
            raise Unreachable("No answer: the host is down, filtered, or does not speak SNMPv3.") from err
        user = _user(self._credential)
        sock.set_keys(user.name, user.get_auth_alg(), user.get_auth_key(), user.get_priv_alg(), user.get_priv_key())
        if user.require_auth():
            try:
                await self._exchange(sock.send_refresh, sock.recv_refresh)
            except NoAnswer as err:
                raise AuthFailed("The agent speaks SNMPv3 and does not answer this user.") from err

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """As SnmpBackend."""
        if isinstance(self._sock, SnmpV3ClientSocket):
            sock, wanted = self._sock, list(oids)
            return await self._exchange(lambda: sock.send_get_many(wanted), sock.recv_get_many)
        left = list(oids)
        while left:
            reply = await self._raw.ask(ber.GET, left)
            if reply.status == 0:
                return dict(bind for bind in reply.binds if bind is not None)
            del left[max(0, min(reply.index, len(left)) - 1)]  # v1: noSuchName names the one that is not there
        return {}

    async def next_of(self, oids: Sequence[str]) -> list[Bind | None]:
        """As SnmpBackend; for v3 one request for each, and only what lies below the OID itself is found."""
        if isinstance(self._sock, SnmpV3ClientSocket):
            return [await self._first_below(self._sock, oid) for oid in oids]
        left, ended = list(oids), set[str]()
        while left:
            reply = await self._raw.ask(ber.GETNEXT, left)
            if reply.status == 0:
                found = dict(zip(left, reply.binds, strict=False))
                return [None if oid in ended else found.get(oid) for oid in oids]
            ended.add(left.pop(max(0, min(reply.index, len(left)) - 1)))
        return [None] * len(oids)

    async def _first_below(self, sock: SnmpV3ClientSocket, root: str) -> Bind | None:
        cursor = GetIter(root)
        try:
            return await self._exchange(lambda: sock.send_get_next(cursor), lambda: sock.recv_get_next(cursor))
        except StopAsyncIteration:
            return None

    async def walk(self, roots: Sequence[str], *, repetitions: int, after: str = "") -> AsyncIterator[Chunk]:
        """As SnmpBackend: one root after the other."""
        if after:
            raise ValueError("gufo cannot start a walk in the middle")
        sock: Any = self._sock
        bulk = not isinstance(sock, SnmpV1ClientSocket)
        send, receive = (sock.send_get_bulk, sock.recv_get_bulk) if bulk else (sock.send_get_next, sock.recv_get_next)
        for root in roots:
            cursor, last, ended = GetIter(root, repetitions) if bulk else GetIter(root), root, False
            while not ended:
                try:
                    rows = await self._exchange(partial(send, cursor), partial(receive, cursor))
                except StopAsyncIteration:
                    rows = []
                if not bulk and rows:
                    rows = [rows]
                ended = bool(rows) and rows[-1] is None
                if ended:
                    rows = rows[:-1]
                if not rows and not ended:
                    await self._confirm_end(root, last)
                    ended = True
                yield Chunk(root, rows, ended)
                last = rows[-1][0] if rows else root

    async def _confirm_end(self, root: str, last: str) -> None:
        """Whether nothing below `root` follows `last`. Raises what the agent means, where it is not the end."""
        if isinstance(self._sock, SnmpV3ClientSocket):
            raise Doubtful("The column stopped without saying why.")
        following = (await self.next_of([last]))[0]
        if following is not None and is_under(following[0], root):
            raise TooBig("The agent gives no more by GETBULK of this size.")

    async def _exchange(self, send: Callable[[], None], receive: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        if self._timing.gap_s:
            await asyncio.sleep(self._timing.gap_s)
        for wait in self._timing.waits():
            self._sent += 1
            try:
                send()
            except BlockingIOError:
                await asyncio.sleep(0.01)
            except OSError as err:
                raise Unreachable(f"The network says: {err.strerror or err}.") from err
            until = loop.time() + wait
            while (left := until - loop.time()) > 0:
                if not await self._readable(loop, left):
                    break
                try:
                    return receive()
                except BlockingIOError:
                    continue
                except SnmpAuthError as err:
                    raise AuthFailed("The agent does not accept this SNMPv3 user, its protocols or its passwords.") from err
                except SnmpDecodeError as err:
                    raise Garbled("The reply cannot be decoded.") from err
                except OSError as err:
                    kind = Refused if "refused" in str(err) else Unreachable
                    raise kind(f"The network says: {err}.") from err
                except SnmpError as err:
                    raise Garbled(f"The reply makes no sense ({err}).") from err
        raise NoAnswer("No answer to a request.")

    async def _readable(self, loop: asyncio.AbstractEventLoop, wait: float) -> bool:
        """Whether something arrived within `wait` seconds."""
        self._ready = ready = loop.create_future()
        if not self._watching:
            loop.add_reader(self._fd, self._arrived)
            self._watching = True
        self._until = loop.time() + wait
        if self._alarm is None or self._alarm.when() > self._until:
            self._set_alarm(loop)
        try:
            arrived: bool = await ready
            return arrived
        finally:
            self._ready = None

    def _set_alarm(self, loop: asyncio.AbstractEventLoop) -> None:
        """One alarm for many short waits: it goes off for the first, and is then set for the one under way."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = loop.call_at(self._until, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._alarm = None
        if self._ready is None:
            return
        if loop.time() < self._until:
            self._set_alarm(loop)
        elif not self._ready.done():
            self._ready.set_result(False)

    def _arrived(self) -> None:
        """Something can be read. When nobody waits for it (a late reply), stop watching, or the loop would spin."""
        if self._ready is None:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._watching = False
        elif not self._ready.done():
            self._ready.set_result(True)

    async def close(self) -> None:
        """As SnmpBackend."""
        self._raw.close()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._watching:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._watching = False
        self._sock = None  # its socket closes with it


def _user(credential: SnmpCredential) -> User:
    auth = _AUTH[credential.auth_protocol](credential.auth_password.encode()) if credential.auth_protocol else None
    name = credential.priv_protocol
    expansion = KeyExpansion.Cisco if name.endswith("c") else KeyExpansion.Blumenthal
    priv = _PRIV[name.removesuffix("c")](credential.priv_password.encode()) if name else None
    return User(credential.user, auth_key=auth, priv_key=priv, key_expansion=expansion)
