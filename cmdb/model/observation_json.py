"""The published JSON form of an Observation: written by `to_json`, read by `from_json`, described by `observation_schema`.

`from_json` refuses a wrong observation as a whole, with every problem listed; `observation_sifting` takes what is good of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import orjson

from cmdb.errors import Invalid
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.ids import uuid7
from cmdb.model.observation import (
    SOURCE_KINDS,
    Coverage,
    CoverageState,
    Identifier,
    Item,
    Observation,
    Relation,
    Software,
    Source,
    Value,
)
from cmdb.model.observation_items import read_coverage, read_items, read_relations
from cmdb.model.observation_problems import At, InvalidObservation, Problem, Problems
from cmdb.model.observation_references import check_references
from cmdb.model.observation_schema import observation_schema

__all__ = ["InvalidObservation", "Problem", "from_json", "from_stored", "observation_schema", "to_json"]

EARLIEST = times.from_text("2000-01-01T00:00:00Z")
"""No scan or report is older than that; a clock that says so is broken."""
FUTURE = timedelta(days=1)
"""How far a sender's clock may go ahead of ours (a wrong time zone is less)."""

_KEYS = ("id", "source", "observed_at", "items", "relations", "coverage", "actor", "note", "until")


def to_json(observation: Observation) -> dict[str, Any]:
    """The published form: only text, numbers, lists and mappings. What is empty is left out."""
    return _filled(
        id=observation.id,
        source={"kind": observation.source.kind, "name": observation.source.name},
        observed_at=times.to_text(observation.observed_at),
        items=[_item(item) for item in observation.items],
        relations=[_relation(relation) for relation in observation.relations],
        coverage=[_filled(item=seen.item, part=seen.part, state=seen.state, reason=seen.reason) for seen in observation.coverage],
        actor=observation.actor,
        note=observation.note,
        until=observation.until,
    )


def from_json(data: object, catalogue: Catalogue, *, default_source: Source | None = None, now: datetime) -> Observation:
    """Read and check what a stranger sent; `data` is JSON as bytes or text, or what a JSON parser made of it.

    Without `id` a new one is given, without `observed_at` it is `now`, without `source` it is `default_source`. Who may speak as which
    source, and who is the `actor`, is the door's business: it sets both afterwards.
    Raises InvalidObservation: `problems` has up to 50, each with the path (`items[3].identifiers[0].kind`) and the fix.
    """
    problems = Problems()
    top, bare = envelope(parsed(data), problems, default_source, now)
    observation = replace(
        bare,
        items=read_items(top.get("items"), problems, catalogue),
        relations=read_relations(top.get("relations"), catalogue),
        coverage=read_coverage(top.get("coverage"), catalogue),
    )
    problems.stop_if_any()
    check_references(observation, catalogue, problems)
    problems.stop_if_any()
    return observation


def envelope(given: object, problems: Problems, default: Source | None, now: datetime) -> tuple[dict[str, At], Observation]:
    """What was given by its keys, and the observation without items, relations and coverage. Raises InvalidObservation for no object."""
    if not isinstance(given, dict):
        raise InvalidObservation((Problem("", 'an observation is a JSON object: {"items": […]}'),))
    top = At(problems, "", given).mapping(_KEYS)
    return top, Observation(
        id=_id(top.get("id")),
        source=_source(top.get("source"), problems, default),
        observed_at=_observed_at(top.get("observed_at"), now),
        items=(),
        actor=top["actor"].line(200) if "actor" in top else "",
        note=top["note"].text() if "note" in top else "",
        until=_until(top.get("until")),
    )


def from_stored(data: Mapping[str, Any]) -> Observation:
    """Read back what `to_json` wrote and we kept ourselves: nothing is checked. Raises KeyError or TypeError for anything else."""
    return Observation(
        id=data["id"],
        source=Source(data["source"]["kind"], data["source"]["name"]),
        observed_at=times.from_text(data["observed_at"]),
        items=tuple(_stored_item(item) for item in data["items"]),
        relations=tuple(
            Relation(said["type"], said["from"], said["to"], _stored_values(said.get("attributes")), said.get("part", ""))
            for said in data.get("relations", ())
        ),
        coverage=tuple(
            Coverage(said["item"], said["part"], cast(CoverageState, said["state"]), said.get("reason", ""))
            for said in data.get("coverage", ())
        ),
        actor=data.get("actor", ""),
        note=data.get("note", ""),
        until=data.get("until", ""),
    )


def parsed(data: object) -> object:
    """JSON as bytes or text parsed, all else as it is. Raises InvalidObservation for what is not JSON."""
    if isinstance(data, (bytes, bytearray, memoryview, str)):
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise InvalidObservation((Problem("", f"this is not JSON: {error.msg} at line {error.lineno}"),)) from None
    return data


def _id(given: At | None) -> str:
    if given is None:
        return uuid7()
    text = given.line(100)
    if text and not all(letter.isascii() and (letter.isalnum() or letter in "._:-") for letter in text):
        given.refuse("may only have letters, digits and . _ : -")
    return text


def _source(given: At | None, problems: Problems, default: Source | None) -> Source:
    if given is None:
        if default is None:
            problems.add("source", 'is missing; say who saw it, e.g. {"kind": "import", "name": "warehouse.csv"}')
        return default or Source("", "")
    keys = given.mapping(("kind", "name"))
    kind = given.needed(keys, "kind")
    name = given.needed(keys, "name")
    return Source(kind.word(SOURCE_KINDS) if kind else "", name.line(200) if name else "")


def _until(given: At | None) -> str:
    if given is None:
        return ""
    try:
        return times.to_text(times.from_text(given.line(64)))
    except Invalid as error:
        given.refuse(error.message)
        return ""


def _observed_at(given: At | None, now: datetime) -> datetime:
    if given is None:
        return times.cut(now)
    try:
        when = times.from_text(given.line(64))
    except Invalid as error:
        given.refuse(error.message)
        return now
    if when < EARLIEST:
        given.refuse(f"is before {EARLIEST.year}; the clock it comes from is wrong")
    elif when > now + FUTURE:
        given.refuse(f"is more than a day ahead of now ({times.to_text(now)}); the clock it comes from is wrong")
    return when


def _item(item: Item) -> dict[str, Any]:
    written = _filled(
        ref=item.ref,
        identifiers=[_filled(kind=known.kind, value=known.value, scope=known.scope) for known in item.identifiers],
        attributes=_values(item.attributes),
        parent=item.parent,
        part=item.part,
    )
    written["class"] = item.cls
    if item.software is not None:
        written["software"] = [
            _filled(name=one.name, version=one.version, arch=one.arch, publisher=one.publisher, ecosystem=one.ecosystem)
            for one in item.software
        ]
    return written


def _relation(relation: Relation) -> dict[str, Any]:
    said = {"type": relation.type, "from": relation.source, "to": relation.target}
    return {**said, **_filled(attributes=_values(relation.attributes), part=relation.part)}


def _values(attributes: Mapping[str, Value]) -> dict[str, Any]:
    return {name: [*value] if isinstance(value, tuple) else value for name, value in attributes.items()}


def _filled(**said: Any) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value or name == "items"}


def _stored_item(data: Mapping[str, Any]) -> Item:
    software = data.get("software")
    return Item(
        ref=data["ref"],
        cls=data["class"],
        identifiers=tuple(Identifier(said["kind"], said["value"], said.get("scope", "")) for said in data.get("identifiers", ())),
        attributes=_stored_values(data.get("attributes")),
        parent=data.get("parent"),
        part=data.get("part", ""),
        software=None if software is None else tuple(Software(**said) for said in software),
    )


def _stored_values(data: Mapping[str, Any] | None) -> dict[str, Value]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in (data or {}).items()}
