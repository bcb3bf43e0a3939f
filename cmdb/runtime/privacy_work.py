"""The job that applies an ownership class, or an erasure, to everything stored of a device: graph, history, raw bodies, the door."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from cmdb.compliance.vocabulary import FACTS
from cmdb.errors import CmdbError, Invalid
from cmdb.graph import cis, kin, leftovers
from cmdb.intake.acts import ACT
from cmdb.intake.submit import OBSERVATION
from cmdb.inventory import notes
from cmdb.model import times
from cmdb.model.observation import Identifier
from cmdb.privacy.kept import ERASED, Kept, kept_for
from cmdb.privacy.orders import again, keep_class
from cmdb.runtime.house import House
from cmdb.runtime.notes_work import doubt_files, forget_notes
from cmdb.runtime.scan_order import SCAN_HOST
from cmdb.runtime.touched import waiting
from cmdb.runtime.visits_work import addresses_in, without_visits
from cmdb.store import Entry, Job
from cmdb.store.erasing import Rewritten
from discovery.reports.intake import KIND as AGENT_REPORT
from discovery.reports.pseudonym import HASHED, pseudonymous
from discovery.reports.report import Report
from discovery.reports.stored import holds_more, watched
from reconciliation.forgetting import Wish, forget
from web.agent.desk import pseudonym_key
from web.agent.state import mark_gap


@dataclass(slots=True)
class _Search:
    """The look through the ledger: what is about these CIs, and what was done to it."""

    ids: frozenset[str]
    kept: Kept
    began: datetime
    bodies: int = 0
    entries: int = 0
    open: int = 0
    subjects: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)


def apply_privacy(house: House, job: Job, stopping: threading.Event) -> dict[str, Any] | None:
    """Do one order. None where it was told to stop; it begins again then, which does no harm. Raises as `forget` and the ledger."""
    ci, erase = str(job.args["ci"]), bool(job.args.get("erase"))
    row = cis.get(house.graph, ci)
    ownership = str(row.get("ownership") or "")
    kept, began = kept_for(ERASED if erase else ownership), times.now()
    house.ledger.jobs.heartbeat(job, {"step": "graph", "done": 0, "of": 1})
    family = {ci, *(str(one["child"]) for one in kin.whole(house.graph, ci))}
    filed = doubt_files(house, family)
    told = forget(house.graph, house.catalogue, _wish(house, job, ci, kept))
    search = _Search(frozenset(family | set(told.ids)), kept, began)
    if not _look_through(house, job, search, stopping):
        return None
    for subject in sorted(search.subjects):
        keep_class(house.ledger, subject, ownership)
    # From here on the door lets in what the class allows, and what came before it knew is looked at here.
    _rewrite(house, search, house.ledger.erasing.of_lines([f"agent:{subject}" for subject in sorted(search.subjects)]))
    left = _leftovers(house, search, ci) if kept.ownership in (ERASED, "personal") else {}
    if not kept.attribute("ip_addresses"):
        left |= without_visits(house, addresses_in(told.values), str(job.args["by"]), _why(kept), stopping)
    notes.settle(house.graph, house.ledger, filed)
    for subject in sorted(search.subjects):
        _ask_for_all(house, subject)
    house.ledger.erasing.finish()
    if search.open:
        again(house.ledger, ci, by=str(job.args["by"]), reason=str(job.args["reason"]), erase=erase)
    waiting(house).add({ci})
    result = {**told.to_json(), "ownership": ownership or "unknown", "bodies": search.bodies, "entries": search.entries, **left}
    house.ledger.audit.write(str(job.args["by"]), "privacy.erase" if erase else "privacy.apply", ci, result)
    return result


def _wish(house: House, job: Job, ci: str, kept: Kept) -> Wish:
    product = {"all": None, "watched": watched, "none": lambda _: False}[kept.software]
    return Wish(ci, kept, product, _pseudonyms(house, ci, kept), str(job.args["by"]), _why(kept), partial(_quoted, kept))


def _quoted(kept: Kept, fact: str) -> bool:
    """Whether results may go on quoting a fact: as the attribute that it is made of."""
    kind = FACTS.get(fact)
    return kind is None or not kind.attribute or kept.attribute(kind.attribute)


def _why(kept: Kept) -> str:
    return "Erased as its owner asked." if kept.ownership == ERASED else f"Not kept of a {kept.ownership} device."


def _pseudonyms(house: House, ci: str, kept: Kept) -> tuple[Identifier, ...]:
    """Keyed hashes by which the device is recognised when it reports as a personal one, made of what is known of it until now."""
    if all(kept.identifier(kind) for kind in HASHED):
        return ()
    key = pseudonym_key(house.ledger, "personal")
    known = [Identifier(str(row["kind"]), str(row["value"])) for row in cis.identifiers(house.graph, ci)]
    return tuple(hashed for one in known if (hashed := pseudonymous(one, key)) is not None)


def _leftovers(house: House, search: _Search, ci: str) -> dict[str, int]:
    """Questions, waiting relations, undo notes, what agents' doors remember, results of scans, and of an erased
    device what people noted: all that quotes the device elsewhere."""
    graph, erasing = house.graph, house.ledger.erasing
    left = {"questions": leftovers.forget_questions(graph, search.ids), "waiting": leftovers.forget_waiting(graph, search.ids)}
    leftovers.forget_joins(graph, search.ids, "What was known of a joined device was erased.")
    leftovers.rename_waivers(graph, ci, str(cis.get(graph, ci).get("display_name") or ci))
    if search.kept.ownership == ERASED:
        left["notes"] = forget_notes(house, search.ids)
    left["agents"] = erasing.forget_agents(search.subjects)
    left["scans"] = erasing.forget_jobs(SCAN_HOST, search.numbers | search.ids)
    return left


def _look_through(house: House, job: Job, search: _Search, stopping: threading.Event) -> bool:
    """Through the whole line, in steps. False where it was told to stop."""
    erasing, place = house.ledger.erasing, 0
    size = erasing.size()
    while True:
        if stopping.is_set() or not house.ledger.jobs.heartbeat(job, {"step": "ledger", "done": place, "of": size}):
            return False
        window = erasing.about(sorted(search.ids), place)
        _rewrite(house, search, window.entries)
        if window.last is None:
            break
        place = window.last
    return True


def _rewrite(house: House, search: _Search, entries: Collection[Entry]) -> None:
    rows = []
    for entry in entries:
        search.numbers.add(entry.id)
        if entry.kind == AGENT_REPORT:
            search.subjects.add(str(entry.meta.get("agent_id") or entry.meta.get("deviceid") or ""))
        drop = _must_go(entry, search, _items(house, entry))
        search.open += _comes_in(entry, search, drop=drop)
        if entry.state in ("done", "parked"):
            rows.append(Rewritten(entry, _meta(entry, search.kept), _result(entry, search.ids), drop))
    search.subjects.discard("")
    search.entries += len(rows)
    search.bodies += house.ledger.erasing.rewrite(rows) if rows else 0


def _comes_in(entry: Entry, search: _Search, *, drop: bool) -> bool:
    """Whether what it tells reaches the graph after this looked there, or may have: then this is to be done again."""
    if search.kept.ownership == ERASED and entry.received_at >= search.began:
        return False  # said after the erasure: it would never come to an end
    if entry.state in ("waiting", "running"):
        return drop or entry.kind != AGENT_REPORT
    return drop and entry.finished_at is not None and entry.finished_at >= search.began


def _meta(entry: Entry, kept: Kept) -> Mapping[str, Any]:
    about = entry.meta.get("about")
    if not isinstance(about, dict):
        return entry.meta
    return {**entry.meta, "about": {ci: [k for k in keys if kept.identifier(str(k).split("|")[0])] for ci, keys in about.items()}}


def _result(entry: Entry, ids: frozenset[str]) -> Mapping[str, Any] | None:
    """Without values of these CIs; which CIs it was about stays."""
    if entry.result is None:
        return None
    items = [({**one, "ref": ""} if one.get("ci") in ids else one) for one in entry.result.get("items", ())]
    short = [{k: v for k, v in one.items() if k in ("ref", "ci", "outcome")} if one.get("ci") in ids else one for one in items]
    changes = [one for one in entry.result.get("changes", ()) if one.get("ci") not in ids]
    return {
        **entry.result,
        **({"items": short} if "items" in entry.result else {}),
        **({"changes": changes} if "changes" in entry.result else {}),
    }


def _items(house: House, entry: Entry) -> list[Mapping[str, Any]]:
    """What its items turned out to be; of one that was parked half applied, those of the parts that were."""
    told = [entry.result] if entry.result is not None else house.ledger.intake.parts(entry.id)
    return [item for one in told for item in one.get("items", ())]


def _must_go(entry: Entry, search: _Search, items: Collection[Mapping[str, Any]]) -> bool:
    if entry.body is None or entry.kind == ACT:
        return False
    try:
        if entry.kind == AGENT_REPORT:
            return search.kept.ownership == ERASED or holds_more(Report.from_bytes(entry.body), search.kept.ownership)
        return entry.kind == OBSERVATION and _tells_more(orjson.loads(entry.body), items, search)
    except (Invalid, orjson.JSONDecodeError):
        return True  # nobody can say what is in it


def _tells_more(body: Mapping[str, Any], items: Collection[Mapping[str, Any]], search: _Search) -> bool:
    ours = {one.get("ref") for one in items if one.get("ci") in search.ids}
    return any(_too_much(item, search.kept) for item in body.get("items", ()) if item.get("ref") in ours)


def _too_much(item: Mapping[str, Any], kept: Kept) -> bool:
    kinds = _kinds(item)
    named = any(not kept.attribute(str(name)) for name in item.get("attributes") or {})
    software = [str(one.get("name", "")) for one in item.get("software") or ()]
    listed = bool(software) and (kept.software == "none" or (kept.software == "watched" and not all(map(watched, software))))
    return named or listed or any(kind != "ci" and not kept.identifier(kind) for kind in kinds)


def _kinds(item: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(one.get("kind", "")) for one in item.get("identifiers") or ())


def _ask_for_all(house: House, subject: str) -> None:
    """The next contact of this agent is answered by asking for a full report: what it sent before is not there any more."""
    try:
        mark_gap(house.ledger, subject)
    except CmdbError:
        return  # a fresh full report comes at the latest when the agent is restarted
