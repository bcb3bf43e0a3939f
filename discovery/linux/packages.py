"""Section `software`: installed packages of dpkg, rpm, apk, pacman, snap and flatpak, one pure parser each."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from cmdb.model.observation import Software
from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean

_APK_LINE = re.compile(r"^(?P<name>\S+?)-(?P<version>\d[^\s-]*(?:-r\d+)?)(?:\s+(?P<arch>\S+))?(?:\s+\{|\s*$)")
_MAX_NAME = 300


def read_packages(section: Section) -> tuple[tuple[Software, ...], tuple[str, ...]]:
    """All packages, and the complaints of package managers that are there and did not answer."""
    found: list[Software] = []
    failures = []
    for name, parse in PARSERS.items():
        command = section.get(name)
        if command is None or command.missing:
            continue
        if command.ok:
            found.extend(parse(command.output))
        elif not _nothing_kept(name, command.error):
            failures.append(command.why)
    if len({one.name for one in found}) < len(found):
        found = list(dict.fromkeys(found))
    return tuple(found), tuple(failures)


def parse_dpkg(text: str) -> list[Software]:
    """`Package TAB Version TAB Architecture TAB Status`: only what is installed, not what left its configuration behind."""
    return [one for one in map(_deb, text.splitlines()) if one is not None]


def parse_rpm(text: str) -> list[Software]:
    """`NAME TAB EPOCH:VERSION-RELEASE TAB ARCH TAB VENDOR`; the rows of imported keys are no software."""
    return [one for one in map(_rpm, text.splitlines()) if one is not None]


def parse_apk(text: str) -> list[Software]:
    """`apk list -I`: `name-version-rN arch {origin} (licence) [installed]`."""
    found = []
    for line in text.splitlines():
        match = _APK_LINE.match(line)
        if match is not None and not line.startswith("WARNING"):
            found.append(_software(match["name"], match["version"], match["arch"] or "", "", "apk"))
    return _named(found)


def parse_pacman(text: str) -> list[Software]:
    """`pacman -Q`: `name version`."""
    return _named([_software(words[0], words[1], "", "", "pacman") for words in map(str.split, text.splitlines()) if len(words) == 2])


def parse_snap(text: str) -> list[Software]:
    """`snap list`: a table whose first two columns are name and version, the fifth the publisher (with a tick when verified)."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 5 and words[0] != "Name":
            publisher = "" if words[4] == "-" else words[4].rstrip("*✓")
            found.append(_software(words[0], "" if words[1] == "-" else words[1], "", publisher, "snap"))
    return _named(found)


def parse_flatpak(text: str) -> list[Software]:
    """`flatpak list --columns=application,version,arch,origin`: columns are separated by tabs."""
    found = []
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) >= 3 and "." in fields[0]:
            found.append(_software(fields[0], fields[1], fields[2], "", "flatpak"))
    return _named(found)


PARSERS: dict[str, Callable[[str], list[Software]]] = {
    "dpkg": parse_dpkg,
    "rpm": parse_rpm,
    "apk": parse_apk,
    "apk_old": parse_apk,
    "pacman": parse_pacman,
    "snap": parse_snap,
    "flatpak": parse_flatpak,
}


@lru_cache(maxsize=16_384)
def _deb(line: str) -> Software | None:
    """A line of dpkg. Hosts of one fleet have mostly the same packages: those were read before, and are then one object for all."""
    fields = line.split("\t")
    if len(fields) != 4 or not fields[3].endswith(" installed"):
        return None
    found = _software(fields[0], fields[1], fields[2], "", "deb")
    return found if found.name else None


@lru_cache(maxsize=16_384)
def _rpm(line: str) -> Software | None:
    """A line of rpm, kept as those of dpkg are."""
    fields = line.split("\t")
    if len(fields) != 4 or fields[0] == "gpg-pubkey":
        return None
    name, version, arch, vendor = ("" if field == "(none)" else field for field in fields)
    found = _software(name, version.removeprefix("(none):").removeprefix("0:"), arch, vendor, "rpm")
    return found if found.name else None


def _software(name: str, version: str, arch: str, publisher: str, ecosystem: str) -> Software:
    joined = f"{name}{version}{arch}{publisher}"
    if len(joined) < _MAX_NAME and len(arch) <= 50 and joined.isascii() and joined.isprintable() and " " not in joined:
        return Software(name, version, arch, publisher, ecosystem)
    return Software(clean(name, _MAX_NAME), clean(version, _MAX_NAME), clean(arch, 50), clean(publisher, _MAX_NAME), ecosystem)


def _named(found: list[Software]) -> list[Software]:
    return [one for one in found if one.name]


def _nothing_kept(name: str, error: str) -> bool:
    """snap says on standard error that there are none, or that its daemon never ran; apk_old stands in only after apk failed."""
    return name in ("snap", "flatpak") and ("No snaps" in error or "cannot communicate with server" in error)
