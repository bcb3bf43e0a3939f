"""Taking an answer back: what it did is undone by the same means, and the question is open again."""

from __future__ import annotations

from typing import Any

from cmdb.errors import Conflict
from cmdb.graph import cis, review_writes, reviews
from cmdb.graph.door import Graph
from cmdb.inventory import edit
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from reconciliation.answers import SAME
from reconciliation.reconcile import reconcile


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
    subject = str(undo.get("created", ""))
    if "applied" in undo or "joined" in undo:
        raise Conflict(f"The answer {SAME!r} put two things together; split the configuration item instead.")
    if undo.get("replaced"):
        changes += _not_replaced(graph, catalogue, undo["replaced"], words)
    if undo.get("links"):
        review_writes.restore_identifiers(graph, undo["links"], why)
        changes += [
            Change("identifier_restored", r["ci"], "", "", r["kind"], None, r["value"], edit.PERSON.key, words["reason"])
            for r in undo["links"]
        ]
    review_writes.reopen(graph, review, by=by, reason=reason, at=at, subject=subject)
    return Changes(review, tuple(changes), (), applied=True)


_STANDS = {"open": "is open.", "solved": "settled itself by later evidence: split what was joined instead."}


def _not_replaced(graph: Graph, catalogue: Catalogue, undo: dict[str, Any], words: dict[str, str]) -> list[Change]:
    old = cis.get(graph, str(undo["old"]))
    done = [*reconcile(graph, catalogue, edit.changed(catalogue, old, {"status": undo["status"]}, **words, rev=None)).changes]
    ended = edit.unrelated(graph, catalogue, "replaces", str(undo["new"]), str(undo["old"]), **words)
    return [*done, *reconcile(graph, catalogue, ended).changes]
