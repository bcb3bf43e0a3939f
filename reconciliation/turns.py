"""Who may gather and write now: everybody at once, until somebody who loses races to smaller ones asks to go alone.

Optimistic concurrency starves the large: an import that reads and writes hundreds of CIs is overtaken by each report of one of them, and
every time all it gathered is waste. So a loser takes the graph's turn for itself: it waits for those under way, those that come wait for
it. Other processes on the same data folder (the workers', a command's) take turns by two files in it, which the system gives free when a
process dies. Writers of other machines are not held back; for them the races of `reconcile` go on deciding.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from weakref import WeakKeyDictionary

from cmdb.graph.door import Graph

FILES = ("turns.gate", "turns.room")


class Turns:
    """A lock that many share and one may have alone; who waits to be alone goes before those that come to share."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._sharing = 0
        self._alone = False
        self._waiting = 0
        self._folder: Path | None = None

    def share_with(self, folder: Path) -> None:
        """From now on take turns with other processes on this data folder, too."""
        self._folder = folder
        with suppress(OSError):
            for name in FILES:
                os.close(_opened(folder / name))

    @contextmanager
    def taken(self, *, alone: bool) -> Iterator[None]:
        """Hold the turn while the block runs. Not reentrant: a block that asks again would wait for itself."""
        if alone:
            self._enter_alone()
        else:
            self._enter_shared()
        try:
            with nullcontext() if self._folder is None else _between_processes(self._folder, alone=alone):
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


@contextmanager
def _between_processes(folder: Path, *, alone: bool) -> Iterator[None]:
    """The same by two files: everybody passes the gate; who wants to be alone stands in it, so that those inside become fewer.

    Where the files cannot be opened (a full disk) nobody waits for another process: turns spare work, they guard nothing.
    """
    with ExitStack() as held:
        with suppress(OSError), ExitStack() as standing:
            kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
            for name, holds in zip(FILES, (standing, held), strict=True):
                descriptor = _opened(folder / name)
                holds.callback(os.close, descriptor)
                fcntl.flock(descriptor, kind)
            if alone:
                held.push(standing.pop_all())
        yield


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


_TURNS: WeakKeyDictionary[Graph, Turns] = WeakKeyDictionary()
_MAKING = threading.Lock()


def turns_of(graph: Graph) -> Turns:
    """The turns of one graph: the same object for all threads of this process."""
    with _MAKING:
        return _TURNS.setdefault(graph, Turns())
