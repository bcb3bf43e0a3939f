"""Memory: what people decided on the same evidence before. A question is its evidence, so the same evidence is not asked about twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from cmdb.graph import candidates, reviews
from cmdb.graph.door import Graph
from reconciliation.evidence import Evidence
from reconciliation.verdict import Verdict

WORDS = {
    "same": "a person said which it is",
    "different": "a person said that it is none of the others",
    "replaced-part": "a person said that a part of it was replaced",
    "retired-replaced": "a person said that it replaced another",
}


def digest(*parts: str) -> str:
    """What stands for some texts as one short key."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


def question_key(source: str, evidence: Iterable[Evidence]) -> str:
    """The key of the question who an item is: its source and all the evidence it shows. New evidence makes a new question."""
    return digest("who", source, *sorted(e.key for e in evidence if e.grade != "none"))


class Memory:
    """The answers that may concern the items of one level: asked for once, and only when an item is in doubt."""

    def __init__(self, graph: Graph, source: str, items: Mapping[str, tuple[Evidence, ...]]) -> None:
        self._graph = graph
        self._keys = {ref: question_key(source, evidence) for ref, evidence in items.items()}
        self._answers: dict[str, tuple[str, str]] | None = None

    def recall(self, ref: str, verdict: Verdict) -> Verdict:
        """The verdict, or a person's where the evidence alone is not firm and somebody has answered this very question."""
        firm = verdict.outcome in ("match", "join") and not verdict.weak
        if firm or not verdict.candidates or ref not in self._keys:
            return verdict
        if self._answers is None:
            self._answers = self._alive()
        found = self._answers.get(self._keys[ref])
        if found is None:
            return verdict
        ci, answer = found
        rule = WORDS.get(answer.partition(":")[0], "a person decided it")
        return replace(verdict, outcome="match", rule=rule, ci=ci, others=(), weak=False)

    def _alive(self) -> dict[str, tuple[str, str]]:
        """Answers whose CI still exists, redirects of joined ones followed."""
        known = reviews.remembered(self._graph, set(self._keys.values()))
        alive = {str(row["asked"]): str(row["ci"]) for row in candidates.by_id(self._graph, {ci for ci, _ in known.values()})}
        return {key: (alive[ci], answer) for key, (ci, answer) in known.items() if ci in alive}
