"""A large observation in parts: each is reconciled in its own transaction and told when it is done, so that the rest can be done later.

The same observation always has the same parts, and doing one of them again is harmless.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Changes
from cmdb.model.observation import Observation
from reconciliation.batches import batches
from reconciliation.reconcile import reconcile_batch


@dataclass(frozen=True, slots=True)
class Part:
    """One part that is done. `items`, `relations`: how many it said that no part before it had said."""

    number: int
    items: int
    relations: int
    done: Changes


def in_parts(graph: Graph, catalogue: Catalogue, observation: Observation, *, skip: int = 0, again: bool = False) -> Iterator[Part]:
    """Reconcile part by part, from part `skip` on, which may be half done if it is done `again`. Memory holds one part's changes.

    Raises as `reconcile`.
    """
    said: set[str] = set()
    for number, batch in enumerate(batches(observation)):
        fresh = {item.ref for item in batch.items} - said
        said |= fresh
        if number >= skip:
            done = reconcile_batch(graph, catalogue, batch, again=again and number == skip)
            yield Part(number, len(fresh), len(batch.relations), done)
