"""What entries touched, gathered: what comes after them (compliance) is asked for many CIs at once, not for each report.

Kept in memory only: after a crash the sweep that every start orders judges everything again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from weakref import WeakKeyDictionary

from cmdb.errors import GraphConflict, GraphConstraint, GraphUnavailable
from cmdb.graph.door import Graph
from cmdb.model.change import Changes
from cmdb.runtime.house import House

log = logging.getLogger(__name__)

MOST = 250
"""CIs that are asked about at once."""
LONGEST_S = 1.0
"""How long one waits for company while reports keep coming."""

AfterHook = Callable[[House, Collection[str]], None]
"""Called with the ids of CIs that entries touched."""

AFTER: list[AfterHook] = []
"""Hooks run after entries; one that fails is logged, the entries stay applied."""


class Touched:
    """Ids that wait for the hooks. Safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[str] = set()
        self._since = 0.0

    def add(self, ids: Collection[str]) -> None:
        """More of them."""
        with self._lock:
            if ids and not self._ids:
                self._since = time.monotonic()
            self._ids.update(ids)

    def due(self) -> bool:
        """Whether they are many, or have waited long enough."""
        with self._lock:
            return len(self._ids) >= MOST or bool(self._ids and time.monotonic() - self._since >= LONGEST_S)

    def take(self) -> set[str]:
        """All of them; nobody else gets them."""
        with self._lock:
            taken, self._ids = self._ids, set()
        return taken


_WAITING: WeakKeyDictionary[Graph, Touched] = WeakKeyDictionary()
_GUARD = threading.Lock()


def waiting(house: House) -> Touched:
    """Those of this house."""
    with _GUARD:
        return _WAITING.setdefault(house.graph, Touched())


def run_hooks(house: House) -> bool:
    """Run the hooks for all that waits; says whether anything was done. While the graph is away, or others are faster each time, they
    go on waiting."""
    ids = sorted(waiting(house).take())
    for start in range(0, len(ids), MOST):
        for hook in AFTER:
            try:
                hook(house, ids[start : start + MOST])
            except (GraphUnavailable, GraphConflict, GraphConstraint) as error:
                log.warning("after-hook waits reason=%s", error.message)
                waiting(house).add(ids[start:])
                return False
            except Exception:
                log.exception("after-hook failed hook=%s", getattr(hook, "__name__", "?"))
    return bool(ids)


def touched_by(changes: Changes) -> set[str]:
    """The CIs an observation touched, changed or not: a report that says the same again is news for compliance."""
    return changes.touched()
