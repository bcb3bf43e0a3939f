"""Start of the engine and of `serve` (first and next), and the memory of each process; beside bare Python with Flask and the driver."""

from __future__ import annotations

import os
import selectors
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from bench.figures import Figure, PartMissing
from bench.processes import memory_mb
from cmdb.graph.engine import Engine

_TREE = Path(__file__).resolve().parents[1]
_PATIENCE_S = 120.0
_BARE = "import flask, neo4j; print('up http://', flush=True); input()"
_BARE_NAME = "bare Python with Flask and the driver"


def run(size: int) -> list[Figure]:
    """Three rounds; `size` says only whether it is in earnest."""
    rounds = 3 if size >= 1000 else 1
    engine, engine_mb, bare, bare_mb = [], [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder, spawned(["-c", _BARE], Path(folder)) as (process, _, span):
            bare.append(span)
            bare_mb.append(memory_mb(process.pid))
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            with Engine.start(Path(folder)) as running:
                engine.append(time.perf_counter() - start)
                engine_mb.append(memory_mb(running.pid))
    serves = [_served() for _ in range(rounds)]
    first, later, web_mb, store_mb = (statistics.median(column) for column in zip(*serves, strict=True))
    beside, beside_mb = statistics.median(bare), statistics.median(bare_mb)
    return [
        Figure("start of the engine alone, empty", statistics.median(engine), "s", _BARE_NAME, beside),
        Figure("start of serve to its first answer, new folder", first, "s", _BARE_NAME, beside, "<= 60 s"),
        Figure("start of serve to its first answer, data kept", later, "s", _BARE_NAME, beside, "<= 10 s"),
        Figure("memory of the engine alone, empty", statistics.median(engine_mb), "MB", _BARE_NAME, beside_mb),
        Figure("memory of serve: web process", web_mb, "MB", _BARE_NAME, beside_mb),
        Figure("memory of serve: engine", store_mb, "MB", _BARE_NAME, beside_mb),
    ]


def _served() -> tuple[float, float, float, float]:
    """Seconds of the first and the next start on one folder; megabytes of web process and engine after the next."""
    with tempfile.TemporaryDirectory() as name:
        data, spans = Path(name) / "data", []
        web = store = 0.0
        for _ in range(2):
            start = time.perf_counter()
            with spawned(["-m", "cmdb", "serve", "--data", str(data), "--port", "0"], Path(name)) as (process, line, _):
                _first_answer(line.split()[-1])
                spans.append(time.perf_counter() - start)
                engine = Engine.find(data)
                if engine is None:
                    raise PartMissing("the engine of the server cannot be found")
                web, store = memory_mb(process.pid), memory_mb(engine.pid)
        return spans[0], spans[1], web, store


def _first_answer(url: str) -> None:
    door = HTTPConnection(urlsplit(url).netloc, timeout=_PATIENCE_S)
    try:
        door.request("GET", "/health/ready")
        status = door.getresponse().status
    finally:
        door.close()
    if status != 200:
        raise PartMissing(f"the server is not ready after its start: it answered {status}")


@contextmanager
def spawned(arguments: list[str], home: Path, more: Mapping[str, str] | None = None) -> Iterator[tuple[subprocess.Popen[str], str, float]]:
    """A Python program, the line in which it names its address, and the seconds until then. It is ended with the block.

    `more` is added to its environment. Raises PartMissing where it names none in time.
    """
    # An environment of its own: what the caller set for his Moorings (MOORINGS_…) is not to be measured.
    surroundings = {"PATH": os.defpath, "HOME": str(home), "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", **(more or {})}
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=_TREE, env=surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process, _address_line(process), time.perf_counter() - start
    finally:
        process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _address_line(process: subprocess.Popen[str]) -> str:
    out = process.stdout
    if out is None:
        raise RuntimeError("the program cannot be heard")
    line = ""
    with selectors.DefaultSelector() as waiting:
        waiting.register(out, selectors.EVENT_READ)
        while waiting.select(_PATIENCE_S):
            line = out.readline()
            if "http" in line or not line:
                break
    if "http" not in line:
        raise PartMissing(f"the program did not say where it listens within {_PATIENCE_S:g} s, or ended")
    return line.strip()
