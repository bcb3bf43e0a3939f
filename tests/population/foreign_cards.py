"""Kinds of trouble with network cards: adapters of software, of desks and of everybody, cards that wander, bond, or exist twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import glpi, xml
from tests.population.foreign_numbers import bare
from tests.population.foreign_voices import api, native, osquery
from tests.population.said import Said
from tests.population.things import World
from tests.population.troubles import agent, any_voice
from tests.population.voices import Heard, snmp, ssh


def client_of_everybody(world: World) -> Iterator[Said]:
    """GLPI forum, OCS #1440: a VPN client that no list knows shows one burned-in looking address on all machines; no numbers."""
    at, everybodys = world.day(), world.mac(world.rng.choice(("006073", "54b203", "00f1f3", "7c67a2")))
    name = world.rng.choice(("SonicWall NetExtender Adapter", "Check Point Endpoint VPN", "PANGP Ethernet Adapter #2", "Ethernet 5"))
    things = [bare(world.computer("laptop", os="windows")) for _ in range(4)]
    for look in range(3):
        for thing in things:
            shown = thing.but(extra=[(name, everybodys)])
            if look:
                shown.macs = [thing.macs[world.rng.randrange(2)]]  # whichever of its cards is up
            yield xml(shown, at, "ocs")
            at = world.day(at, 0, 1)


def client_first(world: World) -> Iterator[Said]:
    """The same where the first look at each machine is from home: the client's adapter is the only one that is up."""
    at, everybodys = world.day(), world.mac("7c67a2")
    things = [world.computer("laptop", os="windows") for _ in range(3)]
    for thing in things:
        yield xml(thing.but(macs=[], extra=[("Ethernet 5", everybodys)]), at, "ocs")
        at = world.soon(at)
    for thing in things:
        yield glpi(thing.but(extra=[("Ethernet 5", everybodys)]), world.day(at))


def switches_of_the_hypervisor(world: World) -> Iterator[Said]:
    """docker/for-linux #589, Hyper-V: bridges and default switches with equal addresses on images of one kind, and nothing else."""
    at = world.day()
    shared = [("vEthernet (Default Switch)", "00:15:5d:2c:10:01"), ("VirtualBox Host-Only Network", "0a:00:27:00:00:0b")]
    shared += [("VMware Network Adapter VMnet1", "00:50:56:c0:00:01"), ("Local Area Connection* 2", world.mac("02155d"))]
    for _ in range(3):
        thing = bare(world.computer("laptop", os="windows"))
        thing.extra = list(shared)
        yield glpi(thing, at)
        yield native(thing, world.soon(at), tool="edr", macs=[*thing.macs, *(mac for _, mac in thing.extra)])
        yield glpi(thing, world.day(at))


def made_by_linux(world: World) -> Iterator[Said]:
    """systemd #18362, Docker, libvirt: docker0, virbr0, veth pairs and bridges; the machine-id is the image's."""
    at, machine_id = world.day(), world.hex(32)
    extra = [("docker0", "02:42:1e:aa:00:01"), ("virbr0", "52:54:00:11:22:33"), ("br0", world.mac("5e1122")), ("cni0", world.mac("0e7788"))]
    for _ in range(3):
        thing = bare(world.computer("server", os="linux"), "Not Specified")
        thing.machine_id, thing.extra = machine_id, list(extra)
        yield ssh(thing, at, root=world.rng.random() < 0.5)
        yield osquery(thing, world.day(at))
        yield glpi(thing, world.day(at, 3, 9))


def bonded(world: World) -> Iterator[Said]:
    """OCS #368: cards of a bond show one address, after it is taken apart their own; names and order change."""
    thing = bare(world.computer("server", os="linux"), "Default string")
    at = world.day()
    yield osquery(thing, at)
    first = thing.macs[0]
    together = thing.but(macs=[first] * len(thing.macs), extra=[("bond0", first), ("bond0.10", first), ("vlan20", first)])
    yield osquery(together, world.day(at))
    yield glpi(together, world.day(at))
    yield glpi(thing.but(macs=thing.macs[::-1]), world.day(at, 10, 20))


def adapter_passed_on(world: World) -> Iterator[Said]:
    """OCS #791: a USB card goes from one whitebox to the next, weeks between; nothing in its name tells that it is lent."""
    at, card = world.day(), world.mac("00e04c")
    for _ in range(3):
        thing = bare(world.computer("desktop", os="linux"))
        yield osquery(thing.but(extra=[("enx1", card)]), at)
        yield osquery(thing.but(extra=[("enx1", card)]), world.day(at))
        at = world.day(at, 15, 25)
        yield osquery(thing, at)
        at = world.day(at, 3, 5)


def twin_cards(world: World) -> Iterator[Said]:
    """OCS #1440: cheap cards that all left the factory with one address; the boxes have numbers."""
    at, card = world.day(), world.mac("00e04c")
    for _ in range(3):
        thing = world.computer("desktop")
        thing.macs = [card]
        yield any_voice(world, thing, at)
        yield agent(world, thing, world.day(at))
        at = world.soon(at)


def twin_cards_bare(world: World) -> Iterator[Said]:
    """The same with boxes that show no number, side by side from the first day on."""
    at, card = world.day(), world.mac("00e04c")
    things = [bare(world.computer("desktop", os="windows")) for _ in range(2)]
    for thing in things:
        thing.macs = [card]
    for _ in range(4):
        for thing in things:
            yield glpi(thing, at)
            at += timedelta(minutes=40)


def radio_moved(world: World) -> Iterator[Said]:
    """A technician puts the radio of a broken laptop into another; both have numbers."""
    one, two = world.computer("laptop"), world.computer("laptop")
    at = world.day()
    yield any_voice(world, one, at)
    yield any_voice(world, two, world.soon(at))
    at = world.day(at, 5, 9)
    yield any_voice(world, two.but(macs=[two.macs[0], one.macs[1]]), at)
    yield any_voice(world, one.but(macs=[one.macs[0]]), world.day(at))


def private_radio(world: World) -> Iterator[Said]:
    """macOS, Windows 11: the radio has another random address in each network, and the wired card is not there."""
    thing = bare(world.computer("laptop", os="windows"))
    at = world.day()
    for n in range(4):
        shown = thing.but(macs=[world.random_mac()] if n % 2 else [thing.macs[0], world.random_mac()])
        yield glpi(shown, at)
        at = world.day(at, 2, 6)


def private_radios_one_name(world: World) -> Iterator[Said]:
    """jamf2snipe #65: phones with the name that their maker gave, another random address at each look, and the id of a program."""
    at, name = world.day(), world.rng.choice(("iPhone", "Galaxy-A53", "Pixel-8", "iPhone-von-Anna"))
    phones = [world.phone() for _ in range(4)]
    for _ in range(3):
        for n, thing in enumerate(phones):
            thing.hostname, thing.imei = name, ""
            yield native(thing, at, tool="mdm", macs=[world.random_mac()], serial="", uuid="", key=f"u{n}-{thing.truth}")
            at = world.soon(at)


def leases(world: World) -> Iterator[Said]:
    """DHCP leases over the API: address and name of one card at a time, wired and wireless apart, before the agent speaks."""
    at = world.day()
    thing = world.computer("laptop")
    for n, mac in enumerate(thing.macs):
        yield api("dhcp", world.day(at, 0, n + 1), [(thing, {"mac": mac, "hostname": thing.hostname})], cls="device")
    yield agent(world, thing, world.day(at, 3, 9))
    yield api("dhcp", world.day(at, 10, 20), [(thing, {"mac": thing.macs[0].upper(), "hostname": thing.hostname})], cls="device")


def leases_of_strangers(world: World) -> Iterator[Said]:
    """The same for phones of guests: random addresses, one name for many; each lease is another phone."""
    at, name = world.day(), world.rng.choice(("iPhone", "android-dhcp-13", "Galaxy-S21", "DESKTOP"))
    phones = [world.phone() for _ in range(4)]
    for _ in range(2):
        for thing in phones:
            thing.hostname = name
            yield api("dhcp", at, [(thing, {"mac": thing.macs[0], "hostname": name})], cls="device")
            at = world.soon(at)


def sweep_then_agent(world: World) -> Iterator[Said]:
    """fusioninventory #1888: a sweep sees a card behind a port; the agent later shows it among others, and a dock takes its place."""
    thing, switch, dock = world.computer("laptop"), world.network(), world.mac("0050b6")
    at = world.day()
    yield snmp(switch, at, Heard(hosts=((thing.macs[0], thing.truth), (dock, ""))))
    yield agent(world, thing.but(lent=[dock]), world.day(at))
    yield snmp(switch, world.day(at, 10, 20), Heard(hosts=((thing.macs[1], thing.truth),)))
    yield agent(world, thing, world.day(at, 21, 25))


def balanced(world: World) -> Iterator[Said]:
    """Microsoft NLB in unicast: every node shows the cluster's address on its first card; some guests show no number."""
    at, cluster = world.day(), "02:bf:0a:00:00:" + world.hex(2)
    for _ in range(3):
        node = world.vm("", "vmware")
        node.os = "windows"
        world.install(node)
        shown = node.but(macs=[cluster, *node.macs])
        yield glpi(shown, at)
        yield native(shown, world.day(at), tool="edr", macs=shown.macs, serial="", uuid="")
        at = world.soon(at)


def pool_of_addresses(world: World) -> Iterator[Said]:
    """Hyper-V hosts installed from one image give their guests addresses from one pool: two guests with one card."""
    hosts = [world.computer("server", os="linux") for _ in range(2)]
    at, card = world.day(), world.mac("00155d")
    for host in hosts:
        guest = world.vm("", "hyperv")
        guest.macs = [card]
        yield glpi(host, at, guests=[guest])
        yield glpi(guest, world.soon(at))
        yield xml(guest, world.day(at), "ocs")
        at = world.soon(at)


def mobile_sticks(world: World) -> Iterator[Said]:
    """Huawei's sticks and tethered phones: one address on all of them, the only card while travelling; laptops with numbers."""
    at, stick = world.day(), world.mac("0c5b8f")
    for _ in range(3):
        thing = world.computer("laptop", os="windows")
        yield glpi(thing, at)
        yield xml(thing.but(macs=[stick]), world.day(at), "ocs")
        yield glpi(thing, world.day(at, 10, 20))
