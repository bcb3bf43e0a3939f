"""Kinds of trouble with guests, clusters and devices of the network: copies beside each other, floating names, parts that move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import glpi
from tests.population.foreign_guests import turned
from tests.population.foreign_numbers import bare
from tests.population.foreign_voices import api, hypervisors_view, sheet
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.third_voices import Step, lease
from tests.population.troubles import agent
from tests.population.voices import Heard, snmp, ssh


def recovery_copy(world: World) -> Iterator[Said]:
    """A copy is brought up at the second site for a test: UUID, serial, name, system and agent are one; cards and managers are not."""
    first = world.vm("", "vmware")
    copy = first.but(truth=world.truth("vm"), macs=[world.mac("005056")], ip=world.address())
    hosts = [world.computer("server", os="linux") for _ in range(2)]
    at = world.day()
    yield glpi(first, at)
    yield hypervisors_view("vcenter-a", world.soon(at), hosts[0], [(first, first.hostname)])
    at = world.day(at)
    for _ in range(3):
        yield glpi(first, at)
        yield glpi(copy, at + timedelta(minutes=10))
        yield hypervisors_view("vcenter-b", at + timedelta(minutes=20), hosts[1], [(copy, copy.hostname)])
        yield hypervisors_view("vcenter-a", at + timedelta(minutes=30), hosts[0], [(first, first.hostname)])
        at += timedelta(hours=2)


def recovery_in_turn(world: World) -> Iterator[Said]:
    """The same as a planned move: the first is switched off, the copy takes its work with another card; later back. One guest."""
    guest = world.vm("", "vmware")
    away = guest.but(macs=[world.mac("005056")], ip=world.address())
    at = world.day()
    for thing in (guest, guest, away, away, guest):
        yield glpi(thing, at)
        at = world.day(at, 4, 9)


def isolated_copy(world: World) -> Iterator[Said]:
    """A copy in a test network keeps name, card, machine-id and agent; the platform gave it a UUID. By a plain user and by the manager."""
    first = world.vm("", "vmware")
    first.os = "linux"
    world.install(first)
    copy = first.but(truth=world.truth("vm"), uuid=world.uuid())
    world.furnish(copy, "vmware")
    host, at = world.computer("server", os="linux"), world.day()
    for _ in range(2):
        for thing in (first, copy):
            yield ssh(thing, at)
            at = world.soon(at)
        yield hypervisors_view("vcenter", at, host, [(first, first.hostname), (copy, f"{first.hostname}-test")])
        at = world.day(at)


def floating_name(world: World) -> Iterator[Said]:
    """A failover cluster: whoever is active answers to the cluster's name too, and its agent reports it; numbers are each node's own."""
    nodes = [world.computer("server", os="windows") for _ in range(2)]
    name, card = world.name("CLUSTER"), "02:" + world.mac("155d00")[3:]
    at = world.day()
    for n in range(6):
        active = nodes[n // 2 % 2]
        for node in nodes:
            shown = node.but(hostname=name, extra=[("Microsoft Failover Cluster Virtual Adapter", card)]) if node is active else node
            yield agent(world, shown, at)
            at = world.soon(at)
        yield lease(active.but(hostname=name), at, active.macs[0], name=name)
        at = world.day(at, 0, 2)


def floating_name_bare(world: World) -> Iterator[Said]:
    """The same with Linux guests whose firmware shows nothing to a plain user: cards, machine-ids and keys are each node's own."""
    nodes = [world.vm("", "proxmox") for _ in range(2)]
    name, at = world.name("db-vip"), world.day()
    for node in nodes:
        node.os = "linux"
        world.install(node)
    for n in range(6):
        active = nodes[n // 2 % 2]
        for node in nodes:
            yield ssh(node.but(hostname=name) if node is active else node, at, root=False)
            at = world.soon(at)
        at = world.day(at, 0, 2)


def appliances_as_delivered(world: World) -> Iterator[Said]:
    """community.vmware #1769: appliances from one file: host keys, machine-id, name and agent as delivered; each has a UUID and a card."""
    base = world.vm("", "vmware")
    base.os, base.hostname = "linux", world.rng.choice(("appliance", "photon-machine", "vcsa"))
    world.install(base)
    at, made = world.day(), []
    for _ in range(4):
        one = base.but(truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("005056")], ip=world.address())
        world.furnish(one, "vmware")
        made.append(one)
    for _ in range(2):
        for one in made:
            yield ssh(one, at, root=world.rng.random() < 0.5)
            at = world.soon(at)
    host = world.computer("server", os="linux")
    yield hypervisors_view("vcenter", at, host, [(one, f"appliance-{n}") for n, one in enumerate(made)])
    for one in made:
        yield ssh(one, world.day(at))


def thin_clients(world: World) -> Iterator[Said]:
    """LTSP: thirty clients start from one image over the network: machine-id, keys and name are one; a card each, and no numbers."""
    base, at = bare(world.computer("desktop", os="linux"), "0"), world.day()
    clients = [base.but(truth=world.truth("desktop"), macs=[world.mac("b827eb")], ip=world.address()) for _ in range(6)]
    for _ in range(3):
        for client in clients:
            yield world.rng.choice((ssh, glpi))(client, at)
            at += timedelta(minutes=13)
        at = world.day(at)


def same_id_of_two_managers(world: World) -> Iterator[Said]:
    """Two managers count from one: vm-101 is another guest in each; one was imported by both, with its UUID."""
    at = world.day()
    both = world.vm("", "vmware")
    for name in ("vcenter-a", "vcenter-b"):
        own = world.vm("", "vmware")
        told = [(own, {"uuid": own.uuid, "external_id": "vm-101", "mac": own.macs})]
        told.append((both, {"uuid": turned(both.uuid), "external_id": "vm-102", "mac": both.macs}))
        yield api(name, at, told)
        yield agent(world, own, world.day(at))
        at = world.day(at)
    yield agent(world, both, at)


def appliance_on_a_hypervisor(world: World) -> Iterator[Said]:
    """Recorded: a virtual load balancer's serial over SNMP is its UUID without hyphens; the manager knows it by UUID and card."""
    guest, host = world.vm("", "vmware"), world.computer("server", os="linux")
    guest.os, at = "linux", world.day()
    mac = guest.macs[0]
    shown = Thing(guest.truth, "load_balancer", "", "F5 Labs, Inc.", "BIG-IP VE", guest.uuid, macs=[mac, mac], hostname=guest.hostname)
    shown.domain, shown.ip = guest.domain, guest.ip
    steps: list[Step] = [
        lambda t: hypervisors_view("vcenter", t, host, [(guest.but(uuid=turned(guest.uuid)), guest.hostname)]),
        lambda t: snmp(shown, t),
        lambda t: ssh(guest, t),
    ]
    world.rng.shuffle(steps)
    for step in steps:
        yield step(at)
        at = world.day(at)


def neighbours_by_serial_in_the_name(world: World) -> Iterator[Said]:
    """NX-OS says `sw1(FOC1234X0AB)` and `sw1.example.org(FOC…)` to its neighbours; heard first, walked later."""
    here, thing = world.network(), world.network(maker="Cisco")
    at = world.day()
    name = world.rng.choice((thing.hostname, f"{thing.hostname}.{thing.domain}"))
    yield snmp(here, at, Heard(by_name=(thing.but(hostname=f"{name}({thing.serial})"),)))
    yield snmp(thing, world.day(at))
    yield snmp(here, world.day(at, 10, 12), Heard(by_name=(thing.but(hostname=f"{name}({thing.serial})"),)))


def neighbours_called_switch(world: World) -> Iterator[Said]:
    """Cacti #1676: two new switches with the factory's name are heard by name, then by address; later they are walked."""
    here, there = world.network(), world.network()
    things = [world.network(maker="HPE Aruba") for _ in range(2)]
    name, at = world.rng.choice(("Switch", "HP-2530-24G", "Aruba-2930F-24G")), world.day()
    for thing in things:
        thing.hostname, thing.domain = name, ""
    for port, thing in ((here, things[0]), (there, things[1])):
        heard = snmp(port, at, Heard(by_name=(thing,)))
        yield Said(heard.observation, {ref: truth for ref, truth in heard.truth.items() if truth != thing.truth})
        yield snmp(port, world.day(at), Heard(neighbours=(thing,)))
    for thing in things:
        yield snmp(thing, world.day(at, 10, 12))


def card_of_a_ups_moved(world: World) -> Iterator[Said]:
    """APC: the UPS is exchanged, its network card goes into the new one: address, name and engine id stay, the serial is another."""
    mac = world.mac("00c0b7")
    old = Thing(world.truth("ups"), "ups", "", "APC", "Smart-UPS 1500", world.number("AS9999999999"), macs=[mac, mac])
    old.hostname, old.ip, old.engine_id = world.name("ups"), world.address(), "8000013e03" + mac.replace(":", "")
    new = old.but(truth=world.truth("ups"), serial=world.number("AS9999999999"))
    at = world.day()
    yield snmp(old, at)
    yield snmp(old, world.day(at))
    yield snmp(new, world.day(at, 10, 12))
    yield snmp(new, world.day(at, 13, 15))


def controller_of_the_host_first(world: World) -> Iterator[Said]:
    """go-hal #57: the controller of a server is known first, with the server's serial; then a list, then the server itself."""
    host = world.computer("server", os="linux")
    bmc = Thing(world.truth("bmc"), "bmc", "", host.vendor, "iDRAC9", host.serial, macs=[world.mac("d09466")] * 2)
    bmc.hostname, bmc.ip = f"idrac-{host.serial.lower()}", world.address()
    at = world.day()
    yield snmp(bmc, at)
    yield sheet(
        [(host, {"serial": host.serial, "vendor": host.vendor, "asset_tag": world.number("SV-999999")})], world.day(at), "servers.csv"
    )
    yield ssh(host, world.day(at, 5, 9))
    yield snmp(bmc, world.day(at, 10, 12))
    yield lease(bmc, world.day(at, 13, 15), bmc.macs[0])


def card_of_a_printer_exchanged(world: World) -> Iterator[Said]:
    """JetDirect: the printer's card is exchanged: its name is made of the address; the serial stays, and the list knows only that."""
    old, new = world.mac("3024a9"), world.mac("3024a9")
    thing = Thing(world.truth("printer"), "printer", "", "HP", "LaserJet M404", world.number("VNC9A99999"), macs=[old, old])
    thing.hostname, thing.ip = "NPI" + old.replace(":", "")[6:].upper(), world.address()
    at = world.day()
    yield snmp(thing, at)
    yield sheet([(thing, {"serial": thing.serial, "vendor": "Hewlett-Packard"})], world.day(at), "printers.csv")
    later = thing.but(macs=[new, new], hostname="NPI" + new.replace(":", "")[6:].upper())
    yield snmp(later, world.day(at, 10, 12))
    yield api("printing", world.day(at, 13, 15), [(later, {"mac": new, "hostname": later.hostname})])


def stack_heard_by_each_member(world: World) -> Iterator[Said]:
    """orb-agent #458: a stack shows the address of its master; after a change of master it is heard and walked by another."""
    thing, here = world.network(maker="Cisco"), world.network()
    serials = [world.number("FCW9999A9AA") for _ in range(2)]
    bases = [world.port_macs("70d379", 4) for _ in range(2)]
    at = world.day()
    for n in (0, 1, 0):
        macs = [*bases[n], *bases[1 - n]]
        shown = thing.but(serial=serials[n], macs=macs, engine_id="8000000903" + macs[0].replace(":", ""))
        yield snmp(here, at, Heard(neighbours=(shown,)))
        yield snmp(shown, world.day(at), members=[serials[n], serials[1 - n]])
        at = world.day(at, 10, 12)


def one_by_many_doors(world: World) -> Iterator[Said]:
    """LibreNMS #1762: a router by three addresses and two names, by its controller, by a neighbour and by a list, in any order."""
    thing, here = world.network("router", maker="Cisco"), world.network()
    at = world.day()
    steps: list[Step] = [
        lambda t: snmp(thing.but(ip=world.address(), domain=""), t),
        lambda t: snmp(thing.but(ip=world.address()), t),
        lambda t: snmp(here, t, Heard(neighbours=(thing,))),
        lambda t: api(
            "dnac", t, [(thing, {"serial": thing.serial, "fqdn": f"{thing.hostname}.{thing.domain}", "external_id": world.uuid()})]
        ),
        lambda t: sheet([(thing, {"serial": thing.serial, "vendor": "Cisco Systems, Inc.", "name": thing.hostname})], t, "routers.csv"),
    ]
    world.rng.shuffle(steps)
    for step in steps:
        yield step(at)
        at = world.day(at)


def exchanged_and_restored(world: World) -> Iterator[Said]:
    """LibreNMS #2975: a firewall is exchanged under warranty; the configuration brings name, address, engine id and made-up addresses."""
    old = world.network("firewall", maker="Juniper")
    new = world.network("firewall", maker="Juniper")
    new.hostname, new.ip, new.engine_id = old.hostname, old.ip, "80000a4c04" + world.hex(12)
    old.engine_id = new.engine_id
    made_up = ["02:00:5e:" + world.hex(2) + ":00:01", "06:00:5e:" + world.hex(2) + ":00:02"]
    at = world.day()
    yield snmp(old.but(macs=[*old.macs, *made_up]), at)
    yield sheet([(old, {"serial": old.serial, "name": old.hostname, "vendor": "Juniper"})], world.day(at), "2026.csv")
    at = world.day(at, 10, 12)
    yield snmp(new.but(macs=[*new.macs, *made_up]), at)
    yield sheet([(new, {"serial": new.serial, "name": new.hostname, "vendor": "Juniper"})], world.day(at), "2027.csv")
    yield snmp(new.but(macs=[*new.macs, *made_up]), world.day(at, 10, 12))
