"""Hypothesis strategies that make canonical observations of the whole catalogue: what `from_json` would give."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from cmdb.model import times
from cmdb.model.catalogue import Attribute, Catalogue, CIClass
from cmdb.model.clean import clean_text, one_line
from cmdb.model.observation import SOURCE_KINDS, Coverage, Identifier, Item, Observation, Relation, Software, Source, Value
from cmdb.model.observation_items import STATES
from cmdb.model.observation_references import may_be

CATALOGUE = Catalogue.load()
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CONCRETE = [cls for cls in CATALOGUE.classes.values() if not cls.abstract]

texts = st.text(max_size=12).map(clean_text)
lines = st.text(min_size=1, max_size=12).map(one_line).filter(bool)
refs = st.sampled_from([f"r{number}" for number in range(8)]) | lines


def values(attribute: Attribute) -> st.SearchStrategy[Value]:
    """Canonical values of one attribute."""
    days = st.dates(datetime(1900, 1, 1).date(), datetime(2199, 12, 31).date()).map(str)  # noqa: DTZ001
    times_ = st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 31), timezones=st.just(UTC)).map(times.to_text)  # noqa: DTZ001
    by_type: dict[str, st.SearchStrategy[Any]] = {
        "text": lines,
        "integer": st.integers(-(2**63), 2**63 - 1),
        "number": st.floats(-1e12, 1e12),
        "boolean": st.booleans(),
        "date": days,
        "datetime": times_,
        "choice": st.sampled_from(attribute.choices or ("",)),
        "list": st.lists(lines, max_size=3, unique=True).map(tuple),
    }
    return st.none() | by_type[attribute.type]


@st.composite
def items(draw: st.DrawFn, ref: str, cls: CIClass, parent: str | None = None) -> Item:
    """One item of that class."""
    names = draw(st.lists(st.sampled_from([*cls.attributes]), max_size=4, unique=True))
    software = st.builds(Software, lines, texts, texts, texts, st.sampled_from(["", "deb", "rpm"]))
    return Item(
        ref=ref,
        cls=cls.name,
        identifiers=tuple(draw(st.lists(st.builds(Identifier, st.sampled_from([*cls.identifiers]), lines, texts), min_size=1, max_size=3))),
        attributes={name: draw(values(cls.attributes[name])) for name in names},
        parent=parent,
        part=draw(st.sampled_from(["", *CATALOGUE.parts])),
        software=draw(st.none() | st.lists(software, max_size=2).map(tuple)),
    )


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    """One observation with parents, relations and coverage that fit together."""
    seen: list[Item] = []
    for ref in draw(st.lists(refs, min_size=1, max_size=5, unique=True)):
        cls = draw(st.sampled_from(CONCRETE))
        homes = [other.ref for other in seen if any(may_be(CATALOGUE, other.cls, name) for name in cls.dependent_on)]
        seen.append(draw(items(ref, cls, draw(st.sampled_from(homes)) if homes else None)))
    named = draw(st.lists(st.sampled_from(seen), max_size=3, unique_by=lambda item: item.ref))
    return Observation(
        id=draw(st.from_regex(r"[A-Za-z0-9._:-]{1,20}", fullmatch=True)),
        source=draw(st.builds(Source, st.sampled_from(SOURCE_KINDS), lines)),
        observed_at=times.cut(draw(st.datetimes(datetime(2000, 1, 1), datetime(2026, 11, 22), timezones=st.just(UTC)))),  # noqa: DTZ001
        items=tuple(seen),
        relations=tuple(_relations(draw, seen)),
        coverage=tuple(
            Coverage(item.ref, draw(st.sampled_from(CATALOGUE.parts)), draw(st.sampled_from(STATES)), draw(texts)) for item in named
        ),
        actor=draw(st.just("") | lines),
        note=draw(texts),
    )


def _relations(draw: st.DrawFn, seen: list[Item]) -> list[Relation]:
    made: list[Relation] = []
    for source, target in pairwise(seen):
        fitting = [kind for kind in CATALOGUE.relations.values() if kind.allows(CATALOGUE, source.cls, target.cls)]
        if fitting:
            attributes: dict[str, Value] = {"need": "50%", "group": "power", "port": 5432} if draw(st.booleans()) else {}
            made.append(
                Relation(
                    draw(st.sampled_from(fitting)).name, source.ref, target.ref, attributes, draw(st.sampled_from(["", *CATALOGUE.parts]))
                )
            )
    return made
