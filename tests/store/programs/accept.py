"""Accepts bodies from several threads until it is killed; prints each id only after `accept` returned it."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from pathlib import Path

from cmdb.store import Ledger


def main(path: str, threads: int) -> None:
    """Runs without end."""
    ledger = Ledger(Path(path))
    printing = threading.Lock()

    def run(thread: int) -> None:
        n = 0
        while True:
            n += 1
            body = os.urandom(3000)
            number = ledger.intake.accept("x", body, meta={"subject": f"pc-{thread}", "n": n})
            with printing:
                os.write(1, f"{number} {hashlib.sha256(body).hexdigest()}\n".encode())

    for thread in range(threads - 1):
        threading.Thread(target=run, args=(thread,), daemon=True).start()
    run(threads)


main(sys.argv[1], int(sys.argv[2]))
