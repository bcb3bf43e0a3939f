"""A small SNMP v1/v2c agent that replays recordings (`OID|tag|value` lines) over UDP, with the bad manners of real devices.

It has its own BER code on purpose: the code under test must not be its own judge. Start it in a thread (`ReplayAgent`) or as a program:
`python agent.py FILE [FILE …]` prints one `address port file` line per recording and serves until standard input closes.
"""

from __future__ import annotations

import bisect
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

Oid = tuple[int, ...]
GET, GETNEXT, RESPONSE, GETBULK = 0xA0, 0xA1, 0xA2, 0xA5
TOO_BIG, NO_SUCH_NAME, GEN_ERR, NO_ACCESS = 1, 2, 5, 6


@dataclass(frozen=True, slots=True)
class Quirks:
    """What is wrong with this agent. The defaults describe a well-behaved one."""

    community: str = "public"
    reply_limit: int = 60_000  # bytes of a reply; GETBULK is cut to it, GET above it is tooBig
    v1_only: bool = False
    too_big_above: int = 0  # a reply of more varbinds than this is answered with tooBig, also to GETBULK
    one_varbind: bool = False  # answers genErr to a request for more than one object
    loop_at: Oid | None = None  # inside this subtree GETNEXT and GETBULK never get further
    silent_below: tuple[Oid, ...] = ()  # no answer to anything that starts here
    silent_bulk_above: int = 0  # no answer to GETBULK with more repetitions than this
    refuse_below: tuple[Oid, ...] = ()  # noAccess (v2c) or noSuchName (v1)
    delay_s: float = 0.0
    drop_every: int = 0  # every n-th request is lost
    dead_after: int = 0  # answers so many requests, then nothing


def ber(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def ber_int(value: int, tag: int = 2) -> bytes:
    if tag != 2:  # unsigned types
        return ber(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))
    return ber(tag, value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True))


def ber_oid(oid: Oid) -> bytes:
    first = 40 * oid[0] + (oid[1] if len(oid) > 1 else 0)
    out = bytearray()
    for part in (first, *oid[2:]):
        chunk = [part & 0x7F]
        while part := part >> 7:
            chunk.append(0x80 | part & 0x7F)
        out.extend(reversed(chunk))
    return ber(6, bytes(out))


def read_tlv(data: bytes, at: int) -> tuple[int, bytes, int]:
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[at : at + count], "big"), at + count
    if at + length > len(data):
        raise ValueError("truncated")
    return tag, data[at : at + length], at + length


def read_oid(body: bytes) -> Oid:
    parts, value = [], 0
    for byte in body:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            parts.append(value)
            value = 0
    first = min(parts[0] // 40, 2)
    return (first, parts[0] - 40 * first, *parts[1:])


def parse_oid(text: str) -> Oid:
    return tuple(int(part) for part in text.strip(".").split("."))


def encode_value(tag: str, value: str) -> bytes:
    """The BER form of one recorded value. Tags are decimal ASN.1 tags, `x` behind one means hexadecimal."""
    number = int(tag.rstrip("xe") or 4)
    if number == 6:
        return ber_oid(parse_oid(value))
    if number == 5:
        return b"\x05\x00"
    if number == 64 and not tag.endswith("x"):
        return ber(64, bytes(int(part) & 255 for part in value.split(".")) if value.count(".") == 3 else value.encode()[:4].ljust(4, b"\0"))
    if number in (2, 65, 66, 67, 70):
        return ber_int(int(value), number) if number == 2 or int(value) >= 0 else ber_int(int(value) % 2**32, number)
    raw = bytes.fromhex(value) if tag.endswith("x") else value.encode("latin-1", "replace")
    return ber(number, raw)


@dataclass(slots=True)
class Recording:
    """The objects of one agent: sorted OIDs, and each as an encoded varbind."""

    oids: list[Oid]
    binds: list[bytes]
    wide: frozenset[Oid] = frozenset()  # Counter64, which v1 does not know (RFC 3584 section 4.2.2.1)

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, str]]) -> Recording:
        """From (oid, tag, value) rows, in any order; the last of equal OIDs wins."""
        found, wide = {}, set()
        for oid, tag, value in rows:
            parts = parse_oid(oid)
            found[parts] = ber(0x30, ber_oid(parts) + encode_value(tag, value))
            if tag == "70":
                wide.add(parts)
        oids = sorted(found)
        return cls(oids, [found[oid] for oid in oids], frozenset(wide))

    @classmethod
    def read(cls, path: Path) -> Recording:
        rows = []
        for line in path.read_text("latin-1").split("\n"):
            parts = line.split("|", 2)
            if len(parts) == 3 and parts[0][:1].isdigit() and ":" not in parts[1]:
                rows.append((parts[0], parts[1], parts[2]))
        return cls.of(rows)


@dataclass(slots=True)
class Responder:
    """Answers requests from a recording; pure, so it can be tested without a socket. Counts what it was asked."""

    recording: Recording
    quirks: Quirks = field(default_factory=Quirks)
    requests: int = 0
    varbinds: int = 0
    seen: list[tuple[int, tuple[Oid, ...], int]] = field(default_factory=list)
    others: dict[str, Recording] = field(default_factory=dict)  # what further communities show (`public@20`)

    def answer(self, data: bytes) -> bytes | None:
        quirks = self.quirks
        self.requests += 1
        if (quirks.drop_every and self.requests % quirks.drop_every == 0) or (quirks.dead_after and self.requests > quirks.dead_after):
            return None
        _, body, _ = read_tlv(data, 0)
        _, version, at = read_tlv(body, 0)
        _, community, at = read_tlv(body, at)
        kind, pdu, _ = read_tlv(body, at)
        other = self.others.get(community.decode("latin-1"))
        if other is not None:
            return Responder(other, quirks=replace(quirks, community=community.decode("latin-1"))).answer(data)
        if community.decode("latin-1") != quirks.community or (quirks.v1_only and version != b"\0") or version not in (b"\0", b"\1"):
            return None
        _, request_id, at = read_tlv(pdu, 0)
        _, _, at = read_tlv(pdu, at)
        _, second, at = read_tlv(pdu, at)
        _, binds, _ = read_tlv(pdu, at)
        oids, at = [], 0
        while at < len(binds):
            _, bind, at = read_tlv(binds, at)
            oids.append(read_oid(read_tlv(bind, 0)[1]))
        repetitions = int.from_bytes(second, "big")
        self.seen.append((kind, tuple(oids), repetitions))
        if kind == GETBULK and quirks.silent_bulk_above and repetitions > quirks.silent_bulk_above:
            return None
        v1 = version == b"\0"
        try:
            error, index, answers = self._serve(kind, oids, repetitions, v1)
        except Silence:
            return None
        self.varbinds += len(answers)
        payload = binds if error else b"".join(answers)
        reply = ber(2, request_id) + ber_int(error) + ber_int(index) + ber(0x30, b"" if error == TOO_BIG and not v1 else payload)
        return ber(0x30, ber(2, version) + ber(4, community) + ber(RESPONSE, reply))

    def _serve(self, kind: int, oids: Sequence[Oid], repetitions: int, v1: bool) -> tuple[int, int, list[bytes]]:
        quirks = self.quirks
        if quirks.one_varbind and len(oids) > 1:
            return GEN_ERR, 1, []
        answers: list[bytes] = []
        cursors, room = list(oids), quirks.reply_limit
        for _ in range(max(1, repetitions) if kind == GETBULK else 1):
            ended = 0
            for column, oid in enumerate(cursors):
                found, bind = self._one(oid, kind != GET, v1)
                if self._is_below(found, quirks.silent_below):
                    raise Silence
                if self._is_below(found, quirks.refuse_below):
                    return (NO_SUCH_NAME if v1 else NO_ACCESS), column + 1, []
                if bind is None and v1:
                    return NO_SUCH_NAME, column + 1, []
                bind = bind or ber(0x30, ber_oid(found) + (b"\x81\x00" if kind == GET else b"\x82\x00"))
                room -= len(bind)
                if room < 0 and (kind != GETBULK or not answers):
                    return TOO_BIG, 0, []
                if room < 0:
                    return 0, 0, answers
                answers.append(bind)
                ended += bind.endswith(b"\x82\x00")
                cursors[column] = found
            if quirks.too_big_above and len(answers) > quirks.too_big_above:
                return TOO_BIG, 0, []
            if ended == len(cursors):
                break
        return 0, 0, answers

    @staticmethod
    def _is_below(oid: Oid, prefixes: Sequence[Oid]) -> bool:
        return any(oid[: len(prefix)] == prefix for prefix in prefixes)

    def _one(self, oid: Oid, after: bool, v1: bool) -> tuple[Oid, bytes | None]:
        """The object at or after `oid`, and its varbind; None where there is none."""
        oids = self.recording.oids
        at = bisect.bisect_right(oids, oid) if after else bisect.bisect_left(oids, oid)
        loop = self.quirks.loop_at
        if after and loop is not None and oid[: len(loop)] == loop and len(oid) > len(loop):
            at = bisect.bisect_left(oids, oid)  # again and again the same
        while v1 and after and at < len(oids) and oids[at] in self.recording.wide:
            at += 1
        if at >= len(oids) or (not after and oids[at] != oid) or (v1 and oids[at] in self.recording.wide):
            return oid, None
        return oids[at], self.recording.binds[at]


class Silence(Exception):
    """The agent does not answer this request."""


class ReplayAgent:
    """Serves recordings from one thread, each on its own loopback port. Use as a context manager; `.port` is the first one's."""

    def __init__(self, *recordings: Recording, quirks: Quirks | None = None, answer: Callable[[bytes], bytes | None] | None = None) -> None:
        self._answer = answer  # in place of the recordings' answers
        self.quirks = quirks or Quirks()
        self.responders = [Responder(recording, self.quirks) for recording in recordings]
        self._sockets: list[socket.socket] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="replay-agent")
        self._selector = selectors.DefaultSelector()
        for responder in self.responders:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            sock.bind(("127.0.0.1", 0))
            sock.setblocking(False)
            self._sockets.append(sock)
            self._selector.register(sock, selectors.EVENT_READ, responder)

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def ports(self) -> list[int]:
        return [int(sock.getsockname()[1]) for sock in self._sockets]

    @property
    def responder(self) -> Responder:
        return self.responders[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(5)
        self._selector.close()
        for sock in self._sockets:
            sock.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._selector.select(0.05):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                try:
                    data, peer = sock.recvfrom(65_535)
                    reply = (self._answer or key.data.answer)(data)
                except (OSError, ValueError, IndexError):
                    continue
                if self.quirks.delay_s:
                    time.sleep(self.quirks.delay_s)
                if reply is not None:
                    sock.sendto(reply, peer)


def main(paths: Sequence[str]) -> None:
    """Serve the recordings until standard input closes."""
    recordings = [Recording.read(Path(path)) for path in paths]
    with ReplayAgent(*recordings, quirks=Quirks(reply_limit=1_400)) as agent:
        for port, path in zip(agent.ports, paths, strict=True):
            print("127.0.0.1", port, path, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
