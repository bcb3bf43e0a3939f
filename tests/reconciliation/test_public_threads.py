"""Regressions, each named after the public thread in which somebody lost a device, or got one too many.

The reports are ours; the situation is the thread's. A test gives what the sources said, in order, and says which of them are one thing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cmdb.graph import reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import reconcile

Observed = Callable[..., Observation]
Item = tuple[Any, ...]
Told = Callable[..., list[str]]
A_MAC, B_MAC, C_MAC, DOCK = "d8:9e:f3:00:00:01", "d8:9e:f3:00:00:02", "98:fa:9b:00:00:03", "00:e0:4c:00:00:99"
U1, U2, U3 = "6ec9d286-63ca-428d-95f4-b3b2e4a1c001", "7f1ad286-63ca-428d-95f4-b3b2e4a1c002", "8a2bd286-63ca-428d-95f4-b3b2e4a1c003"


@pytest.fixture
def told(graph: Graph, catalogue: Catalogue, observed: Observed) -> Told:
    """`told((item, source, day), …)`: the CI of the first item of each, with "" for what waits for a person; joins followed."""

    def tell(*said: Any) -> list[str]:
        found: list[str] = []
        for number, one in enumerate(said):
            item, source, day = (
                (*one, "agent:ocs", number)[:3] if isinstance(one, tuple) and isinstance(one[0], tuple) else (one, "agent:ocs", number)
            )
            items = item if isinstance(item, list) else [item]
            minute = int(day * 1440) + number
            changes = reconcile(graph, catalogue, observed(items, source=source, minute=minute))
            found.append(changes.resolved[0].ci)
        moved = graph.read("UNWIND $ids AS id MATCH (r:Redirect {id: id}) RETURN id, r.to AS to", ids=found)
        homes = {str(row["id"]): str(row["to"]) for row in moved}
        return [homes.get(ci, ci) for ci in found]

    return tell


def machine(cls: str = "desktop", **identifiers: str) -> Item:
    """An item that a source describes."""
    return ("x", cls, identifiers, {"name": identifiers.get("hostname", "x")})


def patterns(cis: list[str]) -> str:
    """`AAB`: the first two are one thing, the third another; `?` waits."""
    names: dict[str, str] = {}
    return "".join("?" if not ci else names.setdefault(ci, "ABCDEFGH"[len(names)]) for ci in cis)


def test_fusioninventory_3281_default_string_merged_all_pcs(told: Told) -> None:
    rows = [
        machine(serial="Default string", uuid=u, mac=m, hostname=h)
        for u, m, h in ((U1, A_MAC, "pc1"), (U2, B_MAC, "pc2"), (U1, A_MAC, "pc1"))
    ]
    assert patterns(told(*rows)) == "ABA"


def test_fusioninventory_878_two_pcs_with_one_uuid(told: Told) -> None:
    one, two = machine(uuid=U1, mac=A_MAC, hostname="pc1"), machine(uuid=U1, mac=B_MAC, hostname="pc2")
    assert patterns(told((one, "agent:ocs", 0), (two, "agent:ocs", 0.1), (one, "agent:ocs", 1), (two, "agent:ocs", 1.1))) == "ABAB"


def test_fleet_18645_same_uuid_on_clones_is_shared_and_no_longer_asked_about(told: Told, graph: Graph) -> None:
    rows = [machine(uuid=U1, mac=f"d8:9e:f3:00:01:{n:02x}", hostname=f"pc{n}", agent_id=f"agent-{n}") for n in range(4)]
    assert patterns(told(*((row, "agent:ocs", n / 10) for n, row in enumerate(rows)))) == "ABCD"
    assert graph.read("MATCH (i:Identifier {kind: 'uuid'}) RETURN i.shared AS shared") == [{"shared": True}]
    assert reviews.count_open(graph) == 0


def test_oshi_2417_placeholder_uuid_in_both_byte_orders(told: Told) -> None:
    rows = [machine(uuid=u, mac=m, hostname=h) for u, m, h in (
        ("03000200-0400-0500-0006-000700080009", A_MAC, "pc1"), ("00020003-0004-0005-0006-000700080009", B_MAC, "pc2"))]  # fmt: skip
    assert patterns(told(*rows)) == "AB"


def test_pyvmomi_688_the_hypervisor_turns_the_uuid_round(told: Told) -> None:
    guest = ("vm", "virtual_machine", {"uuid": "5c241f42-a87f-fa60-1122-334455667788", "hostname": "vm1"}, {"name": "vm1"})
    seen = ("vm", "virtual_machine", {"uuid": "421f245c-7fa8-60fa-1122-334455667788"}, {"name": "VM one"})
    assert patterns(told((guest, "agent:glpi", 0), (seen, "ssh:scan", 1))) == "AA"


def test_fleet_8021_a_container_shows_its_hosts_numbers(told: Told) -> None:
    host = machine(
        "server", serial="7XK2M13@@Dell Inc.", uuid=U1, board_serial="CN0PJ7YJ", mac=A_MAC, hostname="srv1", machine_id="a" * 31 + "1"
    )
    inner = machine(
        "server",
        serial="7XK2M13@@Dell Inc.",
        uuid=U1,
        board_serial="CN0PJ7YJ",
        mac="00:16:3e:00:00:01",
        hostname="ct1",
        machine_id="b" * 31 + "2",
    )
    assert patterns(told((host, "ssh:scan", 0), (inner, "ssh:scan", 0.5), (host, "ssh:scan", 1), (inner, "ssh:scan", 1.5))) == "ABAB"


def test_glpi_9741_a_shared_serial_does_not_hijack_the_host(told: Told) -> None:
    host = machine("server", serial="CZ29999AAA@@HPE", mac=A_MAC, hostname="node1", machine_id="a" * 31 + "1")
    other = machine("virtual_machine", serial="CZ29999AAA@@HPE", mac="52:54:00:aa:00:01", hostname="guest1", machine_id="b" * 31 + "2")
    assert patterns(told((host, "ssh:scan", 0), (other, "ssh:scan", 0.2), (host, "ssh:scan", 0.4))) == "ABA"


def test_uyuni_3478_one_machine_id_on_every_clone(told: Told) -> None:
    rows = [machine("virtual_machine", machine_id="c" * 31 + "3", mac=f"52:54:00:01:00:{n:02x}", hostname=f"vm{n}") for n in range(3)]
    assert patterns(told(*((row, "ssh:scan", n / 10) for n, row in enumerate((*rows, *rows))))) == "ABCABC"


def test_community_vmware_1769_host_keys_are_cloned_with_the_machine_id(told: Told) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0000000000000000000000"
    rows = [
        machine("virtual_machine", machine_id="c" * 31 + "4", ssh_host_key=key, mac=f"00:50:56:01:00:{n:02x}", hostname="template-vm")
        for n in range(2)
    ]
    assert patterns(told(*((row, "ssh:scan", n / 10) for n, row in enumerate((*rows, *rows))))) == "ABAB"


def test_netbox_sync_470_the_clone_keeps_the_address_of_its_card(told: Told) -> None:
    rows = [machine("virtual_machine", uuid=u, mac="52:54:00:0a:0b:0c", hostname="vm7") for u in (U1, U2, U1)]
    assert patterns(told(*rows)) == "ABA"


def test_windows_agent_75_a_dock_goes_from_notebook_to_notebook(told: Told, graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    def docked(serial: str, mac: str, name: str) -> Observation:
        row = {"source": "agent:ocs", "minute": 10 if name == "nb1" else 20}
        found = observed([machine("laptop", serial=f"{serial}@@Dell Inc.", mac=mac, hostname=name)], **row)
        item = found.items[0]
        both = (*item.identifiers, type(item.identifiers[0])("mac", DOCK))
        return type(found)(found.id, found.source, found.observed_at, (type(item)(item.ref, item.cls, both, item.attributes),))

    one = reconcile(graph, catalogue, docked("AAAAAA1", A_MAC, "nb1")).resolved[0].ci
    two = reconcile(graph, catalogue, docked("BBBBBB2", B_MAC, "nb2")).resolved[0].ci
    assert one != two
    assert graph.read("MATCH (i:Identifier {kind: 'mac', value: '00e04c000099'}) RETURN i.shared AS shared") == [{"shared": True}]
    assert graph.read("MATCH (i:Identifier {kind: 'mac', value: 'd89ef3000001'}) RETURN coalesce(i.shared, false) AS shared") == [
        {"shared": False}
    ]


def test_ocs_server_368_a_new_network_card_is_no_new_computer(told: Told) -> None:
    assert (
        patterns(told(machine(serial="PF0AB1CD", mac=A_MAC, hostname="pc1"), machine(serial="PF0AB1CD", mac=B_MAC, hostname="pc1"))) == "AA"
    )


def test_nautobot_onboarding_436_a_new_name_is_no_new_device(told: Told) -> None:
    rows = [machine("switch", serial="FCW1929B68S@@Cisco", mac=A_MAC, hostname=name) for name in ("sw1", "sw1-renamed", "sw1-renamed")]
    assert patterns(told(*((row, "snmp:scan", n) for n, row in enumerate(rows)))) == "AAA"


def test_nautobot_onboarding_440_a_replaced_device_is_another_though_all_else_is_kept(told: Told) -> None:
    engine = "8000000903d89ef3000001"
    rows = [
        machine("switch", serial=f"{serial}@@Cisco", mac=mac, hostname="sw1", snmp_engine_id=engine)
        for serial, mac in (("FCW1929B68S", A_MAC), ("FCW2000C11T", B_MAC))
    ]
    assert patterns(told((rows[0], "snmp:scan", 0), (rows[1], "snmp:scan", 9), (rows[1], "snmp:scan", 10))) == "ABB"


def test_orb_agent_167_a_rename_between_two_sources(told: Told) -> None:
    rows = [
        (machine("server", serial="7XK2M13@@Dell", uuid=U1, mac=A_MAC, hostname="old"), "agent:glpi", 0),
        (machine("server", serial="7xk2m13@@Dell Inc.", hostname="new"), "import:list", 1),
    ]
    assert patterns(told(*rows)) == "AA"


def test_orb_agent_458_a_stack_survives_another_master(told: Told) -> None:
    macs = [f"00:56:2b:00:00:{n:02x}" for n in range(4)]

    def stack(first: int, serial: str) -> Item:
        return (
            "sw",
            "switch",
            {"mac": macs[first], "chassis_id": f"{macs[first]}@@mac", "hostname": "stack1"},
            {"name": "stack1", "serial": serial, "vendor": "Cisco"},
        )

    assert patterns(told((stack(0, "FCW1929B68S"), "snmp:scan", 0), (stack(0, "FCW2000C11T"), "snmp:scan", 1))) == "AA"


def test_glpi_22597_a_tag_typed_into_another_field_makes_no_twin(told: Told) -> None:
    agent = machine("laptop", serial="5CG7763ABC@@HP", uuid=U1, mac=A_MAC, hostname="nb9")
    listed = machine("laptop", serial=" 5cg-7763 abc @@Hewlett-Packard", asset_tag="A-0009")
    assert patterns(told((agent, "agent:glpi", 0), (listed, "import:assets.csv", 1), (agent, "agent:glpi", 2))) == "AAA"


def test_glpi_inventory_414_a_reinstalled_machine_without_serial_is_the_same(told: Told) -> None:
    rows = [
        machine(serial="To Be Filled By O.E.M.", mac=A_MAC, hostname=name, agent_id=agent)
        for name, agent in (("pc1", "old-agent"), ("pc1-new", "new-agent"))
    ]
    assert patterns(told(*rows)) == "AA"


def test_jamf2snipe_148_a_slip_of_the_finger_is_asked_about_or_understood(told: Told, graph: Graph) -> None:
    agent = machine("laptop", serial="C02XG0AHJG5H@@Apple Inc.", mac=A_MAC, hostname="mac-7")
    confused = machine("laptop", serial="CO2XG0AHJG5H", asset_tag="A-0007", hostname="mac-7")
    assert patterns(told((agent, "agent:glpi", 0), (confused, "import:assets.csv", 1))) == "AA"
    other = machine("laptop", serial="C02XG0AHJG5K", asset_tag="A-0008", hostname="mac-7")
    assert told((other, "import:assets.csv", 2))[0]
    assert reviews.count_open(graph) == 1


def test_jamf2snipe_65_a_phone_without_serial_keeps_its_identity(told: Told) -> None:
    rows = [
        machine("phone", agent_id="android:5a30d8711bbadc9d", mac=mac, hostname="android-5a30")
        for mac in ("96:d5:14:84:01:6e", "b2:11:14:84:01:6f", "02:00:00:00:00:00")
    ]
    assert patterns(told(*((row, "agent:glpi-android", n) for n, row in enumerate(rows)))) == "AAA"


def test_librenms_5025_a_router_found_by_each_of_its_addresses(told: Told) -> None:
    rows = [
        ("r", "router", {"serial": "NV0123456789@@Juniper", "mac": mac, "hostname": "rt1"}, {"name": "rt1", "primary_ip": f"10.0.0.{n}"})
        for n, mac in enumerate((A_MAC, A_MAC, B_MAC))
    ]
    assert patterns(told(*((row, "snmp:scan", n) for n, row in enumerate(rows)))) == "AAA"


def test_librenms_2182_virtual_contexts_share_the_serial_of_their_chassis(told: Told) -> None:
    rows = [
        machine(
            "firewall",
            serial="JMX1234L0AB@@Cisco",
            mac=f"a2:00:4f:00:00:{n:02x}",
            hostname=f"fw-ctx{n}",
            snmp_engine_id=f"80000009aa{n:02d}bbccddee",
        )
        for n in range(2)
    ]
    assert patterns(told(*((row, "snmp:scan", n / 10) for n, row in enumerate((*rows, *rows))))) == "ABAB"


def test_cacti_1676_devices_that_are_all_called_like_their_model(told: Told) -> None:
    rows = [machine("router", mac=mac, hostname="SB6121") for mac in (A_MAC, B_MAC, C_MAC)]
    assert patterns(told(*((row, "snmp:scan", n) for n, row in enumerate((*rows, *rows))))) == "ABCABC"


def test_netdisco_575_a_neighbour_known_by_name_joins_when_it_is_seen(
    told: Told, graph: Graph, catalogue: Catalogue, observed: Observed
) -> None:
    near = [
        ("sw1", "switch", {"serial": "FCW1929B68S@@Cisco", "hostname": "sw1"}),
        ("sw1/1", "interface", {"if_name": "Gi1/0/1"}, {}, "sw1"),
        ("far", "device", {"hostname": "sw2"}),
    ]
    first = reconcile(
        graph, catalogue, observed(near, [("connected_to", "sw1/1", "far")], [("sw1", "neighbours", "complete")], source="snmp:scan")
    )
    assert [r.ci for r in first.resolved if r.ref == "far"] == [""]
    reconcile(graph, catalogue, observed([machine("switch", serial="FCW2000C11T@@Cisco", hostname="sw2")], source="snmp:scan", minute=5))
    linked = graph.read("MATCH (:CI {display_name: 'Gi1/0/1'})-[:CONNECTED_TO]-(o:CI) RETURN o.display_name AS name")
    assert linked == [{"name": "sw2"}]


def test_librenms_2975_a_name_given_to_another_machine(told: Told) -> None:
    old, new = machine(serial="PF0AB1CD@@LENOVO", mac=A_MAC, hostname="pc7"), machine(serial="PF9ZY8XW@@LENOVO", mac=B_MAC, hostname="pc7")
    assert patterns(told((old, "agent:ocs", 0), (new, "agent:ocs", 20), (new, "agent:ocs", 21))) == "ABB"


def test_redfish_a_controller_is_never_its_host_in_either_order(told: Told) -> None:
    host = machine("server", serial="7XK2M13@@Dell Inc.", uuid=U1, mac=A_MAC, hostname="srv1")
    bmc = machine("management_controller", serial="7XK2M13@@Dell", mac="f4:02:6f:00:00:01", hostname="idrac-7xk2m13")
    assert patterns(told((bmc, "snmp:scan", 0), (host, "agent:glpi", 0.1), (bmc, "snmp:scan", 1), (host, "agent:glpi", 1.1))) == "ABAB"


def test_servicenow_blades_show_the_serial_of_their_enclosure(told: Told) -> None:
    rows = [
        machine(
            "server", chassis_serial="CZ39999AAA@@HPE", serial=f"CZ29{n}99AAA@@HPE", mac=f"94:40:c9:00:00:{n:02x}", hostname=f"blade{n}"
        )
        for n in range(3)
    ]
    assert patterns(told(*((row, "agent:glpi", n / 10) for n, row in enumerate((*rows, *rows))))) == "ABCABC"


def test_servicenow_motherboard_replaced(told: Told) -> None:
    rows = [
        machine("laptop", serial="5CG7763ABC@@HP", uuid=u, mac=m, hostname="nb9", agent_id="agent-9")
        for u, m in ((U1, A_MAC), (U2, B_MAC), (U2, B_MAC))
    ]
    assert patterns(told(*rows)) == "AAA"


def test_supermicro_twin_nodes_of_one_box_share_its_serial(told: Told) -> None:
    rows = [
        machine("server", serial="S16316X71A1234@@Supermicro", chassis_serial="S16316X71A1234@@Supermicro", uuid=u, mac=m, hostname=h)
        for u, m, h in ((U1, A_MAC, "n1"), (U2, B_MAC, "n2"), (U3, C_MAC, "n3"))
    ]
    assert patterns(told(*((row, "ssh:scan", n / 10) for n, row in enumerate((*rows, *rows))))) == "ABCABC"


def test_netbox_sync_470_two_guests_of_one_uuid_in_one_answer_stay_two(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    def answer(day: int, order: int) -> list[str]:
        rows = [
            (ref, "virtual_machine", {"uuid": U1, "external_id": f"{ref}@@vcenter", "mac": mac}, {"name": ref})
            for ref, mac in (("vm-41", "00:50:56:00:00:01"), ("vm-97", "00:50:56:00:00:02"))
        ][::order]
        found = reconcile(graph, catalogue, observed(rows, source="api:vcenter", minute=day * 1440)).resolved
        return [one.ci for one in sorted(found, key=lambda one: one.ref)]

    looks = [answer(0, 1), answer(5, -1), answer(10, 1)]
    assert looks[0][0] != looks[0][1]
    assert looks == [looks[0]] * 3
    assert reviews.count_open(graph) == 1  # the manager only says again what it said: a person may know more


def test_home_assistant_eaton_ups_18_a_serial_of_words(told: Told) -> None:
    rows = [machine("ups", serial=f"{word}@@APC", mac=mac, hostname="Smart-UPS") for word, mac in (("Blank", A_MAC), ("BLANK", B_MAC))]
    assert patterns(told(*((row, "snmp:scan", n) for n, row in enumerate((*rows, *rows))))) == "ABAB"


def test_ocs_1652_a_new_board_in_the_old_case_says_placeholder(told: Told) -> None:
    old, new = (
        machine(serial=serial, chassis_serial="PC0AAAA1", uuid=u, mac=A_MAC, hostname="pc1", agent_id="agent-1")
        for serial, u in (("PC0AAAA1", U1), ("System Serial Number", U2))
    )
    other = machine(serial="Default string", uuid=U3, mac=A_MAC, hostname="pc1", agent_id="agent-1")
    assert patterns(told((old, "agent:glpi", 0), (new, "agent:glpi", 5), (other, "agent:glpi", 10))) == "AAB"


def test_glpi_agent_1222_a_container_with_its_hosts_numbers_raises_no_question(told: Told, graph: Graph) -> None:
    numbers = {"serial": "CZ29199AAA@@HPE", "uuid": U1}
    host = machine("server", **numbers, mac=A_MAC, hostname="pve1", agent_id="agent-host")
    inner = machine("virtual_machine", **numbers, mac="bc:24:11:00:00:07", hostname="ct107", agent_id="agent-ct")
    assert patterns(told((host, "agent:glpi", 0), (inner, "agent:glpi", 9))) == "AB"
    assert reviews.count_open(graph) == 0


def test_snipe_it_6228_a_serial_cut_short_by_a_narrow_column_is_asked_about(told: Told, graph: Graph) -> None:
    agent = machine("laptop", serial="5CG7763ABC@@HP", uuid=U1, mac=A_MAC, hostname="nb9")
    cut = machine("laptop", serial="5CG776@@HP", mac=A_MAC, hostname="nb9")
    assert patterns(told((agent, "agent:glpi", 0), (cut, "import:narrow.csv", 1))) == "AB"
    assert reviews.count_open(graph) == 1


def test_kandji2snipe_23_an_access_point_has_another_name_in_each_controller(told: Told) -> None:
    first, second = (machine("access_point", mac=A_MAC, external_id=f"{name}@@{name}", hostname=name) for name in ("ap-hall", "lobby-1"))
    assert patterns(told((first, "api:one", 0), (second, "api:two", 0.1))) == "AA"
