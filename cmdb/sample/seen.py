"""Few words for observations of the sample's machines. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cmdb.model.ids import uuid7
from cmdb.model.observation import Coverage, Identifier, Item, Observation, Relation, Source, Value


class Seen:
    """An observation under construction: one source's look at one device and what hangs on it."""

    def __init__(self, kind: str, name: str, at: datetime) -> None:
        self._source, self._at = Source(kind, name), at
        self._items: dict[str, Item] = {}
        self._relations: list[Relation] = []
        self._coverage: list[Coverage] = []

    def item(
        self,
        ref: str,
        cls: str,
        identifiers: Mapping[str, str],
        attributes: Mapping[str, Value] | None = None,
        *,
        inside: str | None = None,
    ) -> str:
        """Add an item; a value of `identifiers` may carry a scope after `@@`. Returns the ref."""
        pairs = tuple(Identifier(kind, value.partition("@@")[0], value.partition("@@")[2]) for kind, value in identifiers.items())
        self._items.setdefault(ref, Item(ref, cls, pairs, dict(attributes or {}), parent=inside))
        return ref

    def relate(self, name: str, source: str, target: str, *, part: str = "", **attributes: Value) -> None:
        """Add a relation."""
        self._relations.append(Relation(name, source, target, attributes, part=part))

    def looked(self, item: str, *parts: str) -> None:
        """These parts were looked at completely."""
        self._coverage += [Coverage(item, part, "complete") for part in parts]

    def done(self, *, actor: str = "", note: str = "") -> Observation:
        """The observation."""
        return Observation(
            uuid7(), self._source, self._at, tuple(self._items.values()), tuple(self._relations), tuple(self._coverage), actor, note
        )
