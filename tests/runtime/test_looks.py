"""One import, one look or one scan is not believed: named by its entry or its job, done, undone, and done again by a replay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cmdb.cli.applying import ordered
from cmdb.errors import Invalid, NotFound
from cmdb.graph import cis
from cmdb.intake import submit_observation
from cmdb.intake.looks import entries_of, looks_of, scans_of
from cmdb.model.observation import Observation
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.replay import replay
from cmdb.runtime.scan_order import SCAN, SCAN_HOST
from reconciliation.orders import LOOKS
from tests.conftest import empty
from tests.reconciliation.conftest import catalogue, observed
from tests.reconciliation.dump import dump

__all__ = ["catalogue", "observed"]
Maker = Callable[..., Observation]
LIST = "import:list.csv"
SERVER = {"serial": "SRV10001", "hostname": "web1"}


def _in(house: House, observation: Observation) -> str:
    entry = submit_observation(house.ledger, observation, actor="ada")
    work_off(house)
    return entry


def _words(source: str, subject: str) -> dict[str, Any]:
    return {"source": source, "subject": subject, "by": "ada", "reason": "the wrong file"}


def _doubt(house: House, source: str, subject: str, *, apply: bool = True) -> None:
    ordered(house, LOOKS, {**_words(source, subject), "entries": entries_of(house.ledger, subject)}, apply=apply)


def _models(house: House) -> list[tuple[str, str, str]]:
    rows = house.graph.read("MATCH (c:Server) RETURN c.serial AS s, c.model AS m, c.presence AS p ORDER BY s")
    return [(str(row["s"]), str(row["m"]), str(row["p"])) for row in rows]


def test_one_import_of_a_file(house: House, observed: Maker) -> None:
    """The file was imported twice; the second import is taken out, alone, and stays so in a replay; what comes later is believed."""
    _in(house, observed([("s", "server", SERVER, {"model": "A"})], source=LIST))
    wrong = [("s", "server", SERVER, {"model": "B"}), ("t", "server", {"serial": "SRV10002"}, {"model": "C"})]
    second = _in(house, observed(wrong, source=LIST, minute=1))
    before = dump(house.graph)
    assert looks_of(house.ledger, LIST)[0].id == second
    _doubt(house, LIST, f"look:{second}", apply=False)
    assert dump(house.graph) == before
    _doubt(house, LIST, f"look:{second}")
    assert _models(house) == [("SRV10001", "A", "present"), ("SRV10002", "C", "absent")]
    _in(house, observed([("s", "server", SERVER, {"os_name": "Debian"})], source=LIST, minute=2))
    assert _models(house)[0] == ("SRV10001", "A", "present")
    after = dump(house.graph)
    empty(house.graph)
    done = replay(house.ledger, house.graph, house.catalogue)
    assert (done.failed, done.acts) == ([], 1)
    assert dump(house.graph) == after
    ordered(house, "trust", _words(LIST, f"look:{second}"), apply=True)
    assert _models(house) == [("SRV10001", "B", "present"), ("SRV10002", "C", "present")]


def test_one_scan(house: House, observed: Maker) -> None:
    """All hosts of a scan by the id of its job; hosts that brought nothing and dry runs are not in it."""
    jobs = house.ledger.jobs
    scan = jobs.enqueue(SCAN, {"method": "ssh", "targets": ["192.0.2.1"]})
    for n, minute in ((1, 0), (2, 0), (1, 5), (2, 5)):
        shows = {"serial": f"SRV1000{n}"}
        entry = _in(house, observed([("s", "server", shows, {"model": f"M{minute}"})], source="ssh:scan", minute=minute))
        if minute:
            host = jobs.enqueue(SCAN_HOST, {"host": str(n)}, parent=scan)
            claimed = jobs.claim([SCAN_HOST], 60)
            assert claimed is not None
            assert claimed.id == host
            jobs.finish(claimed, {"outcome": "seen", "entry": entry})
    assert [row["id"] for row in scans_of(house.ledger, "ssh:scan")] == [scan]
    assert len(entries_of(house.ledger, f"scan:{scan}")) == 2
    _doubt(house, "ssh:scan", f"scan:{scan}")
    assert _models(house) == [("SRV10001", "M0", "present"), ("SRV10002", "M0", "present")]
    ordered(house, "trust", _words("ssh:scan", f"scan:{scan}"), apply=True)
    assert _models(house) == [("SRV10001", "M5", "present"), ("SRV10002", "M5", "present")]


def test_what_cannot_be_named(house: House, observed: Maker) -> None:
    entry = _in(house, observed([("s", "server", SERVER, {"model": "A"})], source=LIST))
    empty_scan = house.ledger.jobs.enqueue(SCAN, {"method": "ssh"})
    with pytest.raises(NotFound, match="brought nothing in"):
        entries_of(house.ledger, f"scan:{empty_scan}")
    with pytest.raises(NotFound):
        entries_of(house.ledger, "look:nothing")
    with pytest.raises(Invalid, match="Not all of it was said by"):
        ordered(house, LOOKS, {**_words("import:other.csv", f"look:{entry}"), "entries": [entry]}, apply=True)
    assert cis.window(house.graph, "", limit=5)[0]["presence"] == "present"
