"""Redrawing: everything that follows from the source records of some CIs, compared with what the graph holds, and the difference planned.

The one way in which joins, splits, distrust and changed rules reach the graph: they say what the records are to be, this says what becomes
of golden values, relations, identifiers and software. A dry run is the same without the write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.graph import candidates, kin
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from cmdb.model.ids import uuid7
from cmdb.model.observation import Observation, Source
from reconciliation.assertions import ONE, relation_key
from reconciliation.draft import Draft, World
from reconciliation.moving import Ids, key_renamed
from reconciliation.planning import plan_cis
from reconciliation.records import Claim, Record, from_row
from reconciliation.voices import claimed_relations, voices

Key = dict[str, tuple[str, str, str, str]]


@dataclass(slots=True)
class Held:
    """What the graph holds of these CIs beside their records."""

    relations: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """CI id → identifier key → its row"""
    software: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """CI id → (source, chunk)"""


@dataclass(slots=True)
class Redrawing:
    """One redrawing: the world as read, what the records are to be (`draft.after`), and what was renamed on the way."""

    draft: Draft
    world: World
    held: Held
    ids: Ids = field(default_factory=dict)
    extra: dict[str, Key] = field(default_factory=dict)
    """CI id → identifiers that it shows beside those of its records"""
    less: dict[str, set[str]] = field(default_factory=dict)
    """CI id → keys of identifiers that are not its own any more"""
    removed: frozenset[str] = frozenset()
    """CIs that are to go: what others still say of them is not drawn."""


def opened(graph: Graph, ids: Collection[str], *, by: str, reason: str, source: Source | None = None) -> Redrawing:
    """Read everything of these CIs; their records begin as they are."""
    now = times.now()
    observation = Observation(uuid7(), source or Source("rule", "recompute"), now, (), actor=by, note=reason)
    at = times.to_text(now)
    found = Redrawing(Draft(observation, at, at), World({}, {}), Held())
    extend(graph, found, ids)
    return found


def extend(graph: Graph, found: Redrawing, ids: Collection[str]) -> None:
    """Read further CIs into it."""
    fresh = set(ids) - found.world.properties.keys()
    for ci, (properties, rows) in candidates.states(graph, fresh).items():
        found.world.properties[ci] = properties
        found.world.records[ci] = {record.slot: record for record in map(from_row, rows)}
        found.draft.after[ci] = dict(found.world.records[ci])
        found.draft.names[ci] = found.world.name(ci)
        found.draft.classes[ci] = str(properties["class"])
    found.held.relations |= {str(row["key"]): row["properties"] for row in kin.relations(graph, fresh)}
    # A CI also claims relations between others: a switch says which hosts hang on its ports.
    claimed = {key for ci in fresh for record in found.world.records.get(ci, {}).values() for key in record.relations}
    for row in candidates.relations(graph, claimed - found.held.relations.keys()):
        found.held.relations[str(row["key"])] = row["properties"]
    for row in kin.identifiers(graph, fresh):
        found.held.links.setdefault(str(row["ci"]), {})[str(row["key"])] = row
    for row in kin.software(graph, fresh):
        found.held.software.setdefault(str(row["ci"]), set()).add((str(row["source"]), str(row["chunk"])))


def plan(redrawing: Redrawing, catalogue: Catalogue) -> None:
    """Fill the draft's plan and changes with the difference."""
    draft, world = redrawing.draft, redrawing.world
    for ci in sorted(draft.after):
        gone = world.records.get(ci, {}).keys() - draft.after[ci].keys()
        draft.plan.dropped_records += [world.records[ci][slot].key for slot in sorted(gone)]
    everything = draft.after
    # A CI whose every record left is a shell (its records moved in a split); a new one is drawn by the plan of CIs.
    draft.after = {ci: by_slot for ci, by_slot in everything.items() if by_slot and ci not in redrawing.removed}
    plan_cis(draft, world, catalogue)
    _plan_relations(redrawing, catalogue)
    _plan_identifiers(redrawing)
    _plan_software(redrawing)
    draft.plan.changed_cis = [row for row in draft.plan.changed_cis if row["props"].keys() - {"rev"} or row["id"] in _touched(redrawing)]


def _touched(redrawing: Redrawing) -> set[str]:
    return {ci for ci, by_slot in redrawing.draft.after.items() if by_slot != redrawing.world.records.get(ci)}


def wanted_relations(redrawing: Redrawing, ci: str, catalogue: Catalogue) -> dict[str, tuple[set[str], Claim]]:
    """Relation key → who claims it (claimants of this CI's records), and the newest claim."""
    found: dict[str, tuple[set[str], Claim]] = {}
    by_slot = redrawing.draft.after[ci]
    for source in sorted({r.source for r in by_slot.values()}):
        for key, claim in claimed_relations(by_slot.values(), source).items():
            found.setdefault(key, (set(), claim))[0].add(f"{ci}|{source}")
            if found[key][1].at < claim.at:
                found[key] = (found[key][0], claim)
    for attribute, words in redrawing.draft.golden[ci].values.items():
        name, target = attribute.removeprefix(ONE), words[0].value
        if attribute.startswith(ONE) and isinstance(target, str) and target and name in catalogue.relations and not _silent(by_slot):
            found[relation_key(name, ci, target)] = ({f"{ci}|{words[0].source}"}, Claim("", words[0].at))
    return {key: what for key, what in found.items() if not set(key.split("|")[1:]) & redrawing.removed}


def _silent(by_slot: Mapping[str, Record]) -> bool:
    return not voices(by_slot.values())


def _plan_relations(redrawing: Redrawing, catalogue: Catalogue) -> None:
    draft, held = redrawing.draft, redrawing.held
    ours = draft.after.keys()
    wanted: dict[str, tuple[set[str], Claim]] = {}
    for ci in sorted(ours):
        for key, (claimants, claim) in wanted_relations(redrawing, ci, catalogue).items():
            wanted.setdefault(key, (set(), claim))[0].update(claimants)
    before = {key_renamed(key, redrawing.ids, catalogue): row for key, row in held.relations.items()}
    speaking = ours | redrawing.removed | redrawing.world.records.keys()
    for key in sorted({*wanted, *held.relations}):
        others = {str(c) for c in held.relations.get(key, {}).get("claims") or () if str(c).partition("|")[0] not in speaking}
        claims = sorted(others | wanted.get(key, (set(), None))[0])
        if key not in held.relations:
            _begin(redrawing, key, claims, wanted[key][1], before.get(key))
        elif not claims:
            _end(redrawing, key, key_renamed(key, redrawing.ids, catalogue) in wanted)
        elif claims != sorted(str(c) for c in held.relations[key].get("claims") or ()):
            name, source, _ = key.split("|")
            draft.plan.changed_relations.setdefault(name, []).append({"key": key, "source": source, "props": {"claims": claims}})


def _begin(redrawing: Redrawing, key: str, claims: list[str], claim: Claim, like: Mapping[str, Any] | None) -> None:
    name, source, target = key.split("|")
    details = {k: list(v) if isinstance(v, tuple) else v for k, v in claim.details.items() if v is not None}
    times_of = {"first_seen_at": claim.at, "last_seen_at": claim.at}
    props = {**times_of, **(like or {}), **details, "key": key, "claims": claims}
    redrawing.draft.plan.new_relations.setdefault(name, []).append({"source": source, "target": target, "props": props})
    if like is None:
        _change(redrawing.draft, "relation_added", key)


def _end(redrawing: Redrawing, key: str, renamed: bool) -> None:
    name, source, target = key.split("|")
    if {source, target} & redrawing.removed:
        return  # it goes with its end
    redrawing.draft.plan.ended_relations.setdefault(name, []).append({"key": key, "source": source})
    if not renamed:
        _change(redrawing.draft, "relation_ended", key)


def _change(draft: Draft, kind: Any, key: str) -> None:
    name, source, target = key.split("|")
    before, after = (target, None) if kind == "relation_ended" else (None, target)
    words = (draft.classes.get(source, ""), draft.names.get(source, ""))
    draft.changes.append(Change(kind, source, *words, name, before, after, draft.source, draft.names.get(target, "")))


def shown_by(by_slot: Iterable[Record], parent: str) -> Key:
    """Identifier key → (kind, value, grade, scope) that these records show; of what lies in a CI with that CI's id."""
    found: Key = {}
    for record in sorted(by_slot, key=lambda r: (r.observed_at, r.slot)):
        for key, what in record.identifiers.items():
            if "|^|" not in key:
                found[key] = what
            elif parent:
                found[key.replace("|^|", f"|{parent}|")] = what
    return found


def _plan_identifiers(redrawing: Redrawing) -> None:
    draft, links = redrawing.draft, redrawing.held.links
    parents, ended = _parents(redrawing), _ended(redrawing)
    for ci in sorted(draft.after):
        parent, was = parents.get(ci, ""), links.get(ci, {})
        all_slots = draft.after[ci].values()
        heard = [r for r in all_slots if not r.distrusted]
        wanted = shown_by(heard or all_slots, parent) | redrawing.extra.get(ci, {})
        known = shown_by((*all_slots, *redrawing.world.records.get(ci, {}).values()), parent).keys() | redrawing.less.get(ci, set())
        for key, row in was.items():
            old = key.split("|")[1] if "|" in key else ""
            if parent and parent != old and redrawing.ids.get(old) == parent:
                known |= {key}  # identified inside a CI that is another now
                wanted = {key.replace(f"|{old}|", f"|{parent}|"): (row["kind"], row["value"], row["grade"], row["scope"]), **wanted}
        for key, (kind, value, grade, scope) in sorted(wanted.items()):
            if key not in was and key not in ended:
                draft.plan.merged_links.append({"key": key, "ci": ci, "kind": kind, "value": value, "grade": grade, "scope": scope})
        draft.plan.dropped_links += [{"key": key, "ci": ci} for key in sorted(was) if key in known and key not in wanted]
    draft.plan.dropped_links += [{"key": key, "ci": ci} for ci in sorted(redrawing.removed) for key in sorted(links.get(ci, ()))]
    draft.plan.weighed_keys = sorted({str(row["key"]) for row in (*draft.plan.merged_links, *draft.plan.dropped_links)})


def _ended(redrawing: Redrawing) -> set[str]:
    """Identifiers that records show and that the CI does not have all the same: a person ended them (a part was replaced)."""
    parents = {k.split("|")[1]: k.split("|")[2] for k in redrawing.held.relations if k.startswith("part_of|")}
    found: set[str] = set()
    for ci, by_slot in redrawing.world.records.items():
        heard = [r for r in by_slot.values() if not r.distrusted]
        found |= shown_by(heard, parents.get(ci, "")).keys() - redrawing.held.links.get(ci, {}).keys()
    return found


def unrecorded(redrawing: Redrawing, ci: str) -> Key:
    """Identifiers of a CI that no record of it shows (from before records kept them)."""
    parent = _parents(redrawing).get(ci, "")
    recorded = shown_by(redrawing.world.records.get(ci, {}).values(), parent)
    rows = redrawing.held.links.get(ci, {})
    return {key: (r["kind"], r["value"], r["grade"], r["scope"]) for key, r in rows.items() if key not in recorded}


def _parents(redrawing: Redrawing) -> dict[str, str]:
    everyone = [r for by_slot in redrawing.draft.after.values() for r in by_slot.values()]
    ended, claimed = sorted(key for r in everyone for key in r.relations), sorted(key for r in everyone for key in r.live_relations())
    found = {
        ci: parent for ci, by_slot in redrawing.world.records.items() if (parent := _named_in(by_slot, redrawing.held.links.get(ci, {})))
    }
    for key in (*redrawing.held.relations, *ended, *claimed):
        name, source, target = key.split("|")
        if name == "part_of":
            found[source] = target
    return found


def _named_in(by_slot: Mapping[str, Record], held: Collection[str]) -> str:
    """The CI in whose name an inner CI is identified now, by what it shows; "" for others. It may have ended there long ago."""
    for record in by_slot.values():
        for kind, value, _, _ in record.identifiers.values():
            for key in held:
                parts = key.split("|", 2)
                if len(parts) == 3 and parts[1] and (parts[0], parts[2]) == (kind, value) and f"{kind}|^|{value}" in record.identifiers:
                    return parts[1]
    return ""


def _plan_software(redrawing: Redrawing) -> None:
    draft = redrawing.draft
    for ci in sorted(draft.after):
        wanted = {(v.source, chunk) for v in voices(draft.after[ci].values()) for chunk in v.software or ()}
        was = redrawing.held.software.get(ci, set())
        for source in sorted({s for s, _ in wanted ^ was}):
            add = sorted(c for s, c in wanted - was if s == source)
            drop = sorted(c for s, c in was - wanted if s == source)
            draft.plan.software_links.append({"ci": ci, "source": source, "add": add, "drop": drop})
