"""Do the next piece of work while the last one is being used: the graph reads for one batch while it writes another."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ahead(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """What `work` gives for each item, in their order, one item ahead of who takes them, in a thread of its own.

    Raises what `work` raises, where its result would have come. One item is done here, without a thread.
    """
    if len(items) < 2:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as thread:

        def begin(item: T) -> Future[R]:
            # In the caller's context, so that who counts statements counts these.
            return thread.submit(contextvars.copy_context().run, work, item)

        coming = begin(items[0])
        for item in items[1:]:
            done = coming.result()
            coming = begin(item)
            yield done
        yield coming.result()
