"""The answer to an impact question, as one JSON-able object. Field names are documented in docs/how-to/change-impact.md."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cmdb.errors import Invalid, NotFound
from cmdb.graph import loans as loan_store
from cmdb.graph.door import Graph
from cmdb.impact.evaluate import States, evaluate
from cmdb.impact.explain import Explainer
from cmdb.impact.loading import LIMIT, Loader
from cmdb.impact.needs import needs_of
from cmdb.impact.network import Edge, Network
from cmdb.impact.parts import marked
from cmdb.impact.people import Crowd, crowd, unknown_zones
from cmdb.impact.question import Question
from cmdb.impact.services import Service, better_windows, risk
from cmdb.inventory.moment import Moment
from cmdb.model.catalogue import Catalogue
from cmdb.model.times import now as the_present
from cmdb.model.times import to_text

Answer = dict[str, Any]
_SERVICES = ("service", "application")


def answer(
    graph: Graph,
    catalogue: Catalogue,
    question: Question,
    *,
    now: datetime | None = None,
    limit: int = LIMIT,
    moment: Moment | None = None,
) -> Answer:
    """What breaks (`direction` down) or what is needed (up). Raises NotFound for a CI that does not exist, GraphError.

    With `moment`, CIs, relations and services are those of that time; people and their loans are those of today.
    """
    loader = Loader(graph, catalogue, limit=limit, moment=moment)
    unknown = loader.start((*question.cis, *question.also_down, *question.exclude))
    if unknown:
        raise NotFound(f"There is no configuration item {min(unknown)!r}.", field="cis")
    told: Answer = {
        "cis": [{"ci": ci, "name": loader.nodes[ci].name, "class": loader.nodes[ci].cls} for ci in question.cis],
        "direction": question.direction,
        "from": to_text(question.start),
        "to": to_text(question.end),
    }
    if moment is not None:
        told |= {"moment": moment.words}
    if question.direction == "up":
        return told | needs_of(loader, question.cis, catalogue)
    return told | _what_breaks(graph, catalogue, loader, question, now or the_present())


def settled(loader: Loader, chosen: Iterable[str], exclude: Iterable[str] = ()) -> tuple[Network, States]:
    """Load and evaluate until nothing that is hit has dependents that were not looked at."""
    chosen, exclude = set(chosen), set(exclude)
    hit = set(chosen)
    _follow(loader, hit)
    while True:
        network = loader.network()
        states = evaluate(network, chosen, loader.paths(), exclude)
        new = states.affected() - hit
        hit |= new
        if not new or not _follow(loader, hit):
            return network, states


def _follow(loader: Loader, hit: set[str]) -> bool:
    """Load the dependents of what is hit, and the cables; says whether that brought anything that was not there."""
    before = (len(loader.nodes), len(loader.edges))
    loader.follow(hit, "down")
    loader.wires()
    return (len(loader.nodes), len(loader.edges)) != before


def _what_breaks(graph: Graph, catalogue: Catalogue, loader: Loader, question: Question, now: datetime) -> Answer:
    clash = set(question.cis) & {*question.also_down, *question.exclude}
    if clash:
        raise Invalid("A chosen CI cannot be excluded or down already as well.", field="exclude")
    network, states = settled(loader, (*question.cis, *question.also_down), question.exclude)
    before = evaluate(network, question.also_down, loader.paths(), question.exclude) if question.also_down else States()
    explainer = Explainer(network, states, frozenset(question.also_down))
    down = [ci for ci in states.down if ci not in before.down and network.nodes[ci].cls != "person"]
    thinned = [ci for ci in states.thinned if states.thinned[ci] != before.thinned.get(ci)]
    degraded = [ci for ci in states.degraded if before.of(ci) != "degraded"]
    found = _services(loader, catalogue, network, states, {*down, *thinned, *degraded})
    everyone = _people(graph, network, [ci for ci in states.down if ci not in before.down], before)
    counts = {
        "down": len(down),
        "degraded": len(degraded),
        "loses_redundancy": len(thinned),
        "services": len(found),
        "truncated": len(loader.left_out),
    }
    window = (question.start, question.end)
    told: Answer = {
        "counts": counts,
        "down": [explainer.told(ci) for ci in down],
        "degraded": [explainer.told(ci) for ci in degraded],
        "loses_redundancy": [explainer.told(ci) for ci in thinned],
        "services": [service.told(*window) for service in found],
        "people": everyone.told(*window) | {"zones_unknown": unknown_zones(everyone.people.values())},
        "better_windows": better_windows(found, everyone, *window, now),
        "freshness": _freshness(network, {*down, *thinned, *degraded}),
        "already_down": sorted(before.down),
        "excluded": list(question.exclude),
        "truncated": len(loader.left_out),
    }
    told = marked(told, network, catalogue)
    # A port that goes with its switch is no second loss: the risk counts what stands for itself.
    whole = {name: counts[name] - told["kinds"]["parts"].get(name, 0) for name in ("down", "degraded", "loses_redundancy")}
    return told | {"risk": risk(found, everyone, counts | whole, *window)}


def _services(loader: Loader, catalogue: Catalogue, network: Network, states: States, hit: set[str]) -> list[Service]:
    kinds = {cls for kind in _SERVICES for cls in (kind, *catalogue.descendants(kind))}
    wanted = {ci for ci in hit if network.nodes[ci].cls in kinds}
    rows = loader.reader.many(wanted)
    found = [Service(ci, network.nodes[ci].name, network.nodes[ci].cls, states.of(ci), row) for ci, row in rows.items()]
    return sorted(found, key=lambda s: (s.state != "down", s.cls != "service", s.name.lower(), s.ci))


def _people(graph: Graph, network: Network, down: list[str], before: States) -> Crowd:
    hit = {ci: (network.nodes[ci].cls, network.nodes[ci].name) for ci in down}
    held = loan_store.held(graph, sorted(hit)) if hit else {}
    loans = [{"ci": ci, "person": row["person"]} for ci, row in held.items() if row.get("person")]
    return crowd(graph, hit, loans, before.down.keys())


def _freshness(network: Network, hit: set[str]) -> dict[str, Any]:
    """The oldest evidence of what the answer stands on: the CIs that are hit and the relations between them."""
    nodes = [network.nodes[ci] for ci in hit]
    edges = [edge for edge in network.edges if edge.source in hit and edge.target in hit]
    times = [str(node.properties.get("last_seen_at") or "") for node in nodes] + [edge.seen for edge in edges]
    dated = [time for time in times if time]
    undated = len(times) - len(dated)
    if not dated:
        return {"oldest_at": None, "ci": None, "name": None, "undated": undated}
    oldest = min(dated)
    named = [(node.name, node.id) for node in nodes if node.properties.get("last_seen_at") == oldest]
    named += [(_in_words(network, edge), edge.source) for edge in edges if edge.seen == oldest]
    name, ci = min(named)
    return {"oldest_at": oldest, "ci": ci, "name": name, "undated": undated}


def _in_words(network: Network, edge: Edge) -> str:
    return f"{network.nodes[edge.source].name} {network.relations[edge.type].title} {network.nodes[edge.target].name}"
