"""Installed software. FusionInventory and GLPI list `binutils-common`, OCS `binutils-common:amd64`; of 904 packages OCS equals the others
in 445 as sent, and in all when the architecture stands apart (measured)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from cmdb.model.observation import Software
from discovery.reports.platform import family
from discovery.reports.report import Row
from discovery.reports.sight import Sight
from discovery.reports.tables import table
from discovery.reports.values import text

MAX_NAME = 500
SEEN_BEFORE = 32_768
"""Rows that are remembered with what they came down to: nearly all were in the report before, or in another machine's. About 20 MB."""


def read(sight: Sight) -> None:
    """Software and its coverage; None stays where the report says nothing of it."""
    report = sight.report
    if not report.has("softwares"):
        sight.look_by("software", "softwares")
        return
    fallback = table("software")["by_os"].get(family(report), "")
    found = dict.fromkeys(_each(report.rows("softwares"), fallback))
    sight.software = tuple([software for software in found if software is not None])
    if not sight.software and "softwares" not in report.counts and report.product != "native":  # whose schema makes that a statement
        sight.software = None  # no system is without: what lists it looks for packages of another kind, or broke
        sight.look("software", "partial", "the list is empty, and no system is without software")
    elif "softwares" in report.counts:
        sight.look("software", "partial", "a personal device keeps only what is on the watch list")
    elif report.product in ("cyclonedx", "spdx"):
        sight.look("software", "partial", "a bill of material lists what it was made of, seldom the whole machine")
    else:
        sight.look("software", "complete")


def _each(rows: Sequence[Row], fallback: str) -> Iterator[Software | None]:
    made = _made
    for row in rows:  # nearly a thousand of each report: kept as short as can be
        get = row.get
        name, version, arch, source, publisher = get("name", ""), get("version", ""), get("arch", ""), get("from", ""), get("publisher", "")
        if not (type(name) is type(version) is type(arch) is type(source) is type(publisher) is str):
            name, version, arch, source, publisher = text(name), text(version), text(arch), text(source), text(publisher)
        yield made(name, version, arch, source, publisher, fallback)


@lru_cache(maxsize=SEEN_BEFORE)
def _made(name: str, version: str, arch: str, source: str, publisher: str, fallback: str) -> Software | None:
    """The software of a row of these words: one object for all reports that hold the row."""
    name = name[:MAX_NAME]
    if not name or name.lower() == "n/a":  # what management systems write for an entry without a name
        return None
    ecosystems, architectures = _words()
    source = source.lower()
    ecosystem = ecosystems.get(source, source[:40]) or fallback
    if ecosystem == "deb" and ":" in name:
        base, _, suffix = name.rpartition(":")
        if base and suffix in architectures:
            name, arch = base, arch or suffix
    if publisher.startswith(("http://", "https://")):
        publisher = ""  # OCS puts a package's home page there
    return Software(name, version[:MAX_NAME], arch[:40], publisher[:MAX_NAME], ecosystem)


@lru_cache(maxsize=1)
def _words() -> tuple[dict[str, str], frozenset[str]]:
    rules = table("software")
    return rules["ecosystems"], frozenset(rules["deb_architectures"])
