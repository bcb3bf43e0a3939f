"""A worker: claims jobs of kind `x` until there are none; writes down each step it does, with its progress."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from cmdb.store import Ledger


def main(path: str, lease_s: float, steps: int, step_s: float, idle_s: float) -> None:
    """Does `steps` more steps of each job. Ends `idle_s` seconds after the last job, or when none ever came."""
    ledger = Ledger(Path(path))
    os.write(1, b"ready\n")
    end_at = time.monotonic() + 60
    while time.monotonic() < end_at:
        job = ledger.jobs.claim(["x"], lease_s=lease_s, worker=str(os.getpid()))
        if job is None:
            time.sleep(0.02)
            continue
        done = (job.progress or {}).get("step", 0)
        os.write(1, f"claim {job.args['n']} {done}\n".encode())
        held = True
        end = done + steps
        while done < end and held:
            time.sleep(step_s)
            done += 1
            held = ledger.jobs.heartbeat(job, {"step": done})
            if held:
                os.write(1, f"step {job.args['n']} {done}\n".encode())
        if held and ledger.jobs.finish(job, {"by": os.getpid()}):
            os.write(1, f"done {job.args['n']} {done}\n".encode())
        end_at = time.monotonic() + idle_s


main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))
