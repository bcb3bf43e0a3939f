"""Just enough BER to ask several objects in one GET or GETNEXT of SNMP v1 and v2c (RFC 1157, 1901, 3416).

gufo-snmp cannot send a GETNEXT of many objects, and shows every error status as an empty end of the table; both are needed to
find out cheaply and honestly what a device has. Input is hostile: everything wrong in it ends as `ValueError`, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from discovery.snmp.values import Value

GET, GETNEXT, RESPONSE = 0xA0, 0xA1, 0xA2
_EXCEPTIONS = (0x80, 0x81, 0x82)  # noSuchObject, noSuchInstance, endOfMibView


@dataclass(frozen=True, slots=True)
class Reply:
    """A response. A varbind whose value is one of the v2c exceptions is None."""

    request_id: int
    status: int
    index: int
    binds: tuple[tuple[str, Value] | None, ...]


def encode_request(version: int, community: bytes, kind: int, request_id: int, oids: Sequence[str]) -> bytes:
    """A whole message; `version` is 0 (v1) or 1 (v2c). Raises ValueError for what is no OID."""
    binds = b"".join(_tlv(0x30, _oid(oid) + b"\x05\x00") for oid in oids)
    pdu = _tlv(kind, _integer(request_id) + b"\x02\x01\x00\x02\x01\x00" + _tlv(0x30, binds))
    return _tlv(0x30, _integer(version) + _tlv(4, community) + pdu)


def decode_reply(data: bytes) -> Reply:
    """Raises ValueError for what is not a well-formed response."""
    try:
        return _decode(data)
    except (IndexError, UnicodeError, OverflowError) as err:
        raise ValueError("cut short") from err


def _decode(data: bytes) -> Reply:
    body = _expect(data, 0, 0x30)[0]
    _, at = _expect(body, 0, 0x02)
    _, at = _expect(body, at, 0x04)
    pdu, _ = _expect(body, at, RESPONSE)
    request_id, at = _expect(pdu, 0, 0x02)
    status, at = _expect(pdu, at, 0x02)
    index, at = _expect(pdu, at, 0x02)
    rows, _ = _expect(pdu, at, 0x30)
    binds: list[tuple[str, Value] | None] = []
    at = 0
    while at < len(rows):
        row, at = _expect(rows, at, 0x30)
        oid, inner = _expect(row, 0, 0x06)
        tag, value, _ = _read(row, inner)
        binds.append(None if tag in _EXCEPTIONS else (_oid_text(oid), _value(tag, value)))
    return Reply(_signed(request_id), _signed(status), _signed(index), tuple(binds))


def _value(tag: int, body: bytes) -> Value:
    if tag == 0x02:
        return _signed(body)
    if tag in (0x41, 0x42, 0x43, 0x46):  # Counter32, Gauge32, TimeTicks, Counter64
        return int.from_bytes(body, "big")
    if tag == 0x06:
        return _oid_text(body)
    if tag == 0x40:
        return ".".join(map(str, body))
    if tag in (0x04, 0x44):  # OCTET STRING, Opaque
        return body
    if tag == 0x05:
        return None
    raise ValueError(f"unknown type {tag:#x}")


def _tlv(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def _integer(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


@lru_cache(maxsize=4096)
def _oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    out = bytearray()
    for part in (40 * first + second, *rest):
        if part < 0 or part > 0xFFFFFFFF:
            raise ValueError("an OID's parts are 0 to 4294967295")
        chunk = [part & 0x7F]
        while part := part >> 7:
            chunk.append(0x80 | part & 0x7F)
        out.extend(reversed(chunk))
    return _tlv(0x06, bytes(out))


@lru_cache(maxsize=4096)
def _oid_text(body: bytes) -> str:
    parts: list[int] = []
    value = 0
    for byte in body:
        value = value << 7 | byte & 0x7F
        if value > 0xFFFFFFFF:
            raise ValueError("an OID's part is too large")
        if not byte & 0x80:
            parts.append(value)
            value = 0
    if not parts:
        return ""
    first = min(parts[0] // 40, 2)
    return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))


def _signed(body: bytes) -> int:
    if len(body) > 8:
        raise ValueError("an integer is too long")
    return int.from_bytes(body, "big", signed=True)


def _expect(data: bytes, at: int, tag: int) -> tuple[bytes, int]:
    found, body, end = _read(data, at)
    if found != tag:
        raise ValueError(f"expected tag {tag:#x}, found {found:#x}")
    return body, end


def _read(data: bytes, at: int) -> tuple[int, bytes, int]:
    tag, length = data[at], data[at + 1]
    at += 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise ValueError("unusable length")
        length = int.from_bytes(data[at : at + count], "big")
        at += count
    if at + length > len(data):
        raise ValueError("cut short")
    return tag, data[at : at + length], at + length
