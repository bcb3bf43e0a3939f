"""What to look at: addresses, networks, ranges, names and files in; a bounded, ordered list without duplicates out.

    10.1.0.7   10.1.0.0/22   10.1.0.1-10.1.3.254   10.1.0.1-50   2001:db8::5   2001:db8::/120
    db1.example.org   db1.example.org:2222   [2001:db8::5]:2222   @hosts.txt

Of a network the network and broadcast addresses are left out, as nobody lives there (/31, /32 and IPv6 /127, /128 are kept whole).
A range names each of its ends. Nothing is expanded before it is iterated over.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cmdb.errors import Invalid
from discovery.intervals import Interval, Intervals

MAX_TARGETS = 65_536
_MAX_FILE_BYTES = 10_000_000
_MAX_TOKEN = 300
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_SEPARATORS = re.compile(r"[\s,;]+")
_WITH_PORT = re.compile(r"^(?:\[(?P<six>[^\]]+)\]|(?P<host>[^:\[\]/@]+)):(?P<port>[^:]*)$")


@dataclass(frozen=True, slots=True)
class Target:
    """One host to look at. `port` is None where the scan's own port applies."""

    host: str
    port: int | None = None

    def __str__(self) -> str:
        if self.port is None:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Targets:
    """The targets in the order they were named, each once. Iterating is lazy and may be repeated; `len` costs nothing."""

    def __init__(self, parts: Iterable[Target | Interval]) -> None:
        self._parts = tuple(parts)
        self._count = sum(part.size if isinstance(part, Interval) else 1 for part in self._parts)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Target]:
        for part in self._parts:
            if isinstance(part, Interval):
                for address in part:
                    yield Target(str(address))
            else:
                yield part


def parse_targets(
    given: str | Iterable[str], *, exclude: str | Iterable[str] = (), limit: int = MAX_TARGETS, files: bool = False
) -> Targets:
    """Read targets and exclusions. `files` allows `@file`: only where the person who writes it may read files of this machine.

    Raises Invalid (field `targets` or `exclude`) naming the word at fault and the fix.
    """
    excluded, seen = Intervals(), Intervals()
    excluded_hosts: set[Target] = set()
    for part in _parse(exclude, "exclude", files):
        if isinstance(part, Interval):
            excluded.add(part)
            seen.add(part)
        else:
            excluded_hosts.add(part)
    parts: dict[Target | Interval, None] = {}
    count = 0
    for part in _parse(given, "targets", files):
        if isinstance(part, Interval):
            kept: tuple[Target | Interval, ...] = seen.add(part)
        else:
            barred = part in parts or not excluded_hosts.isdisjoint((part, Target(part.host))) or _address(part.host) in excluded
            kept = () if barred else (part,)
        parts.update(dict.fromkeys(kept))
        count += sum(one.size if isinstance(one, Interval) else 1 for one in kept)
        if count > limit:
            raise Invalid(
                f"{part} brings the scan to {count:,} targets; the most for one scan is {limit:,}. Name smaller networks.",
                field="targets",
            )
    if not parts:
        raise Invalid("There is nothing to look at: name at least one target that is not excluded.", field="targets")
    return Targets(parts)


def _parse(given: str | Iterable[str], field: str, files: bool) -> Iterator[Target | Interval]:
    for text in [given] if isinstance(given, str) else given:
        for word in filter(None, _SEPARATORS.split(text)):
            if word.startswith("@"):
                yield from _from_file(word, field, files)
            else:
                yield _read(word, field)


def _from_file(word: str, field: str, files: bool) -> Iterator[Target | Interval]:
    if not files:
        raise Invalid(f"{word!r}: files can only be named on the command line; give the targets themselves.", field=field)
    path = Path(word[1:])
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Invalid(f"{word!r}: the file cannot be read ({error.strerror}).", field=field) from None
    if len(data) > _MAX_FILE_BYTES:
        raise Invalid(f"{word!r}: the file is longer than {_MAX_FILE_BYTES:,} bytes.", field=field)
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        for inner in filter(None, _SEPARATORS.split(line.partition("#")[0])):
            try:
                yield _read(inner, field)
            except Invalid as error:
                raise Invalid(f"{word[1:]} line {number}: {error.message}", field=field) from None


def _read(word: str, field: str) -> Target | Interval:
    shown = repr(word[:80])
    if len(word) > _MAX_TOKEN:
        raise Invalid(f"{shown}…: longer than any address or name.", field=field)
    if "/" in word:
        return _network(word, shown, field)
    with_port = _WITH_PORT.match(word)
    if with_port is not None:
        return _host_and_port(with_port, shown, field)
    one = _address(word.strip("[]"))
    if one is not None:
        return Interval(one.version, int(one), int(one))
    if "-" in word and re.fullmatch(r"[0-9a-fA-F.:\-]+", word):
        found = _range(word, shown, field)
        if found is not None:
            return found
    return Target(_name(word, shown, field))


def _network(word: str, shown: str, field: str) -> Interval:
    try:
        network = ipaddress.ip_network(word, strict=False)
    except ValueError:
        raise Invalid(f"{shown}: not a network; write it like 10.1.0.0/24 or 2001:db8::/120.", field=field) from None
    first, last = int(network.network_address), int(network.broadcast_address)
    if network.version == 4 and network.prefixlen < 31:
        first, last = first + 1, last - 1
    elif network.version == 6 and network.prefixlen < 127:
        first += 1  # the subnet-router anycast address (RFC 4291, 2.6.1); IPv6 has no broadcast
    return Interval(network.version, first, last)


def _range(word: str, shown: str, field: str) -> Interval | None:
    """`10.1.0.1-10.1.3.254` or `10.1.0.1-50`; None for a host name that only looks like one (`10-1-0-1`)."""
    left, _, right = word.partition("-")
    start = _address(left)
    if start is None:
        if re.fullmatch(r"[\d.]+-[\d.]+", word) and "." in left:
            raise Invalid(f"{shown}: {left} is not an address; write a range like 10.1.0.1-10.1.3.254 or 10.1.0.1-50.", field=field)
        return None
    if re.fullmatch("[0-9]{1,3}", right) and start.version == 4 and int(right) < 256:
        right = f"{left.rpartition('.')[0]}.{int(right)}"
    end = _address(right)
    if end is None or end.version != start.version:
        raise Invalid(f"{shown}: {right[:50]!r} is no end of a range; write it like 10.1.0.1-10.1.3.254 or 10.1.0.1-50.", field=field)
    if int(end) < int(start):
        raise Invalid(f"{shown}: the range ends before it begins; turn it round.", field=field)
    return Interval(start.version, int(start), int(end))


def _host_and_port(found: re.Match[str], shown: str, field: str) -> Target:
    port = found["port"]
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise Invalid(f"{shown}: {port[:20]!r} is not a port; it is a number from 1 to 65535.", field=field)
    host = found["six"] or found["host"]
    one = _address(host)
    if found["six"] and (one is None or one.version != 6):
        raise Invalid(f"{shown}: only an IPv6 address stands in brackets.", field=field)
    return Target(str(one) if one is not None else _name(host, shown, field), int(port))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _name(word: str, shown: str, field: str) -> str:
    """A DNS name (RFC 1123, with the underscore that is found in practice). A last label of digits only is a mistyped address."""
    name = word.rstrip(".").lower()
    labels = name.split(".")
    if labels[-1].isdigit():
        raise Invalid(f"{shown}: not an address; each of the four numbers is 0 to 255.", field=field)
    if not name.isascii():
        raise Invalid(f"{shown}: write a name with other letters in its xn-- form.", field=field)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Invalid(f"{shown}: neither an address, nor a network, nor a range, nor a host name.", field=field)
    return name
