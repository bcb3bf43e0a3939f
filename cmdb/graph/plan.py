"""Plan: everything one transaction writes for a batch of decided items. Made by reconciliation, written by `cmdb.graph.write`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Properties: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class Plan:
    """Rows to write; each list is one statement (per label or relation type), never a query per row."""

    new_cis: dict[str, list[Properties]] = field(default_factory=dict)
    """Class name → properties with id, class, rev = 1 …"""
    changed_cis: list[Properties] = field(default_factory=list)
    """id, rev (as read: the guard), props (None removes), touched without a visible change too when a record changed"""
    seen_cis: list[Properties] = field(default_factory=list)
    """id, at: only seen again"""
    repeated: list[Properties] = field(default_factory=list)
    """key (of the source record), at: the source said exactly the same again, later"""
    relabelled: list[tuple[str, str, str]] = field(default_factory=list)
    """id, class before, class after"""
    new_identifiers: list[Properties] = field(default_factory=list)
    """key, kind, value, ci, grade, scope"""
    new_links: list[Properties] = field(default_factory=list)
    """key, ci, grade, scope: the identifier exists already"""
    shared_keys: list[str] = field(default_factory=list)
    new_records: list[Properties] = field(default_factory=list)
    """key, ci, source, observed_at, absent_at, data"""
    changed_records: list[Properties] = field(default_factory=list)
    """key, rev (the guard), observed_at, absent_at, data"""
    new_relations: dict[str, list[Properties]] = field(default_factory=dict)
    """Relation type → source, target, props (with key, claims, first_seen_at …)"""
    changed_relations: dict[str, list[Properties]] = field(default_factory=dict)
    """Relation type → key, source, props"""
    ended_relations: dict[str, list[Properties]] = field(default_factory=dict)
    """Relation type → key, source"""
    merged_links: list[Properties] = field(default_factory=list)
    """key, kind, value, ci, grade, scope: whether the identifier exists already is seen when it is written"""
    dropped_links: list[Properties] = field(default_factory=list)
    """key, ci: the CI does not show it any more"""
    weighed_keys: list[str] = field(default_factory=list)
    """Keys whose sharing is decided anew when the links are written"""
    dropped_records: list[str] = field(default_factory=list)
    """Keys of source records that moved elsewhere"""
    events: list[Properties] = field(default_factory=list)
    """ci, props"""
    chunks: dict[str, list[Properties]] = field(default_factory=dict)
    """Software chunk key → software rows (key, name, version, arch, publisher, ecosystem), for chunks that may be new"""
    software_links: list[Properties] = field(default_factory=list)
    """ci, source, add (chunk keys), drop (chunk keys)"""
    pendings: list[Properties] = field(default_factory=list)
    """key, wanted (identifier keys), body (JSON), since"""
    reviews: list[Properties] = field(default_factory=list)
    """key, id, at, props, candidates (CI ids), clues (identifier keys the question rests on)"""

    def is_empty(self) -> bool:
        """Whether nothing but times would be written."""
        return not any(
            (
                self.new_cis,
                self.changed_cis,
                self.relabelled,
                self.new_identifiers,
                self.new_links,
                self.merged_links,
                self.dropped_links,
                self.dropped_records,
                self.shared_keys,
                self.new_records,
                self.new_relations,
                self.changed_relations,
                self.ended_relations,
                self.events,
                self.software_links,
                self.pendings,
                self.reviews,
            )
        )
