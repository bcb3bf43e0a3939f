"""What source records show as evidence again, by another rule set: kept identifiers, and values that an older set refused. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier
from reconciliation import rules
from reconciliation.evidence import RANKS, Evidence, evidence_of, kind_of
from reconciliation.records import Record

_MACHINES = ("local", "ssh", "agent", "snmp")
_NOT_DERIVED = ("ip", "prefix", "position", "if_index")


def evidence_by_rules(record: Record, cls: str, catalogue: Catalogue) -> tuple[Evidence, ...]:
    """The record's evidence by the set in force. `cls`: the class of its CI. Parts keep `^` in place of what they lie in."""
    if cls not in catalogue.classes:
        return ()
    known = catalogue.cls(cls)
    given = [
        Identifier(kind, value, scope or _own_scope(key, kind))
        for key, (kind, value, _, scope) in record.identifiers.items()
        if "|^|" not in key
    ]
    inside = [Identifier(kind, value, scope) for key, (kind, value, _, scope) in record.identifiers.items() if "|^|" in key]
    kinds = {one.kind for one in (*given, *inside)}
    machine = record.source_kind in _MACHINES
    vendor = record.attributes.get("vendor", ("", ""))[0]
    for kind in rules.identifiers_of(known):
        said = record.attributes.get(kind, ("", ""))[0]
        if kind in kinds or kind in _NOT_DERIVED or not isinstance(said, str) or not said or (machine and kinds and kind == "serial"):
            continue
        given.append(Identifier(kind, said, str(vendor or "") if kind_of(kind).scope == "vendor" else ""))
    lineage = [name for name in catalogue.lineage(cls) if "name" in rules.identifiers_of(catalogue.classes[name])]
    scope = lineage[-1] if lineage else cls
    found = evidence_of(given, known, name_scope=scope)
    return (*found, *evidence_of(inside, known, parent="^", name_scope=scope)) if inside else found


def together(found: Iterable[tuple[Evidence, ...]]) -> tuple[Evidence, ...]:
    """Evidence of several records as that of one thing, the better grade of each."""
    best: dict[str, Evidence] = {}
    for evidence in found:
        for one in evidence:
            if one.grade != "none" and (one.key not in best or RANKS[best[one.key].grade] < RANKS[one.grade]):
                best[one.key] = one
    return tuple(best[key] for key in sorted(best))


def _own_scope(key: str, kind: str) -> str:
    """The scope that is part of the key, where the kind has such a one."""
    return key.split("|", 2)[1] if kind_of(kind).scope == "own" and key.count("|") >= 2 else ""
