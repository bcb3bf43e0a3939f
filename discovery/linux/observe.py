"""Facts of a host → Observation (docs/architecture.md)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from cmdb.model.observation import Coverage, Observation, Source
from discovery.linux.clients import clients_of
from discovery.linux.draft import Draft
from discovery.linux.facts import Facts, read_facts
from discovery.linux.gaps import note_gaps
from discovery.linux.observe_guests import add_containers, add_guests
from discovery.linux.observe_host import host_item
from discovery.linux.observe_network import add_disks, add_interfaces, add_neighbours
from discovery.linux.observe_programs import ENDPOINTS, add_programs
from discovery.linux.reading import Reader

HOST = "host"
"""The ref of the host itself in every observation made here."""


@dataclass(frozen=True, slots=True)
class Look:
    """Who looked, when, and by which address (empty for the machine we run on). `remark` is kept with the coverage of the identity."""

    source: Source
    observed_at: datetime
    address: str = ""
    remark: str = ""


def observe(reader: Reader, look: Look) -> Observation:
    """The observation of the host whose transcript `reader` holds."""
    facts = read_facts(reader, look.observed_at)
    note_gaps(facts, reader)
    if look.remark:
        reader.note("identity", "complete", look.remark)
    return build(facts, reader, look)


def build(facts: Facts, reader: Reader, look: Look) -> Observation:
    """Items and relations of the facts, and the reader's coverage."""
    draft = Draft()
    host = host_item(HOST, facts, look.address)
    if host.cls not in ENDPOINTS and (facts.sockets.sockets or facts.logged_in is not None):
        host = replace(host, attributes={**host.attributes, "seen_clients": clients_of(facts) or None})
    draft.add(host)
    add_interfaces(draft, HOST, facts)
    add_neighbours(draft, HOST, facts)
    add_disks(draft, HOST, facts)
    containers = add_containers(draft, HOST, facts)
    add_guests(draft, HOST, facts)
    dropped = add_programs(draft, host, facts, containers)
    if dropped:
        reader.note("connections", "partial", dropped)
    draft.coverage.extend(Coverage(HOST, part, state, reason) for part, (state, reason) in reader.coverage.items())
    return Observation(
        id=uuid.uuid4().hex,
        source=look.source,
        observed_at=look.observed_at,
        items=tuple(draft.items),
        relations=tuple(draft.relations),
        coverage=tuple(draft.coverage),
    )
