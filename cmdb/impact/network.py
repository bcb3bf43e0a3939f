"""The part of the graph an impact question reaches, as plain data. `cmdb.graph.impact` loads it; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.catalogue import RelationType


@dataclass(frozen=True, slots=True)
class Node:
    """One CI of the question. `properties` are its golden attributes as far as impact needs them."""

    id: str
    cls: str
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation. `group` and `need` override the relation type's default requirement group."""

    type: str
    source: str
    target: str
    group: str = ""
    need: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A requirement of one CI: it holds while at least `k` of `members` are up. `name` is for people."""

    name: str
    k: int
    members: tuple[str, ...]


class Network:
    """Nodes and edges of a question, with the requirement groups that follow from them."""

    def __init__(self, nodes: Iterable[Node], edges: Iterable[Edge], relations: Mapping[str, RelationType]) -> None:
        self.nodes: dict[str, Node] = {node.id: node for node in nodes}
        self.edges: tuple[Edge, ...] = tuple(sorted(set(edges), key=lambda e: (e.type, e.source, e.target, e.group, e.need)))
        self.relations = relations
        self.groups: dict[str, tuple[Group, ...]] = self._groups()
        self.dependents: dict[str, tuple[str, ...]] = self._dependents()

    def _groups(self) -> dict[str, tuple[Group, ...]]:
        gathered: dict[str, dict[str, dict[str, list[str]]]] = {}
        for edge in self.edges:
            kind = self.relations.get(edge.type)
            if kind is None or kind.dependent not in ("source", "target"):
                continue
            who, member = (edge.source, edge.target) if kind.dependent == "source" else (edge.target, edge.source)
            if who not in self.nodes or member not in self.nodes or who == member:
                continue
            name = f"group {edge.group}" if edge.group else kind.title if kind.dependent == "source" else kind.inverse
            need = edge.need or self._default_need(who, kind)
            gathered.setdefault(who, {}).setdefault(name, {}).setdefault(need, []).append(member)
        return {who: tuple(_group(name, needs) for name, needs in sorted(groups.items())) for who, groups in gathered.items()}

    def _default_need(self, who: str, kind: RelationType) -> str:
        if kind.dependent == "target":  # a cluster and its members
            set_by_person = self.nodes[who].properties.get("min_up")
            if isinstance(set_by_person, str) and set_by_person:
                return set_by_person
        return kind.need or "all"

    def _dependents(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for who, groups in self.groups.items():
            for group in groups:
                for member in group.members:
                    found.setdefault(member, set()).add(who)
        return {member: tuple(sorted(who)) for member, who in found.items()}


def _group(name: str, needs: Mapping[str, list[str]]) -> Group:
    """Members of one group share one threshold; where their relations disagree, the strictest counts."""
    members = tuple(sorted({member for found in needs.values() for member in found}))
    return Group(name, max(threshold(need, len(members)) for need in needs), members)


def threshold(need: str, members: int) -> int:
    """How many of `members` must be up: `all`, `any`, a count (`2`) or a percentage (`50%`, rounded up). At least one, at most all.

    A need nobody can read counts as `all`: the cautious reading, so that an impact is never missed.
    """
    text = need.strip().lower()
    if text == "any":
        return 1
    digits = text.removesuffix("%").strip()
    if not digits.isdigit() or len(digits) > 6:
        return members
    count = -(-members * int(digits) // 100) if text.endswith("%") else int(digits)
    return min(max(count, 1), members)
