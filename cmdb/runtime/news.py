"""What of an observation is news for compliance: everything, but a repeat that came before anything of it could have gone stale.

A report that says what the one before said makes no fact another; it only keeps facts fresh. As long as the one before is younger than the
shortest time that any policy calls fresh, none of its facts was stale in between, so no result can become another by it. What time alone
changes (an end of life, an exception that ends, an age of signatures) the hourly sweep judges, reports or none.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from cmdb.compliance.chosen import active
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.change import Changes
from cmdb.runtime.house import House

_KEPT_S = 60.0
"""For how long the shortest time is remembered; a policy that is changed is judged by itself at once."""
_FRESH: WeakKeyDictionary[Graph, tuple[float, timedelta]] = WeakKeyDictionary()
_GUARD = threading.Lock()


def news(house: House, changes: Changes, at: datetime) -> set[str]:
    """Ids of the CIs to be judged after this observation of that time."""
    if changes.before and not changes.changes and at - times.from_text(changes.before) < _freshest(house.graph):
        return set()
    return changes.touched()


def _freshest(graph: Graph) -> timedelta:
    """The shortest time that a policy in force calls fresh; none at all where no policy asks for it."""
    with _GUARD:
        kept = _FRESH.get(graph)
    if kept is None or kept[0] < time.monotonic():
        fresh = [policy.fresh for policy in active(graph) if policy.fresh is not None]
        kept = (time.monotonic() + _KEPT_S, min(fresh, default=timedelta()))
        with _GUARD:
            _FRESH[graph] = kept
    return kept[1]
