"""A person's edits as observations: one door for the form, the API and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cmdb.errors import Conflict, Invalid
from cmdb.graph import cis
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.ids import uuid7
from cmdb.model.observation import Coverage, Identifier, Item, Observation, Relation, Source, Value

PERSON = Source("person", "edit")
"""One voice for all people, so that one can correct the other; who it was stands in the event (`actor`)."""
DIRECT = "ci"


def changed(
    catalogue: Catalogue,
    row: Mapping[str, Any],
    attributes: Mapping[str, Any],
    *,
    actor: str,
    reason: str,
    rev: int | None,
    until: str = "",
) -> Observation:
    """New values for a CI as read (`row`). None says "there is none". `until` (ISO text): they count until then.

    Raises Invalid naming the attribute, Conflict when `rev` is not the CI's any more.
    """
    if rev is not None and rev != int(row["rev"]):
        raise Conflict(f"It changed since you read it (now revision {row['rev']}); load it again and repeat the change.")
    values = catalogue.cls(str(row["class"])).check_attributes(attributes)
    item = Item("ci", str(row["class"]), (Identifier(DIRECT, str(row["id"])),), values)
    told = _observation((item,), actor=actor, reason=reason)
    return replace(told, until=times.to_text(times.from_text(until))) if until else told


def created(
    catalogue: Catalogue, cls: str, attributes: Mapping[str, Any], *, identifiers: Sequence[Identifier] = (), actor: str, reason: str
) -> Observation:
    """A new CI as a person describes it; reconciliation still looks whether it is known already. Raises Invalid, NotFound (class)."""
    kind = catalogue.cls(cls)
    if kind.abstract:
        raise Invalid(f"{kind.title} is a family of classes; choose one of {', '.join(catalogue.descendants(cls)[:12])}.", field="class")
    values = {name: value for name, value in kind.check_attributes(attributes).items() if value is not None}
    if not values and not identifiers:
        raise Invalid("Give it at least a name, a serial number or an asset tag.", field="attributes.name")
    if not identifiers and not any(isinstance(values.get(name), str) for name in kind.identifiers):
        names = ", ".join(name for name in kind.identifiers if name in kind.attributes)
        raise Invalid(f"Nothing in it tells which {kind.title} it is; give one of {names}.", field="attributes")
    return _observation((Item("ci", cls, tuple(identifiers), values),), actor=actor, reason=reason)


def related(
    graph: Graph, catalogue: Catalogue, name: str, source: str, target: str, *, attributes: Mapping[str, Value], actor: str, reason: str
) -> Observation:
    """A relation between two CIs. Raises Invalid when the catalogue does not allow it, NotFound for an unknown end."""
    kind, (one, other) = _ends(graph, catalogue, name, source, target)
    if not kind.allows(catalogue, str(one["class"]), str(other["class"])):
        raise Invalid(f"A {one['class']} is never {kind.title} a {other['class']}.", field="type")
    items = (_bare("a", one), _bare("b", other))
    return _observation(items, (Relation(name, "a", "b", dict(attributes), part=name),), actor=actor, reason=reason)


def unrelated(graph: Graph, catalogue: Catalogue, name: str, source: str, target: str, *, actor: str, reason: str) -> Observation:
    """The end of a relation that a person made: what people said of that type is said again without it.

    Raises Conflict when only machines claim it: they would see it again at their next look.
    """
    kind, (one, other) = _ends(graph, catalogue, name, source, target)
    if kind.one == "source":
        return _observation((_bare("a", one),), coverage=(Coverage("a", name, "complete"),), actor=actor, reason=reason)
    claimant = f"|{PERSON.key}"
    rows = [r for r in cis.relations(graph, str(one["id"])) if str(r["key"]).split("|")[0] == name and r["outward"]]
    mine = [r for r in rows if any(str(c).endswith(claimant) for c in r["claims"] or ())]
    if str(other["id"]) not in {str(r["other"]) for r in mine}:
        raise Conflict("This relation was discovered, not made by a person; it ends when its source no longer sees it.")
    kept = [r for r in mine if str(r["other"]) != str(other["id"])]
    items = [_bare("a", one)] + [Item(f"b{n}", str(r["other_class"]), (Identifier(DIRECT, str(r["other"])),)) for n, r in enumerate(kept)]
    relations = tuple(Relation(name, "a", f"b{n}", part=name) for n in range(len(kept)))
    return _observation(tuple(items), relations, (Coverage("a", name, "complete"),), actor=actor, reason=reason)


def _ends(
    graph: Graph, catalogue: Catalogue, name: str, source: str, target: str
) -> tuple[Any, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    kind = catalogue.relations.get(name)
    if kind is None:
        raise Invalid(f"There is no relation type {name[:60]!r}.", field="type")
    if source == target:
        raise Invalid("A CI cannot be related to itself.", field="to")
    return kind, (cis.get(graph, source), cis.get(graph, target))


def _bare(ref: str, row: Mapping[str, Any]) -> Item:
    return Item(ref, str(row["class"]), (Identifier(DIRECT, str(row["id"])),))


def _observation(
    items: tuple[Item, ...], relations: tuple[Relation, ...] = (), coverage: tuple[Coverage, ...] = (), *, actor: str, reason: str
) -> Observation:
    return Observation(uuid7(), PERSON, times.now(), items, relations, coverage, actor, reason)
