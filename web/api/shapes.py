"""Shapes that several resources share: a CI, a change, what an observation did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cmdb.inventory.moment import Moment, moment_of
from cmdb.inventory.visible import shown
from cmdb.model.change import Changes
from cmdb.model.observation_sifting import Sifted
from web.auth.viewer import viewer
from web.services import services


class CiPath(BaseModel):
    """Which CI."""

    ci_id: str = Field(min_length=1, max_length=64, description="The CI's permanent id.")


class Past(BaseModel):
    """Which moment. Left out: now."""

    model_config = ConfigDict(extra="forbid")

    as_of: str | None = Field(default=None, max_length=40, description="What was so then: a time with zone, or a day (its end).")
    known_at: str | None = Field(default=None, max_length=40, description="As far as it was known then: a time with zone, or a day.")

    def moment(self) -> Moment | None:
        """The moment asked for; None: now. Raises Invalid naming the word at fault."""
        return moment_of(self.as_of, self.known_at)


class Ci(BaseModel):
    """One configuration item."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(description="Its permanent id.")
    cls: str = Field(alias="class", description="Its class in the catalogue.")
    name: str = Field(description="What people call it.")
    presence: str = Field(description="present; absent: not there any more where it was looked for.")
    rev: int = Field(description="Its revision, the ETag: send it as If-Match with a change.")
    attributes: dict[str, Any] = Field(description="Golden values by the catalogue's attribute names.")
    ageing: str | None = Field(default=None, description="missing, stale or retire (proposed): not seen for long. null: seen lately.")
    ageing_why: str | None = Field(default=None, description="Why it counts as that.")
    sources: list[str] = Field(description="Keys of the sources that spoke of it.")
    created_at: str = Field(description="When it was first seen.")
    updated_at: str = Field(description="When a value last changed.")
    last_seen_at: str = Field(description="When a source last saw it.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Ci:
        """From a CI's properties, as the asker may see them."""
        return cls.model_validate(
            {
                "id": row["id"],
                "class": row["class"],
                "name": row["display_name"],
                "presence": row["presence"],
                "rev": row["rev"],
                "attributes": shown(services().catalogue, row, viewer().role),
                "ageing": row.get("ageing"),
                "ageing_why": row.get("ageing_why"),
                "sources": list(row.get("sources") or ()),
                "created_at": row["created_at"],
                "updated_at": row["updated_at"],
                "last_seen_at": row["last_seen_at"],
            }
        )


class RefusedPiece(BaseModel):
    """One piece of an observation that was left out."""

    path: str = Field(description="Where it stood: items[3], relations[0], coverage[2].")
    ref: str = Field(description="The ref of an item, told only to who sent it; else empty.")
    message: str = Field(description="What was wrong, with the path of it; the values themselves are told only to who sent them.")


class RefusedOut(BaseModel):
    """Pieces of an observation that were wrong and were left out; the others count."""

    items: int = Field(description="How many items.")
    relations: int = Field(description="How many relations.")
    coverage: int = Field(description="How many words on coverage.")
    listed: list[RefusedPiece] = Field(description="The first 200 of them.")

    @classmethod
    def of(cls, read: Sifted) -> RefusedOut:
        """As who sent it is told."""
        listed = [RefusedPiece(path=one.path, ref=one.ref, message=str(one)) for one in read.refused]
        return cls(items=read.items, relations=read.relations, coverage=read.coverage, listed=listed)

    @classmethod
    def kept(cls, kept: Mapping[str, Any]) -> RefusedOut:
        """As the ledger keeps it."""
        listed = [RefusedPiece(path=one["path"], ref="", message=one["message"]) for one in kept["told"]]
        return cls(items=kept["items"], relations=kept["relations"], coverage=kept["coverage"], listed=listed)


class Applied(BaseModel):
    """What an observation did, or in a dry run would do."""

    observation: str = Field(description="The observation's id.")
    applied: bool = Field(description="False: a dry run, nothing was written.")
    counts: dict[str, int] = Field(description="Changes by kind.")
    items: list[dict[str, Any]] = Field(description="Per item: ref, outcome, ci, rule.")
    changes: list[dict[str, Any]] = Field(description="What becomes different.")
    refused: RefusedOut | None = Field(default=None, description="Pieces that were wrong and would be left out; null if there are none.")
    left_out: list[str] = Field(default=[], description="Of a person's edit: what is not kept as typed, the device being personal.")

    @classmethod
    def of(cls, changes: Changes) -> Applied:
        """From reconciliation's answer."""
        return cls.model_validate(changes.to_json())
