"""Looking at many hosts at once: bounded, paced, cancellable, and no host's trouble is another's."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from cmdb.errors import Invalid, TimedOut
from cmdb.model.observation import Observation
from discovery.result import HostResult, failure, success
from discovery.targets import Target

Look = Callable[[Target], Observation]
"""Looks at one target; raises the discovery errors of `cmdb.errors`. It keeps its own deadline; the scan's is only the last resort."""

_TICK_S = 0.1
_GRACE_S = 5.0
_MOST_STRAYS = 4
"""Threads given up per worker before the scan stops replacing them."""


def run_scan(
    targets: Iterable[Target],
    look: Look,
    *,
    concurrency: int = 50,
    pacing_per_s: float | None = None,
    deadline_s: float = 120,
    on_result: Callable[[HostResult], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[HostResult]:
    """Results as they come, one per target. `targets` is read as workers get free, so it may be long and lazy.

    `pacing_per_s`: at most so many targets are begun in a second. `deadline_s`: a look that is not back then is given up (`timed_out`); its
    thread ends whenever it ends, and its late result is dropped. `cancelled` is asked ten times a second: the iterator then ends at once,
    and targets without a result were not looked at. Exceptions of `on_result`, `cancelled` and of reading `targets` are the caller's own.
    Raises Invalid for senseless limits.
    """
    if concurrency < 1 or concurrency > 1000:
        raise Invalid("The number of hosts looked at at once is 1 to 1000.", field="concurrency")
    if pacing_per_s is not None and pacing_per_s <= 0:
        raise Invalid("The pace must be above 0 hosts a second.", field="pacing_per_s")
    if deadline_s <= 0:
        raise Invalid("The deadline must be above 0 seconds.", field="deadline_s")
    return _Scan(look, concurrency, pacing_per_s, deadline_s).run(iter(targets), on_result, cancelled)


@dataclass(slots=True)
class _Task:
    """One target in the hands of a worker."""

    target: Target
    started: float
    given_up: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Scan:
    def __init__(self, look: Look, concurrency: int, pacing_per_s: float | None, deadline_s: float) -> None:
        self._look = look
        self._concurrency = concurrency
        self._gap = 1 / pacing_per_s if pacing_per_s else 0.0
        self._deadline = deadline_s
        self._todo: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[_Task, HostResult]] = queue.SimpleQueue()
        self._running: dict[int, _Task] = {}
        self._strays = 0
        self._workers = 0

    def run(
        self, targets: Iterator[Target], on_result: Callable[[HostResult], None] | None, cancelled: Callable[[], bool] | None
    ) -> Iterator[HostResult]:
        """The scan itself, in the thread of whoever iterates."""
        next_start = asked = time.monotonic()
        more = True
        try:
            while True:
                now = time.monotonic()
                if cancelled is not None and now >= asked:
                    asked = now + _TICK_S
                    if cancelled():
                        return
                while more and len(self._running) < self._places() and now >= next_start:
                    target = next(targets, None)
                    if target is None:
                        more = False
                        break
                    self._begin(target, now)
                    next_start = max(next_start + self._gap, now) if self._gap else now
                if not more and not self._running:
                    return
                for result in self._finished(self._wait(more, now, next_start)):
                    if on_result is not None:
                        on_result(result)
                    yield result
        finally:
            for _ in range(self._workers):
                self._todo.put(None)

    def _places(self) -> int:
        """How many may run: a worker whose look never comes back is replaced, a few times over."""
        return max(1, self._concurrency - max(0, self._strays - _MOST_STRAYS * self._concurrency))

    def _wait(self, more: bool, now: float, next_start: float) -> float:
        if more and len(self._running) < self._places():
            return min(_TICK_S, max(0.0, next_start - now))
        return _TICK_S

    def _begin(self, target: Target, now: float) -> None:
        task = _Task(target, now)
        self._running[id(task)] = task
        self._todo.put(task)
        if self._workers < len(self._running):
            self._workers += 1
            threading.Thread(target=self._work, name="scan", daemon=True).start()

    def _work(self) -> None:
        while (task := self._todo.get()) is not None:
            started = time.monotonic()
            try:
                result = success(task.target, self._look(task.target), time.monotonic() - started)
            except Exception as error:  # noqa: BLE001  # whatever happens to one host is that host's result
                result = failure(task.target, error, time.monotonic() - started)
            with task.lock:
                if task.given_up:
                    return  # another worker took this one's place
                self._done.put((task, result))

    def _finished(self, timeout: float) -> Iterator[HostResult]:
        """What came back within `timeout`, and what will not any more."""
        try:
            done: tuple[_Task, HostResult] | None = self._done.get(timeout=timeout) if timeout else self._done.get_nowait()
        except queue.Empty:
            done = None
        while done is not None:
            task, result = done
            del self._running[id(task)]
            yield result
            try:
                done = self._done.get_nowait()
            except queue.Empty:
                done = None
        yield from self._overdue()

    def _overdue(self) -> Iterator[HostResult]:
        latest = time.monotonic() - self._deadline - _GRACE_S
        for task in [task for task in self._running.values() if task.started < latest]:
            with task.lock:
                if not self._done.empty():
                    return  # it may be this one's
                task.given_up = True
            del self._running[id(task)]
            self._workers -= 1
            self._strays += 1
            yield failure(task.target, TimedOut(f"The look at it did not come back within {self._deadline:g} seconds."), self._deadline)
