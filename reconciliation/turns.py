"""Who may gather and write now: everybody at once, until somebody who loses races to smaller ones asks to go alone.

Optimistic concurrency starves the large: an import that reads and writes hundreds of CIs is overtaken by each report of one of them, and
every time all it gathered is waste. So within a process a loser takes the graph's turn for itself: it waits for those under way, those
that come wait for it. Writers of other processes are not held back; for them the races of `reconcile` go on deciding.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from cmdb.graph.door import Graph


class Turns:
    """A lock that many share and one may have alone; who waits to be alone goes before those that come to share."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._sharing = 0
        self._alone = False
        self._waiting = 0

    @contextmanager
    def taken(self, *, alone: bool) -> Iterator[None]:
        """Hold the turn while the block runs. Not reentrant: a block that asks again would wait for itself."""
        if alone:
            self._enter_alone()
        else:
            self._enter_shared()
        try:
            yield
        finally:
            with self._changed:
                if alone:
                    self._alone = False
                else:
                    self._sharing -= 1
                self._changed.notify_all()

    def _enter_alone(self) -> None:
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: not self._alone and not self._sharing)
                self._alone = True
            finally:
                self._waiting -= 1

    def _enter_shared(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._alone and not self._waiting)
            self._sharing += 1


_TURNS: WeakKeyDictionary[Graph, Turns] = WeakKeyDictionary()
_MAKING = threading.Lock()


def turns_of(graph: Graph) -> Turns:
    """The turns of one graph: the same object for all threads of this process."""
    with _MAKING:
        return _TURNS.setdefault(graph, Turns())
