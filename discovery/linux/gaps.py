"""What the sections cannot know of themselves: values withheld, owners unseen, tools that are absent or refuse."""

from __future__ import annotations

from discovery.linux.containers import Engines
from discovery.linux.facts import Facts
from discovery.linux.guests import Guests
from discovery.linux.reading import Reader


def note_gaps(facts: Facts, reader: Reader) -> None:
    """Add to `reader.coverage` what only the facts together show."""
    if facts.identity.withheld and not facts.identity.container:
        reader.note("identity", "partial", f"needs root: {', '.join(facts.identity.withheld)}")
    if not facts.interfaces:
        reader.note("interfaces", "failed", "no interface could be read")
    reader.note("addresses", *reader.coverage.get("interfaces", ("failed", "")))
    reader.note("connections", "partial", "what was connected at the moment of looking")
    if any(one.listens and not one.pids for one in facts.sockets.sockets) and not facts.platform.privileged:
        reader.note("processes", "partial", "needs root to see which program other users' sockets belong to")
    if not facts.processes or not reader.section("sockets").commands:
        reader.note("processes", "failed", "processes or sockets could not be listed")
    if any(service.running is None for service in facts.services.values()) or not facts.services:
        reader.note("services", "partial" if facts.services else "failed", "the init system does not tell what runs")
    _note_disks(facts, reader)
    _note_tools("containers", facts.engines, reader)
    _note_tools("vms", facts.guests, reader)
    shims = {process.name for process in facts.processes.values()}
    if not facts.engines.containers and shims & {"containerd-shim", "containerd-shim-runc-v2", "conmon"}:
        reader.note("containers", "partial", "containers run here, and no engine we know listed them")
    if not facts.guests.guests and any(name.startswith("qemu-system") or name == "qemu-kvm" for name in shims):
        reader.note("vms", "partial", "virtual machines run here, and no manager we know listed them")
    _note_security(facts, reader)


def _note_disks(facts: Facts, reader: Reader) -> None:
    if facts.identity.container:
        reader.note("disks", "not_looked", "a container sees the disks of its host")
    elif not facts.disks:
        reader.note("disks", "failed", "no block device could be read")
    if not facts.mounts:
        reader.note("mounts", "failed", "the mounts could not be read")


def _note_tools(part: str, told: Engines | Guests, reader: Reader) -> None:
    for reason in told.denied:
        reader.note(part, "refused", reason)
    for reason in told.failures:
        reader.note(part, "failed", reason)


def _note_security(facts: Facts, reader: Reader) -> None:
    if facts.firewall.enabled is None:
        reader.note("security", "partial", f"firewall: {facts.firewall.reason}" if facts.firewall.reason else "")
    if facts.encryption.encrypted is None:
        reader.note("security", "partial", f"disk encryption: {facts.encryption.reason}" if facts.encryption.reason else "")
    if facts.antimalware.present is None:
        reader.note("security", "partial", "antimalware: packages, services and processes could not all be read")
    elif not facts.antimalware.present:
        reader.note("security", "complete", "antimalware: none of the known products among packages, services and processes")
    if facts.updates.security is None:
        reader.note("security", "partial", f"security updates: {facts.updates.reason}" if facts.updates.reason else "")
