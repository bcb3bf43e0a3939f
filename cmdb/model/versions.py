"""The order of versions, by the rules of each package's own ecosystem. Pure.

A key is a tuple of what decides, so that versions sort as the ecosystem's own tool sorts them. A version that does not follow the grammar
of its ecosystem has no key: nothing is guessed of it, and who asks for a range is told that it cannot be compared.

Rules: deb-version(7) of dpkg 1.22; rpm-version(7) of RPM 4.20 with tilde and caret; vercmp(8) of pacman 6; PMS 8 §3.3 (Gentoo), which apk's
own apk-package(5) follows; Semantic Versioning 2.0.0 §11; PEP 440. Everything else (Windows, macOS, apps): numbers between dots.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Key = tuple[Any, ...]
LONGEST = 500
"""Characters of a version that are looked at; a longer one has no order."""
_EPOCH = re.compile(r"(?:(\d+):)?(.*)", re.DOTALL)
_RPM = re.compile(r"\d+|[a-zA-Z]+|~|\^")
_PACMAN = re.compile(r"([^a-zA-Z0-9]*)(\d+|[a-zA-Z]+)")
_APK = re.compile(r"(\d+(?:\.\d+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(?:~[0-9a-f]+)?(?:-r(\d+))?")
_SUFFIX = re.compile(r"_([a-z]+)(\d*)")
_SUFFIXES = ("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p")
_SEMVER = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_PEP440 = re.compile(
    r"v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?"
    r"(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?",
    re.IGNORECASE,
)
_PRE = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_DOTTED = re.compile(r"v?(\d+(?:[.,]\d+)*)(?:[-_. +~]*([a-zA-Z]+)[-_. ]?(\d*))?(?:[^0-9a-zA-Z].*)?", re.DOTALL)
_BEFORE = ("dev", "snapshot", "nightly", "a", "alpha", "b", "beta", "m", "milestone", "pre", "preview", "rc")


def key(ecosystem: str, version: str) -> Key | None:
    """What sorts this version among those of its ecosystem; None where it follows no grammar that has an order.

    Keys of two ecosystems must not be compared.
    """
    return _key(ecosystem, version.strip())


def base_key(ecosystem: str, version: str) -> Key | None:
    """As `key`, without the packager's own revision (`-1ubuntu2`, `-16.el9`, `-r3`), where the ecosystem has one."""
    text = version.strip()
    if ecosystem in ("deb", "rpm", "pacman"):
        return _key(ecosystem, text.rpartition("-")[0] or text)
    if ecosystem in ("apk", "ebuild"):
        return _key(ecosystem, re.sub(r"-r\d+$", "", text))
    return _key(ecosystem, text)


def has_revision(ecosystem: str, version: str) -> bool:
    """Whether this version names the packager's own revision."""
    if ecosystem in ("apk", "ebuild"):
        return re.search(r"-r\d+$", version.strip()) is not None
    return ecosystem in ("deb", "rpm", "pacman") and "-" in version.strip().strip("-")


@lru_cache(maxsize=65_536)
def _key(ecosystem: str, version: str) -> Key | None:
    if not version or len(version) > LONGEST or not version.isascii():
        return None
    return _RULES.get(ecosystem, _dotted)(version)


def _deb(text: str) -> Key | None:
    if re.fullmatch(r"(?:\d+:)?[A-Za-z0-9.+~:-]+", text) is None:
        return None
    epoch, rest = _epoch(text)
    upstream, hyphen, revision = rest.rpartition("-")
    return (epoch, _deb_part(upstream if hyphen else rest), _deb_part(revision if hyphen else ""))


def _deb_part(text: str) -> Key:
    """Runs of other signs and of digits by turns. A tilde sorts before the end, letters before other signs."""
    pairs: list[Key] = []
    for other, digits in re.findall(r"([^0-9]*)([0-9]*)", text):
        signs = tuple(-1 if sign == "~" else ord(sign) if sign.isalpha() else ord(sign) + 256 for sign in other)
        pairs.append(((*signs, 0), int(digits or 0)))
    while pairs and pairs[-1] == ((0,), 0):
        pairs.pop()
    return (*pairs, ((0,), 0))


def _epoch(text: str) -> tuple[int, str]:
    found = _EPOCH.fullmatch(text)
    return (int(found[1] or 0), found[2]) if found else (0, text)


def _rpm(text: str) -> Key | None:
    return _parts(text, _rpm_part)


def _parts(text: str, part: Callable[[str], Key]) -> Key | None:
    """Epoch, version and release, the latter two read by `part`; None without a letter or a digit."""
    epoch, rest = _epoch(text)
    if not re.search(r"[A-Za-z0-9]", rest):
        return None
    name, hyphen, release = rest.rpartition("-")
    return (epoch, part(name if hyphen else rest), part(release if hyphen else ""))


def _rpm_part(text: str) -> Key:
    """Tilde, then the end, then caret, then letters, then numbers."""
    ranks = {"~": (0,), "^": (2,)}
    return (*(ranks.get(part) or ((4, int(part)) if part.isdigit() else (3, part)) for part in _RPM.findall(text)), (1,))


def _pacman(text: str) -> Key | None:
    return _parts(text, _pacman_part)


def _pacman_part(text: str) -> Key:
    """Letters right behind a number sort before the end; a longer separator after a shorter."""
    parts: list[Key] = []
    for place, (between, part) in enumerate(_PACMAN.findall(text)):
        value = (1, int(part)) if part.isdigit() else (0, part)
        parts.append((0, 0, value) if place and not between and not part.isdigit() else (2, len(between), value))
    return (*parts, (1,))


def _apk(text: str) -> Key | None:
    found = _APK.fullmatch(text)
    if found is None:
        return None
    first, *others = found[1].split(".")
    # PMS 8 §3.3: a component with a leading zero is a fraction, compared as text without trailing zeros.
    numbers = (int(first), *((0, part.rstrip("0")) if part.startswith("0") else (1, int(part)) for part in others))
    suffixes = tuple((_SUFFIXES.index(word), int(number or 0)) for word, number in _SUFFIX.findall(found[3]))
    return (numbers, found[2], (*suffixes, (_SUFFIXES.index(""), 0)), int(found[4] or 0))


def _semver(text: str) -> Key | None:
    found = _SEMVER.fullmatch(text)
    if found is None:
        return None
    before = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in (found[4] or "").split(".")) if found[4] else ()
    return (int(found[1]), int(found[2]), int(found[3]), not before, before)


def _pep440(text: str) -> Key | None:
    found = _PEP440.fullmatch(text)
    if found is None:
        return None
    epoch, release, pre, pre_n, dash, post, post_n, dev, dev_n, local = found.groups()
    numbers = _without_zeros(release.split("."))
    posted = int(dash or post_n or 0) if dash or post else -1
    if pre:
        stage: Key = (0, _PRE.get(pre.lower(), pre.lower()), int(pre_n or 0))
    else:
        stage = (-1, "", 0) if dev and posted < 0 else (1, "", 0)
    ended = int(dev_n or 0) if dev else float("inf")
    parts = tuple((1, int(part), "") if part.isdigit() else (0, 0, part.lower()) for part in re.split("[-_.]", local)) if local else ()
    return (int(epoch or 0), numbers, stage, posted, ended, parts)


def _dotted(text: str) -> Key | None:
    """Numbers between dots, trailing zeros of no account; a word of before a release (rc1) sorts before it, any other after it."""
    found = _DOTTED.fullmatch(text)
    if found is None:
        return None
    word = (found[2] or "").lower()
    rank = -1 if word in _BEFORE else 1 if word else 0
    stage = _BEFORE.index(word) if word in _BEFORE else 0
    return (_without_zeros(re.split("[.,]", found[1])), rank, stage, "" if rank < 0 else word, int(found[3] or 0))


def _without_zeros(parts: list[str]) -> tuple[int, ...]:
    numbers = [int(part) for part in parts]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


_RULES: Mapping[str, Callable[[str], Key | None]] = {
    "deb": _deb,
    "rpm": _rpm,
    "pacman": _pacman,
    "apk": _apk,
    "ebuild": _apk,
    "npm": _semver,
    "cargo": _semver,
    "nuget": _semver,
    "golang": _semver,
    "pypi": _pep440,
}


def sorted_versions(ecosystem: str, versions: list[str]) -> list[str]:
    """The versions, oldest first; those without an order come before them, by their text."""
    return sorted(versions, key=lambda one: _place(ecosystem, one))


def _place(ecosystem: str, version: str) -> Key:
    found = key(ecosystem, version)
    return (0, version) if found is None else (1, found, version)
