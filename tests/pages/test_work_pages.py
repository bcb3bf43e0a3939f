"""Dashboard, reviews, imports, scans, credentials, host keys, people, own things: what each person can do there."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable

import pytest

from cmdb.graph import cis, reviews
from cmdb.intake import observation_of
from cmdb.model.observation import Identifier, Item, Source
from reconciliation import reconcile
from tests.pages.conftest import seen
from tests.web.visitor import Visitor
from web import Services

Visit = Callable[[str], Visitor]

EVERY = ("/", "/history", "/reviews", "/imports", "/scans", "/people", "/services", "/suppliers", "/admin/sources", "/search", "/cis")
WORK = ("/imports/new", "/scans/new", "/credentials", "/credentials/new", "/credentials/new?kind=snmp-v3", "/host-keys", "/cis/new")


@pytest.mark.parametrize("path", EVERY)
def test_pages_answer_empty_and_full_within_few_queries(visit: Visit, services: Services, path: str) -> None:
    vera = visit("vera")
    assert vera.get(path).status_code == 200
    with services.graph.counting() as counter:
        assert vera.get(path).status_code == 200
    assert counter.queries <= 8  # however much there is to show


@pytest.mark.parametrize("path", WORK)
def test_pages_of_work_are_for_operators(visit: Visit, path: str) -> None:
    assert visit("otto").get(path).status_code == 200
    assert visit("vera").get(path).status_code == 403


def test_dashboard_counts_and_leads_requesters_home(visit: Visit, ids: dict[str, str], services: Services) -> None:
    services.ledger.host_keys.seen("web1", 22, "ssh-ed25519", base64.b64encode(b"k" * 51).decode())
    page = visit("otto").get("/").text
    assert re.search(r'stat-number">1</span>\s*<span class="stat-words">host keys to approve', page)
    assert visit("rita").get("/").headers["Location"] == "/my"


def test_history_of_a_day(visit: Visit, ids: dict[str, str]) -> None:
    vera = visit("vera")
    assert "web1" in vera.get("/history?day=2026-11-01").text
    assert "Nothing changed then" in vera.get("/history?day=2026-11-01&source=nobody").text
    assert vera.get("/history?day=yesterday").status_code == 400


@pytest.fixture
def question(services: Services) -> str:
    """A review: one interface address of each of two laptops on one machine."""
    mac = "00:1b:21:00:00:0{}"
    for n in (1, 2):
        shows = (Identifier("mac", mac.format(n)), Identifier("hostname", f"twin{n}"), Identifier("machine_id", f"{n}" * 32))
        item = Item(f"l{n}", "laptop", shows, {"name": f"twin{n}"})
        reconcile(services.graph, services.catalogue, seen(item, source=Source("agent", f"a{n}")))
    both = Item("x", "laptop", (Identifier("mac", mac.format(1)), Identifier("mac", mac.format(2))), {"model": "which"})
    reconcile(services.graph, services.catalogue, seen(both, source=Source("agent", "other"), hour=10))
    return str(reviews.listed(services.graph)[0]["id"])


def test_review_shows_evidence_and_is_answered_once(visit: Visit, services: Services, question: str) -> None:
    otto = visit("otto")
    assert question in otto.get("/reviews").text
    page = otto.get(f"/reviews/{question}").text
    assert "twin1" in page
    assert "twin2" in page
    target = re.findall(r'value="(same:[^"]+)"', page)[0]
    assert otto.post(f"/reviews/{question}", {}).status_code == 400
    assert otto.post(f"/reviews/{question}", {"answer": target, "reason": "the label says so"}).status_code == 303
    assert reviews.count_open(services.graph) == 0
    assert "the label says so" in otto.get(f"/reviews/{question}").text
    assert question in otto.get("/reviews/closed").text
    assert otto.post(f"/reviews/{question}", {"answer": target}).status_code == 409


def test_import_is_checked_then_accepted(visit: Visit, services: Services) -> None:
    otto = visit("otto")
    text = b"class,name,serial,warranty_until\nlaptop,imp1,IMP0001,2027-01-01\nlaptop,imp2,IMP0002,someday\n"
    otto.get("/imports/new")
    sent = otto.post("/imports/new", {"file": (io.BytesIO(text), "list.csv")}, content_type="multipart/form-data")
    check = sent.headers["Location"]
    page = otto.get(check).text
    assert "imp1" in page
    assert "someday" in page
    assert "Import the good row" in page
    assert services.graph.read("MATCH (c:CI) RETURN count(c) AS n")[0]["n"] == 0
    assert visit("ada").get(check).status_code == 404
    done = otto.post(check).headers["Location"]
    entry = services.ledger.intake.get(done.removeprefix("/imports/"))
    assert [item.attributes["name"] for item in observation_of(entry).items] == ["imp1"]
    assert observation_of(entry).actor == "otto"
    assert "safe on the disk" in otto.get(done).text
    assert "list.csv" in otto.get("/imports").text


def test_import_warns_of_what_is_no_identity(visit: Visit) -> None:
    otto = visit("otto")
    otto.get("/imports/new")
    text = b"class,name,serial,mac\nlaptop,imp1,Default string,\nlaptop,imp2,,zz:zz\n"
    sent = otto.post("/imports/new", {"file": (io.BytesIO(text), "list.csv")}, content_type="multipart/form-data")
    page = otto.get(sent.headers["Location"]).text
    assert "“Default string” is not used as identity: placeholder" in page
    assert "“zz:zz” is not used as identity: it cannot be read as a MAC address" in page


def test_import_refuses_what_is_no_table(visit: Visit) -> None:
    otto = visit("otto")
    otto.get("/imports/new")
    sent = otto.post("/imports/new", {"file": (io.BytesIO(b"\x00\x01\x02"), "x.csv")}, content_type="multipart/form-data")
    assert sent.status_code == 422
    assert 'role="alert"' in sent.text
    assert otto.post("/imports/new", {}).status_code == 422


def test_scan_is_checked_queued_shown_and_cancelled(visit: Visit, services: Services) -> None:
    otto, ledger = visit("otto"), services.ledger
    ledger.credentials.add("ops", "ssh-password", {"user": "ops", "password": "do not show this"})
    form = {"method": "ssh", "targets": "10.0.0.0/30\nweb1", "credential": "ops", "dry_run": "y"}
    assert otto.post("/scans/new", {**form, "targets": "10.0.0.0/99"}).status_code == 422
    assert "not for SNMP" in otto.post("/scans/new", {**form, "method": "snmp"}).text
    where = otto.post("/scans/new", form).headers["Location"]
    job = ledger.jobs.get(where.removeprefix("/scans/"))
    assert job.args["targets"] == ["10.0.0.0/30", "web1"]
    assert (job.args["port"], job.args["by"], job.args["dry_run"]) == (22, "otto", True)
    ledger.jobs.enqueue("scan-host", {"host": "web1", "port": 22}, parent=job.id)
    host = ledger.jobs.claim(["scan-host"])
    assert host is not None
    ledger.jobs.finish(host, {"outcome": "unreachable", "reason": "no answer", "seconds": 3.0})
    page = otto.get(where).text
    assert "no answer" in page
    assert "unreachable" in page
    assert otto.post(f"{where}/cancel").status_code == 303
    assert ledger.jobs.get(job.id).state == "cancelled"


def test_secrets_are_never_shown_again(visit: Visit, services: Services) -> None:
    otto = visit("otto")
    form = {"name": "lab", "community": "s3cret-word"}
    assert otto.post("/credentials/new?kind=snmp-v2c", form).status_code == 303
    again = otto.post("/credentials/new?kind=snmp-v2c", form)
    assert again.status_code == 422
    for page in (again.text, otto.get("/credentials").text, visit("ada").get("/admin/audit").text):
        assert "s3cret-word" not in page
    assert otto.post("/credentials/remove", {"name": "lab"}).status_code == 303
    assert list(services.ledger.credentials.list()) == []


def test_an_ssh_credential_says_whether_old_algorithms_and_sudo_are_used(visit: Visit, services: Services) -> None:
    otto, where = visit("otto"), "/credentials/new?kind=ssh-password"
    page = otto.get(where).text
    assert 'name="allow_legacy"' in page
    assert 'name="sudo"' in page
    given = {"name": "old", "user": "admin", "password": "s3cret-word", "allow_legacy": "yes", "sudo": "perhaps"}
    refused = otto.post(where, given)
    assert refused.status_code == 422
    assert "The field sudo is yes or no." in refused.text
    assert otto.post(where, {**given, "sudo": "no"}).status_code == 303
    assert dict(services.ledger.credentials.get("old").secret) == {
        "user": "admin",
        "password": "s3cret-word",
        "allow_legacy": "yes",
        "sudo": "no",
    }


def test_host_keys_are_decided_by_a_person(visit: Visit, services: Services) -> None:
    otto, keys = visit("otto"), services.ledger.host_keys
    key = keys.seen("web1", 22, "ssh-ed25519", base64.b64encode(b"k" * 51).decode())
    assert key.fingerprint.replace("+", "&#43;") in otto.get("/host-keys").text or key.fingerprint in otto.get("/host-keys").text
    otto.post(f"/host-keys/{key.id}/approve")
    assert [one.decided_by for one in keys.approved("web1", 22)] == ["otto"]
    otto.post(f"/host-keys/{key.id}/forget")
    assert list(keys.list()) == []


def test_person_service_and_own_things(visit: Visit, ids: dict[str, str], services: Services) -> None:
    vera = visit("vera")
    person = vera.get(f"/people/{ids['Rita']}").text
    assert ids["lap1"] in person
    assert "Payroll" in person
    service = vera.get(f"/services/{ids['Payroll']}").text
    assert "Sun 02:00-05:00" in service
    assert ids["web1"] in service
    assert vera.get(f"/people/{ids['web1']}").status_code == 404
    mine = visit("rita").get("/my").text
    assert "lap1" in mine
    assert f"/cis/{ids['lap1']}" not in mine
    assert "No devices are known to be yours" in visit("vera").get("/my").text
    assert cis.get(services.graph, ids["Rita"])["email"] == "rita@example.org"


def test_sources_say_what_they_covered(visit: Visit, ids: dict[str, str]) -> None:
    page = visit("vera").get("/admin/sources").text
    assert "list.csv" in page
    assert "silent for a week" in page
