"""What observations that were applied long ago say, as source records again: read, and nothing written.

Needed where single looks of a source are doubted (reconciliation/distrust_looks.py). What an item is, is told by the record that its
source keeps under the same subject, so joins, splits and answers since then are respected; only the far ends are identified anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation.assertions import Assertions, Spot, assertions, joined
from reconciliation.batches import batches
from reconciliation.prepare import Prepared, prepare
from reconciliation.records import Record
from reconciliation.resolve import Resolver
from reconciliation.subjects import root_of
from reconciliation.verdict import Verdict

Said = dict[Spot, Record]
"""(CI, subject) → the record as these observations alone would make it."""


class _Placed(Resolver):
    """Items are what their source's records say; only the rest is identified."""

    def __init__(self, graph: Graph, catalogue: Catalogue, prepared: Prepared, places: Mapping[str, str]) -> None:
        super().__init__(graph, catalogue, prepared)
        self._places = places

    def _decide(self, ref: str) -> None:
        ci = self._places.get(self._result.subjects[ref])
        if ci is None:
            super()._decide(ref)
            return
        self._result.verdicts[ref] = Verdict("match", "its source's record", ci)
        self._remember(ref, ci)


def said_again(
    graph: Graph, catalogue: Catalogue, told: Iterable[Observation], places: Mapping[str, str], roots: Collection[str] | None = None
) -> tuple[Said, dict[str, set[str]]]:  # fmt: skip
    """The records that these observations make, and root subject → when it was spoken of. Raises Invalid for one that cannot be read.

    `places`: subject → the CI whose record it is. `roots`: only what is said of these root subjects; None: all of it.
    """
    found: Said = {}
    times: dict[str, set[str]] = {}
    for observation in told:
        for batch in batches(observation):
            prepared = replace(prepare(batch, catalogue), said={})
            resolution = _Placed(graph, catalogue, prepared, places).run()
            said = assertions(prepared, resolution, catalogue, {})
            for spot in sorted(_spots(said)):
                if roots is not None and root_of(spot[1]) not in roots:
                    continue
                times.setdefault(root_of(spot[1]), set()).add(prepared.at)
                before = found.get(spot) or Record(spot[0], observation.source.key, "", spot[1])
                found[spot] = joined(before, spot, said, prepared.at)
    return found, times


def _spots(said: Assertions) -> set[Spot]:
    return said.touched() | said.identifiers.keys()
