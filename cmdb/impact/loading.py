"""Loading: from the graph into a `Network`, level by level, one statement a level for all relation types.

Downstream, what depends on the start is followed to its end; each CI that is reached brings its edges in both directions, so that its
requirement groups are complete. Upstream, what the start needs is followed, without all that stands in the same places. The wires
(cables between devices) of what was reached are loaded as a whole, since the last path to the core may lead anywhere; what only lies on
them is followed further when it is affected.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import chain

from cmdb.graph.door import Graph
from cmdb.graph.impact import Way
from cmdb.impact.network import Edge, Network, Node
from cmdb.impact.paths import Link, Paths
from cmdb.inventory.look_back import Past, Present
from cmdb.inventory.moment import Moment
from cmdb.model.catalogue import Catalogue, RelationType

LIMIT = 200_000
"""Most CIs that one question loads; beyond it the answer says how many were left out"""
_KEPT = ("presence", "min_up", "role", "last_seen_at")
_PORTS = ("interface", "module")


Ends = dict[str, list[str]]


class Loader:
    """What one question has loaded so far."""

    def __init__(self, graph: Graph, catalogue: Catalogue, *, limit: int = LIMIT, moment: Moment | None = None) -> None:
        self.reader = Past(graph, moment) if moment is not None else Present(graph)
        self._catalogue, self._limit = catalogue, limit
        self._types = {kind.label: kind for kind in catalogue.relations.values()}
        self._requiring = {label for label, kind in self._types.items() if kind.dependent in ("source", "target")}
        self._wiring = {label for label, kind in self._types.items() if kind.dependent == "path"}
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, ...], Edge] = {}
        self._followed: dict[str, set[str]] = {"down": set(), "up": set(), "wires": set()}
        self._keep: set[str] = set()
        self._read_at: set[str] = set()
        self._needing: Ends = {}
        self._needed: Ends = {}
        self._webs: Ends = {}
        self._hanging: set[str] = set()
        self._kinds: dict[str, tuple[bool, bool]] = {}
        self.left_out: set[str] = set()

    def start(self, ids: Collection[str]) -> set[str]:
        """Load the CIs a question begins with; they count even when absent. Returns those that are unknown."""
        found = self.reader.many(ids)
        for ci, row in found.items():
            self._add(Node(ci, str(row["class"]), str(row["display_name"]), {k: row.get(k) for k in _KEPT}))
            self._keep.add(ci)
        return set(ids) - found.keys()

    def follow(self, ids: Collection[str], direction: str) -> None:
        """Everything that depends on these (`down`), or that they need (`up`), however far."""
        done, ends = self._followed[direction], self._needing if direction == "down" else self._needed
        frontier = (self.nodes.keys() & set(ids)) - done
        while frontier:
            done |= frontier
            if direction == "down":
                self._read(frontier - self._read_at, self._requiring | self._wiring)
                self._read_at |= frontier
            else:
                self._read_needs(frontier - self._read_at)
            frontier = _ends(ends, frontier) - done

    def wires(self) -> None:
        """The whole web of cables that what is loaded hangs on."""
        done = self._followed["wires"]
        # A port leads to its device even where only one of the two was reached.
        frontier = (self._webs.keys() | self._hanging) - done
        labels = self._wiring | {self._catalogue.relations["part_of"].label}
        while frontier:
            done |= frontier
            self._read(frontier - self._read_at, labels)
            frontier = _ends(self._webs, frontier) - done

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
        return self._kind(node.cls)[0]

    def _kind(self, cls: str) -> tuple[bool, bool]:
        """Whether the class is a port, and whether it is a device."""
        if (found := self._kinds.get(cls)) is None:
            port = any(self._catalogue.is_a(cls, kind) for kind in _PORTS)
            found = self._kinds[cls] = (port, self._catalogue.is_a(cls, "device"))
        return found

    def _is_wire(self, edge: Edge) -> bool:
        return self._catalogue.relations[edge.type].dependent == "path"

    def _add(self, node: Node) -> None:
        self.nodes[node.id] = node
        if any(self._kind(node.cls)):
            self._hanging.add(node.id)

    def _read_needs(self, frontier: Collection[str]) -> None:
        """The edges of these. A place is asked for what it needs only: a site has thousands of things in it, and needs none of them."""
        ends = self._catalogue.relations["located_in"].target
        places = {ci for ci in frontier if any(self._catalogue.is_a(self.nodes[ci].cls, end) for end in ends)}
        self._read(set(frontier) - places, self._requiring | self._wiring)
        self._read(places, self._requiring, "out")

    def _read(self, frontier: Collection[str], labels: Collection[str], way: Way = "both") -> None:
        """Edges of these types at these CIs, and what is at their other ends."""
        nodes, edges, types = self.nodes, self.edges, self._types
        rows = self.reader.edges_of(frontier, labels, way) if frontier else ()
        for ci, label, outward, group, need, seen, other, cls, name, presence, min_up, role, other_seen in rows:
            if other not in nodes:
                if presence == "absent" and other not in self._keep:
                    continue  # what is not there any more gives no redundancy
                if len(nodes) >= self._limit:
                    self.left_out.add(other)
                    continue
                kept = {"presence": presence, "min_up": min_up, "role": role, "last_seen_at": other_seen or None}
                self._add(Node(other, cls, name, kept))
            kind = types[label]
            ends = (ci, other) if outward else (other, ci)
            same = (kind.name, *ends, group, need)
            if same not in edges:
                edges[same] = Edge(*same, seen)
                self._tie(kind, *ends)

    def _tie(self, kind: RelationType, source: str, target: str) -> None:
        """Remember where the edge leads."""
        if kind.dependent == "source":
            self._needing.setdefault(target, []).append(source)
            self._needed.setdefault(source, []).append(target)
        elif kind.dependent == "target":
            self._needing.setdefault(source, []).append(target)
            self._needed.setdefault(target, []).append(source)
        if kind.dependent == "path" or (kind.name == "part_of" and self._port(self.nodes[source])):
            self._webs.setdefault(source, []).append(target)
            self._webs.setdefault(target, []).append(source)


def _ends(ends: Ends, frontier: Collection[str]) -> set[str]:
    """Where these lead."""
    return set(chain.from_iterable([ends[ci] for ci in frontier if ci in ends]))
