"""Section `users`: who is logged in, and who may become root."""

from __future__ import annotations

from collections.abc import Mapping

from discovery.linux.transcript import Section
from discovery.linux.untrusted import IPAddress, address, clean, whole


def read_logged_in(section: Section) -> tuple[str, ...]:
    """Accounts with a session, from `who` and loginctl; sorted, each once."""
    return tuple(sorted({*parse_who(section.output("who")), *parse_loginctl(section.output("loginctl"))}))


def read_admins(section: Section) -> tuple[str, ...]:
    """Members of sudo, wheel and admin, those whose own group is one of these, and all accounts with uid 0; sorted, each once."""
    groups = parse_groups(section.output("groups_file"))
    # getent ends with 2 when one of the three does not exist; what it printed is right all the same.
    directory = section.get("groups")
    if directory is not None and directory.rc in (0, 2):
        for gid, members in parse_groups(directory.output).items():
            groups[gid] = groups.get(gid, frozenset()) | members
    return tuple(sorted({member for members in groups.values() for member in members} | _by_account(section.output("passwd"), groups)))


def parse_who(text: str) -> set[str]:
    """`who`: the account is the first word."""
    return {name for name in (clean(line.split()[0], 100) for line in text.splitlines() if line.split()) if name}


def read_remote_logins(section: Section) -> tuple[tuple[str, IPAddress], ...]:
    """Account and address of each session that came from elsewhere, from `who`; sorted, each once."""
    return tuple(sorted(parse_remote(section.output("who")), key=str))


def parse_remote(text: str) -> set[tuple[str, IPAddress]]:
    """`who`: `ada pts/0 2026-11-22 09:12 (10.1.0.99)`. A name, a screen or a multiplexer in the brackets is no address."""
    found = set()
    for line in text.splitlines():
        words = line.split()
        place = words[-1] if len(words) > 2 else ""
        ip = address(place[1:-1]) if place.startswith("(") and place.endswith(")") else None
        account = clean(words[0], 100) if ip is not None else ""
        if ip is not None and account:
            found.add((account, ip))
    return found


def parse_loginctl(text: str) -> set[str]:
    """`loginctl list-sessions --no-legend`: SESSION UID USER SEAT …; a display manager's greeter is nobody."""
    found = set()
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 3 and whole(words[1]) is not None and words[2] not in ("gdm", "lightdm", "sddm", "Debian-gdm"):
            found.add(clean(words[2], 100))
    return found


def parse_groups(text: str) -> dict[int, frozenset[str]]:
    """`name:x:gid:member,member`: gid → members."""
    found: dict[int, frozenset[str]] = {}
    for line in text.splitlines():
        fields = line.split(":")
        gid = whole(fields[2]) if len(fields) == 4 else None
        if gid is not None:
            members = frozenset(name for name in (clean(member, 100) for member in fields[3].split(",")) if name)
            found[gid] = found.get(gid, frozenset()) | members
    return found


def _by_account(passwd: str, groups: Mapping[int, frozenset[str]]) -> set[str]:
    found = set()
    for line in passwd.splitlines():
        fields = line.split(":")
        if len(fields) == 7 and (whole(fields[2]) == 0 or whole(fields[3]) in groups):
            found.add(clean(fields[0], 100))
    return found
