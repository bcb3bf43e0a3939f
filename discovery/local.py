"""The machine Moorings runs on, through the same script and parsers as SSH."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime

from cmdb.errors import Unreachable
from cmdb.model.observation import Observation, Source
from discovery.linux.observe import Look
from discovery.linux.script import build_script, new_marker
from discovery.posix import Ending, observe_output

SOURCE = Source("local", "scan")
MAX_OUTPUT = 64 * 1024 * 1024


def local_observe(*, deadline_s: float = 120, without: Collection[str] = ()) -> Observation:
    """Look at this machine as the user we are; never asks sudo. Raises Unreachable without a POSIX shell, TimedOut, Unreadable."""
    marker = new_marker()
    script = build_script(marker, without=without).encode()
    observed_at = datetime.now(UTC)
    data, ending = _run(script, deadline_s)
    return observe_output(data, marker, Look(SOURCE, observed_at), ending=ending, without=without)


def _run(script: bytes, deadline_s: float) -> tuple[bytes, Ending]:
    try:
        process = subprocess.Popen(
            ["sh", "-s"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError:
        raise Unreachable("This machine has no POSIX shell (sh) to look at itself with.") from None
    late = threading.Event()

    def stop() -> None:
        late.set()
        # The whole group: a section may have started something that hangs.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(deadline_s, stop)
    timer.daemon = True
    timer.start()
    try:
        data = _converse(process, script)
        if len(data) > MAX_OUTPUT:
            stop()
            return data, "too_long"
        process.wait()
        return data, "deadline" if late.is_set() else "complete"
    finally:
        timer.cancel()
        process.wait()


def _converse(process: subprocess.Popen[bytes], script: bytes) -> bytes:
    """Give the script, then read all it prints, up to one byte more than is accepted."""
    if process.stdin is None or process.stdout is None:
        return b""
    with process.stdout:
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(script)
        return process.stdout.read(MAX_OUTPUT + 1)
