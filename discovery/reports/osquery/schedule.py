"""Which queries an agent gets: by its platform and by whose the device is (data/osquery.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from discovery.linux.antimalware_products import PRODUCTS
from discovery.reports.privacy import LETTERS, ownership_class
from discovery.reports.tables import table

_BITS = (("windows", 2), ("macos", 16), ("linux", 8), ("bsd", 36))
"""PlatformType of osquery (osquery/utils/info/platform_type.h): POSIX 1, Windows 2, BSD 4, Linux 8, macOS 16, FreeBSD 32."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query, under the short name that the readers know it by, and the sections it is read into."""

    name: str
    sql: str
    sections: tuple[str, ...]


def platform_of(platform_type: object, platform_word: str = "") -> str:
    """windows, macos, linux or bsd, from the number an agent enrols with, else from os_version.platform; empty when neither tells."""
    text = str(platform_type) if isinstance(platform_type, (str, int)) and not isinstance(platform_type, bool) else ""
    bits = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    found = next((name for name, mask in _BITS if bits & mask), "")
    word = platform_word.lower()
    return found or {"windows": "windows", "darwin": "macos", "freebsd": "bsd"}.get(word, "linux" if word else "")


@lru_cache(maxsize=64)
def queries(platform: str, ownership: str) -> tuple[Query, ...]:
    """The queries for a platform and an ownership class; none for a platform that is not known."""
    data, letter = table("osquery"), LETTERS[ownership_class(ownership)]
    return tuple(
        Query(name, str(given["sql"]).replace("{units}", _units()), tuple(given["sections"]))
        for name, given in data["queries"].items()
        if platform in given["platforms"] and letter in given["classes"]
    )


def _units() -> str:
    """The units of the antimalware products that are known, quoted: they are words of our own table."""
    names = sorted({f"{service}.service" for product in PRODUCTS for service in (*product.services, *product.guards)})
    return ", ".join(f"'{name}'" for name in names)


def full_name(name: str) -> str:
    """The name a query has on the endpoint."""
    return f"{table('osquery')['prefix']}{name}"


def short_name(name: object) -> str:
    """The short name of a result's query (a pack puts its own name before it, with slashes), also of one of Fleet's with the same rows;
    empty for a query that is neither."""
    last, data = name.rsplit("/", 1)[-1] if isinstance(name, str) else "", table("osquery")
    prefix, fleet = str(data["prefix"]), data["fleet"]
    if last.startswith(fleet["prefix"]):
        return str(fleet["read"].get(last.removeprefix(fleet["prefix"]), ""))
    short = last.removeprefix(prefix)
    return short if last.startswith(prefix) and short in data["queries"] else ""


def left_out(name: object) -> str:
    """Of one of Fleet's own queries that is not read: which, and why; empty for every other."""
    fleet = table("osquery")["fleet"]
    query = name.removeprefix(fleet["prefix"]) if isinstance(name, str) and name.startswith(fleet["prefix"]) else ""
    return f"Fleet's {query} is not read: {fleet['left'][query]}" if query in fleet["left"] else ""


def sections_of(name: str) -> tuple[str, ...]:
    """The sections a query is read into."""
    return tuple(table("osquery")["queries"][name]["sections"])


def config(platform: str, ownership: str) -> dict[str, Any]:
    """The answer to `config`: the schedule, and how the agent is to run it.

    No splay: results of one round travel in one message, so that one report holds what belongs together.
    """
    interval = int(table("osquery")["interval_s"])
    return {
        "schedule": {full_name(q.name): {"query": q.sql, "interval": interval, "snapshot": True} for q in queries(platform, ownership)},
        "options": {"schedule_splay_percent": 0, "distributed_interval": 60, "logger_tls_period": 20, "disable_distributed": False},
        "node_invalid": False,
    }
