"""Software lists as content-addressed chunks: endpoints with equal lists share every node, one update touches one chunk. Pure.

A list is dealt into buckets by the hash of the product's name; each bucket's content has a key. 900 packages in 32 buckets are about 28 a
chunk: an update of one package writes one chunk, not the list. What was dealt before is remembered: it is the same for every endpoint.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from cmdb.model.observation import Software

BUCKETS = 32
SEEN_BEFORE = 32_768
"""Installs that are remembered with their row: most of a list were in the one before. About 30 MB."""
LISTS = 48
"""Whole lists that are remembered: a turn of the worker asks several times for each of its own. The rows are shared, so these are small."""

Rows = dict[str, list[dict[str, Any]]]
"""Chunk key → rows. To read only: who asks for the same list again gets the same rows."""

_lists: OrderedDict[int, tuple[tuple[Software, ...], Rows]] = OrderedDict()
_guard = threading.Lock()


def version_key(software: Software) -> str:
    """What makes two installs the same product, version and architecture."""
    return f"{software.ecosystem}|{software.name}|{software.version}|{software.arch}|{software.publisher}"[:900]


@lru_cache(maxsize=SEEN_BEFORE)
def _dealt(one: Software) -> tuple[int, str, dict[str, Any]]:
    """Bucket, key and row of one install."""
    key = version_key(one)
    row = {
        "key": key,
        "name": one.name,
        "name_lower": one.name.lower(),
        "version": one.version,
        "arch": one.arch,
        "publisher": one.publisher,
        "ecosystem": one.ecosystem,
    }
    return hashlib.blake2b(one.name.encode(), digest_size=2).digest()[0] % BUCKETS, key, row


def chunks(software: Iterable[Software]) -> Rows:
    """Chunk key → rows (key, name, name_lower, version, arch, publisher, ecosystem), without repeats; empty buckets have no chunk."""
    if not isinstance(software, tuple):
        return _chunks(software)
    with _guard:
        held = _lists.get(id(software))
    if held is not None and held[0] is software:
        return held[1]
    found = _chunks(software)
    with _guard:
        _lists[id(software)] = (software, found)  # held, so that no other list can come to have its id
        if len(_lists) > LISTS:
            _lists.popitem(last=False)
    return found


def _chunks(software: Iterable[Software]) -> Rows:
    buckets: dict[int, dict[str, dict[str, Any]]] = {}
    for one in software:
        bucket, key, row = _dealt(one)
        buckets.setdefault(bucket, {})[key] = row
    found: Rows = {}
    for bucket, rows in buckets.items():
        keys = sorted(rows)
        digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:40]
        found[f"{bucket:02d}-{digest}"] = [rows[key] for key in keys]
    return found
