"""What a source can say about a fact (data/capability.yaml): whether its yes counts, whether its no counts, what silence means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from discovery.reports.tables import table


@dataclass(frozen=True, slots=True)
class Capability:
    """`absent`: what a full report without the row means – cannot_tell; state_ends (nobody says any more that it works,
    it may still be there); ends (nobody vouches for anything that was said before); none (an empty list says that there is none).
    `below`: from this version of the system on it can say neither yes nor no (empty: it always can)."""

    yes: bool = False
    no: bool = False
    absent: Literal["cannot_tell", "state_ends", "ends", "none"] = "cannot_tell"
    why: str = "not known what this source can say here"
    below: str = ""

    def hears(self, answer: bool | None) -> bool | None:
        """The answer if this source can give it, else None."""
        return answer if (answer is True and self.yes) or (answer is False and self.no) else None


_NOTHING = Capability()


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str, str], Capability]:
    rows: dict[tuple[str, str, str], Capability] = {}
    for row in table("capability")["rows"]:
        found = Capability(row["yes"], row["no"], row["absent"], row["why"], str(row.get("below", "")))
        facts = row.get("facts") or [row["fact"]]
        rows |= {(fact, source, platform): found for fact in facts for source in row["sources"] for platform in row["platforms"]}
    return rows


def capability(fact: str, source: str, platform: str, version: str = "") -> Capability:
    """The row of the table; a source or platform that is not in it can say nothing. `version` of the system; empty: not known."""
    found = _table().get((fact, source, platform), _NOTHING)
    return found if not found.below or 0 < _major(version) < _major(found.below) else replace(found, yes=False, no=False)


def _major(version: str) -> int:
    """The number that a version begins with; 0 where it begins with none."""
    first = version.split(".", maxsplit=1)[0]
    return int(first) if first.isascii() and first.isdigit() and len(first) < 6 else 0
