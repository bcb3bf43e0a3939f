"""Evidence: what the identifiers of one item are worth. Pure, from the catalogue, data/identifiers.yaml and the block list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Literal, TypeAlias, cast

import yaml

from cmdb.errors import Invalid
from cmdb.model.catalogue import CIClass
from cmdb.model.observation import Identifier
from reconciliation import normalise, rules

Grade: TypeAlias = Literal["strong", "medium", "weak", "none"]
MOST_OF_A_KIND = 1_024
"""Values of one kind on one thing. A large chassis has some hundred ports; who claims more identifies nothing by that kind."""

RANKS: Mapping[str, int] = {"strong": 3, "medium": 2, "weak": 1, "none": 0}


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of data/identifiers.yaml."""

    name: str
    form: str
    scope: str
    rank: int
    differs: str
    family: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One identifier of one item, normalised and graded.

    `key` is what the graph keeps unique; `scope` is the vendor where the kind compares it; `refused` says why it identifies nothing.
    """

    kind: str
    value: str
    key: str
    grade: Grade
    scope: str = ""
    raw: str = ""
    refused: str = ""


_LISTED: Mapping[str, str] = {
    "serial": "serial", "uuid": "uuid", "machine_id": "hex", "hostname": "hostname", "imei": "imei", "asset_tag": "tag",
    "cloud_id": "word", "employee_number": "word",
}  # fmt: skip
"""Kinds that have a list of refused values, and the normal form in which they are compared."""


class BlockList:
    """Values many machines show; `refusal(kind, value)` gives the cited source, `weakness` the reason to count less.

    Raises Invalid for an entry that would refuse everything, or is no pattern: such a list would make every device new at every look.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.version = int(data.get("version", 0))
        self._exact: dict[str, dict[str, str]] = {}
        self._patterns: dict[str, list[tuple[re.Pattern[str], str]]] = {}
        self._minimum: dict[str, int] = {}
        for kind, form_name in _LISTED.items():
            section = data.get(kind, {})
            form = normalise.FORMS[form_name]
            self._exact[kind] = {(form(str(e["value"])) or str(e["value"])): str(e["source"]) for e in section.get("exact", ())}
            self._patterns[kind] = [(_pattern(kind, str(e["value"])), str(e["source"])) for e in section.get("patterns", ())]
            self._minimum[kind] = int(section.get("minimum_length", 1))
        macs = data.get("mac", {})
        self._mac_refused = [(_prefix(e["prefix"]), str(e["source"])) for e in macs.get("refuse", ())]
        self._mac_weak = [(_prefix(e["prefix"]), str(e["source"])) for e in macs.get("weak", ())]
        self._mac_inside = tuple(_prefix(e["prefix"]) for e in macs.get("inside", ()))
        self._mac_doubled = tuple(_prefix(e["prefix"]) for e in macs.get("doubled", ()))
        self._private = tuple(str(e["value"]) for e in data.get("private_domains", ()))

    def refusal(self, kind: str, value: str) -> str:
        """Why this normal form identifies nothing; empty when it may."""
        if kind in ("mac", "chassis_id") and len(value) == 12:
            return self._mac_refusal(value)
        kind = "serial" if kind.endswith("serial") else "hostname" if kind in ("name", "fqdn") else kind
        if kind not in self._exact:
            return ""
        if len(value) < self._minimum[kind]:
            return f"shorter than {self._minimum[kind]} characters"
        source = self._exact[kind].get(value)
        if source is None:
            source = next((s for pattern, s in self._patterns[kind] if pattern.fullmatch(value)), None)
        return f"placeholder ({source})" if source else ""

    def _mac_refusal(self, value: str) -> str:
        if normalise.is_multicast(value):
            return "multicast address"
        source = next((s for p, s in self._mac_refused if value.startswith(p)), None)
        return f"not an address of one machine ({source})" if source else ""

    def is_virtual_machine(self, mac: str) -> bool:
        """Whether the address is of a range that makers of hypervisors give to guests."""
        return any(mac.startswith(prefix) for prefix, _ in self._mac_weak)

    def is_inside(self, mac: str) -> bool:
        """Whether the address is of a range that only containers have."""
        return mac.startswith(self._mac_inside)

    def is_doubled(self, mac: str) -> bool:
        """Whether the address is of a range from which several cards may have the same one."""
        return mac.startswith(self._mac_doubled)

    def is_worldwide(self, fqdn: str) -> bool:
        """Whether a full name is one of its kind: its domain is not one that every home and every office has."""
        return not fqdn.endswith(self._private) and not self.refusal("fqdn", fqdn)

    def weakness(self, kind: str, value: str) -> str:
        """Why this value counts as weak evidence only; empty when it counts in full."""
        if kind not in ("mac", "chassis_id") or len(value) != 12:
            return ""
        if normalise.is_locally_administered(value):
            return "locally administered address"
        source = next((s for p, s in self._mac_weak if value.startswith(p)), None)
        return f"address of a virtual machine ({source})" if source else ""


_ORDINARY = {
    "serial": ("7xk2m13", "5cg7763abc", "fcw1929b68s"),
    "uuid": ("6ec9d28663ca428d95f4b3b2e4a1c001", "421f245c7fa860fa1122334455667788"),
    "machine_id": ("8a6f2c1de0b14f0c9c6bb0e3a9b0a4d1", "158b7f391dfdf118fc54aa1920b7c3e2"),
    "hostname": ("srv-db-07", "nb00123", "core1"),
    "imei": ("356938035643809", "490154203237518"),
    "asset_tag": ("a-104711", "0042", "nb17", "itsupport/17"),
    "cloud_id": ("i-0abc12de34f567890", "5f2a1c7e-0b1d-4e6f-9a3b-2c4d5e6f7081"),
    "employee_number": ("104711", "e-0042"),
}
"""Values as real machines show them, for telling a block list that has become too wide."""


def _pattern(kind: str, text: str) -> re.Pattern[str]:
    try:
        found = re.compile(text)
    except re.error as error:
        raise Invalid(f"The pattern {text[:60]!r} for {kind} cannot be read: {error}.", field=f"{kind}.patterns") from None
    if any(found.fullmatch(value) for value in _ORDINARY[kind]):
        raise Invalid(f"The pattern {text[:60]!r} refuses every ordinary {kind}; make it narrower.", field=f"{kind}.patterns")
    return found


def _prefix(given: object) -> str:
    text = str(given).lower()
    if len(text) < 4 or not re.fullmatch(r"[0-9a-f]{4,12}", text):
        raise Invalid(f"{text[:60]!r} is no start of an address: 4 to 12 hexadecimal digits without colons.", field="mac")
    return text


@lru_cache(maxsize=1)
def shipped_kinds() -> Mapping[str, Kind]:
    """data/identifiers.yaml."""
    data = yaml.safe_load((resources.files("reconciliation") / "data/identifiers.yaml").read_text(encoding="utf-8"))
    rows = {name: row for name, row in data.items() if isinstance(row, dict)}
    return {n: Kind(n, r["form"], r["scope"], int(r.get("rank", 99)), r["differs"], r.get("family", "")) for n, r in rows.items()}


def kinds() -> Mapping[str, Kind]:
    """The kinds of the rule set in force."""
    found = rules.chosen()
    return found.kinds if found is not None else shipped_kinds()


def kind_of(name: str) -> Kind:
    """How a kind of identifier is treated; one that a site's catalogue brought in is a word that decides after the shipped ones."""
    return kinds().get(name) or Kind(name, "word", "none", 50, "conflict")


@lru_cache(maxsize=1)
def shipped_blocklist() -> BlockList:
    """data/blocklist.yaml."""
    return BlockList(yaml.safe_load((resources.files("reconciliation") / "data/blocklist.yaml").read_text(encoding="utf-8")))


def blocked() -> BlockList:
    """The block list of the rule set in force."""
    found = rules.chosen()
    return found.blocklist if found is not None else shipped_blocklist()


def evidence_of(
    identifiers: Iterable[Identifier], cls: CIClass, *, parent: str = "", name_scope: str = "", blocklist: BlockList | None = None
) -> tuple[Evidence, ...]:
    """Normalise and grade `identifiers` for an item of class `cls`.

    `parent` is the id of the CI inside which a dependent CI is identified; `name_scope` the class name that scopes `name`.
    Refused values come back with grade "none" and the reason, so that pages can still show them. Sorted, without repeats.
    """
    blocks = blocklist or blocked()
    found: dict[str, Evidence] = {}
    given = _with_hidden_uuid(list(identifiers))
    counts = Counter(identifier.kind for identifier in given)
    for identifier in given:
        if counts[identifier.kind] > MOST_OF_A_KIND:
            why = f"{counts[identifier.kind]:,} values of one kind; no single thing has more than {MOST_OF_A_KIND:,}"
            found[identifier.kind] = Evidence(identifier.kind, "", f"{identifier.kind}|too many", "none", raw="", refused=why)
            continue
        one = _grade(identifier, cls, parent, name_scope, blocks)
        if one is not None and (one.key not in found or RANKS[found[one.key].grade] < RANKS[one.grade]):
            found[one.key] = one
    return _standing_in(_of_its_own(tuple(found[k] for k in sorted(found)), blocks))


def _with_hidden_uuid(given: list[Identifier]) -> list[Identifier]:
    """A guest that shows no UUID may have it in its serial: the manager knows it by the UUID, and SNMP shows the serial only."""
    if any(i.kind == "uuid" for i in given):
        return given
    hidden = (
        normalise.uuid_in_serial(normalise.serial(i.value) or "") for i in given if i.kind == "serial" and len(i.value) <= _LONGEST_SERIAL
    )
    return [*given, *(Identifier("uuid", value) for value in hidden if value)]


_LONGEST_SERIAL = 80
OF_FIRMWARE = frozenset({"serial", "uuid", "board_serial", "chassis_serial"})
"""Numbers that firmware shows to everything that runs on it."""


def _of_its_own(found: tuple[Evidence, ...], blocks: BlockList) -> tuple[Evidence, ...]:
    """What shows a container's card and no other is a container, and the numbers that it reads are its host's (fleet #8021)."""
    macs = [e.value for e in found if e.kind == "mac" and len(e.value) == 12]
    if not macs or not all(map(blocks.is_inside, macs)):
        return found
    refused = "its host's: what shows a container's network card only reads the numbers of its host"
    return tuple(replace(e, grade="none", refused=refused) if e.kind in OF_FIRMWARE else e for e in found)


def _standing_in(found: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Where the maker left a placeholder for the system's serial number, the board's stands in for it: as strong, and still the board's.

    The enclosure's does not become strong: blades and nodes of one box share it (fusioninventory #1339 asks for both).
    """
    serials = [e for e in found if e.kind == "serial"]
    if not serials or any(e.grade != "none" for e in serials):
        return found
    return tuple(replace(e, grade="strong") if e.kind == "board_serial" and e.grade == "medium" else e for e in found)


def without_models(found: tuple[Evidence, ...], words: Iterable[object]) -> tuple[Evidence, ...]:
    """The evidence without serials that are a model's or a maker's name (`words`: what the item says of those) in another's place."""
    names = {normalise.serial(w) for w in words if isinstance(w, str) and w}
    refused = "the name of the model or of the maker stands in its place"
    return tuple(replace(e, grade="none", refused=refused) if e.kind == "serial" and e.value in names else e for e in found)


def _grade(identifier: Identifier, cls: CIClass, parent: str, name_scope: str, blocks: BlockList) -> Evidence | None:
    strengths = rules.identifiers_of(cls)
    if identifier.kind not in kinds() and identifier.kind not in strengths:
        return None
    kind = kind_of(identifier.kind)
    raw = identifier.value[:80]
    if len(identifier.value) > normalise.MAX_LENGTH:
        return Evidence(
            kind.name, "", f"{kind.name}|too long|{raw}", "none", raw=raw, refused=f"longer than {normalise.MAX_LENGTH} characters"
        )
    value = normalise.FORMS[kind.form](identifier.value)
    if value is None:
        return Evidence(kind.name, "", f"{kind.name}|unreadable|{raw}", "none", raw=raw, refused=f"not a {kind.name.replace('_', ' ')}")
    scope = normalise.vendor(identifier.scope) if kind.scope == "vendor" else ""
    if kind.form == "serial":
        value = normalise.serial_of(scope, value)
    key = _key(kind, value, identifier.scope, parent, name_scope)
    if refusal := blocks.refusal(kind.name, value):
        return Evidence(kind.name, value, key, "none", scope, raw, refusal)
    grade: Grade = "weak" if kind.name == "listens_at" else cast(Grade, strengths.get(kind.name, "none"))
    if grade == "medium" and blocks.weakness(kind.name, value):
        grade = "weak"
    return Evidence(kind.name, value, key, grade, scope, raw)


def _key(kind: Kind, value: str, scope: str, parent: str, name_scope: str) -> str:
    if parent and kind.name not in ("asset_tag", "external_id", "listens_at"):
        return f"{kind.name}|{parent}|{value}"
    if kind.scope == "own":
        return f"{kind.name}|{normalise.word(scope) or ''}|{value}"
    if kind.scope == "class":
        return f"{kind.name}|{name_scope}|{value}"
    return f"{kind.name}||{value}"
