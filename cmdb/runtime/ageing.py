"""Ageing by the clock: who was not seen for long counts as missing, then stale, then as proposed for retirement. Nothing is deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from cmdb.graph import ageing, loans, planned_changes
from cmdb.graph.door import Row
from cmdb.intake.acts import apply_now
from cmdb.model import times
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.runtime.house import House
from reconciliation import reconcile
from reconciliation.ageing import REFUSED, STATES, UNREACHABLE, Judged, Look, Rules, judge, shipped_rules

AGE = "age"
RETIRE_KEY = "ageing.retire"
"""Ledger setting: true where what is proposed for retirement is retired by itself. Off unless a site switches it on."""
RULE = Source("rule", "ageing")
_WINDOW = 2_000
_STATE_OF = {"unreachable": UNREACHABLE, "timed_out": UNREACHABLE, "credentials_failed": REFUSED, "refused": REFUSED}


def note_failed_look(house: House, method: str, host: str, outcome: str, reason: str) -> None:
    """A look that failed is told to the CI that the same kind of look last saw at that address. Other outcomes say nothing of the CI."""
    state = _STATE_OF.get(outcome)
    if state is None:
        return
    source = f"{method}:scan"
    ci = ageing.at_address(house.graph, host, source)
    if ci:
        ageing.note_failed(house.graph, ci, source, state=state, reason=reason, at=times.to_text(times.now()))


def age_all(house: House, *, now: datetime | None = None, rules: Rules | None = None) -> dict[str, Any]:
    """Judge who was not seen lately and who aged before; keep what changed. Retires only where the site switched that on."""
    present, by = now or times.now(), rules or shipped_rules()
    limit = times.to_text(present - timedelta(days=by.youngest))
    counted: Counter[str] = Counter()
    seen_again = ageing.aged(house.graph, STATES, limit, limit=100_000)
    counted["came_back"] += _keep(house, [(row, Judged("", "")) for row in seen_again], present)
    place = ("", "")
    while rows := ageing.unseen(house.graph, limit, place, limit=_WINDOW):
        judged = _judged(house, rows, by, present)
        counted["changed"] += _keep(house, judged, present)
        counted.update(one.state for _, one in judged if one.state)
        place = (str(rows[-1]["last_seen_at"]), str(rows[-1]["id"]))
    if house.ledger.settings.get(RETIRE_KEY, False) is True:
        counted["retired"] = _retire(house)
    return dict(counted)


def _judged(house: House, rows: Sequence[Row], rules: Rules, now: datetime) -> list[tuple[Row, Judged]]:
    failed: dict[str, list[Look]] = {}
    for row in ageing.looks(house.graph, [str(row["id"]) for row in rows]):
        look = Look(str(row["source"]), str(row["state"]), str(row["at"]), str(row["reason"]), int(row["failed"]))
        failed.setdefault(str(row["ci"]), []).append(look)
    return [(row, judge(row, failed.get(str(row["id"]), ()), rules, house.catalogue, now)) for row in rows]


def _keep(house: House, judged: Sequence[tuple[Row, Judged]], now: datetime) -> int:
    at = times.to_text(now)
    different = [(row, one) for row, one in judged if (row["ageing"] or "") != one.state]
    ageing.keep(
        house.graph,
        [
            {"id": row["id"], "state": one.state or None, "why": one.why or None, "since": at if one.state else None,
             "event": _event(row, one, at)}
            for row, one in different
        ],
    )  # fmt: skip
    same = [(row, one) for row, one in judged if one.state and row["ageing"] == one.state and row["why"] != one.why]
    ageing.explain(house.graph, [{"id": row["id"], "why": one.why} for row, one in same])
    return len(different)


def _event(row: Row, one: Judged, at: str) -> dict[str, Any]:
    change = {
        "kind": "ageing",
        "ci": row["id"],
        "attribute": "ageing",
        "before": row["ageing"],
        "after": one.state,
        "reason": one.why,
    }
    told = {k: v for k, v in change.items() if v}
    return {
        "id": uuid7(),
        "ci": row["id"],
        "kind": "ageing",
        "at": at,
        "recorded_at": at,
        "source": RULE.key,
        "actor": "",
        "reason": one.why or "seen again",
        "observation": "",
        "changes": orjson.dumps([told]).decode(),
        "count": 1,
    }


def _retire(house: House) -> int:
    """Those that are proposed, but none that is lent or has an open change. An observation of the rule, as a person's word would be."""
    rows = ageing.with_state(house.graph, "retire", limit=_WINDOW)
    ids = [str(row["id"]) for row in rows]
    held = {*loans.held(house.graph, ids), *planned_changes.open_on(house.graph, ids)}
    done = 0
    for row in rows:
        kind = house.catalogue.classes.get(str(row["class"]))
        if str(row["id"]) in held or kind is None or "status" not in kind.attributes:
            continue
        item = Item("ci", str(row["class"]), (Identifier("ci", str(row["id"])),), {"status": "retired"})
        seen = Observation(uuid7(), RULE, times.now(), (item,), note=str(row["ageing_why"]))
        apply_now(house.ledger, house.graph, seen, lambda said: reconcile(house.graph, house.catalogue, said))
        done += 1
    retired = [row for row in rows if str(row["id"]) not in held]
    _keep(house, [({**row, "why": row["ageing_why"]}, Judged("", "")) for row in retired], times.now())
    return done
