"""Planning of software lists: which chunks a CI gains and loses, what was installed, updated and removed.

Pure but for one reader handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from cmdb.model.change import Change
from reconciliation.assertions import Assertions
from reconciliation.draft import Draft, World
from reconciliation.voices import software_of

ChunkReader = Callable[[Collection[str]], Mapping[str, list[dict[str, Any]]]]
SHOWN = 200
"""Names a history entry lists; more are counted."""


def plan_software(draft: Draft, world: World, said: Assertions, read_chunks: ChunkReader) -> None:
    """Links to chunks by this source, and one Change for each CI whose list became different."""
    offers: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for (ci, _), lists in said.software.items():
        offers.setdefault(ci, {}).update(lists)
    for ci in sorted(offers):
        was = software_of(world.records.get(ci, {}).values(), draft.source)
        now = software_of(draft.after[ci].values(), draft.source)
        offered = offers[ci]
        add, drop = sorted(now - was), sorted(was - now)
        # The chunks of a list that does not speak are kept too: it may be trusted again.
        silent = any(r.distrusted and r.source == draft.source for r in draft.after[ci].values())
        draft.plan.chunks |= {key: rows for key, rows in offered.items() if key in add or silent}
        if not add and not drop:
            continue
        draft.plan.software_links.append({"ci": ci, "source": draft.source, "add": add, "drop": drop})
        if ci in world.properties:
            gone = [row for rows in read_chunks(drop).values() for row in rows] if drop else []
            come = [row for key in add for row in offered.get(key, ())]
            _change(draft, ci, gone, come)


def _change(draft: Draft, ci: str, gone: list[dict[str, Any]], come: list[dict[str, Any]]) -> None:
    was = {(r["name"], r.get("arch", "")): r.get("version", "") for r in gone}
    now = {(r["name"], r.get("arch", "")): r.get("version", "") for r in come}
    before = [f"{name} {was[name, arch]}".strip() for name, arch in sorted(was) if now.get((name, arch)) != was[name, arch]]
    after = [f"{name} {now[name, arch]}".strip() for name, arch in sorted(now) if was.get((name, arch)) != now[name, arch]]
    if before or after:
        change = Change(
            "software", ci, draft.classes[ci], draft.names[ci], "software", tuple(before[:SHOWN]), tuple(after[:SHOWN]), draft.source,
            f"{len(after)} installed or updated, {len(before)} removed or replaced",
        )  # fmt: skip
        draft.changes.append(change)
