"""What is learned when two living things show one identifier: it is shared, questions close, weak matches are taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cmdb.graph import reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Observation
from reconciliation import reconcile
from reconciliation.evidence import evidence_of
from reconciliation.splitting import split
from reconciliation.takes import subjects_of

Observed = Callable[..., Observation]
DAY = 1440
U1, U2 = "6ec9d286-63ca-428d-95f4-b3b2e4a1c001", "7f1ad286-63ca-428d-95f4-b3b2e4a1c002"
MACHINE_ID = "158b7f391dfdf118fc54aa1920b7c3e2"


def vm(**identifiers: str) -> tuple[Any, ...]:
    """A virtual machine as a source describes it."""
    return ("vm", "virtual_machine", identifiers, {"name": identifiers.get("hostname", "vm")})


def test_a_question_about_a_clone_closes_when_the_first_one_is_seen_again(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    first, clone = (
        vm(machine_id=MACHINE_ID, mac="52:54:00:00:00:01", hostname="vm1"),
        vm(machine_id=MACHINE_ID, mac="52:54:00:00:00:02", hostname="vm1"),
    )
    one = reconcile(graph, catalogue, observed([first], source="ssh:scan")).resolved[0].ci
    two = reconcile(graph, catalogue, observed([clone], source="ssh:scan", minute=9 * DAY)).resolved[0].ci
    assert one != two
    assert reviews.count_open(graph) == 1  # the first may be gone, and its card replaced: nobody can tell yet
    again = reconcile(graph, catalogue, observed([first], source="ssh:scan", minute=10 * DAY))
    assert again.resolved[0].ci == one
    assert reviews.count_open(graph) == 0
    assert [c.reason for c in again.changes if c.kind == "review_closed"] == ["both were seen alive, and differ: they are two"]
    shared = graph.read("MATCH (i:Identifier {kind: 'machine_id'}) RETURN i.shared AS shared")
    assert shared == [{"shared": True}]


def test_a_weak_match_is_taken_back_when_stronger_evidence_contradicts(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    known = (
        reconcile(graph, catalogue, observed([vm(uuid=U1, mac="52:54:00:00:00:07", hostname="vm7")], source="agent:glpi")).resolved[0].ci
    )
    weak = vm(mac="52:54:00:00:00:07", hostname="vm7")
    assert reconcile(graph, catalogue, observed([weak], source="ssh:scan", minute=60)).resolved[0].ci == known
    firm = vm(uuid=U2, mac="52:54:00:00:00:07", hostname="vm7")
    changes = reconcile(graph, catalogue, observed([firm], source="ssh:scan", minute=120))
    other = changes.resolved[0].ci
    assert other != known
    assert {"split", "joined"} <= {c.kind for c in changes.changes}
    now = graph.read("MATCH (s:SourceRecord)-[:RECORD_OF]->(c:CI) WHERE s.source = 'ssh:scan' RETURN DISTINCT c.id AS ci")
    moved = graph.read("MATCH (r:Redirect {id: $id}) RETURN r.to AS to", id=other)
    assert [row["ci"] for row in now] == [moved[0]["to"] if moved else other]
    assert graph.read("MATCH (c:CI {id: $id}) RETURN c.sources AS sources", id=known) == [{"sources": ["agent:glpi"]}]


def test_what_rests_on_a_shared_value_alone_is_offered_for_splitting(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    one = reconcile(graph, catalogue, observed([vm(uuid=U1, agent_id="golden", hostname="vm1")], source="agent:glpi")).resolved[0].ci
    by_agent = vm(agent_id="golden")
    assert reconcile(graph, catalogue, observed([by_agent], source="agent:fusioninventory", minute=10)).resolved[0].ci == one
    two = (
        reconcile(graph, catalogue, observed([vm(uuid=U2, agent_id="golden", hostname="vm2")], source="agent:glpi", minute=20))
        .resolved[0]
        .ci
    )
    assert two != one
    asked = reviews.listed(graph)
    assert [(row["kind"], row["candidates"]) for row in asked] == [("split", [one])]
    assert "agent id" in asked[0]["rule"]


def test_the_offer_closes_when_it_is_split_on_its_own_page(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    """Parted by hand along the very subject, it is no question any more; parted otherwise, it still is."""
    one = reconcile(graph, catalogue, observed([vm(uuid=U1, agent_id="golden", hostname="vm1")], source="agent:glpi")).resolved[0].ci
    reconcile(graph, catalogue, observed([vm(uuid=U1, machine_id=MACHINE_ID)], source="ssh:scan", minute=5))
    by_agent = observed([vm(agent_id="golden")], source="agent:fusioninventory", minute=10)
    assert reconcile(graph, catalogue, by_agent).resolved[0].ci == one
    reconcile(graph, catalogue, observed([vm(uuid=U2, agent_id="golden", hostname="vm2")], source="agent:glpi", minute=20))
    asked = reviews.get(graph, str(reviews.listed(graph)[0]["id"]))
    doubtful = {str(subject) for subject in asked["verdict"]["subjects"]}
    others = sorted({str(row["subject"]) for row in subjects_of(graph, one)} - doubtful)
    split(graph, catalogue, one, [others[0]], by="ada", reason="something else")
    assert reviews.count_open(graph) == 1
    done = split(graph, catalogue, one, sorted(doubtful), by="ada", reason="another machine")
    assert [change.kind for change in done.changes if change.kind == "review_closed"] == ["review_closed"]
    assert reviews.count_open(graph) == 0
    assert reviews.get(graph, asked["id"])["answered_by"] == "moorings"


def test_the_boards_serial_stands_in_for_a_placeholder_and_stays_the_boards(catalogue: Catalogue) -> None:
    desktop = catalogue.cls("desktop")
    given = [
        Identifier("serial", "To Be Filled By O.E.M.", "ASUS"),
        Identifier("board_serial", "M80-1234567", "ASUS"),
        Identifier("chassis_serial", "CZ39999AAA"),
    ]
    found = {e.kind: e for e in evidence_of(given, desktop)}
    assert (found["serial"].grade, found["board_serial"].grade, found["chassis_serial"].grade) == ("none", "strong", "medium")
    assert found["board_serial"].key == "board_serial||m801234567"
    valid = {e.kind: e.grade for e in evidence_of([Identifier("serial", "7XK2M13"), *given[1:]], desktop)}
    assert valid["board_serial"] == "medium"
