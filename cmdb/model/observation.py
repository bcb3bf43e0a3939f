"""Observation: what one source saw of some things at one time. The only way into the graph (docs/architecture.md).

Every door (agent report, SSH, SNMP, CSV, the edit form, the API) turns what it got into one Observation.
"Not looked" is never "none": only a part with complete coverage may make something absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

Scalar: TypeAlias = str | int | float | bool
Value: TypeAlias = Scalar | tuple[Scalar, ...] | None
"""An attribute's value. None is a positive statement: the source looked, and there is none."""

CoverageState: TypeAlias = Literal["complete", "partial", "not_looked", "refused", "failed"]

SOURCE_KINDS = ("person", "local", "ssh", "agent", "snmp", "import", "api", "rule")
"""Who may speak. Precedence between them is data (cmdb/model/data/precedence.yaml), not this order."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who speaks. `name` tells two sources of one kind apart: an agent's product, a file, a person's login."""

    kind: str
    name: str

    @property
    def key(self) -> str:
        """`kind:name`, e.g. `agent:fusioninventory`, `person:ada`: the last word of one source on one CI is kept under it."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One piece of identity evidence as the source spelt it; `reconciliation` normalises and grades it.

    `scope` narrows where the value is unique (a serial's vendor, an address's VRF); empty when the kind needs none.
    """

    kind: str
    value: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Software:
    """One installed package or product, as reported. `ecosystem` is deb, rpm, apk, pacman, msi, …; empty when not known."""

    name: str
    version: str = ""
    arch: str = ""
    publisher: str = ""
    ecosystem: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was seen. `ref` is its name inside this observation only.

    `parent` is the ref of the item inside which a dependent CI is identified (an interface in its device).
    `part` names the section it was read from, for coverage; empty means the class's own part in the catalogue.
    `software` is None when the source said nothing about software, an empty tuple when it said "none".
    """

    ref: str
    cls: str
    identifiers: tuple[Identifier, ...] = ()
    attributes: Mapping[str, Value] = field(default_factory=dict)
    parent: str | None = None
    part: str = ""
    software: tuple[Software, ...] | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """`source -[type]-> target`, both refs of items in the same observation. `part` as in Item."""

    type: str
    source: str
    target: str
    attributes: Mapping[str, Value] = field(default_factory=dict)
    part: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How completely one part of one item was looked at. `reason` is for people (`needs root`, `timed out after 20 s`)."""

    item: str
    part: str
    state: CoverageState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What `source` saw at `observed_at` (aware, UTC). `id` is unique per observation; the same id is applied once.

    `note` is what a person gave as the reason; `actor` the login of the person or token behind it, if any. `until` (ISO text): what a
    person says counts until then.
    """

    id: str
    source: Source
    observed_at: datetime
    items: tuple[Item, ...]
    relations: tuple[Relation, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    actor: str = ""
    note: str = ""
    until: str = ""
