"""The part of the graph an impact question reaches, as plain data. `cmdb.graph.impact` reads it; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from cmdb.model.catalogue import RelationType

# Tuples: a question may hold a hundred thousand of each, and a tuple is made, compared and hashed in a third of a data class's time.


class Node(NamedTuple):
    """One CI of the question. `properties` are its golden attributes as far as impact needs them."""

    id: str
    cls: str
    name: str
    properties: Mapping[str, Any] = {}


class Edge(NamedTuple):
    """A relation. `group` and `need` override the relation type's default requirement group; `seen` is when it was last seen."""

    type: str
    source: str
    target: str
    group: str = ""
    need: str = ""
    seen: str = ""

    @property
    def same(self) -> tuple[str, ...]:
        """What makes it the same relation: all but when it was seen."""
        return self[:5]


class Group(NamedTuple):
    """A requirement of one CI: it holds while at least `k` of `members` are up. `name` is for people."""

    name: str
    k: int
    members: tuple[str, ...]


class Network:
    """Nodes and edges of a question, with the requirement groups that follow from them."""

    def __init__(self, nodes: Iterable[Node], edges: Iterable[Edge], relations: Mapping[str, RelationType]) -> None:
        self.nodes: dict[str, Node] = {node.id: node for node in nodes}
        self.edges: tuple[Edge, ...] = tuple(sorted({edge.same: edge for edge in edges}.values(), key=attrgetter("same")))
        self.relations = relations
        self.groups: dict[str, tuple[Group, ...]] = self._groups()
        self.membership: dict[str, tuple[tuple[str, int], ...]] = self._membership()
        """Member → (who needs it, which of its groups), each once: what makes the evaluation linear in the edges"""

    def _groups(self) -> dict[str, tuple[Group, ...]]:
        gathered: dict[str, dict[str, list[tuple[str, str, str]]]] = {}
        nodes = self.nodes
        for edge in self.edges:
            kind = self.relations.get(edge.type)
            ends = dependence(kind, edge)
            if kind is None or ends is None or ends[0] not in nodes or ends[1] not in nodes or ends[0] == ends[1]:
                continue
            who, member = ends
            if edge.type == "uses_access" and nodes[who].cls != "person":
                continue  # a site without its line cuts people off (see people.py); the printers in it still print
            name = f"group {edge.group}" if edge.group else kind.title if kind.dependent == "source" else kind.inverse
            wanted = (member, edge.need, self._default_need(who, kind))
            if (groups := gathered.get(who)) is None:
                gathered[who] = {name: [wanted]}
            else:
                groups.setdefault(name, []).append(wanted)
        return {who: tuple([_group(name, groups[name]) for name in sorted(groups)]) for who, groups in gathered.items()}

    def _default_need(self, who: str, kind: RelationType) -> str:
        if kind.dependent == "target":  # a cluster and its members
            set_by_person = self.nodes[who].properties.get("min_up")
            if isinstance(set_by_person, str) and set_by_person:
                return set_by_person
        return kind.need or "all"

    def _membership(self) -> dict[str, tuple[tuple[str, int], ...]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for who in sorted(self.groups):
            for place, group in enumerate(self.groups[who]):
                for member in group.members:
                    found.setdefault(member, []).append((who, place))
        return {member: tuple(places) for member, places in found.items()}


def dependence(kind: RelationType | None, edge: Edge) -> tuple[str, str] | None:
    """(who suffers, what it needs) of a relation; None where neither end needs the other."""
    if kind is None or kind.dependent not in ("source", "target"):
        return None
    return (edge.source, edge.target) if kind.dependent == "source" else (edge.target, edge.source)


def _group(name: str, found: list[tuple[str, str, str]]) -> Group:
    """Members of one group share one threshold: what people set on its relations counts before the defaults of the relation types,
    and where that disagrees, the strictest."""
    if len(found) == 1:  # whatever is asked of one is that one
        return Group(name, 1, (found[0][0],))
    members = tuple(sorted({member for member, _, _ in found}))
    needs = {need for _, need, _ in found if need} or {default for _, _, default in found}
    return Group(name, max(threshold(need, len(members)) for need in needs), members)


def threshold(need: str, members: int) -> int:
    """How many of `members` must be up: `all`, `any`, a count (`2`) or a percentage (`50%`, rounded up). At least one, at most all.

    A need nobody can read counts as `all`: the cautious reading, so that an impact is never missed.
    """
    text = need.strip().lower()
    if text == "any":
        return 1
    digits = text.removesuffix("%").strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 6:
        return members
    count = -(-members * int(digits) // 100) if text.endswith("%") else int(digits)
    return min(max(count, 1), members)
