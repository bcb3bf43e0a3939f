# ruff: noqa: E501  # recorded output is as long as it is
"""Interfaces, routes, neighbours, sockets and processes, in the variants that tools print them in."""

from __future__ import annotations

import pytest

from discovery.linux import neighbours, routes, sockets
from discovery.linux.addresses import parse_ifconfig, parse_ip_oneline
from discovery.linux.interfaces import merge_ip_json, parse_ports
from discovery.linux.processes import Process, parse_arguments, parse_ps
from tests.discovery.linux.recorded import section


class TestInterfaces:
    def test_a_changed_address_is_no_identity_without_its_burned_in_one(self) -> None:
        ports = parse_ports("if=wlan0\ntype=1\naddress=9a:11:22:33:44:55\naddr_assign_type=3\nhas=wireless\ndevice=/sys/devices/pci/x\n")
        assert ports["wlan0"].identity_mac == ""
        (merged,) = merge_ip_json(ports, '[{"ifname":"wlan0","permaddr":"04:33:c2:aa:bb:cc"}]')
        assert merged.identity_mac == "04:33:c2:aa:bb:cc"

    def test_ethtool_names_the_burned_in_address(self) -> None:
        text = "if=eth0\ntype=1\naddress=aa:bb:cc:00:00:09\naddr_assign_type=3\ndevice=/sys/devices/pci0/eth\nPermanent address: 00:1b:21:00:00:01\n"
        assert parse_ports(text)["eth0"].identity_mac == "00:1b:21:00:00:01"

    @pytest.mark.parametrize("device", ["/sys/devices/pci0000:00/0000:00:14.0/usb4/4-1/4-1:2.0", ""])
    def test_docks_and_software_have_no_identity(self, device: str) -> None:
        text = f"if=eth9\ntype=1\naddress=00:e0:4c:68:00:01\naddr_assign_type=0\ndevice={device}\n"
        assert parse_ports(text)["eth9"].identity_mac == ""

    def test_the_near_end_inside_a_container_is_its_port(self) -> None:
        inside = '[{"ifname":"eth0","address":"00:16:3e:aa:bb:cc","link_type":"ether","linkinfo":{"info_kind":"veth"},"addr_info":[{"local":"10.0.0.2","prefixlen":24}]}]'
        host_side = '[{"ifname":"veth1","address":"fe:16:3e:aa:bb:cc","link_type":"ether","master":"br0","linkinfo":{"info_kind":"veth"},"addr_info":[]}]'
        (near,), (far,) = merge_ip_json({}, inside), merge_ip_json({}, host_side)
        assert (near.identity_mac, near.same_on_every_host) == ("00:16:3e:aa:bb:cc", False)
        assert (far.identity_mac, far.same_on_every_host) == ("", True)

    @pytest.mark.parametrize("name", ["docker0", "br-0123456789ab", "virbr0", "lxdbr0", "cni0", "podman0"])
    def test_bridges_of_engines_are_the_same_everywhere(self, name: str) -> None:
        assert parse_ports(f"if={name}\ntype=1\nhas=bridge\n")[name].same_on_every_host
        assert not parse_ports("if=br0\ntype=1\nhas=bridge\n")["br0"].same_on_every_host

    def test_addresses_of_busybox_and_old_iproute(self) -> None:
        text = (
            "2: eth0    inet 10.1.0.40/24 scope global eth0\\       valid_lft forever\n"
            "3: ppp0    inet 10.8.0.2 peer 10.8.0.1/32 scope global ppp0\\ x\n"
            "4: eth1@if9    inet6 fe80::1/64 scope link \\ x\n"
        )
        found = {name: [(one.text, one.scope) for one in several] for name, several in parse_ip_oneline(text).items()}
        assert found == {"eth0": [("10.1.0.40/24", "global")], "ppp0": [("10.8.0.2/32", "global")], "eth1": [("fe80::1/64", "link")]}

    def test_ifconfig_of_three_ages(self) -> None:
        old = (
            "eth0      Link encap:Ethernet  HWaddr 00:1B:21:00:00:01\n          inet addr:10.0.0.5  Bcast:10.0.0.255  Mask:255.255.255.0\n"
        )
        old += "          inet6 addr: fe80::1/64 Scope:Link\n"
        new = "eth0: flags=4163<UP>  mtu 1500\n        inet 10.0.0.5  netmask 255.255.255.0  broadcast 10.0.0.255\n"
        new += "        inet6 fe80::1  prefixlen 64  scopeid 0x20<link>\n"
        for text in (old, new):
            assert [one.text for one in parse_ifconfig(text)["eth0"]] == ["10.0.0.5/24", "fe80::1/64"]


class TestNetwork:
    def test_the_preferred_default_route_comes_first(self) -> None:
        text = '[{"dst":"default","gateway":"10.0.0.2","dev":"a","metric":600},{"dst":"default","gateway":"10.0.0.1","dev":"b","metric":100},{"dst":"default","dev":"ppp0"}]'
        assert [str(one.gateway) for one in routes.read_default_routes(section(routes=text))] == ["10.0.0.1", "10.0.0.2"]

    def test_several_next_hops(self) -> None:
        text = '[{"dst":"default","nexthops":[{"gateway":"10.0.0.1","dev":"a","weight":1},{"gateway":"10.0.0.2","dev":"b","weight":1}]}]'
        assert [str(one.gateway) for one in routes.parse_routes_json(text)] == ["10.0.0.1"]

    def test_routes_of_the_kernel_file(self) -> None:
        text = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\neth0\t00000000\t0100010A\t0003\t0\t0\t202\t00000000\t0\t0\t0\n"
        (route,) = routes.parse_proc_route(text)
        assert (str(route.gateway), route.interface, route.metric) == ("10.1.0.1", "eth0", 202)

    def test_arp_of_the_kernel_file(self) -> None:
        text = "IP address       HW type     Flags       HW address            Mask     Device\n10.1.0.1 0x1 0x2 00:1b:17:00:01:30 * eth0\n10.1.0.9 0x1 0x0 00:00:00:00:00:00 * eth0\n"
        assert [(str(one.ip), one.mac, one.interface) for one in neighbours.parse_proc_arp(text)] == [
            ("10.1.0.1", "00:1b:17:00:01:30", "eth0")
        ]

    def test_lldp_with_names_as_keys(self) -> None:
        text = (
            '{"lldp":{"interface":{"eth0":{"via":"LLDP","chassis":{"sw1":{"id":{"type":"mac","value":"00:1c:73:00:aa:01"},"descr":"EOS","mgmt-ip":'
            '["10.0.0.11","junk"]}},"port":{"id":{"type":"ifname","value":"Et12"},"descr":"x"}}}}}'
        )
        (one,) = neighbours.parse_lldp(text)
        assert (one.interface, one.system_name, one.chassis_id, one.port_id, one.management_ips) == (
            "eth0",
            "sw1",
            "00:1c:73:00:aa:01",
            "Et12",
            ("10.0.0.11",),
        )

    def test_lldp_of_two_neighbours_copies_nothing_from_one_to_the_other(self) -> None:
        text = (
            '{"lldp":{"interface":[{"eth0":{"chassis":{"sw1":{"id":{"type":"mac","value":"00:1c:73:00:aa:01"}}},"port":{"id":{"type":"ifname","value":"1"}}}},'
            '{"eth1":{"chassis":{"id":{"type":"local","value":"box"}},"port":{"id":{"type":"mac","value":"00:1c:73:00:aa:02"}}}}]}}'
        )
        first, second = neighbours.parse_lldp(text)
        assert (first.interface, first.system_name) == ("eth0", "sw1")
        assert (second.interface, second.system_name, second.port_description) == ("eth1", "", "")


class TestSockets:
    @pytest.mark.parametrize(
        ("text", "answer"),
        [
            ("127.0.0.53%lo:53", ("127.0.0.53%lo", 53)), ("[::]:22", ("[::]", 22)), (":::22", ("::", 22)), ("*:*", ("*", None)), ("0.0.0.0:*", ("0.0.0.0", None)),
            ("nonsense", None), ("10.0.0.1:99999", None),
        ],
    )  # fmt: skip
    def test_endpoints(self, text: str, answer: object) -> None:
        assert sockets.split_endpoint(text) == answer

    def test_header_and_old_spellings(self) -> None:
        text = 'Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port\ntcp LISTEN 0 128 :::80 :::* users:(("httpd",4321,4))\n'
        (one,) = sockets.parse_ss(text)
        assert (one.local, one.local_port, one.both, one.pids) == (None, 80, True, ())

    def test_samples_are_joined(self) -> None:
        line = 'tcp ESTAB 0 0 10.0.0.1:4000 10.0.0.2:{} users:(("a",pid=1,fd=3))'
        found = sockets.read_sockets(
            section(ss=line.format(80)), section(ss=line.format(80) + "\n" + line.format(81), port_range="1024\t2000")
        )
        assert sorted(one.remote_port or 0 for one in found.sockets) == [80, 81]
        assert found.ephemeral == (1024, 2000)


class TestProcesses:
    def test_a_name_cut_by_the_kernel_is_completed(self) -> None:
        assert Process(1, 0, "root", "systemd-resolve", ("/lib/systemd/systemd-resolved",)).name == "systemd-resolved"
        assert Process(1, 0, "node", "MainThread", ("/usr/bin/node", "app.js")).name == "node"
        assert Process(1, 0, "root", "nginx", ("nginx: master process /usr/sbin/nginx",)).name == "nginx"

    def test_plain_ps_of_a_tiny_busybox(self) -> None:
        found = parse_ps("PID   USER     TIME  COMMAND\n    1 root      0:01 /sbin/procd\n")
        assert (found[1].user, found[1].command) == ("root", "procd")

    def test_arguments_may_hold_line_ends(self) -> None:
        found = parse_arguments("/proc/7/cmdline:sh\x1f-c\x1fa\n/proc/7/cmdline:b\n/proc/8/cmdline:x\x1f\n")
        assert found == {7: ("sh", "-c", "a\nb"), 8: ("x",)}

    def test_arguments_do_not_show_in_the_repr(self) -> None:
        assert "canary" not in repr(Process(1, 0, "u", "x", ("x", "--password", "canary")))
