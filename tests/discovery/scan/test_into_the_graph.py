"""The way on from discovery: what two ways of looking, and two hosts, become in the graph."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Source
from discovery.local import local_observe
from reconciliation.reconcile import reconcile
from tests.discovery.linux.recorded import LOOK, observed


def test_one_machine_looked_at_in_two_ways_is_one(graph: Graph) -> None:
    catalogue = Catalogue.load()
    local = local_observe(without=("updates", "software"))
    reconcile(graph, catalogue, local)
    machines = "MATCH (c:CI) WHERE c.class = 'virtual_machine' OR c.class = 'server' RETURN c.hostname AS name"
    count = "MATCH (c:CI) RETURN count(c) AS n"
    before, number = graph.read(machines), graph.read(count)
    assert len(before) == 1
    over_ssh = replace(local, id="again", source=Source("ssh", "scan"), observed_at=local.observed_at + timedelta(seconds=1))
    reconcile(graph, catalogue, over_ssh)
    assert graph.read(machines) == before
    assert graph.read(count) == number, "no program, disk or port twice"


def test_a_connection_finds_the_program_that_listens_on_another_host(graph: Graph) -> None:
    catalogue = Catalogue.load()
    reconcile(graph, catalogue, observed("centos7-container"))
    reconcile(graph, catalogue, observed("debian-vm"))
    reconcile(graph, catalogue, observed("rhel-hypervisor", replace(LOOK, address="10.1.0.7")))
    found = graph.read("MATCH (a:CI)-[:DEPENDS_ON]->(b:CI) WHERE a.process = 'httpd' RETURN b.process AS process")
    assert found == [{"process": "postgres"}], "seen before the database's host was"
    hosted = graph.read("MATCH (vm:CI)-[:HOSTED_ON]->(h:CI) WHERE vm.hostname = 'db1' RETURN h.hostname AS host")
    assert hosted == [{"host": "kvm7"}], "the guest's own look and its hypervisor's meet by the uuid"
