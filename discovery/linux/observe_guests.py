"""Containers and virtual machines that a host runs, as items and relations."""

from __future__ import annotations

import re

from cmdb.model.observation import Identifier, Item, Value
from discovery.linux.draft import Draft
from discovery.linux.facts import Facts

_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,250}[A-Za-z0-9])?")


def add_containers(draft: Draft, host: str, facts: Facts) -> dict[int, str]:
    """Containers inside the host. Returns published port → ref, for the programs that pass traffic on to them."""
    by_port: dict[int, str] = {}
    for container in facts.engines.containers:
        attributes: dict[str, Value] = {
            "name": container.name or container.id[:12],
            "container_id": container.id,
            "image": container.image,
            "state": container.state,
        }
        identifiers = [Identifier("container_id", container.id)]
        if container.name:
            identifiers.append(Identifier("container_name", container.name))
        known = {name: value for name, value in attributes.items() if value}
        ref = draft.add(Item(f"{host}/container/{container.id}", "container", tuple(identifiers), known, parent=host))
        draft.relate("hosted_on", ref, host, "containers")
        by_port.update(dict.fromkeys(container.ports, ref))
    return by_port


def add_guests(draft: Draft, host: str, facts: Facts) -> None:
    """Virtual machines and system containers: computers of their own, known here by what their host tells of them."""
    for guest in facts.guests.guests:
        identifiers = [Identifier("mac", address) for address in guest.macs]
        if guest.uuid:
            identifiers.insert(0, Identifier("uuid", guest.uuid))
        attributes: dict[str, Value] = {}
        if guest.name:
            attributes["name"] = guest.name
        if not identifiers and _HOST_NAME.fullmatch(guest.name):
            # Only where there is nothing better: what its manager calls a guest need not be what it calls itself.
            identifiers.append(Identifier("hostname", guest.name))
        ref = draft.add(Item(f"guest/{guest.key}", "virtual_machine", tuple(identifiers), attributes, part="vms"))
        draft.relate("hosted_on", ref, host, "vms")
