"""From the vendor table and what was read: class, vendor, model, version, serial. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from discovery.snmp.probes.entity import Entities, real
from discovery.snmp.rules import FACTS, Piece, Rule, Source, VendorTable
from discovery.snmp.tables import Column
from discovery.snmp.values import Value, mac, text

MAX_FACT = 120
_DESCR_AS_MODEL = 40
"""A sysDescr no longer than this is taken for a model name, when nothing else tells one."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What rules may read: single objects, columns, and words of other probes."""

    object_id: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    columns: Mapping[str, Column] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the device is. Empty where nobody knows."""

    cls: str
    vendor: str = ""
    os: str = ""
    model: str = ""
    version: str = ""
    serial: str = ""
    part_number: str = ""


STANDARD = {
    "printer.serial": "1.3.6.1.2.1.43.5.1.1.17.1",  # prtGeneralSerialNumber
    "printer.name": "1.3.6.1.2.1.43.5.1.1.16.1",  # prtGeneralPrinterName
    "hr.descr": "1.3.6.1.2.1.25.3.2.1.3.1",  # hrDeviceDescr
    "ups.vendor": "1.3.6.1.2.1.33.1.1.1.0",  # upsIdentManufacturer
    "ups.model": "1.3.6.1.2.1.33.1.1.2.0",
    "ups.software": "1.3.6.1.2.1.33.1.1.3.0",
    "ups.agent": "1.3.6.1.2.1.33.1.1.4.0",
    "lldp.descr": "1.0.8802.1.1.2.1.3.4.0",  # lldpLocSysDesc
    "printer.pages": "1.3.6.1.2.1.43.10.2.1.4.1.1",  # prtMarkerLifeCount
}
"""Scalars of standard MIBs that say what a device is, by the word under which rules read them."""

_MODEL = ("entity.model", "ups.model", "printer.name", "products")
_VERSION = (
    r"\b(?:version|ver\.?|revision|rev\.?|release|firmware|f/?w)[ :=]*(?:version[ :=]*)?(v?[0-9]+(?:[._-][0-9A-Za-z()]+)+)",
    r"\b[vV]\.?([0-9]+(?:\.[0-9A-Za-z]+)+(?:[-_][0-9A-Za-z.]+)?)",
    r"(?:^|[ ,;/(])([0-9]+\.[0-9]+(?:\.[0-9A-Za-z]+)+)(?=$|[ ,;/)])",
)
_SERIAL = (r"\b(?:s/?n|ser(?:ial)?(?:[ _-]?(?:number|num|no\.?|nr\.?|#))?)\s*[:#=]+\s*([A-Z0-9][A-Z0-9-]{4,30})\b",)
_PRINTER_ROOT, _UPS_ROOT = "1.3.6.1.2.1.43.5.1.1.", "1.3.6.1.2.1.33.1.1."


def words_of(descr: str, name: str, entities: Entities, standard: Mapping[str, Value], first_mac: str | None) -> dict[str, str]:
    """The words that rules may read, from what the probes found."""
    part = entities.device
    found = {word: text(standard.get(oid), 255) for word, oid in STANDARD.items()}
    found.update(descr=descr, name=name, mac=first_mac or "")
    if part is not None:
        found.update({f"entity.{key}": getattr(part, key) for key in ("model", "descr", "name", "serial", "hardware", "vendor")})
        for key in ("software", "firmware"):
            found[f"entity.{key}"] = getattr(part, key) or next((getattr(row, key) for row in entities.parts if getattr(row, key)), "")
    return found


def decide(table: VendorTable, rules: Sequence[Rule], evidence: Evidence) -> Facts:
    """The most specific rule that says something decides each fact; after the rules come the standard MIBs and sysDescr."""
    descr = evidence.words.get("descr", "")
    words = {**evidence.words, "products": table.product(evidence.object_id)}
    known = Evidence(evidence.object_id, evidence.values, evidence.columns, words)
    model = _first(_told(rules, "model", known)) or _first(words.get(word, "") for word in _MODEL) or _model_of_descr(words)
    vendor = next((rule.vendor for rule in rules if rule.vendor), "") or table.enterprise(evidence.object_id)
    vendor = vendor or real(words.get("entity.vendor", "")) or real(words.get("ups.vendor", ""))
    version = _first(_told(rules, "version", known)) or _first((words.get("entity.software", ""), words.get("ups.agent", "")))
    version = version or _search(_VERSION, descr) or _first((words.get("entity.firmware", ""), words.get("ups.software", "")))
    serial = _first(_told(rules, "serial", known))
    serial = serial or _first((words.get("entity.serial", ""), words.get("printer.serial", ""))) or _search(_SERIAL, descr)
    said = f"{model} {descr}"
    return Facts(
        cls=_choice(rules, "class_by", said) or next((rule.cls for rule in rules if rule.cls), "") or _class_of_mibs(words, known),
        vendor=vendor,
        os=_choice(rules, "os_by", said) or next((rule.os for rule in rules if rule.os), ""),
        model=_tidy(model),
        version=_tidy(version),
        serial=_tidy(serial),
        part_number=_tidy(_first(_told(rules, "part_number", known))),
    )


def untold_columns(rules: Sequence[Rule], evidence: Evidence) -> list[str]:
    """Columns that rules read for facts which their single objects did not tell: only these are worth a walk."""
    wanted: dict[str, None] = {}
    for fact in FACTS:
        for rule in rules:
            for source in rule.sources.get(fact, ()):
                columns = [piece.ref for piece in source.pieces if piece.kind == "column"]
                if not columns and real(_of_source(source, evidence)):
                    break
                wanted.update(dict.fromkeys(columns))
            else:
                continue
            break
    return list(wanted)


def _told(rules: Sequence[Rule], fact: str, evidence: Evidence) -> Iterator[str]:
    for rule in rules:
        for source in rule.sources.get(fact, ()):
            yield _of_source(source, evidence)


def _of_source(source: Source, evidence: Evidence) -> str:
    found = [_of_piece(piece, evidence) for piece in source.pieces]
    return " ".join(part for part in found if part) if found and found[0] else ""


def _of_piece(piece: Piece, evidence: Evidence) -> str:
    for value in _values(piece, evidence):
        cut = _cut(piece, value)
        if real(cut):
            return cut
    return ""


def _values(piece: Piece, evidence: Evidence) -> Iterator[str]:
    if piece.kind == "literal":
        yield piece.ref
    elif piece.kind == "word":
        yield evidence.words.get(piece.ref, "")
    elif piece.kind == "oid":
        yield _readable(evidence.values.get(piece.ref))
    elif piece.kind == "below":
        yield _readable(evidence.values.get(evidence.object_id + piece.ref))
    else:
        for value in evidence.columns.get(piece.ref, {}).values():
            yield _readable(value)


def _readable(value: Value) -> str:
    """Text, or a MAC where six octets are no text."""
    if isinstance(value, bytes) and len(value) == 6 and any(octet < 32 or octet > 126 for octet in value.rstrip(b"\0")):
        return mac(value) or ""
    return text(value, 1_000)


def _cut(piece: Piece, value: str) -> str:
    if not value or piece.pattern is None:
        return value
    match = piece.pattern.search(value)
    if match is None:
        return ""
    if piece.template:
        groups = (match[0], *(group or "" for group in match.groups()))
        return re.sub(r"\{(\d)\}", lambda place: groups[int(place[1])] if int(place[1]) < len(groups) else "", piece.template).strip()
    return " ".join(group.strip() for group in match.groups() if group) if match.groups() else match[0].strip()


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if real(value)), "")


def _search(patterns: Sequence[str], value: str) -> str:
    return next((match[1] for pattern in patterns if (match := re.search(pattern, value, re.IGNORECASE))), "")


def _model_of_descr(words: Mapping[str, str]) -> str:
    descr = words.get("descr", "")
    if 2 < len(descr) <= _DESCR_AS_MODEL and not re.match(
        r"(linux|freebsd|openbsd|netbsd|sunos|windows|hardware:|integrated lights|snmp|agent)", descr, re.IGNORECASE
    ):
        return descr
    if descr.startswith("Hardware: "):
        return words.get("entity.descr", "")  # Windows: its first device is the driver of a printer
    return words.get("entity.descr", "") or words.get("hr.descr", "")


def _choice(rules: Sequence[Rule], kind: str, said: str) -> str:
    for rule in rules:
        for pattern, name in getattr(rule, kind):
            if pattern.search(said):
                return str(name)
        if (rule.cls if kind == "class_by" else rule.os) and not getattr(rule, kind):
            return ""  # a more specific rule has decided
    return ""


def _class_of_mibs(words: Mapping[str, str], evidence: Evidence) -> str:
    if any(oid.startswith(_PRINTER_ROOT) for oid in evidence.values) or words.get("printer.serial"):
        return "printer"
    if words.get("ups.model") or words.get("ups.agent"):
        return "ups"
    return "device"


def _tidy(value: str) -> str:
    return value.strip(" \t,;:\"'\\").strip()[:MAX_FACT].rstrip()
