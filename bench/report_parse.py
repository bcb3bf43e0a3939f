"""Speed of agent reports without ledger and graph: bytes on the wire, stored form, Observation. Run: python -m bench.report_parse [FILE …]

Without files it makes reports of 904 packages like those the real agents send (~260 KB). Beside: the bare parser (lxml, orjson).
"""

from __future__ import annotations

import argparse
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
from lxml import etree

from bench.figures import Figure, median_ms, show
from discovery.reports.intake import KIND, observation_from_entry
from discovery.reports.message import Headers, read_message
from discovery.reports.privacy import clean, filter_body

PACKAGES = 904
AT = datetime.now(UTC)
HEADERS = Headers("GLPI-Agent_v1.12", "0b9e61f8-0d3f-11ef-9f5b-525400a1b2c3")


def _rows() -> list[dict[str, str]]:
    return [
        {
            "arch": "amd64",
            "filesize": str(1000 * n),
            "from": "deb",
            "name": f"lib-of-the-bench-{n}",
            "publisher": "Debian",
            "system_category": "libs",
            "version": f"2.36.{n}-9+deb12u1",
        }
        for n in range(PACKAGES)
    ]


def made_json() -> bytes:
    """A report like GLPI's."""
    processes = [{"cmd": f"/usr/sbin/daemon-{n} --option {n}", "pid": n, "user": "root"} for n in range(300)]
    content = {
        "versionclient": "GLPI-Agent_v1.12",
        "hardware": {"name": "bench", "memory": 24105},
        "operatingsystem": {"kernel_name": "linux", "name": "Debian GNU/Linux", "version": "12"},
        "networks": [
            {"description": "eth0", "mac": "00:1b:21:00:00:01", "ipaddress": "192.0.2.2", "ipmask": "255.255.255.0", "status": "up"}
        ],
        "processes": processes,
        "softwares": _rows(),
    }
    return orjson.dumps({"action": "inventory", "deviceid": "bench-1", "content": content}, option=orjson.OPT_INDENT_2)


def made_xml() -> bytes:
    """The same as FusionInventory writes it."""
    tree = orjson.loads(made_json())["content"]
    root = etree.Element("REQUEST")
    content = etree.SubElement(root, "CONTENT")
    for section, value in tree.items():
        for row in value if isinstance(value, list) else [value]:
            element = etree.SubElement(content, section.upper())
            if isinstance(row, str):
                element.text = row
                continue
            for name, text in row.items():
                etree.SubElement(element, name.upper()).text = str(text)
    etree.SubElement(root, "DEVICEID").text = "bench-1"
    etree.SubElement(root, "QUERY").text = "INVENTORY"
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _bare(body: bytes) -> Callable[[], object]:
    if body.lstrip()[:1] == b"<":
        return lambda: etree.fromstring(body)
    return lambda: orjson.loads(body)


def _figures(name: str, body: bytes, times: int) -> list[Figure]:
    wire = zlib.compress(body)
    bare = median_ms(times, _bare(body))
    stored, _ = filter_body(wire, "corporate", headers=HEADERS)
    meta = {"received_at": AT, "ownership": "corporate"}
    door = median_ms(times, lambda: clean(read_message(wire, HEADERS), "corporate").to_bytes())
    worker = median_ms(times, lambda: observation_from_entry(KIND, stored, meta))
    personal = median_ms(times, lambda: clean(read_message(wire, HEADERS), "personal", b"k" * 32).to_bytes())
    tracemalloc.start()
    filter_body(wire, "corporate", headers=HEADERS)
    peak = tracemalloc.get_traced_memory()[1] / 1024 / 1024
    tracemalloc.stop()
    return [
        Figure(f"{name}: {len(body) / 1024:,.0f} KB, wire to Observation", door + worker, "ms", "bare parser", bare, "< 30 ms"),
        Figure("  at the door: unpack, parse, filter, canonical bytes", door, "ms"),
        Figure("  at the door, a personal device", personal, "ms"),
        Figure("  in the worker: canonical bytes to Observation", worker, "ms"),
        Figure("  stored", len(stored) / 1024, "KB", "as sent", len(body) / 1024),
        Figure("  Python memory at the door, peak", peak, "MB"),
    ]


def run(size: int) -> list[Figure]:
    """Both kinds of report, each parsed up to 41 times."""
    times = max(3, min(41, size // 200))
    return [figure for name, body in (("XML", made_xml()), ("JSON", made_json())) for figure in _figures(name, body, times)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="reports as the agents sent them (XML or JSON, packed or not)")
    parser.add_argument("--times", type=int, default=41)
    given = parser.parse_args()
    bodies = {path.name: path.read_bytes() for path in given.files} or {"XML": made_xml(), "JSON": made_json()}
    for name, body in bodies.items():
        show(name, _figures(name, body, given.times))


if __name__ == "__main__":
    main()
