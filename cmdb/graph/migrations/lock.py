"""One process at a time changes the schema. The lock is a node, held by a lease that its holder renews; the others wait."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from cmdb.errors import Busy, CmdbError, GraphConstraint
from cmdb.graph.door import Graph, Tx
from cmdb.graph.schema import Unique, make
from cmdb.model.ids import uuid7
from cmdb.model.times import now, to_text

_LEASE_S: Final = 60
_RENEW_EVERY_S: Final = 10.0
_ASK_EVERY_S: Final = 0.25
_KEY: Final = "migrations"
_GIVE_BACK: Final = "MATCH (l:MigrationLock {key: $key}) WHERE l.holder = $token SET l.holder = null, l.until = null"


@contextmanager
def held(graph: Graph, *, wait_s: float = 900.0) -> Iterator[None]:
    """Hold the migration lock while the block runs. Waits for another holder; raises `Busy`, naming it, after `wait_s`."""
    make(graph, Unique("MigrationLock", "key"))
    token = f"{socket.gethostname()}:{os.getpid()}:{uuid7()}"
    until = time.monotonic() + wait_s
    while not _taken(graph, token):
        if time.monotonic() > until:
            raise Busy(f"Another process ({holder(graph) or 'unknown'}) is migrating the graph; wait for it, or stop it.")
        time.sleep(_ASK_EVERY_S)
    done = threading.Event()
    renewing = threading.Thread(target=_renew, args=(graph, token, done), name="migration-lease", daemon=True)
    renewing.start()
    try:
        yield
    finally:
        done.set()
        renewing.join()
        with contextlib.suppress(CmdbError):  # a lease that cannot be given back ends by itself
            graph.write(
                "MATCH (l:MigrationLock {key: $key}) WHERE l.holder = $token SET l.holder = null, l.until = null", key=_KEY, token=token
            )


def holder(graph: Graph) -> str:
    """Who holds the lock now, as `host:process`; empty where nobody does."""
    rows = graph.read("MATCH (l:MigrationLock {key: $key}) WHERE l.until > $now RETURN l.holder AS holder", key=_KEY, now=to_text(now()))
    return str(rows[0]["holder"]).rpartition(":")[0] if rows and rows[0]["holder"] else ""


def _taken(graph: Graph, token: str) -> bool:
    try:
        return graph.writing(lambda tx: _take(tx, token))
    except GraphConstraint:
        return False  # somebody else made the lock's node in the same moment


def _take(tx: Tx, token: str) -> bool:
    # Written before it is read: that takes the node's lock, so that of several takers one sees it free (both engines).
    rows = tx.run(
        "MERGE (l:MigrationLock {key: $key}) SET l.asked = $token WITH l RETURN l.holder AS holder, l.until AS until", key=_KEY, token=token
    )
    present = now()
    current = rows[0]["holder"]
    if current and str(rows[0]["until"] or "") > to_text(present) and not _died_here(str(current)):
        return False
    tx.run(
        "MATCH (l:MigrationLock {key: $key}) SET l.holder = $token, l.until = $until",
        key=_KEY,
        token=token,
        until=to_text(present + timedelta(seconds=_LEASE_S)),
    )
    return True


def _died_here(token: str) -> bool:
    """True where the holder was a process of this machine that is gone: no need to wait for its lease to run out."""
    host, _, rest = token.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _renew(graph: Graph, token: str, done: threading.Event) -> None:
    while not done.wait(_RENEW_EVERY_S):
        until = to_text(now() + timedelta(seconds=_LEASE_S))
        with contextlib.suppress(CmdbError):  # the engine may be away for a moment; the next renewal comes soon
            graph.write(
                "MATCH (l:MigrationLock {key: $key}) WHERE l.holder = $token SET l.until = $until", key=_KEY, token=token, until=until
            )
