"""Drawing the graph anew by the rules in force: grades of identifiers and golden values follow from the source records.

CIs that the new rules take for one, or for several, are not joined or parted here: that happens when their sources speak again, each as an
event that can be undone, or by a person after a look at `moorings rules check`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from cmdb.errors import GraphConflict, GraphConstraint
from cmdb.graph import rules as rules_graph
from cmdb.graph.door import Graph, Tx
from cmdb.graph.write import write
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Source
from reconciliation import redrawing
from reconciliation.records import Record
from reconciliation.rules_check import Progress
from reconciliation.rules_evidence import evidence_by_rules

BATCH = 300
ATTEMPTS = 8


@dataclass(slots=True)
class Redrawn:
    """How many CIs were looked at, and how many values and identifiers became different."""

    examined: int = 0
    values: int = 0
    identifiers: int = 0

    def to_json(self) -> dict[str, int]:
        """As command, page and API tell it."""
        return {"examined": self.examined, "values": self.values, "identifiers": self.identifiers}


def redraw(graph: Graph, catalogue: Catalogue, *, by: str, reason: str, progress: Progress | None = None) -> Redrawn:
    """Bring all CIs into step with the rules in force, 300 in one transaction. Doing it again changes nothing.

    Raises GraphConflict where other writers win every race.
    """
    done = Redrawn()
    ids = list(rules_graph.all_ids(graph))
    for start in range(0, len(ids), BATCH):
        _batch(graph, catalogue, ids[start : start + BATCH], (by, reason), done)
        if progress is not None:
            progress(done.examined)
    return done


def _batch(graph: Graph, catalogue: Catalogue, ids: list[str], who: tuple[str, str], done: Redrawn) -> None:
    for attempt in range(ATTEMPTS):
        drawn = redrawing.opened(graph, ids, by=who[0], reason=who[1], source=Source("rule", "rules"))
        regraded = [row for ci in sorted(drawn.draft.after) for row in _regrade(drawn, catalogue, ci)]
        redrawing.plan(drawn, catalogue)
        drawn.draft.write_events(set())

        def work(tx: Tx, plan: Any = drawn.draft.plan, rows: list[dict[str, str]] = regraded) -> None:
            write(tx, plan, catalogue)
            rules_graph.regrade(tx, rows)

        try:
            if regraded or not drawn.draft.plan.is_empty():
                graph.writing(work)
        except (GraphConflict, GraphConstraint):
            if attempt == ATTEMPTS - 1:
                raise
            continue
        done.examined += len(drawn.draft.after)
        done.values += sum(change.kind == "attribute" for change in drawn.draft.changes)
        links = (*drawn.draft.plan.merged_links, *drawn.draft.plan.dropped_links)
        done.identifiers += len({(row["key"], row["ci"]) for row in (*regraded, *links)})
        return


def _regrade(drawn: redrawing.Redrawing, catalogue: Catalogue, ci: str) -> list[dict[str, str]]:
    """Give the records of a CI the evidence that they show by the rules in force; returns links that get another grade."""
    cls = str(drawn.world.properties[ci]["class"])
    links = drawn.held.links.get(ci, {})
    after = {slot: _by_rules(record, cls, catalogue) for slot, record in drawn.draft.after[ci].items()}
    drawn.draft.after[ci] = after
    grades: dict[tuple[str, ...], str] = {}
    for record in after.values():
        grades |= {_plain(key): what[2] for key, what in record.identifiers.items()}
    rows = []
    for key, row in links.items():
        grade = grades.get(_plain(key))
        if grade is not None and grade != row["grade"]:
            rows.append({"key": key, "ci": ci, "grade": grade})
    return rows


def _plain(key: str) -> tuple[str, ...]:
    """Kind and value: records have `^` where the graph has the id of what a part lies in."""
    kind, _, rest = key.partition("|")
    return kind, rest.partition("|")[2]


def _by_rules(record: Record, cls: str, catalogue: Catalogue) -> Record:
    if not record.identifiers:
        return record
    shown = {e.key: (e.kind, e.value, str(e.grade), e.scope) for e in evidence_by_rules(record, cls, catalogue) if e.grade != "none"}
    return record if shown == dict(record.identifiers) else replace(record, identifiers=shown, said="")
