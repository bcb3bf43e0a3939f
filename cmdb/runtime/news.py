"""What of an observation is news for compliance: everything, but a repeat that came before anything of it could have gone stale.

A report that says what the one before said makes no fact another; it only keeps facts fresh. As long as the one before is younger than the
shortest time that any policy calls fresh, none of its facts was stale in between, so no result can become another by it. What time alone
changes (an end of life, an exception that ends, an age of signatures) the hourly sweep judges, reports or none.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from cmdb.compliance.chosen import active
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.change import Changes

KEPT_S = 1.0
_kept: WeakKeyDictionary[Graph, tuple[float, timedelta]] = WeakKeyDictionary()


def news(changes: Changes, at: datetime, fresh: timedelta) -> set[str]:
    """Ids of the CIs to be judged after this observation of that time. `fresh`: as `freshest` gives it."""
    if is_repeat(changes) and at - times.from_text(changes.before) < fresh:
        return set()
    return changes.touched()


def is_repeat(changes: Changes) -> bool:
    """Whether its source had said exactly this before, and nothing became different."""
    return bool(changes.before) and not changes.changes


def freshest(graph: Graph) -> timedelta:
    """The shortest time that a policy in force calls fresh; none at all where no policy asks for it. One read."""
    return min((policy.fresh for policy in active(graph) if policy.fresh is not None), default=timedelta())


def freshest_lately(graph: Graph) -> timedelta:
    """`freshest` as it was at most a second ago: reports that trickle in need not ask each for itself.

    A policy that was changed in between is judged by a job of its own (`judge-by`), so nothing hangs on that second.
    """
    found = _kept.get(graph)
    if found is None or time.monotonic() - found[0] > KEPT_S:
        found = _kept[graph] = (time.monotonic(), freshest(graph))
    return found[1]
