# ruff: noqa: E501  # recorded output is as long as it is
"""Firewall, antimalware, hardening, guests and containers, in the variants that tools print them in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cmdb.model.observation import Software
from discovery.linux import hardening
from discovery.linux.antimalware import Evidence, find_antimalware, parse_clamav_signatures, parse_mdatp
from discovery.linux.containers import published_ports
from discovery.linux.firewall import Firewall, read_firewall
from discovery.linux.guests import parse_configs, parse_lxd, parse_pvesh, parse_virsh, read_guests
from discovery.linux.iptables_rules import iptables_filters
from discovery.linux.nft_rules import nft_filters
from discovery.linux.script import build_script
from discovery.linux.services import Service
from tests.discovery.linux.recorded import section

UFW = (  # ufw 0.36, shortened
    ":INPUT {policy} [0:0]\n:ufw-before-input - [0:0]\n-A INPUT -j ufw-before-input\n-A INPUT -j ufw-user-input\n-A ufw-before-input -i lo -j ACCEPT\n"
    "-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A ufw-before-input -m conntrack --ctstate INVALID -j DROP\n"
    "-A ufw-before-input -j ufw-not-local\n-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN\n-A ufw-not-local -j DROP\n"
    "-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT\n"
)
REDHAT = (
    ":INPUT ACCEPT [0:0]\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p icmp -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n"
    "-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited"
)
DOCKER = (
    ":INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:DOCKER - [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n-A FORWARD -o docker0 -j DOCKER\n"
    "-A DOCKER ! -i docker0 -o docker0 -j DROP\n-A DOCKER-USER -j RETURN"
)


def nft(*rules: str, policy: str = "accept", family: str = "inet", **chains: list[str]) -> str:
    """A rule set: one chain at the hook input with these rules, and others by name."""
    rows = [f'{{"chain":{{"family":"{family}","table":"f","name":"i","hook":"input","policy":"{policy}"}}}}']
    rows += [f'{{"chain":{{"family":"{family}","table":"f","name":"{name}"}}}}' for name in chains]
    for name, those in {"i": rules, **chains}.items():
        rows += [f'{{"rule":{{"family":"{family}","table":"f","chain":"{name}","expr":{rule}}}}}' for rule in those]
    return '{"nftables":[' + ",".join(rows) + "]}"


ESTABLISHED = '[{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"accept":null}]'
BY_STATE = '[{"vmap":{"key":{"ct":{"key":"state"}},"data":{"set":[["established",{"accept":null}],["new",{"jump":{"target":"fresh"}}]]}}}]'
BANNED = '[{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":"@banned"}},{"drop":null}]'
ON_LO = '[{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"lo"}},{"accept":null}]'
TCP_ONLY = '[{"match":{"op":"==","left":{"meta":{"key":"l4proto"}},"right":"tcp"}},{"drop":null}]'
BOTH = '[{"match":{"op":"==","left":{"meta":{"key":"l4proto"}},"right":{"set":["tcp","udp"]}}},{"drop":null}]'
REJECT, ALL = '[{"counter":{"packets":3}},{"reject":{"type":"icmpx"}}]', '[{"accept":null}]'
XT = '[{"xt":{"type":"match","name":"conntrack"}},{"counter":{"packets":1}},{"accept":null}]'


class TestFirewall:
    @pytest.mark.parametrize(
        ("rules", "answer"),
        [
            (":INPUT DROP [0:0]", True),
            (":INPUT DROP [0:0]\n-A INPUT -j ACCEPT", False),
            (":INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT", False),
            (":INPUT DROP [0:0]\n-A INPUT -p udp -j ACCEPT", False),
            (":INPUT ACCEPT [0:0]\n-A INPUT -j REJECT --reject-with icmp-host-prohibited", True),
            (":INPUT ACCEPT [0:0]\n-A INPUT -p tcp -j DROP\n-A INPUT -p udp -m udp -j DROP", True),
            (":INPUT ACCEPT [0:0]\n-A INPUT -p tcp -j DROP", False),
            (":INPUT ACCEPT [0:0]\n-A INPUT ! -i lo -j DROP", True),
            (":INPUT ACCEPT [0:0]\n-A INPUT -j ufw-in\n-A ufw-in -p tcp -m tcp --dport 23 -j DROP", False),
            (":INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n-A FORWARD -j DROP", False),
            (":INPUT ACCEPT [0:0]\n-A INPUT -j f2b\n-A f2b -s 1.2.3.4/32 -j DROP\n-A f2b -m set --match-set bad src -j DROP", False),
            ("-A INPUT -j loop\n-A loop -j INPUT\n-A INPUT -j loop", False),
            (':INPUT ACCEPT [0:0]\n-A INPUT -m comment --comment "x -j DROP y" -j ACCEPT', False),
            (":INPUT ACCEPT [0:0]\n-A INPUT -m comment --comment all -j DROP", True),
            (":INPUT DROP [0:0]\n-A INPUT -g end\n-A INPUT -j ACCEPT", True),
            (UFW.format(policy="DROP"), True), (UFW.format(policy="ACCEPT"), False), (REDHAT, True), (DOCKER, False),
        ],
    )  # fmt: skip
    def test_iptables(self, rules: str, answer: bool) -> None:
        assert iptables_filters(rules) is answer

    @pytest.mark.parametrize(
        ("rules", "answer"),
        [
            (nft(policy="drop"), True), (nft(ALL, policy="drop"), False), (nft(policy="drop", family="bridge"), False),
            (nft(policy="drop").replace("input", "output"), False), (nft(BANNED), False), (nft(ESTABLISHED, ON_LO, REJECT), True),
            (nft(ESTABLISHED, XT, policy="drop"), None), (nft(TCP_ONLY), False), (nft(BOTH), True),
            (nft('[{"jump":{"target":"zone"}}]', REJECT, zone=[ALL]), False), (nft('[{"jump":{"target":"zone"}}]', REJECT, zone=[ESTABLISHED]), True),
            (nft('[{"jump":{"target":"zone"}}]', REJECT, zone=['[{"return":null}]', ALL]), True), (nft('[{"goto":{"target":"zone"}}]', REJECT, zone=[]), False),
            (nft(BY_STATE, ALL, fresh=[REJECT]), True), (nft(BY_STATE, REJECT, fresh=[ALL]), False), (nft('[{"jump":{"target":"i"}}]'), False),
        ],
    )  # fmt: skip
    def test_nft(self, rules: str, answer: bool | None) -> None:
        """A new packet to a port that nobody names: firewalld's zone `trusted` lets it in, its zone `public` does not."""
        assert nft_filters(rules) is answer

    def test_a_front_end_that_runs_is_no_filter(self) -> None:
        running = {"firewalld": Service("firewalld", True)}
        trusting = section(nft=nft('[{"goto":{"target":"trusted"}}]', trusted=[ALL]), firewalld="running")
        assert read_firewall(trusting, running, privileged=True) == Firewall(False)
        filtering = section(nft=nft('[{"goto":{"target":"public"}}]', public=[REJECT]), firewalld="running")
        assert read_firewall(filtering, running, privileged=True) == Firewall(True, "firewalld")
        unread = section(firewalld="running", modules="readable\nnf_tables")
        assert read_firewall(unread, running, privileged=False).enabled is None
        assert read_firewall(section(ufw="Status: active", iptables=UFW.format(policy="ACCEPT")), {}, privileged=True).enabled is False

    def test_ipv6_that_nobody_filters_leaves_it_open(self) -> None:
        found = read_firewall(section(nft=nft(policy="drop", family="ip")), {}, privileged=True)
        assert (found.enabled, found.reason) == (None, "what comes by IPv4 is filtered, what comes by IPv6 is not")

    def test_no_rules_seen_by_a_plain_user_is_not_known(self) -> None:
        empty = section(nft='{"nftables":[]}', modules="readable\nnf_tables")
        assert read_firewall(empty, {}, privileged=True).enabled is False
        assert read_firewall(empty, {}, privileged=False).enabled is None

    def test_a_kernel_without_filters_has_no_firewall_and_one_that_cannot_be_asked_is_not_known(self) -> None:
        assert read_firewall(section(modules="readable"), {}, privileged=False).enabled is False
        assert read_firewall(section(modules=""), {}, privileged=True).enabled is None


class TestAntimalware:
    def ask(self, names: list[str], running: dict[str, bool | None], processes: set[str]) -> tuple[bool | None, str, bool | None]:
        evidence = Evidence(
            [Software(name, "1") for name in names], {name: Service(name, state) for name, state in running.items()}, processes
        )
        found = find_antimalware(evidence)
        return found.present, found.product, found.enabled

    def test_clamav_guards_only_on_access(self) -> None:
        assert self.ask(["clamav-daemon"], {"clamav-daemon": True}, {"clamd"}) == (True, "ClamAV", False)
        assert self.ask(["clamav-daemon"], {"clamav-daemon": True}, {"clamd", "clamonacc"}) == (True, "ClamAV", True)

    def test_installed_and_stopped(self) -> None:
        assert self.ask(["falcon-sensor"], {"falcon-sensor": False}, {"init"}) == (True, "CrowdStrike Falcon", False)

    def test_the_one_that_guards_is_named(self) -> None:
        assert self.ask(["clamav", "falcon-sensor"], {"falcon-sensor": True}, {"falcon-sensor"})[1:] == ("CrowdStrike Falcon", True)

    def test_absent_only_where_everything_could_be_read(self) -> None:
        assert self.ask([], {}, {"init"})[0] is False
        assert find_antimalware(Evidence(None, {}, {"init"})).present is None
        assert find_antimalware(Evidence([], {}, None)).present is None

    def test_defender_tells_itself(self) -> None:
        told = parse_mdatp(
            '{"realTimeProtectionEnabled":{"value":false},"definitionsStatus":{"$type":"outOfDate"},"definitionsUpdated":"2026-11-20T10:00:00+01:00"}'
        )
        assert (told.enabled, told.up_to_date, told.signatures_at) == (False, False, datetime(2026, 11, 20, 9, 0, tzinfo=UTC))

    @pytest.mark.parametrize(
        "trouble", ['"healthy":false', '"licensed":false', '"realTimeProtectionAvailable":{"value":false}', '"passiveModeEnabled":true']
    )
    def test_defender_that_is_switched_on_and_guards_nothing(self, trouble: str) -> None:
        assert parse_mdatp('{"realTimeProtectionEnabled":{"value":true},"healthy":true}').enabled is True
        assert parse_mdatp('{"realTimeProtectionEnabled":{"value":true},' + trouble + "}").enabled is None

    def test_a_service_that_runs_whether_it_guards_or_not(self) -> None:
        for name in ("kesl", "eea", "ds_agent", "mfetpd"):
            assert self.ask([], {name: True}, {name, "init"})[2] is not True
        assert self.ask([], {"eea": True}, {"oaeventd"})[1:] == ("ESET Server Security", True)

    def test_signatures_of_clamav(self) -> None:
        text = "ClamAV-VDB:01 Jan 2026 00-10 -0130:1:\nClamAV-VDB:21 Nov 2026 08-34 +0100:2:\nClamAV-VDB:99 Nov 2026 08-34 +0000:3:\n"
        assert parse_clamav_signatures(text) == datetime(2026, 11, 21, 7, 34, tzinfo=UTC)


class TestHardening:
    @pytest.mark.parametrize(
        ("outputs", "answer"),
        [
            ({"selinux": "Permissive"}, "selinux:permissive"), ({"apparmor": "Y"}, "apparmor:enabled"), ({"selinux": "Disabled"}, "none"),
            ({"lsm": "capability,yama"}, "none"), ({"lsm": "capability,selinux"}, ""), ({}, ""),
        ],
    )  # fmt: skip
    def test_access_control(self, outputs: dict[str, str], answer: str) -> None:
        assert hardening.read_access_control(section(**outputs)) == answer

    @pytest.mark.parametrize(
        ("outputs", "machine", "answer"),
        [
            ({"secure_boot": "   6   0   0   0   1"}, "x86_64", True), ({"secure_boot": " 6 0 0 0 0", "firmware": "efi"}, "x86_64", False),
            ({"firmware": "bios"}, "x86_64", False), ({"firmware": "bios"}, "aarch64", None), ({"firmware": "efi"}, "x86_64", None),
        ],
    )  # fmt: skip
    def test_secure_boot(self, outputs: dict[str, str], machine: str, answer: bool | None) -> None:
        assert hardening.read_secure_boot(section(**outputs), machine) is answer

    @pytest.mark.parametrize(
        ("files", "running", "answer"),
        [
            ("vmlinuz-6.1.0-9-amd64 vmlinuz-6.1.0-18-amd64", "6.1.0-9-amd64", True),
            ("vmlinuz-6.1.0-9-amd64 vmlinuz-6.1.0-18-amd64", "6.1.0-18-amd64", False),
            ("vmlinuz-6.1.0-9-amd64 vmlinuz-6.5.0-1-rt-amd64", "6.1.0-9-amd64", False),
            ("vmlinuz-linux", "6.11.9-arch1-1", None),
        ],
    )
    def test_a_newer_kernel_waits(self, files: str, running: str, answer: bool | None) -> None:
        assert hardening.newer_kernel_installed(files, running) is answer

    def test_security_updates_are_counted_by_their_origin(self) -> None:
        text = (
            "Inst a [1] (2 Debian-Security:12/oldstable-security [amd64])\nInst b [1] (2 Ubuntu:22.04/jammy-updates, Ubuntu:22.04/jammy-security [amd64])\n"
            "Inst security-tool [1] (2 Debian:12.15/oldstable [amd64])\nConf a (2 Debian-Security:12 [amd64])\n"
        )
        assert hardening.count_security_updates(text) == 2

    @pytest.mark.parametrize(
        ("dates", "apt", "expected"),
        [
            ("Date: Sat, 21 Nov 2026 20:14:05 UTC", "", 0), ("Date: Sat, 03 Oct 2026 20:14:05 UTC\nDate: Sat, 21 Nov 2026 20:14:05 UTC", "", 0),
            ("Date: Sat, 03 Oct 2026 20:14:05 UTC", "", None), ("", "", None), ("Date: soon", "", None), ("Date: Sat, 99 Nov 2026 20:14:05 UTC", "", None),
            ("Date: Sat, 21 Nov 2026 20:14:05 UTC", "The following packages have been kept back:\n  openssl", None),
            ("", "Inst a [1] (2 Debian-Security:12 [amd64])", 1),
        ],
    )  # fmt: skip
    def test_no_update_waits_only_by_lists_of_these_days_and_with_nothing_held(self, dates: str, apt: str, expected: int | None) -> None:
        told = section(apt=apt, apt_lists="x_bookworm-security_InRelease", apt_dates=dates)
        assert hardening.read_updates(told, (), "6.1", datetime(2026, 11, 22, tzinfo=UTC)).security == expected

    def test_what_ubuntu_hands_out_by_and_by_is_not_kept_back(self) -> None:
        """Phased updates mend no holes; apt 2.4 of Ubuntu 22.04 calls them kept back, and then nobody knew of any update."""
        commands = [line for line in build_script("m").splitlines() if line.strip().startswith("apt-get -s")]
        assert len(commands) == 2
        assert all("APT::Get::Always-Include-Phased-Updates=true" in line for line in commands)

    def test_without_lists_of_a_security_archive_nothing_is_known(self) -> None:
        found = hardening.read_updates(section(apt="", apt_lists="lock\npartial\n"), (), "6.1")
        assert (found.security, found.reason) == (None, "apt has no lists of security updates")

    def test_a_missing_mark_means_something_only_where_somebody_writes_it(self) -> None:
        assert hardening.read_updates(section(marks=""), (), "6.1").reboot_required is None
        assert hardening.read_updates(section(marks="notifier"), (), "6.1").reboot_required is False
        assert hardening.read_updates(section(marks="required"), (), "6.1").reboot_required is True


class TestGuests:
    def test_proxmox_knows_node_template_uuid_and_addresses(self) -> None:
        rows = (
            '[{"vmid":101,"node":"pve1","type":"qemu","name":"db1","status":"running"},{"vmid":102,"node":"pve2","type":"qemu","name":"elsewhere"},'
            '{"vmid":103,"node":"pve1","type":"lxc","name":"ct"},{"vmid":900,"node":"pve1","type":"qemu","name":"tpl","template":1}]'
        )
        configs = parse_configs(
            "/etc/pve/qemu-server/101.conf:smbios1: uuid=5c241f42-a87f-fa60-1234-5678deadbeef,manufacturer=x\n"
            "/etc/pve/qemu-server/101.conf:net0: virtio=BC:24:11:AA:BB:CC,bridge=vmbr0\n"
            "/etc/pve/qemu-server/101.conf:smbios1: uuid=00000000-0000-0000-0000-00000000dead\n"
            "/etc/pve/lxc/103.conf:net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:03,ip=dhcp\n"
        )
        vm, container = parse_pvesh(rows, "pve1.example.org", configs)
        assert (vm.name, vm.uuid, vm.macs, vm.kind) == ("db1", "5c241f42-a87f-fa60-1234-5678deadbeef", ("bc:24:11:aa:bb:cc",), "vm")
        assert (container.kind, container.macs) == ("system_container", ("bc:24:11:00:00:03",))

    def test_libvirt_names_with_blanks(self) -> None:
        assert [(one.uuid, one.name) for one in parse_virsh("0b0c3f1e-5a4d-4c3b-9a0f-1e2d3c4b5a69 web front 2\n\nnot a row\n")] == [
            ("0b0c3f1e-5a4d-4c3b-9a0f-1e2d3c4b5a69", "web front 2")
        ]

    def test_lxd(self) -> None:
        text = (
            '[{"name":"c1","type":"container","expanded_config":{"volatile.eth0.hwaddr":"00:16:3e:aa:bb:cc","volatile.uuid":"x"}},'
            '{"name":"v1","type":"virtual-machine","expanded_config":{"volatile.uuid":"5c241f42-a87f-fa60-1234-5678deadbeef"}}]'
        )
        container, vm = parse_lxd(text)
        assert (container.kind, container.macs, container.uuid) == ("system_container", ("00:16:3e:aa:bb:cc",), "")
        assert (vm.kind, vm.uuid) == ("vm", "5c241f42-a87f-fa60-1234-5678deadbeef")

    def test_what_is_not_installed_says_nothing(self) -> None:
        assert read_guests(section(), "n").guests == ()


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("0.0.0.0:8080->80/tcp, [::]:8080->80/tcp", (8080,)), ("9000-9002->9000-9002/tcp", (9000, 9001, 9002)), ("6379/tcp", ()), ("", ()),
        ("127.0.0.1:5432->5432/tcp, 0.0.0.0:1-99999->1/tcp", (*range(1, 1002), 5432)),
    ],
)  # fmt: skip
def test_published_ports(text: str, ports: tuple[int, ...]) -> None:
    assert published_ports(text) == ports
