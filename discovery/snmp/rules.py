"""The vendor table: data that tells, by sysObjectID and a few other signs, what a device is and where it keeps model, version and serial.

The files are `discovery/data/snmp/rules/*.yaml`; their head explains the form. A site may add files of its own.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cmdb.errors import Invalid

DATA = Path(__file__).resolve().parent.parent / "data" / "snmp"
CLASSES = frozenset(
    [
        "device",
        "network_device",
        "switch",
        "router",
        "firewall",
        "access_point",
        "wireless_controller",
        "load_balancer",
        "appliance",
        "ups",
        "pdu",
        "printer",
        "storage",
        "server",
        "hypervisor",
        "virtual_machine",
        "management_controller",
    ]
)
WORDS = frozenset(
    [
        "descr",
        "name",
        "products",
        "mac",
        "entity.model",
        "entity.descr",
        "entity.name",
        "entity.serial",
        "entity.software",
        "entity.firmware",
        "entity.hardware",
        "entity.vendor",
        "printer.serial",
        "printer.name",
        "hr.descr",
        "ups.vendor",
        "ups.model",
        "ups.software",
        "ups.agent",
        "lldp.descr",
    ]
)
"""What a source may name besides an OID: what other probes found."""

FACTS = ("model", "version", "serial", "part_number")
_KEYS = {"oid", "descr", "has", "vendor", "os", "class", "class_by", "os_by", "from", *FACTS}
_OID = re.compile(r"[0-9]+(\.[0-9]+)+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One place to read, and what to cut out of it. Kinds: `oid` (an object), `below` (an object under the device's own sysObjectID),
    `column` (the first value of one), `word`, `literal`."""

    kind: str
    ref: str
    pattern: re.Pattern[str] | None = None
    template: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Pieces whose texts are joined by a blank; all but the first may be empty."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry. Empty facts say nothing: a less specific rule may."""

    oids: tuple[str, ...]
    origin: str
    descr: re.Pattern[str] | None = None
    has: tuple[str, ...] = ()
    vendor: str = ""
    os: str = ""
    cls: str = ""
    class_by: tuple[tuple[re.Pattern[str], str], ...] = ()
    os_by: tuple[tuple[re.Pattern[str], str], ...] = ()
    sources: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)

    def length(self, object_id: str) -> int:
        """How many parts of the sysObjectID this rule names; -1 when it does not match. A rule without `oid` matches with 0."""
        if not self.oids:
            return 0
        return max((oid.count(".") + 1 for oid in self.oids if object_id == oid or object_id.startswith(f"{oid}.")), default=-1)


@dataclass(frozen=True, slots=True)
class VendorTable:
    """All rules, the names of enterprises by number, and model names by sysObjectID."""

    rules: tuple[Rule, ...]
    enterprises: Mapping[int, str]
    products: Mapping[str, str]
    _by_enterprise: Mapping[str, tuple[tuple[int, Rule], ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rules: Sequence[Rule], enterprises: Mapping[int, str], products: Mapping[str, str]) -> VendorTable:
        """A table that finds the rules of an enterprise without reading the others."""
        by_enterprise: dict[str, list[tuple[int, Rule]]] = {}
        for place, rule in enumerate(rules):
            for enterprise in {_enterprise(oid) for oid in rule.oids} or {""}:
                by_enterprise.setdefault(enterprise, []).append((place, rule))
        return cls(tuple(rules), enterprises, products, {key: tuple(found) for key, found in by_enterprise.items()})

    def candidates(self, object_id: str, descr: str) -> list[Rule]:
        """Rules that match as far as sysObjectID and sysDescr tell, most specific first; `has` is still open."""
        found = []
        for place, rule in (*self._by_enterprise.get(_enterprise(object_id), ()), *self._by_enterprise.get("", ())):
            length = rule.length(object_id)
            if length >= 0 and (rule.descr is None or rule.descr.search(descr)):
                conditions = (rule.descr is not None) + bool(rule.has)
                found.append(((-length, -conditions, place), rule))
        return [rule for _, rule in sorted(found, key=lambda pair: pair[0])]

    def enterprise(self, object_id: str) -> str:
        """The holder of the enterprise number in a sysObjectID; empty when it is not known or says nothing about the device."""
        parts = object_id.split(".")
        return self.enterprises.get(int(parts[6]), "") if object_id.startswith("1.3.6.1.4.1.") and len(parts) > 6 else ""

    def product(self, object_id: str) -> str:
        """The model name of this exact sysObjectID."""
        return self.products.get(object_id, "")


def _enterprise(object_id: str) -> str:
    """The part of an OID that names an enterprise; the whole of a shorter one."""
    return ".".join(object_id.split(".", 7)[:7])


@functools.lru_cache(maxsize=8)
def load(site_files: tuple[Path, ...] = ()) -> VendorTable:
    """Read the shipped table and the site's files, which come first. Raises Invalid with file, entry and reason."""
    files = [*site_files, *sorted((DATA / "rules").glob("*.yaml"))]
    rules = [rule for path in files for rule in _read_rules(path)]
    enterprises = {int(number): str(name) for number, name in _read(DATA / "enterprises.yaml").items()}
    products = {_full(str(oid)): str(name) for oid, name in _read(DATA / "products.yaml").items()}
    return VendorTable.of(rules, enterprises, products)


def _read(path: Path) -> Any:
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # everything stays text: `.9` is an OID here, not 0.9
    try:
        with path.open(encoding="utf-8") as stream:
            return yaml.load(stream, Loader=loader)  # noqa: S506  BaseLoader makes nothing but text, lists and mappings
    except (OSError, yaml.YAMLError) as err:
        raise Invalid(f"{path.name}: cannot be read as YAML: {err}", field=path.name) from err


def _read_rules(path: Path) -> list[Rule]:
    entries = _read(path)
    if not isinstance(entries, list):
        raise Invalid(f"{path.name}: must be a list of rules.", field=path.name)
    return [_rule(entry, f"{path.name} entry {number}") for number, entry in enumerate(entries, 1)]


def _rule(entry: object, where: str) -> Rule:
    if not isinstance(entry, dict):
        raise Invalid(f"{where}: must be a mapping.", field=where)
    if unknown := sorted(set(entry) - _KEYS):
        raise Invalid(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(_KEYS))}.", field=where)
    cls = str(entry.get("class", ""))
    choices = tuple((_regex(pattern, where), str(name)) for pattern, name in _mapping(entry.get("class_by"), where).items())
    for name in (cls, *(name for _, name in choices)):
        if name and name not in CLASSES:
            raise Invalid(f"{where}: class {name!r} must be one of {', '.join(sorted(CLASSES))}.", field=where)
    if not entry.get("from"):
        raise Invalid(f"{where}: `from` must say where the knowledge comes from (a MIB, a manual).", field=where)
    return Rule(
        oids=tuple(_oid(value, where) for value in _list(entry.get("oid"))),
        origin=str(entry["from"]),
        descr=_regex(entry["descr"], where) if "descr" in entry else None,
        has=tuple(_oid(value, where) for value in _list(entry.get("has"))),
        vendor=str(entry.get("vendor", "")),
        os=str(entry.get("os", "")),
        cls=cls,
        class_by=choices,
        os_by=tuple((_regex(pattern, where), str(name)) for pattern, name in _mapping(entry.get("os_by"), where).items()),
        sources={fact: tuple(_source(value, where) for value in _list(entry[fact])) for fact in FACTS if fact in entry},
    )


def _source(spec: str, where: str) -> Source:
    return Source(tuple(_piece(part.strip(), where) for part in re.split(r"\s\+\s", spec)))


def _piece(spec: str, where: str) -> Piece:
    """`PLACE`, `PLACE ~ REGEX` or `PLACE ~ REGEX => TEMPLATE`."""
    place, _, rest = spec.partition(" ~ ")
    pattern, _, template = rest.partition(" => ")
    place = place.strip()
    compiled = _regex(pattern, where) if pattern else None
    if place.startswith("'") and place.endswith("'"):
        return Piece("literal", place.strip("'"), compiled, template)
    if place in WORDS:
        return Piece("word", place, compiled, template)
    if place.startswith("@."):
        return Piece("below", _oid(f"0{place[1:]}", where)[1:], compiled, template)
    if place.endswith(".*"):
        return Piece("column", _oid(place[:-2], where), compiled, template)
    return Piece("oid", _oid(place, where), compiled, template)


def _oid(value: object, where: str) -> str:
    """An OID; one that starts with a dot is below `enterprises` (.9.1 is 1.3.6.1.4.1.9.1)."""
    spelt = _full(str(value))
    if not _OID.fullmatch(spelt):
        raise Invalid(f"{where}: {value!r} is no OID and no known word ({', '.join(sorted(WORDS))}).", field=where)
    return spelt


def _full(spelt: str) -> str:
    return f"1.3.6.1.4.1{spelt}" if spelt.startswith(".") else spelt


def _regex(pattern: object, where: str) -> re.Pattern[str]:
    try:
        return re.compile(str(pattern), re.IGNORECASE)
    except re.error as err:
        raise Invalid(f"{where}: {pattern!r} is no regular expression: {err}.", field=where) from err


def _list(value: object) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _mapping(value: object, where: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid(f"{where}: class_by and os_by are mappings of a regular expression to a name.", field=where)
    return {str(key): str(name) for key, name in value.items()}


def objects(rules: Iterable[Rule], object_id: str) -> list[str]:
    """Every single object that the rules read of a device with this sysObjectID, once."""
    found = []
    for rule in rules:
        for piece in (piece for sources in rule.sources.values() for source in sources for piece in source.pieces):
            if piece.kind == "oid":
                found.append(piece.ref)
            elif piece.kind == "below" and object_id:
                found.append(object_id + piece.ref)
    return list(dict.fromkeys(found))
