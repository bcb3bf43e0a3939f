"""Planning: from joined records to the CI and record rows that one transaction writes, and the Changes that people read. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.graph.visitors import SERVES
from cmdb.inventory.past import MOMENTARY
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, ChangeKind
from cmdb.model.naming import NAMING, NAMING_IDENTIFIERS, spelt
from cmdb.model.observation import Value
from reconciliation import records
from reconciliation.assertions import ONE
from reconciliation.draft import Draft, World
from reconciliation.merge import Golden, merge
from reconciliation.planning_records import plan_records
from reconciliation.records import Record
from reconciliation.resolve import Resolution

FIND_SLOTS = 6
"""Indexed properties find1…find6 of a CI: the words and addresses by which search finds it beside its identifiers."""

_WORD = re.compile(r"[^\s,;()/]+")
_JOINT = re.compile(r"[-_]")
_SHORTEST_PART = 2


def plan_cis(draft: Draft, world: World, catalogue: Catalogue) -> None:
    """Golden records, CI rows, record rows."""
    for ci in sorted(draft.after):
        golden = merge(list(draft.after[ci].values()), catalogue, now=draft.now)
        draft.golden[ci] = golden
        draft.classes[ci] = golden.cls or str(world.properties.get(ci, {}).get("class", "")) or draft.classes.get(ci, "")
        draft.names[ci] = display_name(golden, ci, draft.after[ci])
        if ci in world.properties:
            _plan_known(draft, world, ci, golden)
        else:
            _plan_new(draft, ci, golden)
        plan_records(draft, world, ci)


def _plan_new(draft: Draft, ci: str, golden: Golden) -> None:
    props = {
        **ci_properties(golden, ci, draft.after[ci]),
        "id": ci,
        "rev": 1,
        "created_at": draft.recorded_at,
        "born_at": draft.at,
        "created_by": draft.source,
        "updated_at": draft.recorded_at,
    }
    cls = draft.classes[ci]
    props["class"] = cls  # of people's words only, a part that was split off keeps the class it had
    draft.plan.new_cis.setdefault(cls, []).append({k: v for k, v in props.items() if v is not None})
    draft.changes.append(Change("ci_created", ci, cls, draft.names[ci], source=draft.source, reason=draft.observation.note))


def _plan_known(draft: Draft, world: World, ci: str, golden: Golden) -> None:
    before = world.properties[ci]
    props = ci_properties(golden, ci, draft.after[ci])
    if not golden.cls:
        del props["class"]
    different = {k: v for k, v in props.items() if _plain(before.get(k)) != _plain(v) and k != "last_seen_at"}
    words = {name for name in before if name.startswith("find") and before[name] is not None}  # else search would go on finding it by them
    for name in (_attributes_of(before) | words) - props.keys():
        different[name] = None
    changes = _visible(draft, ci, golden, before, different)
    spoke = _spoke(world.records.get(ci, {}), draft.after[ci])
    if different or spoke:
        if props["last_seen_at"] != before.get("last_seen_at"):
            different["last_seen_at"] = props["last_seen_at"]
        row = {"id": ci, "rev": before["rev"], "lock": draft.observation.id, "props": {**different, "rev": int(before["rev"]) + 1}}
        if changes:
            row["props"]["updated_at"] = draft.recorded_at
        draft.plan.changed_cis.append(row)
    elif props["last_seen_at"] > str(before.get("last_seen_at", "")):
        draft.plan.seen_cis.append({"id": ci, "at": props["last_seen_at"]})
    if golden.cls and golden.cls != before["class"]:
        draft.plan.relabelled.append((ci, str(before["class"]), golden.cls))
    draft.changes += changes


def _spoke(before: Mapping[str, Record], after: Mapping[str, Record]) -> bool:
    """Whether a record says something else than before (times apart)."""
    return before.keys() != after.keys() or any(
        not (one is before[slot] or records.same_words(before[slot], one)) for slot, one in after.items()
    )


def _attributes_of(properties: Mapping[str, Any]) -> set[str]:
    """Golden attributes among a CI's properties (those the graph keeps for itself have fixed names)."""
    return {k for k in properties if k not in OWN_PROPERTIES and not k.startswith("find")}


OWN_PROPERTIES = frozenset(
    (
        "id",
        "class",
        "rev",
        "lock",
        "presence",
        "created_at",
        "born_at",
        "created_by",
        "ageing",
        "ageing_why",
        "ageing_since",
        "updated_at",
        "last_seen_at",
        "display_name",
        "display_lower",
        "sources",
        "serves",
    )
)
"""Properties of a CI that are not attributes of the catalogue."""


def _visible(draft: Draft, ci: str, golden: Golden, before: Mapping[str, Any], different: Mapping[str, Any]) -> list[Change]:
    name, cls, source = draft.names[ci], golden.cls or str(before["class"]), draft.source
    changes: list[Change] = []
    for attribute in sorted(different):
        if attribute == "class":
            changes.append(Change("class", ci, cls, name, "class", before["class"], cls, source))
        elif attribute == "presence":
            kind: ChangeKind = "came_back" if golden.present else "became_absent"
            changes.append(
                Change(kind, ci, cls, name, source=source, reason="" if golden.present else "not there any more where it was looked for")
            )
        elif attribute not in OWN_PROPERTIES and attribute not in MOMENTARY and not attribute.startswith("find"):
            winner = golden.values[attribute][0].source if attribute in golden.values else source
            changes.append(
                Change(
                    "attribute",
                    ci,
                    cls,
                    name,
                    attribute,
                    _value(before.get(attribute)),
                    _value(different[attribute]),
                    winner,
                    draft.observation.note,
                )
            )
    return changes


def _value(given: Any) -> Value:
    return tuple(given) if isinstance(given, list) else given


def _plain(given: Any) -> Any:
    return list(given) if isinstance(given, tuple) else given


def display_name(golden: Golden, ci: str, by_slot: Mapping[str, Record]) -> str:
    """What people call it: name, host name, FQDN, address or serial, in that order, else what it was known by; never empty."""
    values = golden.attributes()
    for attribute in NAMING:
        value = values.get(attribute)
        if isinstance(value, str) and value.strip():
            return value.strip()[:200]
    addresses = values.get("mac_addresses")
    if isinstance(addresses, tuple) and addresses:
        return str(addresses[0])
    return _known_by(by_slot) or f"{golden.cls.replace('_', ' ')} {ci[-6:]}".strip()


def _known_by(by_slot: Mapping[str, Record]) -> str:
    """Of what sources recognised it by, the value a person could look for on a port or a label; "" if it has none."""
    shown = (one for record in by_slot.values() if not record.distrusted for one in record.identifiers.values())
    ranked = ((NAMING_IDENTIFIERS.index(kind), spelt(value, kind)) for kind, value, _, _ in shown if kind in NAMING_IDENTIFIERS)
    return min(ranked, default=(0, ""))[1][:200]


def ci_properties(golden: Golden, ci: str, by_slot: Mapping[str, Record]) -> dict[str, Any]:
    """The properties of the CI node that follow from its records."""
    values = golden.attributes()
    name = display_name(golden, ci, by_slot)
    props: dict[str, Any] = {k: _plain(v) for k, v in values.items() if v is not None and not k.startswith(ONE)}
    props |= {
        "class": golden.cls,
        "presence": "present" if golden.present else "absent",
        "last_seen_at": golden.last_seen_at,
        "display_name": name,
        "display_lower": name.lower(),
        "sources": sorted({r.source for r in by_slot.values()}),
        "serves": SERVES if values.get("seen_clients") else None,
    }
    for slot, word in enumerate(find_words(name, values), start=1):
        props[f"find{slot}"] = word
    return props


def find_words(name: str, values: Mapping[str, Value]) -> list[str]:
    """Lower-case words for search: those of the name after its first (display_lower has that), what follows a hyphen, then addresses."""
    whole = [w.lower()[:60] for w in _WORD.findall(name)]
    parts = [part for w in whole for part in _JOINT.split(w)[1:] if len(part) >= _SHORTEST_PART]
    words = [*whole[1:], *parts]
    addresses = [values.get("primary_ip"), *_texts(values.get("ip_addresses")), values.get("address")]
    plain = [a.split("/")[0].lower() for a in addresses if isinstance(a, str) and a]
    models = [w.lower() for w in (values.get("model"),) if isinstance(w, str) and w]
    return list(dict.fromkeys([*words[:3], *plain, *models]))[:FIND_SLOTS]


def _texts(value: Value) -> Sequence[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, tuple) else []


def plan_repeated(draft: Draft, resolution: Resolution) -> None:
    """What was said exactly so before is only seen again."""
    for row in resolution.repeated.values():
        if str(row["observed_at"]) < draft.at:
            draft.plan.repeated.append({"key": row["record"], "at": draft.at})
