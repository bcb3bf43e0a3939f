"""Section `services`: what the init system runs and knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean

_OPENRC = re.compile(r"^\s*(?P<name>\S+)\s+\[\s*(?P<state>\w+)\b")


@dataclass(frozen=True, slots=True)
class Service:
    """A service by its name without `.service`. `running` is None where the init system does not tell."""

    name: str
    running: bool | None
    description: str = ""


def read_services(section: Section) -> Mapping[str, Service]:
    """All services by name, from systemd, OpenRC or the names in /etc/init.d."""
    systemd = section.get("systemd")
    if systemd is not None and systemd.ok:
        files = parse_unit_files(section.output("systemd_files"))
        return {**files, **parse_units(systemd.output)}
    return parse_openrc(section.output("openrc")) or {
        name: Service(name, None) for name in map(clean, section.output("initd").splitlines()) if name
    }


def parse_units(text: str) -> dict[str, Service]:
    """`systemctl list-units --plain --no-legend`: UNIT LOAD ACTIVE SUB DESCRIPTION; old versions still print a dot first."""
    found = {}
    for line in text.splitlines():
        words = line.lstrip("●* ").split(None, 4)
        if len(words) >= 4 and words[0].endswith(".service") and words[1] != "not-found":
            name = clean(words[0].removesuffix(".service"), 255)
            found[name] = Service(name, words[3] == "running", clean(words[4]) if len(words) == 5 else "")
    return found


def parse_unit_files(text: str) -> dict[str, Service]:
    """`systemctl list-unit-files`: installed services, running or not; templates (`name@`) are no services yet."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0].endswith(".service") and not words[0].endswith("@.service"):
            name = clean(words[0].removesuffix(".service"), 255)
            found[name] = Service(name, False)
    return found


def parse_openrc(text: str) -> dict[str, Service]:
    """`rc-status --servicelist`: `name [ started ]`."""
    found = {}
    for line in text.splitlines():
        match = _OPENRC.match(line)
        if match is not None:
            name = clean(match["name"], 255)
            found[name] = Service(name, match["state"] == "started")
    return found
