"""What a web server and a worker do at once: writes of all kinds from several threads, for a while. Prints every error that reaches it."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from cmdb.store import Ledger


def main(path: str, seconds: float) -> None:
    """Prints `accepted N enqueued M` at its end."""
    ledger = Ledger(Path(path))
    end = time.monotonic() + seconds
    counts = {"accepted": 0, "enqueued": 0}

    def accept() -> None:
        while time.monotonic() < end:
            ledger.intake.accept("x", b"body" * 500, meta={"subject": f"pc-{counts['accepted'] % 7}"})
            counts["accepted"] += 1
            ledger.intake.counts()

    def apply() -> None:
        while time.monotonic() < end:
            for entry in ledger.intake.claim_many(5):
                ledger.intake.done(entry)

    def enqueue() -> None:
        while time.monotonic() < end:
            ledger.jobs.enqueue("x", {}, key=f"k{counts['enqueued'] % 5}")
            counts["enqueued"] += 1
            ledger.audit.write("ada", "job.add")

    def work() -> None:
        while time.monotonic() < end:
            job = ledger.jobs.claim(["x"])
            if job:
                ledger.jobs.heartbeat(job, {"n": 1})
                ledger.jobs.finish(job)
            ledger.jobs.list(limit=20)

    threads = [threading.Thread(target=each) for each in (accept, apply, enqueue, work)]  # an error in one prints its traceback
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    print(f"accepted {counts['accepted']} enqueued {counts['enqueued']}")


main(sys.argv[1], float(sys.argv[2]))
