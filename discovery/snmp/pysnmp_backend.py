"""SNMP through pysnmp 7 (pure Python): everywhere, every version, SNMPv3 contexts; some forty times more CPU than gufo.

One engine serves all targets of an event loop (creating one costs 60 ms); it is closed with the last backend that uses it. Names of
objects are never resolved (`lookupMib=False` of the high-level calls is what the low-level generators used here do anyway).
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch import asyncio as hlapi
from pysnmp.hlapi.v3arch.asyncio.lcd import CommandGeneratorLcdConfigurator
from pysnmp.proto import errind
from pysnmp.proto.rfc1902 import IpAddress, Null, ObjectName
from pysnmp.proto.rfc1905 import EndOfMibView, NoSuchInstance, NoSuchObject

from cmdb.errors import AuthFailed, Unreachable
from discovery.snmp.backend import AgentError, Bind, Chunk, Endpoint, Garbled, NoAccess, NoAnswer, Timing, TooBig
from discovery.snmp.credential import SnmpCredential
from discovery.snmp.values import Value, is_under

_LCD = CommandGeneratorLcdConfigurator()
_NO_SUCH_NAME = 2
_AUTH = {
    "": hlapi.usmNoAuthProtocol,
    "md5": hlapi.usmHMACMD5AuthProtocol,
    "sha": hlapi.usmHMACSHAAuthProtocol,
    "sha224": hlapi.usmHMAC128SHA224AuthProtocol,
    "sha256": hlapi.usmHMAC192SHA256AuthProtocol,
    "sha384": hlapi.usmHMAC256SHA384AuthProtocol,
    "sha512": hlapi.usmHMAC384SHA512AuthProtocol,
}
_PRIV = {
    "": hlapi.usmNoPrivProtocol,
    "des": hlapi.usmDESPrivProtocol,
    "aes": hlapi.usmAesCfb128Protocol,
    "aes192": hlapi.usmAesBlumenthalCfb192Protocol,
    "aes256": hlapi.usmAesBlumenthalCfb256Protocol,
    "aes192c": hlapi.usmAesCfb192Protocol,
    "aes256c": hlapi.usmAesCfb256Protocol,
}


@dataclass(slots=True)
class _SharedEngine:
    engine: Any
    users: int = 0


_ENGINES: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _SharedEngine] = weakref.WeakKeyDictionary()


class PysnmpBackend:
    """`SnmpBackend` on pysnmp 7."""

    name = "pysnmp"
    can_resume = True

    def __init__(self, endpoint: Endpoint, credential: SnmpCredential, timing: Timing) -> None:
        self._endpoint, self._credential, self._timing = endpoint, credential, timing
        self.requests = 0
        self._shared: _SharedEngine | None = None
        self._auth: Any = None
        self._context: Any = None

    @property
    def engine_id(self) -> bytes:
        """pysnmp keeps the engine id to itself; ask snmpEngineID instead."""
        return b""

    async def open(self) -> None:
        """As SnmpBackend; v3 discovers the engine with the first request."""
        loop = asyncio.get_running_loop()
        self._shared = _ENGINES.get(loop)
        if self._shared is None:
            self._shared = _ENGINES[loop] = _SharedEngine(hlapi.SnmpEngine())
        self._shared.users += 1
        credential = self._credential
        if credential.version == "3":
            self._auth = hlapi.UsmUserData(
                credential.user,
                credential.auth_password or None,
                credential.priv_password or None,
                authProtocol=_AUTH[credential.auth_protocol],
                privProtocol=_PRIV[credential.priv_protocol],
            )
        else:
            self._auth = hlapi.CommunityData(credential.community, mpModel=0 if credential.version == "1" else 1)
        self._context = hlapi.ContextData(contextName=credential.context.encode())

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """As SnmpBackend."""
        left = list(oids)
        while left:
            status, index, binds = await self._ask(cmdgen.GetCommandGenerator(), (), left)
            if status == 0:
                return {str(name): _value(value) for name, value in binds if not _is_exception(value)}
            del left[max(0, min(index, len(left)) - 1)]
        return {}

    async def next_of(self, oids: Sequence[str]) -> list[Bind | None]:
        """As SnmpBackend."""
        left, ended = list(oids), set[str]()
        while left:
            status, index, binds = await self._ask(cmdgen.NextCommandGenerator(), (), left)
            if status == 0:
                found = dict(zip(left, map(_bind, binds), strict=False))
                return [None if oid in ended else found.get(oid) for oid in oids]
            ended.add(left.pop(max(0, min(index, len(left)) - 1)))
        return [None] * len(oids)

    async def walk(self, roots: Sequence[str], *, repetitions: int, after: str = "") -> AsyncIterator[Chunk]:
        """As SnmpBackend: all roots side by side in each request."""
        cursors = {root: root for root in roots}
        if after:
            cursors[roots[0]] = after
        while cursors:
            columns = list(cursors)
            rows = await self._rows([cursors[root] for root in columns], repetitions and max(1, repetitions // len(columns)))
            for at, root in enumerate(columns):
                column = [row[at] for row in rows if at < len(row)]
                binds = [bind for bind in column if bind is not None and is_under(bind[0], root)]
                if binds:
                    cursors[root] = binds[-1][0]
                ended = bool(column) and len(binds) < len(column)
                if ended:
                    del cursors[root]
                if binds or ended:
                    yield Chunk(root, binds, ended)
            if not rows:
                raise Garbled("The agent answered with nothing.")

    async def _rows(self, cursors: Sequence[str], repetitions: int) -> list[list[Bind | None]]:
        """What follows the cursors: rows of one bind for each; the last row may be cut."""
        if self._credential.version == "1" or not repetitions:
            return [await self.next_of(cursors)]
        _, _, binds = await self._ask(cmdgen.BulkCommandGenerator(), (0, repetitions), cursors)
        flat = [_bind(pair) for pair in binds]
        width = len(cursors)
        return [flat[at : at + width] for at in range(0, len(flat), width)]

    async def _ask(self, generator: Any, sizes: tuple[int, ...], oids: Sequence[str]) -> tuple[int, int, list[Any]]:
        """One exchange: error status (0, or v1's noSuchName), its index, the raw binds."""
        if self._timing.gap_s:
            await asyncio.sleep(self._timing.gap_s)
        binds = [(ObjectName(oid), Null("")) for oid in oids]
        for wait in self._timing.waits():
            self.requests += 1
            answer = await self._send_once(generator, sizes, binds, wait)
            if answer is not None:
                return _judge(*answer)
        raise NoAnswer("No answer to a request.")

    async def _send_once(self, generator: Any, sizes: tuple[int, ...], binds: list[Any], wait: float) -> tuple[int, int, list[Any]] | None:
        if self._shared is None:
            raise RuntimeError("open() the backend first")
        engine, loop = self._shared.engine, asyncio.get_running_loop()
        try:
            target = await _target(self._endpoint, wait)
            name, _ = _LCD.configure(engine, self._auth, target, self._context.contextName)
            future: asyncio.Future[tuple[Any, ...]] = loop.create_future()
            arguments = (None, self._context.contextName, *sizes, binds, _deliver(future))
            generator.send_varbinds(engine, name, *arguments)
            indication, status, index, found = await asyncio.wait_for(future, wait)  # pysnmp's own clock ticks only twice a second
        except TimeoutError:
            return None
        except PySnmpError as err:
            raise Unreachable("The address cannot be used.") from err
        if indication is None or not indication:
            return int(status), int(index), list(found)
        if isinstance(indication, errind.RequestTimedOut):
            return None
        raise _meaning(indication)

    async def close(self) -> None:
        """As SnmpBackend. The engine goes with its last user, so that a loop can end cleanly."""
        shared, self._shared = self._shared, None
        if shared is None:
            return
        shared.users -= 1
        loop = asyncio.get_running_loop()
        if shared.users <= 0 and _ENGINES.get(loop) is shared:
            del _ENGINES[loop]
            shared.engine.close_dispatcher()


def _deliver(future: asyncio.Future[tuple[Any, ...]]) -> Callable[..., None]:
    def callback(_engine: Any, _handle: Any, indication: Any, status: Any, index: Any, binds: Any, _context: Any) -> None:
        if not future.done():
            future.set_result((indication, status or 0, index or 0, binds or ()))

    return callback


async def _target(endpoint: Endpoint, wait: float) -> Any:
    kind = hlapi.Udp6TransportTarget if ":" in endpoint.address else hlapi.UdpTransportTarget
    return await kind.create((endpoint.address, endpoint.port), timeout=wait, retries=0)


def _judge(status: int, index: int, binds: list[Any]) -> tuple[int, int, list[Any]]:
    if status in (0, _NO_SUCH_NAME):
        return status, index, binds
    if status == 1:
        raise TooBig("The agent cannot put the answer into one message.")
    if status in (6, 16):
        raise NoAccess("The agent does not show this object to this credential.")
    raise AgentError(f"The agent answered with error status {status}.")


def _meaning(indication: Any) -> Exception:
    wrong_user = (
        errind.UnknownUserName,
        errind.WrongDigest,
        errind.AuthenticationFailure,
        errind.AuthenticationError,
        errind.DecryptionError,
        errind.UnsupportedSecurityLevel,
        errind.UnsupportedAuthProtocol,
        errind.UnsupportedPrivProtocol,
    )
    if isinstance(indication, wrong_user):
        return AuthFailed("The agent does not accept this SNMPv3 user, its protocols or its passwords.")
    if isinstance(indication, errind.OidNotIncreasing):
        return Garbled("The agent repeats itself.")
    if isinstance(indication, errind.NoSuchContext):
        return NoAccess("The agent does not know this SNMPv3 context.")
    return Garbled(f"The reply makes no sense ({indication}).")


def _is_exception(value: Any) -> bool:
    return isinstance(value, NoSuchObject | NoSuchInstance | EndOfMibView)


def _bind(pair: Any) -> Bind | None:
    name, value = pair
    return None if _is_exception(value) else (str(name), _value(value))


def _value(value: Any) -> Value:
    if isinstance(value, Null):
        return None
    if isinstance(value, IpAddress):
        return ".".join(map(str, value.asOctets()))
    if hasattr(value, "asTuple"):
        return ".".join(map(str, value.asTuple()))
    if hasattr(value, "asOctets"):  # OCTET STRING, Opaque, Bits
        return bytes(value.asOctets())
    return int(value)
