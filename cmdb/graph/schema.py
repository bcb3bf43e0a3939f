"""Constraints and indexes: a short list of what the queries of this room rely on, and for each relation type of the catalogue one more.

A module that needs another look-up adds a line to `ENTRIES`; nothing else. Labels of classes carry none: a CI is looked up as `:CI` alone,
whose index covers every class on both engines (docs/decisions/2026-11-22-two-engines-one-dialect.md).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, LiteralString

from cmdb.errors import GraphConstraint, Invalid
from cmdb.graph.door import EngineName, Graph
from cmdb.model.catalogue import Catalogue

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_BOTH: Final[tuple[EngineName, ...]] = ("embedded", "neo4j")
_NEO4J: Final[tuple[EngineName, ...]] = ("neo4j",)


@dataclass(frozen=True, slots=True)
class Unique:
    """No two nodes with that label (or relations of that type) have the same value; looking one up by it takes an index."""

    label: str
    on: str
    relation: bool = False
    engines: tuple[EngineName, ...] = _BOTH

    @property
    def name(self) -> str:
        """The constraint's name in the engine."""
        return _named("unique", self.label, self.on)

    @property
    def statement(self) -> str:
        """The statement that makes it; nothing happens where it exists."""
        pattern = f"()-[x:{self.label}]-()" if self.relation else f"(x:{self.label})"
        return f"CREATE CONSTRAINT {self.name} IF NOT EXISTS FOR {pattern} REQUIRE x.{self.on} IS UNIQUE"


@dataclass(frozen=True, slots=True)
class Index:
    """Nodes with that label are found by the value, or by ranges and beginnings of it."""

    label: str
    on: str
    text: bool = False
    engines: tuple[EngineName, ...] = _BOTH

    @property
    def name(self) -> str:
        """The index's name in the engine."""
        return _named("text" if self.text else "index", self.label, self.on)

    @property
    def statement(self) -> str:
        """The statement that makes it; nothing happens where it exists."""
        kind = "TEXT INDEX" if self.text else "INDEX"
        return f"CREATE {kind} {self.name} IF NOT EXISTS FOR (x:{self.label}) ON (x.{self.on})"


Entry = Unique | Index

# Their names say what they are, so a name that is there need not be made again (each statement costs Neo4j 20 ms).
_THERE: Final[tuple[LiteralString, ...]] = ("SHOW CONSTRAINTS", "SHOW INDEXES")

ENTRIES: Final[tuple[Entry, ...]] = (
    # configuration items and what is known of them
    Unique("CI", "id"),
    Index("CI", "class"),
    # lists and search read bounded windows of these (reconciliation/planning.py fills them)
    Index("CI", "display_lower"),
    Index("CI", "updated_at"),
    Index("CI", "last_seen_at"),
    Index("CI", "ageing"),
    Index("CI", "ownership"),
    Index("CI", "serves"),
    Index("CI", "status"),
    Unique("Look", "key"),
    Index("Look", "ci"),
    *(Index("CI", f"find{slot}") for slot in range(1, 7)),
    Unique("Identifier", "key"),
    Index("Identifier", "value"),
    Unique("SourceRecord", "key"),
    Unique("LastWord", "voice"),
    Index("LastWord", "at"),
    Unique("Distrust", "key"),
    Unique("NotSame", "key"),
    Unique("Redirect", "id"),
    Index("Redirect", "to"),
    Index("Redirect", "observation"),
    # history
    Unique("Event", "id"),
    Index("Event", "at"),
    Index("Event", "recorded_at"),
    # what waits
    Unique("Review", "id"),
    Unique("Review", "key"),
    Index("Review", "state"),
    Index("Review", "closed_key"),
    Unique("OpenQuestion", "id"),
    Index("OpenQuestion", "back"),
    Index("OpenQuestion", "group"),
    Unique("Clue", "key"),
    Unique("Pending", "key"),
    Index("Pending", "anchor"),
    Index("Pending", "observed_at"),
    Unique("Wanted", "key"),
    # software
    Unique("SoftwareChunk", "key"),
    Unique("SoftwareVersion", "key"),
    Index("SoftwareVersion", "name_lower"),
    # kept counts and rungs of lists
    Unique("ClassCount", "class"),
    Unique("Ladder", "name"),
    # services
    Unique("Loan", "id"),
    Index("Loan", "state"),
    Index("Loan", "due_on"),
    Unique("Note", "id"),
    # exactly one holder of a device
    Unique("Holding", "key"),
    Unique("Evaluation", "key"),
    Index("Evaluation", "ci"),
    Index("Evaluation", "place"),
    Unique("PastEvaluation", "key"),
    Index("PastEvaluation", "ci"),
    Unique("EvaluationCount", "key"),
    Index("EvaluationCount", "policy"),
    Index("EvaluationCount", "site"),
    Index("EvaluationCount", "team"),
    Unique("EvaluationSum", "key"),
    Unique("EvaluationChoice", "key"),
    Unique("EndpointStanding", "ci"),
    Index("EndpointStanding", "rank"),
    Index("EndpointStanding", "shelf"),
    Index("PastEvaluation", "policy"),
    Unique("PolicyRepairs", "policy"),
    Unique("ComplianceDay", "day"),
    Unique("ComplianceSum", "key"),
    Index("ComplianceSum", "place"),
    Index("ComplianceSum", "day"),
    Unique("PolicyText", "id"),
    Unique("PolicyEdition", "key"),
    Unique("ReferenceText", "key"),
    Unique("Waiver", "id"),
    Index("Waiver", "state"),
    Index("Waiver", "ci"),
)


def entries(catalogue: Catalogue, engine: EngineName) -> tuple[Entry, ...]:
    """All constraints and indexes of that catalogue on that engine, in the order in which they are made."""
    # A relation between two CIs is there once: concurrent MERGE alone does not see to that on either engine.
    relations = (Unique(one.label, "key", relation=True) for one in catalogue.relations.values())
    return tuple(entry for entry in (*ENTRIES, *relations) if engine in entry.engines)


def statements(catalogue: Catalogue, engine: EngineName) -> tuple[str, ...]:
    """What `apply` would run, in order. Raises `Invalid` for a name that cannot stand in a statement."""
    found = entries(catalogue, engine)
    _check(found)
    return tuple(entry.statement for entry in found)


def fingerprint(catalogue: Catalogue, engine: EngineName) -> str:
    """Changes whenever `apply` would have something else to do."""
    return hashlib.sha256("\n".join(statements(catalogue, engine)).encode()).hexdigest()[:16]


def apply(graph: Graph, catalogue: Catalogue) -> int:
    """Make every constraint and index that is not there, wait until they can be used, and return how many there are.

    May be called at any time and by several at once. Raises `GraphConstraint` where the data already breaks a constraint.
    """
    wanted = entries(catalogue, graph.engine)
    there = {row["name"] for query in _THERE for row in graph.read(query)}
    for entry in wanted:
        if entry.name not in there:
            make(graph, entry)
    if graph.engine == "neo4j":
        graph.read("CALL db.awaitIndexes(300)")
    return len(wanted)


def make(graph: Graph, entry: Entry) -> None:
    """Make one constraint or index. Raises `GraphConstraint` where the data already breaks it."""
    _check((entry,))
    checked: Any = entry.statement
    try:
        graph.write(checked)
    except GraphConstraint as error:
        raise GraphConstraint(
            f"{entry.label}.{entry.on} cannot be made unique: the graph holds one value more than once. Remove the doubles and try again."
        ) from error


def _check(found: Iterable[Entry]) -> None:
    for entry in found:
        for name in (entry.label, entry.on):
            if not _NAME.fullmatch(name):
                raise Invalid(f"{name[:60]!r} cannot be the name of a label or property.", field="label")


def _named(kind: str, label: str, prop: str) -> str:
    return f"moorings_{kind}_{label}_{prop}".lower()
