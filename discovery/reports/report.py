"""A report in the form it is kept: one vocabulary for all agents, only what may be known, as canonical JSON.

The agent's own bytes are never stored: they hold what must not be (environment variables, command lines). Equal reports give equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from cmdb.errors import Invalid
from discovery.reports.kept import Row, written

__all__ = ["FORMAT", "Report", "Row"]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Report:
    """One accepted inventory after the privacy filter.

    `content` holds the rows of each section that is kept; a kept section without usable rows is an empty list: sent, and empty.
    `present` names every known section that the agent sent, also the dropped ones. `dropped` names sections and `section.field`s that were
    taken out; `counts` how many rows a section had before (personal software). `notes` is for people.
    `failed` names sections the agent tried to read and could not, with the reason in our words: not known, and never none.
    """

    product: str
    agent: str
    wire: str
    deviceid: str
    agent_id: str = ""
    itemtype: str = ""
    partial: bool = False
    tag: str = ""
    ownership: str = ""
    content: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    present: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The agent installation: its id, else its device id."""
        return self.agent_id or self.deviceid

    def rows(self, section: str) -> list[Row]:
        """The rows of a section; empty when it was not sent or not kept."""
        rows = self.content.get(section, [])
        return rows if isinstance(rows, list) else list(rows)

    def one(self, section: str) -> Row:
        """The only row of a section like hardware; empty when it was not sent."""
        rows = self.content.get(section)
        return rows[0] if rows else {}

    def has(self, section: str) -> bool:
        """Whether the section was sent and kept, maybe empty."""
        return section in self.content

    def to_bytes(self) -> bytes:
        """Canonical JSON: sorted keys, no spaces."""
        fields = {name: getattr(self, name) for name in _FIELDS} | {"report_format": FORMAT}
        return orjson.dumps(fields, default=written, option=orjson.OPT_SORT_KEYS)

    @classmethod
    def from_bytes(cls, body: bytes) -> Report:
        """Read what `to_bytes` wrote. Raises Invalid for anything else."""
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Invalid("The stored report is not JSON.", field="body") from None
        if not isinstance(data, dict) or data.pop("report_format", None) != FORMAT or not data.keys() <= set(_FIELDS):
            raise Invalid(f"The stored report is not of format {FORMAT}.", field="body")
        _check_shape(data)
        fields: dict[str, Any] = {name: tuple(value) if name in _TUPLES else value for name, value in data.items()}
        return cls(**fields)


_TUPLES = ("present", "dropped", "notes")
_TEXTS = ("product", "agent", "wire", "deviceid", "agent_id", "itemtype", "tag", "ownership")
_FIELDS = (*_TEXTS, "partial", "content", "counts", "failed", *_TUPLES)


def _check_shape(data: dict[str, Any]) -> None:
    sound = (
        all(isinstance(data.get(name, ""), str) for name in _TEXTS)
        and {"product", "agent", "wire", "deviceid"} <= data.keys()
        and isinstance(data.get("partial", False), bool)
        and all(isinstance(v, list) and all(isinstance(t, str) for t in v) for v in (data.get(name, []) for name in _TUPLES))
        and isinstance(data.get("counts", {}), dict)
        and all(isinstance(n, int) for n in data.get("counts", {}).values())
        and isinstance(data.get("failed", {}), dict)
        and all(isinstance(why, str) for why in data.get("failed", {}).values())
        and isinstance(data.get("content", {}), dict)
        and all(isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in data.get("content", {}).values())
    )
    if not sound:
        raise Invalid("The stored report does not have the shape of a report.", field="body")
