"""Refusing: which of the identifiers somebody is about to hand in would identify nothing, and why. Pure but for the rules in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmdb.model.catalogue import CIClass
from cmdb.model.observation import Identifier, Value
from reconciliation import rules
from reconciliation.evidence import Evidence, evidence_of, without_models

_SAID: Mapping[str, str] = {
    "mac": "MAC address",
    "uuid": "UUID",
    "imei": "IMEI",
    "wwn": "WWN",
    "fqdn": "full domain name",
    "ip": "IP address",
}


def refused(cls: CIClass, identifiers: Sequence[Identifier], attributes: Mapping[str, Value]) -> dict[Identifier, str]:
    """Those that the rules in force do not use for an item of this class, each with the reason in words: a placeholder, a value that cannot
    be read, the name of the model (`attributes` tell it) in place of a serial number."""
    rules.refresh()
    names = [attributes.get(word) for word in ("model", "vendor", "part_number")]
    judged = without_models(evidence_of(identifiers, cls), names)
    why = {(one.kind, one.raw): _why(one) for one in judged if one.refused}
    return {one: why[key] for one in identifiers if (key := (one.kind, one.value[:80])) in why} if why else {}


def _why(one: Evidence) -> str:
    unreadable = not one.value and not one.refused.startswith("longer")
    return f"it cannot be read as a {_words(one.kind)}" if unreadable else one.refused


def _words(kind: str) -> str:
    return _SAID.get(kind, kind.replace("_", " "))
