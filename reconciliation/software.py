"""Software lists as content-addressed chunks: endpoints with equal lists share every node, one update touches one chunk. Pure.

A list is dealt into buckets by the hash of the product's name; each bucket's content has a key. 900 packages in 32 buckets are about 28 a
chunk: an update of one package writes one chunk, not the list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from cmdb.model.observation import Software

BUCKETS = 32


def version_key(software: Software) -> str:
    """What makes two installs the same product, version and architecture."""
    return f"{software.ecosystem}|{software.name}|{software.version}|{software.arch}|{software.publisher}"[:900]


def chunks(software: Iterable[Software]) -> dict[str, list[dict[str, Any]]]:
    """Chunk key → rows (key, name, name_lower, version, arch, publisher, ecosystem), without repeats; empty buckets have no chunk."""
    buckets: dict[int, dict[str, dict[str, Any]]] = {}
    for one in software:
        key = version_key(one)
        bucket = hashlib.blake2b(one.name.encode(), digest_size=2).digest()[0] % BUCKETS
        buckets.setdefault(bucket, {})[key] = {
            "key": key,
            "name": one.name,
            "name_lower": one.name.lower(),
            "version": one.version,
            "arch": one.arch,
            "publisher": one.publisher,
            "ecosystem": one.ecosystem,
        }
    found: dict[str, list[dict[str, Any]]] = {}
    for bucket, rows in buckets.items():
        digest = hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()[:40]
        found[f"{bucket:02d}-{digest}"] = [rows[k] for k in sorted(rows)]
    return found
