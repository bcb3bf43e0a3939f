"""Speed of the ledger: durable accepts, the job queue, and the reads of every request. Run: python -m bench.ledger [--dir FOLDER]

Everything is synced to the disk of the folder, so the figures are as much the disk's; hence the yardsticks, which pay the same.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.figures import Figure, median_ms, rate, show
from cmdb.store import Ledger

BODY = (b"<CONTENT>" + os.urandom(600).hex().encode() + b"<NAME>libc6</NAME><VERSION>2.36-9</VERSION>" * 450)[:20_000]
THREADS = 16


def _bare(folder: Path) -> sqlite3.Connection:
    """A table with the same pragmas and nothing of ours."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS thing (id BLOB PRIMARY KEY, body BLOB)")
    return connection


def _bare_insert(bare: sqlite3.Connection, count: int, size: int) -> None:
    for _ in range(count):
        bare.execute("INSERT INTO thing VALUES (?, ?)", (os.urandom(16), bytes(size)))


def _fsyncs(folder: Path, count: int) -> None:
    with (folder / "plain").open("ab", buffering=0) as file:
        for _ in range(count):
            file.write(bytes(4096))
            os.fsync(file.fileno())


def _accepts(ledger: Ledger, count: int) -> None:
    for n in range(count):
        ledger.intake.accept("agent-report", BODY, meta={"subject": f"pc-{n}"})


def intake(ledger: Ledger, folder: Path, many_of: int = 500) -> Iterator[Figure]:
    """Accepting and applying, `many_of` reports a thread."""
    each, fed = many_of, max(1, many_of // 2)
    bare = _bare(folder)
    fsyncs = rate(each, lambda: _fsyncs(folder, each))
    single = rate(each, lambda: _bare_insert(bare, each, 3000))
    yield Figure(
        "one thread: reports of 20 kB accepted, durable", rate(each, lambda: _accepts(ledger, each)), "/s", "bare INSERT + COMMIT", single
    )
    with ThreadPoolExecutor(THREADS) as pool:
        many = rate(THREADS * fed, lambda: list(pool.map(lambda _: _accepts(ledger, fed), range(THREADS))))
    yield Figure(f"{THREADS} threads: the same", many, "/s", "write + fsync, one thread", fsyncs)
    _accepts(ledger, each)

    def apply(n: int) -> None:
        while n > 0:
            entries = ledger.intake.claim_many(20)
            n -= ledger.intake.done_many((entry, {"created": 1}) for entry in entries)

    yield Figure("claimed and done by 20", rate(4 * each, lambda: apply(4 * each)), "/s", "bare INSERT + COMMIT", single)


def jobs(ledger: Ledger, folder: Path, waiting: int = 100_000) -> Iterator[Figure]:
    """The queue, empty and with many waiting."""
    some = max(5, waiting // 100)
    bare = _bare(folder)
    single = rate(some, lambda: _bare_insert(bare, some, 200))

    def enqueue(kind: str, count: int) -> None:
        for n in range(count):
            ledger.jobs.enqueue(kind, {"host": f"10.0.0.{n}"}, key=f"{kind}/{n}")

    def work(kind: str, count: int) -> None:
        for _ in range(count):
            job = ledger.jobs.claim([kind])
            assert job is not None
            ledger.jobs.finish(job, {"state": "ok"})

    yield Figure("jobs enqueued one by one, durable", rate(some, lambda: enqueue("a", some)), "/s", "bare INSERT + COMMIT", single)
    yield Figure("claimed and done (two durable steps)", rate(some, lambda: work("a", some)), "/s", "bare INSERT + COMMIT", single)
    many = [({"host": n}, f"b/{n}") for n in range(waiting)]
    yield Figure("enqueued together, by 1,000", rate(waiting, lambda: ledger.jobs.enqueue_many("b", many)), "/s")
    yield Figure(f"claimed and done with {waiting:,} waiting", rate(some, lambda: work("b", some)), "/s", "bare INSERT + COMMIT", single)
    yield Figure("claim that finds nothing", median_ms(500, lambda: ledger.jobs.claim(["none"])), "ms")


def reads(ledger: Ledger, folder: Path) -> Iterator[Figure]:
    """What every request asks."""
    account = ledger.accounts.add("ada", None, "administrator")
    for n in range(200):
        other = ledger.accounts.add(f"user{n}", None, "viewer")
        ledger.sessions.start(other.id, address="", agent="")
        ledger.api_tokens.add(f"t{n}", "viewer")
    session, token = ledger.sessions.start(account.id, address="", agent=""), ledger.api_tokens.add("ci", "viewer")
    bare = _bare(folder)
    bare.execute("INSERT INTO thing VALUES (?, 'x')", (hashlib.sha256(b"x").digest(),))
    single = median_ms(2000, lambda: bare.execute("SELECT * FROM thing WHERE id = ?", (hashlib.sha256(b"x").digest(),)).fetchone())
    yield Figure("sessions.find", median_ms(2000, lambda: ledger.sessions.find(session)), "ms", "bare SELECT by key", single, "< 0.2 ms")
    yield Figure("api_tokens.find", median_ms(2000, lambda: ledger.api_tokens.find(token)), "ms", "bare SELECT by key", single, "< 0.2 ms")
    yield Figure("settings.get", median_ms(2000, lambda: ledger.settings.get("none")), "ms", "bare SELECT by key", single)
    yield Figure("intake.counts", median_ms(500, ledger.intake.counts), "ms", "bare SELECT by key", single)


def run(size: int) -> list[Figure]:
    """All three, with ten times `size` jobs waiting."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Ledger(folder / "data" / "ledger.db") as ledger:
            accepted = list(intake(ledger, folder, max(5, min(500, size // 20))))
            return [*accepted, *jobs(ledger, folder, min(100_000, size * 10)), *reads(ledger, folder)]


def main() -> None:
    """Prints the three tables."""
    parser = argparse.ArgumentParser(description="Speed of the ledger.")
    parser.add_argument("--dir", help="a folder on the disk to measure (default: the temporary folder)")
    with tempfile.TemporaryDirectory(dir=parser.parse_args().dir) as name:
        folder = Path(name)
        with Ledger(folder / "data" / "ledger.db") as ledger:
            show("Ledger: accepted reports", intake(ledger, folder))
            show("Ledger: jobs", jobs(ledger, folder))
            show("Ledger: reads of every request", reads(ledger, folder))


if __name__ == "__main__":
    main()
