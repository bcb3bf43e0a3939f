"""Loading: from the graph into a `Network`, level by level, one statement a level for all relation types.

Downstream, what depends on the start is followed to its end; each CI that is reached brings its edges in both directions, so that its
requirement groups are complete. Upstream, what the start needs is followed. The wires (cables between devices) of what was reached are
loaded as a whole, since the last path to the core may lead anywhere; what only lies on them is followed further when it is affected.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cmdb.graph.door import Graph
from cmdb.impact.network import Edge, Network, Node, dependence
from cmdb.impact.paths import Link, Paths
from cmdb.inventory.look_back import Past, Present
from cmdb.inventory.moment import Moment
from cmdb.model.catalogue import Catalogue

LIMIT = 200_000
"""Most CIs that one question loads; beyond it the answer says how many were left out"""
_KEPT = ("presence", "min_up", "role", "last_seen_at")
_PORTS = ("interface", "module")


class Loader:
    """What one question has loaded so far."""

    def __init__(self, graph: Graph, catalogue: Catalogue, *, limit: int = LIMIT, moment: Moment | None = None) -> None:
        self.reader = Past(graph, moment) if moment is not None else Present(graph)
        self._catalogue, self._limit = catalogue, limit
        self._types = {kind.label: kind for kind in catalogue.relations.values()}
        self._requiring = {label for label, kind in self._types.items() if kind.dependent in ("source", "target")}
        self._wiring = {label for label, kind in self._types.items() if kind.dependent == "path"}
        self.nodes: dict[str, Node] = {}
        self.edges: dict[Edge, Edge] = {}
        self._followed: dict[str, set[str]] = {"down": set(), "up": set(), "wires": set()}
        self._keep: set[str] = set()
        self._at: dict[str, list[Edge]] = {}
        self.left_out: set[str] = set()

    def start(self, ids: Collection[str]) -> set[str]:
        """Load the CIs a question begins with; they count even when absent. Returns those that are unknown."""
        found = self.reader.many(ids)
        for ci, row in found.items():
            self.nodes[ci] = Node(ci, str(row["class"]), str(row["display_name"]), {k: row.get(k) for k in _KEPT})
            self._keep.add(ci)
        return set(ids) - found.keys()

    def follow(self, ids: Collection[str], direction: str) -> None:
        """Everything that depends on these (`down`), or that they need (`up`), however far."""
        done = self._followed[direction]
        frontier = {ci for ci in ids if ci in self.nodes} - done
        while frontier:
            done |= frontier
            reached: set[str] = set()
            for edge in self._edges(frontier):
                ends = dependence(self._catalogue.relations[edge.type], edge)
                if ends is not None:
                    who, member = ends
                    if direction == "down" and member in frontier:
                        reached.add(who)
                    elif direction == "up" and who in frontier:
                        reached.add(member)
            frontier = (reached & self.nodes.keys()) - done

    def wires(self) -> None:
        """The whole web of cables that what is loaded hangs on."""
        done = self._followed["wires"]
        frontier = {end for e in self.edges.values() if self._is_wire(e) for end in (e.source, e.target)}
        # A port leads to its device even where only one of the two was reached.
        frontier |= {ci for ci, node in self.nodes.items() if self._port(node) or self._catalogue.is_a(node.cls, "device")}
        frontier = (frontier & self.nodes.keys()) - done
        labels = self._wiring | {self._catalogue.relations["part_of"].label}
        while frontier:
            done |= frontier
            reached: set[str] = set()
            known = [edge for ci in frontier & self._at.keys() for edge in self._at[ci]]
            for edge in [*known, *self._read(frontier - self._at.keys(), labels)]:
                ends = {edge.source, edge.target}
                part = edge.type == "part_of" and self._port(self.nodes[edge.source])
                if ends <= self.nodes.keys() and (self._is_wire(edge) or part):
                    reached |= ends
            frontier = (reached & self.nodes.keys()) - done

    def network(self) -> Network:
        """What was loaded, as a network."""
        return Network(self.nodes.values(), self.edges.values(), self._catalogue.relations)

    def paths(self) -> Paths:
        """The cables among what was loaded, with the core: what is marked so, else routers and firewalls."""
        owner = {e.source: e.target for e in self.edges.values() if e.type == "part_of"}
        links = []
        for edge in self.edges.values():
            if self._is_wire(edge):
                (one, first), (other, second) = self._device(edge.source, owner), self._device(edge.target, owner)
                links.append(Link(one, other, (*first, *second)))
        devices = {end for link in links for end in (link.one, link.other)}
        marked = {ci for ci in devices if self.nodes[ci].properties.get("role") == "core"}
        return Paths(links, marked or {ci for ci in devices if self.nodes[ci].cls in ("router", "firewall")})

    def _device(self, ci: str, owner: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        """The device a port belongs to, and the ports passed on the way to it."""
        passed: list[str] = []
        while ci in owner and self._port(self.nodes[ci]) and ci not in passed:
            passed.append(ci)
            ci = owner[ci]
        return ci, tuple(passed)

    def _port(self, node: Node) -> bool:
        return any(self._catalogue.is_a(node.cls, kind) for kind in _PORTS)

    def _is_wire(self, edge: Edge) -> bool:
        return self._catalogue.relations[edge.type].dependent == "path"

    def _edges(self, frontier: Collection[str]) -> list[Edge]:
        """All edges that matter at these CIs; each CI is read once in a question, whichever way it is reached."""
        new = set(frontier) - self._at.keys()
        for edge in self._read(new, self._requiring | self._wiring):
            for end in {edge.source, edge.target} & new:
                self._at.setdefault(end, []).append(edge)
        self._at |= {ci: [] for ci in new - self._at.keys()}
        return [edge for ci in frontier for edge in self._at[ci]]

    def _read(self, frontier: Collection[str], labels: Collection[str]) -> list[Edge]:
        found: list[Edge] = []
        for row in self.reader.edges_of(frontier, labels):
            other = str(row["other"])
            if other not in self.nodes:
                if row["presence"] == "absent" and other not in self._keep:
                    continue  # what is not there any more gives no redundancy
                if len(self.nodes) >= self._limit:
                    self.left_out.add(other)
                    continue
                self.nodes[other] = Node(other, str(row["class"]), str(row["name"]), _kept(row))
            source, target = (str(row["id"]), other) if row["outward"] else (other, str(row["id"]))
            kind = self._types[str(row["label"])]
            edge = Edge(kind.name, source, target, str(row["group"] or ""), str(row["need"] or ""), str(row["seen"] or ""))
            self.edges.setdefault(edge, edge)
            found.append(edge)
        return found


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"presence": row["presence"], "min_up": row["min_up"], "role": row["role"], "last_seen_at": row["other_seen"]}
