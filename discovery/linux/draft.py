"""An observation in the making."""

from __future__ import annotations

from dataclasses import dataclass, field

from cmdb.model.observation import Coverage, Item, Relation


@dataclass(slots=True)
class Draft:
    """Items by ref (the first of a ref stays), relations and coverage, in the order they were added."""

    items: list[Item] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    refs: set[str] = field(default_factory=set)

    def add(self, item: Item) -> str:
        """Add the item unless its ref is there already; its ref."""
        if item.ref not in self.refs:
            self.refs.add(item.ref)
            self.items.append(item)
        return item.ref

    def relate(self, kind: str, source: str, target: str, part: str) -> None:
        """Add `source -[kind]-> target`."""
        self.relations.append(Relation(kind, source, target, part=part))
