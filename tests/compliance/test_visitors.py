"""Addresses that logged in or used a service: of a device that does not report, of one nobody knows, and of nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from cmdb.compliance import shadow
from cmdb.graph import cis
from cmdb.graph.door import Graph
from cmdb.inventory import past
from cmdb.inventory.look_back import events_of
from cmdb.inventory.moment import Moment
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation_json import from_json
from discovery.tables.read import read_table
from reconciliation import reconcile
from tests.compliance.conftest import NOW
from tests.web.conftest import app, cast, ledger, program, services, visit  # noqa: F401 - fixtures
from tests.web.visitor import Visitor

Reporter = Callable[..., str]
CLIENTS = ["10.20.7.77 log-in ada", "10.20.7.77 tcp/22", "10.20.7.78 tcp/443", "10.20.7.79 tcp/443"]


def test_an_address_that_nothing_known_has(graph: Graph, reporter: Reporter) -> None:
    reporter(graph, "SRV17QX", "ssh:scan", cls="server", name="srv1", seen_clients=CLIENTS)
    reporter(graph, "SRV27QX", "ssh:scan", cls="server", name="srv2", seen_clients=["10.20.7.77 tcp/5432"])
    reporter(graph, "NOTE7QX", "agent:glpi", name="note", ip_addresses=["10.0.0.1", "10.20.7.78"])
    unknown = reporter(graph, "THING7QX", "snmp:scan", cls="device", ip_addresses=["10.20.7.79"])
    found = {one.name: one for one in shadow.listed(graph)}
    visitor = found["10.20.7.77"]
    assert (visitor.ci, visitor.why, visitor.people, visitor.sources) == ("", "visitor", ("ada",), ("ssh:scan",))
    assert visitor.where == ("srv1 log-in ada", "srv1 tcp/22", "srv2 tcp/5432")
    assert "10.20.7.78" not in found, "a known device has it"
    assert next(one for one in found.values() if one.ci == unknown).where == ("srv1 tcp/443",)
    assert [one.name for one in shadow.listed(graph, "visitor")] == ["10.20.7.77"]
    assert [one.ci for one in shadow.listed(graph, "unclaimed")] == [unknown]


def test_the_next_look_without_it_ends_it(graph: Graph, reporter: Reporter) -> None:
    reporter(graph, "SRV17QX", "ssh:scan", cls="server", days=2, seen_clients=CLIENTS[:1])
    assert len(shadow.listed(graph)) == 1
    reporter(graph, "SRV17QX", "ssh:scan", cls="server", days=1, seen_clients=None)
    assert shadow.listed(graph) == []


def test_clients_make_no_history(graph: Graph, reporter: Reporter) -> None:
    """Each look tells others: no event and no changed thing, also told late; and nothing is said of a time before the last look."""
    srv = reporter(graph, "SRV17QX", "ssh:scan", cls="server", days=3, name="srv1", seen_clients=CLIENTS[:1])
    changed = cis.get(graph, srv)["updated_at"]
    for days, clients in ((2, CLIENTS[1:]), (1, None), (0, CLIENTS[:2]), (0.5, CLIENTS[2:])):
        reporter(graph, "SRV17QX", "ssh:scan", cls="server", days=days, name="srv1", seen_clients=clients)
    row = cis.get(graph, srv)
    events = events_of(graph, [srv], Moment("2000-01-01T00:00:00.000Z")).get(srv, [])
    assert (list(row["seen_clients"]), row["updated_at"], events) == (CLIENTS[:2], changed, [])
    before, now = (times.to_text(NOW - timedelta(days=ago)) for ago in (1, 0))
    then = past.state(row, events, Moment(before))
    assert then is None or "seen_clients" not in then
    assert past.values(row, events, Moment(now)) == {}


def test_who_is_logged_in_is_told_without_a_word_in_the_history(graph: Graph, reporter: Reporter) -> None:
    """People come and go between two looks; who is there stands with the host and the time of the look."""
    srv = ""
    for days, people in ((3, ["ada"]), (2, ["ada", "bo"]), (1, None)):
        srv = reporter(graph, "SRV17QX", "ssh:scan", cls="server", days=days, name="srv1", logged_in_users=people)
        (row,) = graph.read("MATCH (c:CI {id: $id}) RETURN c.logged_in_users AS people, c.last_seen_at AS at", id=srv)
        assert (row["people"], row["at"]) == (people, times.to_text(NOW - timedelta(days=days)))
    assert graph.read("MATCH (e:Event {ci: $id}) RETURN e.kind AS kind", id=srv) == []


def test_a_neighbour_table_tells_which_device_has_it(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    reporter(graph, "SRV17QX", "ssh:scan", cls="server", name="srv1", seen_clients=CLIENTS[:2])
    mac, ip = [{"kind": "mac", "value": "d8:3a:dd:0b:ad:01"}], [{"kind": "ip", "value": "10.20.7.77"}]
    items = [{"ref": "far", "class": "device", "identifiers": mac}, {"ref": "ip", "class": "ip_address", "identifiers": ip}]
    relations = [{"type": "has_address", "from": "far", "to": "ip"}]
    told = {"source": {"kind": "ssh", "name": "scan"}, "observed_at": NOW.isoformat(), "items": items, "relations": relations}
    reconcile(graph, catalogue, from_json(told, catalogue, now=NOW))
    (one,) = shadow.listed(graph)
    assert (one.name, one.why, one.people) == ("d8:3a:dd:0b:ad:01", "unclaimed", ("ada",))


def test_a_sign_in_log_comes_in_as_a_table(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """What only the log knows stands in the list with its person; what reports is recognised by its number and does not."""
    reporter(graph, "NOTE7QX12", "agent:glpi", name="note-0042")
    log = b"name,serial,used_by\nstranger,SIGN7QX99,ada@example.org\nnote-0042,NOTE7QX12,bo@example.org\n"
    told = read_table(log, catalogue, cls="device", source_name="sign-ins", now=NOW)
    reconcile(graph, catalogue, told.observation)
    (one,) = shadow.listed(graph)
    assert (one.name, one.why, one.people, one.sources) == ("stranger", "unclaimed", ("ada@example.org",), ("import:sign-ins",))


def test_one_step_makes_a_device_of_it(
    visit: Callable[[str], Visitor],  # noqa: F811
    embedded_graph: Graph,
    reporter: Reporter,
) -> None:
    graph, otto = embedded_graph, visit("otto")
    reporter(graph, "SRV17QX", "ssh:scan", cls="server", name="srv1", seen_clients=CLIENTS[:3])
    page = otto.get("/compliance/shadow").text
    assert "10.20.7.77" in page
    assert "/compliance/shadow/address/10.20.7.77" in page
    assert "not an IP address" in otto.post("/compliance/shadow/address/10.20", {"step": "corporate"}, follow=True).text
    assert "Say whose it is" in otto.post("/compliance/shadow/address/10.20.7.77", {"step": "mine"}, follow=True).text
    assert "Registered" in otto.post("/compliance/shadow/address/10.20.7.77", {"step": "corporate"}, follow=True).text
    assert "has this address by now" in otto.post("/compliance/shadow/address/10.20.7.77", {"step": "corporate"}, follow=True).text
    assert "not ours" in otto.post("/compliance/shadow/address/10.20.7.78", {"step": "not-ours"}, follow=True).text
    assert shadow.listed(graph) == []
    reporter(graph, "SRV17QX", "ssh:scan", cls="server", days=-1, name="srv1", seen_clients=["10.20.7.90 tcp/22"])
    assert "Registered" in otto.post("/compliance/shadow/address/10.20.7.90", {"step": "personal"}, follow=True).text
    (own,) = graph.read("MATCH (c:CI {class: 'device', ownership: 'personal'}) RETURN c.ip_addresses AS ips, c.display_name AS name")
    assert own["ips"] is None
    assert own["name"].startswith("visitor ")
    told = graph.read("MATCH (c:CI {ownership: 'personal'}) RETURN c {.*} AS c")
    marks = graph.read(
        """
        MATCH (c:CI {ownership: 'personal'}) WITH c
        MATCH (i:Identifier)-[:IDENTIFIES]->(c) MATCH (s:SourceRecord)-[:RECORD_OF]->(c)
        RETURN i.key AS key, i.value AS value, s.data AS data
        """
    )
    assert len(marks) == 2, "its name and its hash"
    assert "10.20.7.90" not in repr((told, marks)), "no address is kept of a personal device"
    page = otto.get("/compliance/shadow").text
    assert "Somebody answers for everything that was seen" in page, "it is known again by its hash"
    assert "has this address by now" in otto.post("/compliance/shadow/address/10.20.7.90", {"step": "personal"}, follow=True).text
    assert visit("vera").post("/compliance/shadow/address/10.20.7.77", {"step": "corporate"}).status_code == 403
