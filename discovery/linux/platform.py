"""Section `platform`: which system answers, and what we may do there."""

from __future__ import annotations

from dataclasses import dataclass

from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean, whole


@dataclass(frozen=True, slots=True)
class Platform:
    """`privileged` is true for root and where `sudo -n` answers; then "nothing there" can be believed."""

    kernel: str = ""
    node: str = ""
    release: str = ""
    machine: str = ""
    uid: int | None = None
    user: str = ""
    sudo: bool = False

    @property
    def is_root(self) -> bool:
        """Logged in as root."""
        return self.uid == 0

    @property
    def privileged(self) -> bool:
        """Root, or sudo without a password."""
        return self.is_root or self.sudo


def read_platform(section: Section) -> Platform:
    """The answers of uname and id."""
    return Platform(
        kernel=clean(section.output("kernel")),
        node=clean(section.output("node"), 255),
        release=clean(section.output("release")),
        machine=clean(section.output("machine")),
        uid=whole(section.output("uid")),
        user=clean(section.output("user"), 255),
        sudo=section.output("sudo").strip() == "1",
    )
