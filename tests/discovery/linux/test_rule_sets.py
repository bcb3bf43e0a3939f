# ruff: noqa: E501  # a rule is as long as it is
"""Rule sets as iptables 1.8.9, ufw 0.36.2 and nft 1.0.6 print them: what becomes of a packet that nobody let in, at the interfaces there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovery.linux.addresses import make_address
from discovery.linux.firewall import Firewall, read_firewall
from discovery.linux.interfaces import NetworkInterface
from discovery.linux.iptables_rules import iptables_filters
from discovery.linux.nft_rules import nft_filters
from tests.discovery.linux.recorded import section
from tests.discovery.linux.test_security_and_guests import REJECT, nft

RULES = Path(__file__).parent / "rules"


def port(name: str, *addresses: str, kind: str = "ethernet") -> NetworkInterface:
    told = tuple(one for one in (make_address(text, 24, "global") for text in addresses) if one is not None)
    return NetworkInterface(name, kind=kind, addresses=told)


ETH, WIFI, TUNNEL, BRIDGE = (
    port("eth0", "192.168.1.5"),
    port("wlan0", "10.9.8.7", kind="wifi"),
    port("wg0", "10.0.0.1", kind="tunnel"),
    port("br0", "192.168.1.6", kind="bridge"),
)
DUAL = port("eth0", "192.168.1.5", "2001:db8::5")


def recorded(name: str) -> str:
    return (RULES / name).read_text(encoding="utf-8")


class TestRecorded:
    def test_ufw_by_its_own_words_and_by_those_of_nft_alone(self) -> None:
        """nft shows what iptables wrote by names alone: then only iptables-save can tell."""
        assert iptables_filters(recorded("ufw-0.36.2.iptables.txt")) is True
        assert iptables_filters(recorded("ufw-0.36.2.ip6tables.txt"), "ip6") is True
        assert nft_filters(recorded("ufw-0.36.2.nft.json")) is None
        told = section(nft=recorded("ufw-0.36.2.nft.json"), ufw="Status: active", iptables=recorded("ufw-0.36.2.iptables.txt"))
        assert read_firewall(told, {}, (DUAL,), privileged=True) == Firewall(
            None, reason="what comes by IPv4 is filtered, what comes by IPv6 could not be read"
        )
        assert read_firewall(told, {}, (ETH,), privileged=True) == Firewall(True, "ufw")
        both = section(
            nft=recorded("ufw-0.36.2.nft.json"),
            ufw="Status: active",
            iptables=recorded("ufw-0.36.2.iptables.txt"),
            ip6tables=recorded("ufw-0.36.2.ip6tables.txt"),
        )
        assert read_firewall(both, {}, (DUAL,), privileged=True) == Firewall(True, "ufw")
        alone = read_firewall(section(nft=recorded("ufw-0.36.2.nft.json")), {}, (ETH,), privileged=True)
        assert alone.enabled is None
        assert "cannot be read" in alone.reason

    def test_the_example_of_debian_ends_in_drop(self) -> None:
        told = section(nft=recorded("debian-workstation.nft.json"))
        assert read_firewall(told, {}, (DUAL, TUNNEL), privileged=True) == Firewall(True, "nftables")

    @pytest.mark.parametrize(("ports", "answer"), [((ETH,), True), ((BRIDGE,), False), ((ETH, BRIDGE), None), ((), False)])
    def test_rules_by_interface_at_those_that_are_there(self, ports: tuple[NetworkInterface, ...], answer: bool | None) -> None:
        assert nft_filters(recorded("by-interface.nft.json"), "ip", ports) is answer


P = ":INPUT DROP [0:0]\n-A INPUT "
A = ":INPUT ACCEPT [0:0]\n-A INPUT "


@pytest.mark.parametrize(
    ("rules", "answer"),
    [
        (P + "-i eth0 -j ACCEPT", False), (P + "-i eth+ -j ACCEPT", False), (P + "-i wg0 -j ACCEPT", True), (P + "! -i wg0 -j ACCEPT", False),
        (A + "-i eth0 -j DROP", True), (A + "-i ppp0 -j DROP", False), (A + "! -s 10.0.0.0/8 -j DROP", True), (P + "! -s 6.6.6.6/32 -j ACCEPT", False),
        (P + "-s 0.0.0.0/0 -j ACCEPT", False), (P + "-s 10.0.0.0/8 -j ACCEPT", True), (A + "-p tcp -m tcp ! --dport 22 -j DROP\n-A INPUT -p udp -j DROP", True),
        (P + "-p tcp -m tcp --dport 0:65535 -j ACCEPT", False), (P + "-p tcp -m tcp --dport 1:65535 -j ACCEPT", False), (P + "-p tcp -m tcp --dport 1025:65535 -j ACCEPT", True),
        (P + "-p tcp -m multiport --dports 22,80,1:65535 -j ACCEPT", False), (P + "-p udp -m udp --sport 1024:65535 -j ACCEPT", False), (P + "-p udp -m udp --sport 53 -j ACCEPT", True),
        (P + "-d 192.168.1.5/32 -j ACCEPT", False), (P + "-d 172.17.0.2/32 -j ACCEPT", True), (P + "-d 224.0.0.251/32 -j ACCEPT", True),
        (A + "-m set ! --match-set office src -j DROP", True), (A + "-m set --match-set bad src -j DROP", False), (A + "-m recent ! --rcheck --name knocked --rsource -j DROP", True),
        (P + "-m pkttype --pkt-type unicast -j ACCEPT", False), (P + "-p tcp -m tcp --syn -j ACCEPT", False), (P + "-p tcp -m tcp --tcp-flags SYN,RST SYN -j ACCEPT", False),
        (P + "-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j ACCEPT", True), (A + "-j NFQUEUE --queue-num 0", None), (P + "-j LOG --log-prefix x", True),
        (A + "-m mark ! --mark 0x1 -j DROP", None), (A + "-g gone\n-A INPUT -j DROP", False), (P + "-m comment --comment \"all -j x\" -j ACCEPT", False),
        (P + "--dport -j ACCEPT", True), (P + "! ! -p -m", True), (P + "-p tcp -m tcp --dport 99999999999:65535 -j ACCEPT", True),
    ],
)  # fmt: skip
def test_rules_that_look_closer(rules: str, answer: bool | None) -> None:
    assert iptables_filters(rules, "ip", (ETH,)) is answer


def test_an_interface_that_is_left_open_leaves_it_open() -> None:
    rules = A + "-i eth0 -j DROP"
    assert iptables_filters(rules, "ip", (ETH, WIFI)) is None
    found = read_firewall(section(iptables=rules), {}, (ETH, WIFI), privileged=True)
    assert (found.enabled, found.reason) == (None, "at some interfaces the rules let in what nobody named, or they cannot be read")


def match(left: str, right: str, verdict: str = "drop", op: str = "==") -> str:
    return f'[{{"match":{{"op":"{op}","left":{left},"right":{right}}}}},{{"{verdict}":null}}]'


SADDR, DPORT, DADDR = (
    f'{{"payload":{{"protocol":"{head}","field":"{name}"}}}}' for head, name in (("ip", "saddr"), ("tcp", "dport"), ("ip", "daddr"))
)
IIF = '{"meta":{"key":"iifname"}}'
DROP_UDP = match('{"meta":{"key":"l4proto"}}', '"udp"')
XT = '[{{"xt":{told}}},{{"counter":{{"packets":0}}}},{{"{verdict}":null}}]'


@pytest.mark.parametrize(
    ("rules", "answer"),
    [
        (nft(match(IIF, '"eth0"', "accept"), policy="drop"), False), (nft(match(IIF, '"eth*"')), True), (nft(match(IIF, '{"set":["wlan0","ppp0"]}')), False),
        (nft(match(IIF, '"lo"', op="!=")), True), (nft(match(IIF, '"eth0"', op="!=")), False), (nft(match(IIF, '"@ports"')), None),
        (nft(match(SADDR, '{"prefix":{"addr":"10.0.0.0","len":8}}', op="!=")), True), (nft(match(SADDR, '"@office"', op="!=")), True), (nft(match(SADDR, '"@banned"')), False),
        (nft(match(SADDR, '{"prefix":{"addr":"0.0.0.0","len":0}}', "accept"), policy="drop"), False),
        (nft(match(DPORT, '{"range":[1,65535]}', "accept"), policy="drop"), False), (nft(match(DPORT, '{"range":[1025,65535]}', "accept"), policy="drop"), True),
        (nft(match(DPORT, "22", op="!="), DROP_UDP), True), (nft(match(DADDR, '"192.168.1.5"', "accept"), policy="drop"), False), (nft(match(DADDR, '"172.17.0.2"')), False),
        (nft(XT.format(told='{"type":"match","name":"comment"}', verdict="accept"), policy="drop"), False),
        (nft('[{"xt":{"type":"target","name":"REJECT"}}]'), True), (nft('[{"xt":{"type":"target","name":"LOG"}}]'), False), (nft('[{"xt":{"type":"target","name":"NFQUEUE"}}]'), None),
        (nft(XT.format(told="null", verdict="drop")), None), (nft('["# xt_recent",{"drop":null}]'), None), (nft('[{"xt":null}]'), None), (nft('[{"queue":{"num":0}}]'), None),
        (nft(XT.format(told="null", verdict="accept"), REJECT, policy="drop"), None), (nft('[{"limit":{"rate":3}},{"drop":null}]'), False),
        (nft(REJECT).replace('"input"', '"prerouting"'), True), (nft(REJECT).replace('"hook":"input"', '"type":"nat","hook":"input"'), False),
        (nft('[{"vmap":{"key":{"meta":{"key":"iifname"}},"data":{"set":[["eth0",{"jump":{"target":"out"}}]]}}}]', out=[REJECT]), True),
        (nft('[{"vmap":{"key":{"meta":{"key":"iifname"}},"data":"@zones"}}]'), None), (nft('[{"vmap":{"key":{"payload":{"protocol":"tcp","field":"dport"}},"data":"@open"}}]', REJECT), True),
        (nft(match('{"payload":{"protocol":"ip6","field":"nexthdr"}}', '{"set":["tcp","udp"]}')), False), (nft(match('{"ct":{"key":"mark"}}', "1", op="!=")), None),
    ],
)  # fmt: skip
def test_nft_rules_that_look_closer(rules: str, answer: bool | None) -> None:
    assert nft_filters(rules, "ip", (ETH,)) is answer


def test_iptables_alone_leaves_ipv6_open() -> None:
    """Without nft, a filter of IPv4 says nothing of what comes by IPv6; where nothing can come by it, nothing need stop it."""
    old, new = ":INPUT DROP [0:0]", ":INPUT ACCEPT [0:0]"
    assert read_firewall(section(iptables=old), {}, (DUAL,), privileged=True).enabled is None
    assert read_firewall(section(iptables=old, ip6tables=new), {}, (DUAL,), privileged=True).enabled is None
    assert read_firewall(section(iptables=old, ip6tables=old), {}, (DUAL,), privileged=True) == Firewall(True, "iptables")
    assert read_firewall(section(iptables=old), {}, (ETH,), privileged=True) == Firewall(True, "iptables")
    assert read_firewall(section(nft=nft(policy="drop", family="ip")), {}, (ETH,), privileged=True) == Firewall(True, "nftables")
    assert read_firewall(section(iptables=new, iptables_legacy=old), {}, (ETH,), privileged=True).enabled is True


def test_many_rules_at_many_interfaces() -> None:
    ports = tuple(port(f"eth{n}", f"192.168.{n}.5") for n in range(30))
    told = nft(*(match(SADDR, f'"10.0.{n % 250}.{n % 199}"') for n in range(20_000)), REJECT)
    assert nft_filters(told, "ip", ports) is True
