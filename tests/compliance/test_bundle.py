"""The audit bundle: it tells what was, names the reports it rests on, verifies, and one changed byte shows."""

from __future__ import annotations

import csv
import io
import json
import random
import stat
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cmdb.compliance import waivers
from cmdb.compliance.bundle import Scope, build, coverage
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import parse
from cmdb.compliance.signing import SigningKey, verify
from cmdb.compliance.waivers import Draft
from cmdb.errors import Invalid
from cmdb.graph import compliance as store
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.times import to_text
from cmdb.store import Ledger
from tests.compliance.conftest import NOW, few
from tests.web.conftest import app, cast, ledger, program, services, visit  # noqa: F401 - fixtures

HOSTILE = "=cmd|'/c calc'!A1 <b>ж</b>"


@pytest.fixture
def made(graph: Graph, catalogue: Catalogue, reporter: Callable[..., str], ledger: Ledger, tmp_path: Path) -> Path:  # noqa: F811
    """A bundle of two laptops: one failing and excepted with a hostile name, one silent; the report of the first is in the ledger."""
    bad = reporter(graph, "BAD17QX", hostname=HOSTILE, ownership="corporate", disk_encrypted=False)
    reporter(graph, "MUTE7QX", "import:list")
    evaluate(graph, catalogue, few(), None, NOW)
    draft = Draft("disk-encryption", "The driver does not work with it.", "2027-03-01", "Locked room", ci=bad)
    one = waivers.request(graph, draft, by="otto", now=NOW)
    waivers.decide(graph, one.id, by="ada", approve=True, now=NOW)
    path = tmp_path / "bundle.zip"
    told = build(graph, ledger, SigningKey(tmp_path / "audit.key"), Scope(NOW), path, by="adam", now=NOW)
    assert told["endpoints"] == 2
    return path


def test_what_is_in_it(made: Path) -> None:
    key = SigningKey(made.with_name("audit.key"))
    found = verify(made, key.fingerprint())
    assert found.problems == ()
    assert stat.S_IMODE(key.path.stat().st_mode) == 0o600
    with zipfile.ZipFile(made) as archive:
        results = json.loads(archive.read("results.json"))
        table = list(csv.DictReader(io.StringIO(archive.read("results.csv").decode())))
        counts = {row["policy"]: row for row in json.loads(archive.read("counts.json"))}
        names = set(archive.namelist())
        assert archive.read("summary.pdf").startswith(b"%PDF")
        assert json.loads(archive.read("exceptions.json"))[0]["decided_by"] == "ada"
        reports = json.loads(archive.read("reports.json"))
        assert json.loads(archive.read("coverage.json"))["never_reported"] == 1
    assert len(results) == len(table) == 16
    disk = next(row for row in results if row["policy"] == "disk-encryption" and row["state"] == "fail")
    assert (disk["name"], disk["evidence"][1]["value"], disk["excepted_until"]) == (HOSTILE, False, "2027-03-01")
    assert all(not row["name"].startswith("=") for row in table)
    assert (counts["disk-encryption"]["fail"], counts["disk-encryption"]["excepted"], counts["disk-encryption"]["unknown"]) == (1, 1, 1)
    assert counts["disk-encryption"]["share"] == 0
    edition = next(policy.edition for policy in few() if policy.id == "disk-encryption").replace(":", "-")
    assert {f"policies/disk-encryption-{edition}.yaml", "public-key.pem", "README.txt"} <= names
    assert reports
    assert reports[0]["report"] is None


def test_one_changed_byte_shows(made: Path) -> None:
    """Any byte, also of the archive's own directory and of the signature."""
    whole = made.read_bytes()
    dice = random.Random(5)
    for place in (0, 10, len(whole) - 1, len(whole) - 60, len(whole) - 110, *(dice.randrange(len(whole)) for _ in range(40))):
        broken = bytearray(whole)
        broken[place] ^= 1
        made.write_bytes(broken)
        assert not verify(made).genuine, place
    made.write_bytes(whole + b" ")
    assert not verify(made).genuine
    made.write_bytes(whole[:-1])
    assert not verify(made).genuine
    made.write_bytes(whole)
    assert verify(made).genuine
    assert "another key" in verify(made, "0000:0000").problems[0]
    made.write_bytes(b"PK")
    with pytest.raises(Invalid, match="no audit bundle"):
        verify(made)


def test_a_report_is_named_by_its_hash(
    embedded_graph: Graph,
    catalogue: Catalogue,
    reporter: Callable[..., str],
    ledger: Ledger,  # noqa: F811
    tmp_path: Path,
) -> None:
    ci = reporter(embedded_graph, "NAMED7QX", days=-(times.now() - NOW).total_seconds() / 86400, disk_encrypted=True)
    entry = ledger.intake.get(ledger.intake.accept("agent", b"body", meta={}))
    claimed = ledger.intake.claim()
    assert claimed
    ledger.intake.done(claimed, {"items": [{"ref": "pc", "ci": ci}]})
    evaluate(embedded_graph, catalogue, few(), [ci], times.now())
    path, now = tmp_path / "one.zip", times.now()
    build(embedded_graph, ledger, SigningKey(tmp_path / "k"), Scope(now, ci=ci, policies=("disk-encryption",)), path, by="x", now=now)
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("reports.json"))[0]
    assert (told["report"], told["sha256"]) == (entry.id, entry.sha256)
    with pytest.raises(Invalid, match="no policy 'nothing'"):
        build(embedded_graph, ledger, SigningKey(tmp_path / "k"), Scope(now, policies=("nothing",)), tmp_path / "x", by="x", now=now)


def test_by_page_and_api(visit: Callable[..., object], program: Callable[..., object], tmp_path: Path) -> None:  # noqa: F811
    auditor = program("auditor")
    answer = auditor.get("/api/v1/compliance/audit-bundle?policy=disk-encryption")  # type: ignore[attr-defined]
    (tmp_path / "got.zip").write_bytes(answer.data)
    key = auditor.get("/api/v1/compliance/audit-key").get_json()  # type: ignore[attr-defined]
    assert verify(tmp_path / "got.zip", key["fingerprint"]).problems == ()
    assert key["chain_whole"] is True
    assert program("viewer").get("/api/v1/compliance/audit-bundle").status_code == 403  # type: ignore[attr-defined]
    page = visit("adam").get("/compliance/audit")  # type: ignore[attr-defined]
    assert key["fingerprint"] in page.text
    assert "BEGIN PUBLIC KEY" in page.text


def test_policies_are_those_of_the_day(
    graph: Graph,
    catalogue: Catalogue,
    reporter: Callable[..., str],
    ledger: Ledger,  # noqa: F811
    tmp_path: Path,
) -> None:
    """A bundle as of a day holds the text that was in force then, though it was changed and switched off since."""
    reporter(graph, "OLD17QX", ownership="corporate", disk_encrypted=False)
    first = next(policy for policy in few() if policy.id == "disk-encryption")
    old = parse(first.text.replace("version: 1", "version: 41"), "old.yaml")
    new = parse(first.text.replace("version: 1", "version: 42") + "\n# another text\n", "new.yaml")
    evaluate(graph, catalogue, [old], None, NOW)
    evaluate(graph, catalogue, [new], None, NOW + timedelta(days=2))
    evaluate(graph, catalogue, [], None, NOW + timedelta(days=4))
    for day, wanted in ((1, old), (3, new)):
        path = tmp_path / f"{day}.zip"
        scope = Scope(NOW + timedelta(days=day), policies=("disk-encryption",))
        build(graph, ledger, SigningKey(tmp_path / "audit.key"), scope, path, by="adam", now=NOW + timedelta(days=9))
        with zipfile.ZipFile(path) as archive:
            (told,) = json.loads(archive.read("policies.json"))
            (row,) = json.loads(archive.read("results.json"))
            assert archive.read(told["file"]).decode() == wanted.text
        assert (told["edition"], row["edition"], row["state"]) == (wanted.edition, wanted.edition, "fail")
        assert told["since"] == to_text(NOW + timedelta(days=0 if wanted is old else 2))
    with pytest.raises(Invalid, match="there was none then"):
        build(graph, ledger, SigningKey(tmp_path / "audit.key"), Scope(NOW, policies=("nothing",)), tmp_path / "x", by="a", now=NOW)


def test_coverage_counts_from_sums(graph: Graph, catalogue: Catalogue, reporter: Callable[..., str]) -> None:
    """At 100,000 endpoints there are as many cells, and a few thousand sums; every number is that of the results themselves."""
    for n in range(3):
        reporter(graph, f"SEEN{n}7Q", relations=[("located_in", "site", f"Site {n}")], firewall_enabled=True)
    reporter(graph, "GONE17Q", days=40, firewall_enabled=True, ownership="corporate", relations=[("owned_by", "person", "Ada")])
    reporter(graph, "MUTE17Q", "import:list")
    evaluate(graph, catalogue, None, None, NOW)
    results = Counter(
        (row["policy"], row["state"]) for row in store.current(graph, store.endpoint_ids(graph, catalogue.descendants("endpoint")))
    )
    with graph.counting() as counter:
        told = coverage(graph, NOW)
    assert not any("EvaluationCount)" in statement for statement in counter.statements)
    assert {name: told[name] for name in ("endpoints_known", "report_regularly", "stopped_reporting", "never_reported")} == {
        "endpoints_known": 5,
        "report_regularly": 3,
        "stopped_reporting": 1,
        "never_reported": 1,
    }
    assert told["without_owner"] == results["owner-known", "fail"] == 4
    assert told["without_declared_ownership"] == results["ownership-known", "fail"] == 4
    assert told["seen_on_the_network_and_silent"] == results["dark-endpoint", "fail"]
