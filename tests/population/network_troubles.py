"""Kinds of trouble with network devices, servers' neighbours, and what hangs on computers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.population.agents import glpi, xml
from tests.population.said import Said
from tests.population.things import LETTERS, Thing, World
from tests.population.troubles import agent, any_voice
from tests.population.voices import Heard, register, snmp, ssh


def healthy_switch(world: World) -> Iterator[Said]:
    """A switch that is walked twice, its neighbour, and a laptop behind a port."""
    one, two, laptop = world.network(), world.network(), world.computer("laptop")
    at = world.day()
    heard = Heard(neighbours=(two,), hosts=((laptop.macs[0], laptop.truth),))
    yield snmp(one, at, heard)
    yield agent(world, laptop, world.day(at, 0, 3))
    yield snmp(two, world.day(at, 0, 3), Heard(neighbours=(one,)))
    yield snmp(one, world.day(at, 4, 20), heard)


def healthy_router(world: World) -> Iterator[Said]:
    """A router or firewall, walked and in the register."""
    thing = world.network(world.rng.choice(("router", "firewall", "ap")))
    thing.asset_tag = world.number("N-999999")
    at = world.day()
    yield snmp(thing, at)
    yield register([(thing, {})], world.day(at))
    yield snmp(thing, world.day(at, 2, 20))


def neighbour_by_name(world: World) -> Iterator[Said]:
    """netdisco #575, #1495: a neighbour known by its name only, before and after it is walked itself."""
    one, two = world.network(trouble="neighbour by name only"), world.network(trouble="neighbour by name only")
    at = world.day()
    yield snmp(one, at, Heard(by_name=(two,)))
    yield snmp(two, world.day(at), Heard(by_name=(one,)))
    yield snmp(one, world.day(at, 10, 20), Heard(by_name=(two,)))


def several_cards(world: World) -> Iterator[Said]:
    """LibreNMS #5025 ("discovered 8 times"): one machine behind several ports, card by card, before its agent speaks."""
    thing, switch = world.computer("server", "seen card by card first"), world.network(trouble="seen card by card first")
    at = world.day()
    yield snmp(switch, at, Heard(hosts=tuple((mac, thing.truth) for mac in thing.macs[:3])))
    yield agent(world, thing, world.day(at))
    yield snmp(switch, world.day(at, 10, 20), Heard(hosts=tuple((mac, thing.truth) for mac in thing.macs[:3])))


def stack(world: World) -> Iterator[Said]:
    """orb-agent #458, nautobot-app-device-onboarding #526, glpi-agent #583: the stack shows its master's serial, and the master changes."""
    thing = world.network(trouble="stack with another master", maker="Cisco")
    first, second = world.number("FCW9999A9AA"), world.number("FCW9999A9AA")
    at = world.day()
    thing.serial = first
    thing.macs = thing.macs[:5] + world.port_macs("70d379", 5)
    yield snmp(thing, at, members=[first, second])
    other = thing.but(serial=second, macs=[*thing.macs[5:], *thing.macs[:5]])
    other.engine_id = "8000000903" + other.macs[0].replace(":", "")
    yield snmp(other, world.day(at), members=[second, first])
    yield snmp(other, world.day(at, 10, 20), members=[second, first])


def first_hop(world: World) -> Iterator[Said]:
    """NAV, Netdisco: two routers show one VRRP or HSRP address."""
    virtual = world.rng.choice(("00:00:5e:00:01:0a", "00:00:0c:07:ac:01", "00:00:0c:9f:f0:0b"))
    at = world.day()
    pair = [world.network("router", "virtual-router address") for _ in range(2)]
    for _ in range(2):
        for thing in pair:
            yield snmp(thing, at, Heard(virtual=(virtual,)))
            at = world.day(at, 0, 4)


def ha_pair(world: World) -> Iterator[Said]:
    """snmp-info #373 and LibreNMS #2105: two firewalls of a pair with one name, one configuration and one engine id."""
    one = world.network("firewall", "pair with one name")
    two = world.network("firewall", "pair with one name", maker=one.vendor)
    two.hostname, two.engine_id = one.hostname, one.engine_id
    at = world.day()
    for _ in range(2):
        yield snmp(one, at)
        yield snmp(two, world.soon(at))
        at = world.day(at)


def contexts(world: World) -> Iterator[Said]:
    """LibreNMS #2182: virtual contexts of one chassis, each with the chassis' serial."""
    first = world.network("firewall", "virtual contexts of one chassis")
    at = world.day()
    every = [first]
    for n in range(2):
        context = first.but(
            truth=world.truth("firewall"),
            hostname=f"{first.hostname}-ctx{n}",
            macs=[world.mac("a2004f") for _ in range(3)],
            ip=world.address(),
        )
        context.engine_id = "80000009" + world.hex(20)
        every.append(context)
    for _ in range(2):
        for context in every:
            yield snmp(context, at)
            at = world.soon(at)
        at = world.day(at)


def controller_of_host(world: World) -> Iterator[Said]:
    """Redfish and GLPI: the management controller shows the serial and UUID of its host."""
    host = world.computer("server", "controller with its host's serial")
    bmc = Thing(
        world.truth("bmc"),
        "bmc",
        host.trouble,
        host.vendor,
        "iDRAC9",
        host.serial,
        macs=[world.mac("f4026f"), world.mac("f4026f")],
        hostname=f"idrac-{host.serial.lower()}",
        domain="oob.example.org",
        ip=world.address(),
    )
    bmc.engine_id = "80000009" + world.hex(20)
    at = world.day()
    steps: list[Callable[[], Said]] = [lambda: snmp(bmc, at), lambda: agent(world, host, at)]
    if world.rng.random() < 0.5:
        steps.reverse()
    for step in (*steps, *steps):
        yield step()
        at = world.day(at)


def blades(world: World) -> Iterator[Said]:
    """ServiceNow IRE, discovery of blades: all blades show the serial of their enclosure."""
    enclosure, at = world.number("CZ39999AAA"), world.day()
    for _ in range(3):
        blade = world.computer("blade", "blades of one enclosure")
        blade.chassis_serial = enclosure
        if world.rng.random() < 0.3:
            blade.serial = "Not Specified"
        yield any_voice(world, blade, at)
        yield any_voice(world, blade, world.day(at))


def twins(world: World) -> Iterator[Said]:
    """Several nodes in one box (Supermicro Twin): the box' serial is the system serial of all of them."""
    serial, at = world.number("S9999999AA99999"), world.day()
    for _ in range(3):
        node = world.computer("server", "nodes with one system serial")
        node.vendor, node.model, node.serial, node.chassis_serial = "Supermicro", "SYS-6029TP-HTR", serial, serial
        yield any_voice(world, node, at)
        yield any_voice(world, node, world.day(at))
        at = world.soon(at)


def monitors(world: World) -> Iterator[Said]:
    """GLPI #9741 and its kind: screens go from desk to desk."""
    screens = [
        Thing(world.truth("monitor"), "monitor", "screens that move", "Dell Inc.", "DELL U2720Q", world.number("AAAAAA9")) for _ in range(2)
    ]
    one, two = world.computer("desktop", "screens that move"), world.computer("desktop", "screens that move")
    at = world.day()
    yield glpi(one, at, monitors=screens[:1])
    yield xml(two, world.soon(at), monitors=screens[1:])
    at = world.day(at)
    yield glpi(one, at, monitors=screens[1:])
    yield xml(two, world.soon(at), monitors=screens[:1])


def printer(world: World) -> Iterator[Said]:
    """A printer whose network card, and with it its name, was replaced (names like NPI8DDF48 are made of the address)."""
    mac = world.mac("3c5282")
    thing = Thing(
        world.truth("printer"),
        "printer",
        "printer with a new card",
        "HP",
        "HP LaserJet M507",
        world.number("VNB9A99999"),
        macs=[mac, mac],
        hostname="NPI" + mac.replace(":", "")[6:].upper(),
        ip=world.address(),
    )
    thing.engine_id = "8000000903" + mac.replace(":", "")
    at = world.day()
    yield snmp(thing, at)
    fresh = world.mac("3c5282")
    new = thing.but(macs=[fresh, fresh], hostname="NPI" + fresh.replace(":", "")[6:].upper())
    new.engine_id = "8000000903" + fresh.replace(":", "")
    yield snmp(new, world.day(at))
    yield snmp(new, world.day(at, 10, 20))


def replaced_switch(world: World) -> Iterator[Said]:
    """LibreNMS #2975: a broken switch is replaced; the new one gets the old configuration: name, address, engine id."""
    old = world.network(trouble="switch replaced, configuration kept")
    new = world.network(trouble=old.trouble, maker=old.vendor)
    new.hostname, new.ip, new.engine_id = old.hostname, old.ip, old.engine_id
    at = world.day()
    yield snmp(old, at)
    yield snmp(new, world.day(at, 2, 9))
    yield snmp(new, world.day(at, 10, 20))


def default_names(world: World) -> Iterator[Said]:
    """Cacti #1676: modems that are all called SB6121."""
    name, at = "SB" + "".join(world.rng.choice(LETTERS[-10:]) for _ in range(4)), world.day()
    for _ in range(3):
        thing = world.network("router", "name of the model")
        thing.hostname, thing.domain = name, ""
        yield snmp(thing, at)
        yield snmp(thing, world.day(at))


def moving_guest(world: World) -> Iterator[Said]:
    """A guest migrates between hypervisors; each shows it by UUID only."""
    hosts = [world.computer("server", "guest that migrates", os="linux") for _ in range(2)]
    guest = world.vm("guest that migrates", "kvm")
    at = world.day()
    yield ssh(hosts[0], at, guests=[guest])
    yield ssh(hosts[1], world.soon(at))
    yield agent(world, guest, world.day(at))
    yield ssh(hosts[1], world.day(at, 10, 20), guests=[guest])
    yield ssh(hosts[0], world.day(at, 10, 20))
