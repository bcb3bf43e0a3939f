"""Mutations of what osquery and other tools send: nothing but Invalid, what is made fits the catalogue, memory stays bounded.

FUZZ_EXAMPLES raises the number of inputs of each parser for a nightly run.
"""

from __future__ import annotations

import json
import os
import random
import resource
from collections.abc import Callable
from typing import Any

import pytest

from cmdb.errors import Invalid
from cmdb.model.catalogue import Catalogue
from discovery.reports.documents import bom, lynis
from discovery.reports.intake import KIND, observation_from_entry
from discovery.reports.jsontree import read_json
from discovery.reports.message import Message, read_message
from discovery.reports.osquery.logs import Told, read_distributed, read_enrolment, read_log
from discovery.reports.osquery.take import Taken, enrolled, take
from discovery.reports.privacy import clean
from discovery.reports.report import Report
from discovery.reports.tables import table
from discovery.reports.text import to_utf8
from tests.agent.test_documents import CYCLONE, LYNIS, NATIVE, RESULT, RULE
from tests.discovery.reports.made import AT, KEY
from web.agent.documents import read_bill
from web.agent.native import read_native

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2000"))
GROWTH = 250 * 1024
"""KiB that the process may grow by: the limit of one report's tree, and no more for many of them."""
CATALOGUE = Catalogue.load()
OWNERSHIPS = ("corporate", "loaned", "personal", "")
WORDS = ["", "0", "-1", "null", "true", "[]", "{}", '""', "\\u0000", "9" * 40, "1e999", "\x00", "\ud7ff", "<", "&#0;", "]]>", '"', ",", "="]
WORDS += ["|", "\n", "%s", "\u202e", "Yes", "2022-21-09"]

PURL = {"referenceType": "purl", "referenceLocator": "pkg:rpm/x/bash@5?arch=x"}
SPDX = {
    "spdxVersion": "SPDX-2.3",
    "name": "pc-1",
    "documentDescribes": ["a"],
    "creationInfo": {"creators": ["Tool: x"]},
    "packages": [{"name": "bash", "versionInfo": "5", "externalRefs": [PURL]}],
}
CYCLONE_XML = (
    '<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><metadata><component type="device"><name>pc</name></component></metadata><components>'
    '<component type="library"><name>apt</name><version>2</version><purl>pkg:deb/debian/apt@2</purl></component></components></bom>'
)
ARF = f"<asset-report-collection><reports>{RESULT.format(RULE.format('low', 'pass'))}</reports></asset-report-collection>"
SYSTEM = {"hostname": "vm", "uuid": "b9b24d0b-6a2f-49b7-9eb1-f7c9be7916d0", "hardware_vendor": "x", "physical_memory": "25276502016"}
ENROLMENT = {
    "enroll_secret": "s",
    "host_identifier": "vm",
    "platform_type": "9",
    "host_details": {
        "system_info": SYSTEM,
        "os_version": {"name": "Debian", "version": "12 (x)", "platform": "debian"},
        "osquery_info": {"instance_id": "59b3fa62-c7e1-4b8f-badb-396ce28ae2df", "version": "5"},
    },
}
COLUMNS = (
    "hostname uuid name version arch ecosystem publisher interface mac mtu type address mask path size encrypted filevault_status id data "
    "active_state drive_letter protection_status global_state state signatures_up_to_date username boot_at chassis_types secure_boot"
)


def _log() -> dict[str, Any]:
    """One result of every query, whole and as a difference, with plausible columns."""
    row = dict.fromkeys(COLUMNS.split(), "1")
    names = [f"moorings_{name}" for name in table("osquery")["queries"]]
    whole = [{"name": name, "action": "snapshot", "snapshot": [row], "unixTime": 1} for name in names]
    delta = [{"name": name, "action": "added", "columns": row, "epoch": 1, "counter": n % 2, "unixTime": n} for n, name in enumerate(names)]
    return {"node_key": "k", "log_type": "result", "data": [*whole, *delta]}


STATUS = {"log_type": "status", "data": [{"message": "Error executing scheduled query moorings_os: no such table: x", "unixTime": 5}]}
ANSWERS = {
    "queries": {"moorings_os": [{"name": "x", "version": "1"}], "moorings_admins": ""},
    "statuses": {"moorings_os": 0, "moorings_admins": "1"},
}


def _mutated(sample: bytes, chance: random.Random) -> bytes:
    """The sample with a few bytes or words changed, cut out, doubled or put in."""
    body = bytearray(sample)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(body) + 1), chance.choice((0, 1, 2, 8, 40))
        new = chance.choice(
            (chance.choice(WORDS).encode("utf-8", "surrogatepass"), chance.randbytes(3), bytes(body[at : at + 30]) * 2, b"")
        )
        body[at : at + length] = new
    return bytes(body) if chance.random() > 0.05 else bytes(body[: chance.randrange(len(body) + 1)])


def _to_the_end(message: Message, ownership: str) -> None:
    if message.query == "native":
        message, _ = read_native(message)
    if message.kind == "inventory":
        _observed(clean(message, ownership, KEY), ownership)


def _observed(report: Report, ownership: str) -> None:
    stored = report.to_bytes()
    assert Report.from_bytes(stored).to_bytes() == stored
    for item in observation_from_entry(KIND, stored, {"received_at": AT, "ownership": ownership}).items:
        CATALOGUE.check_attributes(item.cls, item.attributes)


def _tree(body: bytes) -> dict[str, Any]:
    return read_json(to_utf8(body)[0])


def _take(told: Told, ownership: str, chance: random.Random) -> None:
    before = {"platform": chance.choice(("windows", "macos", "linux", "bsd", "")), "deviceid": "d"}
    taken: Taken = take(before, told, ownership, KEY)
    _observed(taken.report, ownership)
    json.dumps(taken.state)
    _observed(take(taken.state, told, ownership, KEY).report, ownership)


def _enrol(body: bytes, ownership: str, _: random.Random) -> None:
    _observed(enrolled(read_enrolment(_tree(body)), ownership, KEY).report, ownership)


PARSERS: dict[str, tuple[list[bytes], Callable[[bytes, str, random.Random], None]]] = {
    "lynis": ([LYNIS.encode()], lambda b, o, _: _to_the_end(lynis.read(b), o)),
    "xccdf": (
        [
            RESULT.format(RULE.format("high", "fail") * 3).encode(),
            ARF.encode(),
        ],
        lambda b, o, _: _to_the_end(read_message(b), o),
    ),
    "bom": ([json.dumps(x).encode() for x in (CYCLONE, SPDX)] + [CYCLONE_XML.encode()], lambda b, o, _: _to_the_end(read_bill(b, "pc"), o)),
    "native": ([json.dumps(NATIVE).encode()], lambda b, o, _: _to_the_end(read_message(b), o)),
    "enrolment": ([json.dumps(ENROLMENT).encode()], _enrol),
    "log": ([json.dumps(x).encode() for x in (_log(), STATUS)], lambda b, o, c: _take(read_log(_tree(b), ()), o, c)),
    "answers": ([json.dumps(ANSWERS).encode()], lambda b, o, c: _take(read_distributed(_tree(b)), o, c)),
}


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("parser", PARSERS)
def test_no_input_breaks(parser: str) -> None:
    samples, work = PARSERS[parser]
    chance = random.Random(f"{parser} {EXAMPLES}")
    for sample in samples:
        work(sample, "corporate", chance)
    before, refused, longest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0, 0
    for number in range(EXAMPLES):
        body = _mutated(chance.choice(samples), chance)
        try:
            work(body, OWNERSHIPS[number % 4], chance)
        except Invalid as error:
            refused += 1
            longest = max(longest, len(error.message))
        except Exception as error:
            raise AssertionError(f"{parser}: {type(error).__name__} for {body[:3000]!r}") from error
    assert longest < 600
    assert 0 < refused < EXAMPLES, "some are taken and some are refused"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GROWTH


@pytest.mark.parametrize("depth", [40, 5_000, 200_000])
def test_depth_is_refused(depth: int) -> None:
    nested = {"cyclonedx": '{"bomFormat":"CycloneDX","components":', "spdx": '{"spdxVersion":"x","packages":', "osquery": '{"data":'}
    for start in nested.values():
        with pytest.raises(Invalid, match=r"nested|more values|cannot be read"):
            _tree((start + "[" * depth + "]" * depth + "}").encode())
    deep = f'<bom xmlns="http://cyclonedx.org/schema/bom/1.5">{"<components><component>" * depth}'
    with pytest.raises(Invalid):
        bom.read_xml(read_message(deep.encode()).tree)
