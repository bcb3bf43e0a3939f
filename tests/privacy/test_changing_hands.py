"""When whose a device is becomes different, what the new class forbids is gone: from disk, from the graph, from its past."""

from __future__ import annotations

import re

import pytest

from cmdb.graph import cis
from cmdb.privacy.orders import order
from cmdb.runtime.house import House
from tests.privacy.devices import FORBIDDEN, NEVER, carry_out, content, found_in, graph_text, ledger_bytes, report, say


def test_a_corporate_device_that_becomes_personal_keeps_nothing_of_what_is_forbidden(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    ci = report(house, "corporate")
    changed = content()
    changed["softwares"].append({"name": "candating-two", "version": "1"})
    changed["networks"][0]["ipaddress"] = "10.66.77.99"
    assert report(house, "corporate", changed) == ci
    assert len(found_in(graph_text(house.graph), FORBIDDEN)) >= 10, "the canaries must have been there before"
    assert not found_in(graph_text(house.graph) + ledger_bytes(house).decode("latin-1"), NEVER)
    say(house, ci, ownership="personal")
    results = carry_out(house)
    assert results[0]["bodies"] >= 2
    assert results[0]["things"] >= 2
    assert results[0]["programs"] >= 1
    assert not found_in(graph_text(house.graph), (*FORBIDDEN, "10.66.77.99"))
    assert not found_in(ledger_bytes(house), (*FORBIDDEN, "10.66.77.99"))
    assert not found_in(caplog.text, FORBIDDEN)
    assert house.ledger.chain.verify().whole
    left = cis.get(house.graph, ci)
    assert (left["name"], left["os_version"], left["ownership"]) == ("nb7", "12", "personal")
    assert report(house, "corporate") == ci, "the same agent, still with its old token: the same device, by what is kept as hashes"
    assert not found_in(graph_text(house.graph), FORBIDDEN), "the door knows whose it is now"
    assert not found_in(ledger_bytes(house), FORBIDDEN)


XML = b"""<?xml version="1.0"?><REQUEST><CONTENT>
<HARDWARE><NAME>nb7</NAME><UUID>5EC4E7C4-1111-4222-8333-444455556666</UUID><IPADDR>10.66.77.88</IPADDR><LASTLOGGEDUSER>canuser-last</LASTLOGGEDUSER></HARDWARE>
<BIOS><SMANUFACTURER>Dell Inc.</SMANUFACTURER><SMODEL>Latitude</SMODEL><SSN>CANSERIAL77</SSN><MSN>CANBOARD99</MSN></BIOS>
<NETWORKS><DESCRIPTION>eth0</DESCRIPTION><MACADDR>c0:ff:ee:12:34:56</MACADDR><IPADDRESS>10.66.77.88</IPADDRESS><IPMASK>255.255.255.0</IPMASK><WIFI_SSID>canssid</WIFI_SSID></NETWORKS>
<LOCAL_GROUPS><ID>27</ID><NAME>sudo</NAME><MEMBER>canadmin</MEMBER></LOCAL_GROUPS>
<SOFTWARES><NAME>firefox-esr</NAME><VERSION>1</VERSION></SOFTWARES><SOFTWARES><NAME>candating</NAME><VERSION>6</VERSION></SOFTWARES>
<ENVS><KEY>A</KEY><VAL>canenv</VAL></ENVS><PROCESSES><CMD>canprocess --password x</CMD></PROCESSES>
<VERSIONCLIENT>FusionInventory-Agent_v2.6-3</VERSIONCLIENT></CONTENT><DEVICEID>nb7-2026-01-02-03-04-05</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>"""


@pytest.mark.parametrize("ownership", ["corporate", "loaned", "personal", ""])
@pytest.mark.parametrize("form", ["xml", "json"])
def test_each_class_keeps_what_it_may_and_an_erasure_leaves_none_of_it(house: House, ownership: str, form: str) -> None:
    ci = report(house, ownership, body=XML if form == "xml" else b"")
    there = set(found_in(graph_text(house.graph) + ledger_bytes(house).decode("latin-1"), (*FORBIDDEN, *NEVER)))
    assert not there & set(NEVER)
    assert ("CANSERIAL77" in there) == ("candating" in there) == ("10.66.77.88" in there) == (ownership in ("corporate", "loaned"))
    order(house.ledger, ci, by="ada", reason="asked for", erase=True)
    results = carry_out(house)
    assert results[-1]["bodies"] == 1
    text = graph_text(house.graph).replace("nb7-2026-01-02-03-04-05", "")  # the agent's own id stays, to be recognised by
    left = [text[max(0, m.start() - 200) : m.start() + 60] for m in re.finditer("nb7", text)]
    assert not left, left[:3]
    assert not found_in(text, (*FORBIDDEN, *NEVER, "firefox"))
    assert not found_in(ledger_bytes(house), (*FORBIDDEN, *NEVER, "firefox"))
    assert cis.get(house.graph, ci).get("ownership", "") == ownership, "whose it is stays known: it decides what may come in again"
