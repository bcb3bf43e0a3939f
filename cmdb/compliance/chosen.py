"""The policies that count here: the shipped ones, those a site wrote or replaced, without those it switched off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cmdb.compliance.policy import Policy, parse, shipped
from cmdb.errors import Invalid, NotFound
from cmdb.graph import policy_texts as store
from cmdb.graph.door import Graph
from cmdb.model import times

JUDGE_BY = "judge-by"
"""The kind of job that judges every endpoint by some policies alone, after a change of them; args: policies (ids)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A policy and whether it counts. `own`: the site wrote or replaced its text; `rev` 0: nothing was changed here."""

    policy: Policy
    on: bool = True
    own: bool = False
    by: str = ""
    at: str = ""
    rev: int = 0


@lru_cache(maxsize=512)
def parsed(text: str, name: str) -> Policy:
    """The policy of a text that was checked when it came in. Raises Invalid for one that this version does not take."""
    return parse(text, f"{name}.yaml")


def standings(graph: Graph) -> list[Standing]:
    """Every policy, by id. One read."""
    found = {policy.id: Standing(policy) for policy in shipped()}
    for row in store.every(graph):
        name, text = str(row["id"]), str(row["text"])
        if not text and name not in found:
            continue  # a shipped one that this version has no more
        policy = parsed(text, name) if text else found[name].policy
        found[name] = Standing(policy, bool(row["on"]), bool(text), str(row["by"]), str(row["at"]), int(row["rev"]))
    return [found[name] for name in sorted(found)]


def active(graph: Graph) -> tuple[Policy, ...]:
    """The policies that count, by id. One read."""
    return tuple(one.policy for one in standings(graph) if one.on)


def standing(graph: Graph, name: str) -> Standing:
    """One of them. Raises NotFound."""
    for one in standings(graph):
        if one.policy.id == name:
            return one
    raise NotFound("There is no such policy.")


def keep(graph: Graph, text: str, *, by: str, on: bool = False, file: str = "policy.yaml", now: datetime | None = None) -> Standing:
    """Keep a policy's text; it replaces the one of the same id. Not switched on unless `on` says so or the one before was.

    Raises Invalid naming file, line and reason, also where the version does not grow with the text.
    """
    policy = parse(text, file)
    before = next((one for one in standings(graph) if one.policy.id == policy.id), None)
    if before is not None and before.policy.text != text and policy.version <= before.policy.version:
        raise Invalid(f"{file}: version must be greater than {before.policy.version}, the one that is there.", field="version")
    counts = on or (before is not None and before.on)
    store.keep(graph, policy.id, text, on=counts, by=by, at=times.to_text(now or times.now()), before_rev=before.rev if before else 0)
    return standing(graph, policy.id)


def switch(graph: Graph, name: str, *, on: bool, by: str, now: datetime | None = None) -> Standing:
    """Let a policy count, or not. Raises NotFound, Conflict."""
    before = standing(graph, name)
    text = before.policy.text if before.own else ""
    store.keep(graph, name, text, on=on, by=by, at=times.to_text(now or times.now()), before_rev=before.rev)
    return standing(graph, name)
