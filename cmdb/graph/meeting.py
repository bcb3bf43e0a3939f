"""Several who read alike, met: what each of them asks is asked in one statement for all.

Each runs in a thread of its own, and only one at a time, until it asks something or is done. When all have come to rest, the same question
of several is put to the graph once. Nobody need know of the others: the code that reads is the same alone and in company.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import Any, Generic, TypeAlias, TypeVar

from cmdb.graph.door import Graph

A = TypeVar("A")
R = TypeVar("R")
T = TypeVar("T")

Question: TypeAlias = Callable[[Graph, Sequence[A]], Sequence[R]]
"""Answers several at once, in step."""


class _Over(BaseException):
    """Those who still wait for an answer get none any more."""


class Guest(Graph, Generic[T]):
    """The graph as one of several sees it: whatever is not `asked` goes to the engine as ever."""

    def __init__(self, graph: Graph, work: Callable[[Graph], T]) -> None:
        vars(self).update(vars(graph))
        self._work = work
        self._mine, self._theirs = threading.Semaphore(0), threading.Semaphore(0)
        self._answer: Any = None
        self.asking: tuple[Question[Any, Any], Any] | None = None
        self.result: T | None = None
        self.error: BaseException | None = None
        context = copy_context()
        self._thread = threading.Thread(target=lambda: context.run(self._run), name="graph-guest", daemon=True)

    def start(self) -> None:
        """Run until it asks something or is done."""
        self._thread.start()
        self._theirs.acquire()

    def go_on(self, answer: Any) -> None:
        """Hand it its answer (an exception is raised where it asked) and run on as in `start`."""
        self.asking, self._answer = None, answer
        self._mine.release()
        self._theirs.acquire()

    def ask(self, question: Question[A, R], what: A) -> R:
        """The answer, when those who organise this have it."""
        self.asking = (question, what)
        self._theirs.release()
        self._mine.acquire()
        if isinstance(self._answer, BaseException):
            raise self._answer
        found: R = self._answer
        return found

    def leave(self) -> None:
        """Return when it is over, whatever it still waits for."""
        while self.asking is not None:
            self.go_on(_Over())
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            self.result = self._work(self)
        except BaseException as error:  # noqa: BLE001 - it is raised where they meet
            self.error = error
        finally:
            self.asking = None
            self._theirs.release()


def asked(graph: Graph, question: Question[A, R], what: A) -> R:
    """The answer to a question: together with others' where one is in company, else alone."""
    return graph.ask(question, what) if isinstance(graph, Guest) else question(graph, [what])[0]


def met(graph: Graph, works: Sequence[Callable[[Graph], T]]) -> list[T]:
    """What each work gives, in step; each is called with a graph of its own to read from. Raises what the first of them raises."""
    guests = [Guest(graph, work) for work in works]
    try:
        for guest in guests:
            guest.start()
        while waiting := [guest for guest in guests if guest.asking is not None]:
            for question in dict.fromkeys(guest.asking[0] for guest in waiting if guest.asking is not None):
                _answered(graph, question, [guest for guest in waiting if guest.asking is not None and guest.asking[0] is question])
    finally:
        for guest in guests:
            guest.leave()
    for guest in guests:
        if guest.error is not None:
            raise guest.error
    return [guest.result for guest in guests]  # type: ignore[misc]  # each is done without an error, so it is a T


def _answered(graph: Graph, question: Question[Any, Any], guests: Sequence[Guest[Any]]) -> None:
    try:
        answers: Sequence[Any] = question(graph, [guest.asking[1] for guest in guests if guest.asking is not None])
    except Exception as error:  # noqa: BLE001 - each of them gets it, as if it had asked alone
        answers = [error] * len(guests)
    for guest, answer in zip(guests, answers, strict=True):
        guest.go_on(answer)
