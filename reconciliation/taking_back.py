"""Taking an answer back: what it did is undone by the same means, and the question is open again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph import candidates, cis, review_writes, reviews
from cmdb.graph.door import Graph
from cmdb.inventory import edit
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from cmdb.model.observation_json import from_stored
from reconciliation.answers import waiting_evidence
from reconciliation.joining import join
from reconciliation.prepare import prepare
from reconciliation.reconcile import reconcile
from reconciliation.records import from_row, to_data
from reconciliation.splitting import split, undo_join
from reconciliation.subjects import subject_of


def take_back(graph: Graph, catalogue: Catalogue, review: str, *, by: str, reason: str = "") -> Changes:
    """Undo an answer and open its question again. What exists since then stays: a CI that the answer made is now asked about itself
    (is it one of the others?), and answering `same` joins it back.

    Raises NotFound, and Conflict where the question is open or what the answer did cannot be parted any more.
    """
    asked = reviews.get(graph, review)
    if asked["state"] != "answered":
        raise Conflict("Only a person's answer can be taken back; this question " + _STANDS[str(asked["state"])])
    at, undo = times.to_text(times.now()), asked["undo"]
    words = {"actor": by, "reason": reason or "the answer was taken back"}
    why = {"source": edit.PERSON.key, "at": at, **words}
    changes: list[Change] = []
    if undo.get("replaced"):
        changes += _not_replaced(graph, catalogue, undo["replaced"], words)
    if undo.get("links"):
        review_writes.restore_identifiers(graph, undo["links"], why, _records_with(graph, undo))
        changes += _restored(undo["links"], words["reason"])
    subject = str(undo.get("created", ""))
    about = [str(c["id"]) for c in asked["candidates"]]
    if "joined" in undo:
        gone = str(undo["joined"]["gone"])
        changes += undo_join(graph, catalogue, gone, by=by, reason=words["reason"]).changes
        about += [gone, str(undo["joined"]["keep"])]
    elif "parted" in undo:
        ends = sorted((str(undo["parted"]["ci"]), str(undo["parted"]["into"])))
        changes += join(graph, catalogue, *ends, reason=words["reason"], by=by).changes
    elif "applied" in undo:
        subject = _parted(graph, catalogue, asked, words, changes)
    parted = (
        [(subject, one) for one in about if one != subject]
        if subject
        else [(one, other) for one in about for other in about if one < other]
    )
    review_writes.not_apart(graph, [*undo.get("apart", ()), *parted])
    told = [Change("review_reopened", ci, "", "", "", None, None, why["source"], f"taken back: {asked['title']}") for ci in about]
    review_writes.reopen(graph, review, by=by, reason=reason, at=at, subject=subject, about=about, told=told)
    return Changes(review, tuple(changes), (), applied=True)


def _parted(graph: Graph, catalogue: Catalogue, asked: dict[str, Any], words: dict[str, str], changes: list[Change]) -> str:
    """What the waiting source said leaves the CI it was put to, with what it said of the same since. Returns the CI it is now."""
    prepared = prepare(from_stored(asked["body"]), catalogue)
    ref, ci = str(asked["ref"]), str(asked["undo"]["applied"])
    subject = subject_of(ref, prepared, waiting_evidence(catalogue, asked), "")
    try:
        done = split(graph, catalogue, ci, [subject], by=words["actor"], reason=words["reason"])
    except (Invalid, NotFound) as error:
        raise Conflict(f"What this answer put together cannot be parted any more: {error.message}") from error
    changes += done.changes
    return next(str(change.ci) for change in done.changes if change.kind == "split" and change.before == ci)


def _records_with(graph: Graph, undo: dict[str, Any]) -> list[dict[str, Any]]:
    """The records that showed what was ended, showing it again; a record that moved or went meanwhile is left as it is."""
    rows = []
    for ci in sorted({str(row["ci"]) for row in undo["links"]}):
        for row in candidates.states(graph, [ci]).get(ci, ({}, []))[1]:
            lost = undo.get("shown", {}).get(str(row["key"]))
            if lost:
                record = from_row(row)
                again = {key: (what[0], what[1], what[2], what[3]) for key, what in lost.items()}
                rows.append({"key": row["key"], "data": to_data(replace(record, identifiers={**record.identifiers, **again}))})
    return rows


def _restored(rows: list[dict[str, Any]], reason: str) -> list[Change]:
    source = edit.PERSON.key
    return [Change("identifier_restored", r["ci"], "", "", r["kind"], None, r["value"], source, reason) for r in rows]


_STANDS = {"open": "is open.", "solved": "settled itself by later evidence: split what was joined instead."}


def _not_replaced(graph: Graph, catalogue: Catalogue, undo: dict[str, Any], words: dict[str, str]) -> list[Change]:
    old = cis.get(graph, str(undo["old"]))
    done = [*reconcile(graph, catalogue, edit.changed(catalogue, old, {"status": undo["status"]}, **words, rev=None)).changes]
    ended = edit.unrelated(graph, catalogue, "replaces", str(undo["new"]), str(undo["old"]), **words)
    return [*done, *reconcile(graph, catalogue, ended).changes]
