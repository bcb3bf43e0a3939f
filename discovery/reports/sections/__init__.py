"""One file for each part of a report; each reader takes its sections and adds to the sight. The order is that of the pages."""

from __future__ import annotations

from collections.abc import Callable

from discovery.reports.sections import (
    accounts,
    antimalware,
    attached,
    computer,
    disks,
    encryption,
    firewall,
    guests,
    hardware,
    network_device,
    place,
    ports,
    posture,
    software,
    system,
)
from discovery.reports.sight import Sight

READERS: tuple[Callable[[Sight], None], ...] = (
    computer.read,
    system.read,
    hardware.read,
    ports.read,
    disks.read,
    encryption.read,
    firewall.read,
    antimalware.read,
    posture.read,
    accounts.read,
    software.read,
    guests.read,
    attached.read,
    network_device.read,
    place.read,
)
