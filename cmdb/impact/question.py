"""What is asked: which CIs, in which window, which way, beside which other changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cmdb.errors import Invalid
from cmdb.model.times import from_text, now

MOST = 500
_DEFAULT = timedelta(hours=2)
_LONGEST = timedelta(days=60)
DIRECTIONS = ("down", "up")


@dataclass(frozen=True, slots=True)
class Question:
    """`down`: what breaks without `cis`. `up`: what `cis` need. `also_down` are out already; `exclude` stay up whatever happens."""

    cis: tuple[str, ...]
    start: datetime
    end: datetime
    direction: str = "down"
    also_down: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def ask(
    cis: Sequence[str],
    *,
    window: tuple[str, str] = ("", ""),
    direction: str = "down",
    also_down: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Question:
    """A checked question. `window` is ISO 8601 with zone; without a beginning it is now, without an end two hours. Raises Invalid."""
    if direction not in DIRECTIONS:
        raise Invalid("direction must be down (what breaks) or up (what it needs).", field="direction")
    chosen = tuple(dict.fromkeys(ci for ci in cis if ci))
    if not chosen:
        raise Invalid("cis is empty: name at least one configuration item.", field="cis")
    if max(len(chosen), len(also_down), len(exclude)) > MOST:
        raise Invalid(f"cis names too many: at most {MOST}.", field="cis")
    start = _time(window[0], "from") or now()
    end = _time(window[1], "to") or start + _DEFAULT
    if not start < end <= start + _LONGEST:
        raise Invalid("to must be after from, and at most 60 days later.", field="to")
    return Question(chosen, start, end, direction, tuple(filter(None, also_down)), tuple(filter(None, exclude)))


def _time(text: str, field: str) -> datetime | None:
    if not text:
        return None
    try:
        return from_text(text)
    except Invalid as error:
        raise Invalid(f"{field} {error.message}", field=field) from error
