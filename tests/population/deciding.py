"""The decisions alone, in memory: the real preparation, evidence and verdicts on a dictionary in place of a graph. For large worlds."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, cast

from cmdb.graph.door import Graph, Row
from cmdb.model.catalogue import Catalogue
from reconciliation.prepare import prepare
from reconciliation.resolve import Resolution, Resolver
from reconciliation.verdict import Verdict
from tests.population.measuring import Measure, measure
from tests.population.telling import Tale


@dataclass(slots=True)
class Book:
    """CIs and identifiers as the graph would hold them."""

    cis: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    """CI → identifier key → row."""
    holders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    shared: set[str] = field(default_factory=set)
    redirects: dict[str, str] = field(default_factory=dict)
    reviews: dict[frozenset[str], str] = field(default_factory=dict)

    def now(self, ci: str) -> str:
        """Redirects of joined CIs followed."""
        while ci in self.redirects:
            ci = self.redirects[ci]
        return ci


class NoGraph:
    """Nobody has said anything in it: no answers, no things that must stay apart."""

    def read(self, query: str, /, **parameters: object) -> list[Row]:
        """No rows."""
        return []


class InMemory(Resolver):
    """Resolver on a Book. Repeats are thought about again, and nobody has answered anything before."""

    book: Book

    def _find(self, keys: set[str]) -> list[Row]:
        found = {ci for key in keys for ci in self.book.holders.get(key, ())}
        return [
            {**self.book.cis[ci], **row, "shared": row["key"] in self.book.shared}
            for ci in sorted(found) for row in self.book.links[ci].values()
        ]  # fmt: skip

    def _repeated(self, refs: list[str]) -> None:
        pass

    def _recall(self, ref: str, verdict: Verdict) -> Verdict:
        return verdict


def decide(catalogue: Catalogue, tale: Tale) -> Measure:
    """Decide all that was said, in order, and measure."""
    book, homes = Book(), defaultdict[str, set[str]](set)
    for said in tale.said:
        kind = next((tale.trouble[truth] for truth in said.truth.values()), "?")
        prepared = prepare(said.observation, catalogue)
        resolution = _resolved(book, catalogue, prepared)
        _keep(book, resolution, prepared.at, said.observation.source.key, {r: i.cls for r, i in prepared.items.items()}, kind)
        for ref, truth in said.truth.items():
            if ref in resolution.verdicts and (ci := resolution.ci(ref)):
                homes[truth].add(ci)
    at_last = {truth: {book.now(ci) for ci in cis} for truth, cis in homes.items()}
    still = Counter(
        kind
        for asked, kind in book.reviews.items()
        if len({book.now(ci) for ci in asked if "?" not in ci}) > 1 or any("?" in ci for ci in asked)
    )
    return measure(tale, at_last, still)


def _resolved(book: Book, catalogue: Catalogue, prepared: Any) -> Resolution:
    for _ in range(12):
        resolver = InMemory(cast(Graph, NoGraph()), catalogue, prepared)
        resolver.book = book
        resolution = resolver.run()
        joining = next((v for v in resolution.verdicts.values() if v.outcome == "join"), None)
        if joining is None:
            return resolution
        for other in joining.others:
            keep, gone = sorted((joining.ci, other))
            _join(book, book.now(keep), book.now(gone))
    raise RuntimeError("joining does not come to an end")


def _join(book: Book, keep: str, gone: str) -> None:
    if keep == gone:
        return
    book.redirects[gone] = keep
    for key, row in book.links.pop(gone, {}).items():
        book.links[keep].setdefault(key, {**row, "ci": keep})
        book.holders[key].discard(gone)
        book.holders[key].add(keep)
    old = book.cis.pop(gone)
    book.cis[keep]["last_seen_at"] = max(book.cis[keep]["last_seen_at"], old["last_seen_at"])
    book.cis[keep]["sources"] |= old["sources"]


def _keep(book: Book, resolution: Resolution, at: str, source: str, classes: dict[str, str], kind: str) -> None:
    for ref, verdict in resolution.verdicts.items():
        ci = resolution.ci(ref)
        if verdict.outcome == "ambiguous":
            book.reviews[frozenset(("?" + "".join(e.key for e in resolution.evidence[ref]), *verdict.others))] = kind
        if not ci:
            continue
        if verdict.outcome == "new" and verdict.others:
            book.reviews[frozenset((ci, *verdict.others))] = kind
        about = book.cis.setdefault(ci, {"ci": ci, "class": classes[ref], "created_at": at, "last_seen_at": at, "sources": set()})
        about["last_seen_at"] = max(about["last_seen_at"], at)
        about["sources"].add(source)
        if about["class"] in ("device", "workstation", "server", "network_device"):
            about["class"] = classes[ref]
        for e in resolution.evidence[ref]:
            if e.grade != "none" and e.key not in book.links[ci]:
                book.links[ci][e.key] = {"ci": ci, "key": e.key, "kind": e.kind, "value": e.value, "scope": e.scope, "grade": e.grade}
                book.holders[e.key].add(ci)
        book.shared.update(verdict.shared)
        for pair in [asked for asked in book.reviews if ci in asked and asked & set(verdict.apart)]:
            del book.reviews[pair]
