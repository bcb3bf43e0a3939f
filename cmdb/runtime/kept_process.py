"""A process beside the server that is kept running: begun, heard, begun again when it ends by itself, and stopped in order."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, ClassVar

from cmdb.config import Settings

log = logging.getLogger(__name__)

_DELAYS_S = (0.2, 1.0, 5.0, 15.0, 30.0)
_LASTED_S = 60.0
"""After so long it counts as a good one: the next end of it is the first again."""
_STOP_PATIENCE_S = 15.0
_TREE = Path(__file__).resolve().parents[2]


class KeptProcess(ABC):
    """One process at a time of a module, told by one JSON line on standard input what to do (`cmdb.runtime.kept_child`).

    `prepare` may be called long before `keep`: its modules are loaded meanwhile. It ends when its standard input does.
    """

    name: ClassVar[str]
    """In log lines."""
    module: ClassVar[str]

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """The process id; 0 while there is none."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else 0

    def prepare(self) -> None:
        """Begin the process, which loads its modules and waits to be told what to do."""
        if self._child is None:
            self._spawn()

    def keep(self) -> None:
        """Let it do its work, and begin it again when it ends by itself. Returns at once."""
        self.prepare()
        self._keeper = threading.Thread(target=self._keep, name=f"{self.name}-keeper", daemon=True)
        self._keeper.start()

    def ending(self) -> None:
        """From now on it is not begun again: the server is about to stop. Safe in a signal handler."""
        self._stopping.set()

    def stop(self) -> None:
        """Let it finish what is under way and end; it is killed when that takes more than some seconds."""
        self._stopping.set()
        child, keeper = self._child, self._keeper
        if child is not None and keeper is None:  # it was never told to do anything
            child.kill()
            child.communicate()
        elif child is not None and keeper is not None:
            _close(child.stdin)
            keeper.join(_STOP_PATIENCE_S)
            if keeper.is_alive():
                log.warning("%s: their process does not end, and is killed process=%d", self.name, child.pid)
                child.kill()
                keeper.join()

    def kill(self) -> None:
        """End it at once; it is begun again."""
        if (child := self._child) is not None:
            child.kill()

    # ------------------------------------------------------------ what kinds of it differ in

    @abstractmethod
    def _order(self) -> dict[str, Any]:
        """What it is told beside the settings, the parent's id and how to log."""

    def _carried(self) -> Sequence[int]:
        """Descriptors that the next process is to have, under their own numbers; they are closed here when it has them."""
        return ()

    @abstractmethod
    def _heard(self, told: Mapping[str, Any]) -> None:
        """It told something."""

    @abstractmethod
    def _ended(self, reason: str) -> None:
        """It ended; `reason` is empty where that was wanted. It is begun again after this."""

    # ------------------------------------------------------------ its lives

    def _keep(self) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            reason = self._lived()
            if self._stopping.is_set():
                self._ended("")
                return
            failures = 0 if time.monotonic() - began > _LASTED_S else failures
            delay = _DELAYS_S[min(failures, len(_DELAYS_S) - 1)]
            failures += 1
            log.warning("%s: their process ended by itself reason=%s again_in=%.1f s", self.name, reason, delay)
            self._ended(reason)
            if self._stopping.wait(delay):
                return
            try:
                self._spawn()
            except OSError as error:
                log.error("%s: their process cannot be started reason=%s", self.name, error.strerror)
                self._child = None

    def _spawn(self) -> None:
        carried = self._carried()
        try:
            self._child = _spawned(self.module, carried)
        finally:
            for descriptor in carried:
                os.close(descriptor)

    def _lived(self) -> str:
        """One life of the process, from its order to its end. Returns why it ended."""
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            return "it could not be started"
        reason = ""
        if self._stopping.is_set():
            _close(child.stdin)
        with contextlib.suppress(OSError, ValueError):  # it is gone already, or to be ended: that shows at once
            child.stdin.write(json.dumps(self._whole_order()).encode() + b"\n")
            child.stdin.flush()
        for told in _lines(child.stdout):
            reason = str(told.get("failed", reason))
            self._heard(told)
        status = child.wait()  # nothing of it holds the pipe any more: it has ended
        _close(child.stdin)
        child.stdout.close()
        return reason or (f"signal {-status}" if status < 0 else f"exit status {status}")

    def _whole_order(self) -> dict[str, Any]:
        return self._order() | {
            "settings": self._settings.handed_on(),
            "parent": os.getpid(),
            "log_level": logging.getLevelName(logging.getLogger().level).lower(),
            "log_format": self._settings.log_format,
        }


def _spawned(module: str, carried: Sequence[int]) -> subprocess.Popen[bytes]:
    """A new process that waits for its order."""
    # A session of its own: Ctrl-C in the terminal reaches the server alone, which then stops this one in order.
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        cwd=_TREE,
        pass_fds=tuple(carried),
    )


def _close(pipe: IO[bytes] | None) -> None:
    with contextlib.suppress(OSError):
        if pipe is not None:
            pipe.close()


def _lines(out: IO[bytes]) -> Iterator[Mapping[str, Any]]:
    """What it tells, until it is gone."""
    for line in out:
        with contextlib.suppress(ValueError):  # half a line, where it was killed in the middle
            yield dict(json.loads(line))
