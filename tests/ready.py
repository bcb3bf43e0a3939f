"""An empty ledger at once: its schema is made once per worker and copied, which spares each test dozens of writes to the disk."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cmdb.store import Ledger
from cmdb.store.times import Clock, now


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        Ledger(path).close()
        return path.read_bytes()


def ready_ledger(path: Path, clock: Clock = now) -> Ledger:
    """What `Ledger(path, clock=clock)` gives where there is none yet. How it comes to its schema, the tests of the store look at."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_bytes(_empty())
    return Ledger(path, clock=clock)
