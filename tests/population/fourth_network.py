"""Kinds of trouble with switches, routers, firewalls and access points: spares, stacks, pairs, shared numbers, names that say little."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import xml
from tests.population.foreign_voices import api, sheet
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.third_voices import untold
from tests.population.troubles import agent, any_voice
from tests.population.voices import Heard, snmp


def spare_with_config(world: World) -> Iterator[Said]:
    """librenms: a spare gets the dead switch's configuration: name, address and engine id are in it; serial and ports are its own."""
    old, new = world.network(maker="HPE Aruba"), world.network(maker="HPE Aruba")
    new = new.but(hostname=old.hostname, ip=old.ip, engine_id=old.engine_id, model=old.model)
    other = world.network()
    at = world.day()
    yield snmp(old, at)
    yield snmp(old, world.day(at))
    yield snmp(new, world.day(at, 10, 12))
    yield snmp(other, world.day(at, 13, 14), Heard(neighbours=(new,)))
    yield snmp(new, world.day(at, 15, 19))


def spare_without_serial(world: World) -> Iterator[Said]:
    """glpi-agent #583: the same with a switch that shows no serial: all its ports are other ones, name, address and engine id the old."""
    old, new = world.network(maker="MikroTik"), world.network(maker="MikroTik")
    old.serial = ""
    new = new.but(serial="", hostname=old.hostname, ip=old.ip, engine_id="", model=old.model)
    old.engine_id = ""
    at = world.day()
    yield snmp(old, at)
    yield snmp(new, world.day(at, 10, 12))
    yield snmp(new, world.day(at, 15, 19))


def stack_renumbered(world: World) -> Iterator[Said]:
    """nautobot #526, glpi-agent #850: members are numbered anew, one is exchanged, another is master; name and engine stay."""
    thing = world.network(maker="Cisco")
    members = [thing.serial, world.number("FCW9999A9AA"), world.number("FCW9999A9AA")]
    at = world.day()
    yield snmp(thing, at, members=members)
    yield snmp(thing, world.day(at), members=members[::-1])
    fresh = thing.but(serial=members[2], macs=[world.mac("00562b"), *thing.macs[1:]])
    yield snmp(fresh, world.day(at, 10, 14), members=[members[2], world.number("FCW9999A9AA"), members[0]])


def switch_joins_a_stack(world: World) -> Iterator[Said]:
    """diode #561: a switch of its own, known by its serial, becomes the second member of another. The other stays what it is."""
    first, second = world.network(maker="Cisco"), world.network(maker="Cisco")
    at = world.day()
    for thing in (first, second):
        yield snmp(thing, world.soon(at))
        yield snmp(thing, world.day(at, 1, 3))
    together = first.but(macs=[*first.macs, *second.macs[1:]])
    yield snmp(together, world.day(at, 10, 12), members=[first.serial, second.serial])
    yield snmp(together, world.day(at, 13, 15), members=[first.serial, second.serial])


def pair_with_virtual_cards(world: World) -> Iterator[Said]:
    """ztptool #21: two firewalls of a pair show one name and the pair's virtual addresses on all ports; serials are their own."""
    shared = [f"00:09:0f:09:{world.rng.randrange(256):02x}:{n:02x}" for n in range(4)]
    one = Thing(
        world.truth("firewall"), "firewall", "", "Fortinet", "FG-100F", world.number("FG100FTK99999999"), macs=shared, ip=world.address()
    )
    one.hostname, one.domain = world.name("fw"), "net.example.org"
    two = one.but(truth=world.truth("firewall"), serial=world.number("FG100FTK99999999"))
    at = world.day()
    for _ in range(3):
        yield snmp(one, at)
        yield snmp(two, at + timedelta(hours=5))
        at = world.day(at)


def virtual_routers_heard(world: World) -> Iterator[Said]:
    """netdisco: two routers with VRRP, HSRP and CARP addresses, which a switch hears now at one, now at the other."""
    one, two, switch = world.network("router"), world.network("router"), world.network()
    group = world.rng.randrange(1, 255)
    shared = (f"00:00:5e:00:01:{group:02x}", f"00:00:0c:07:ac:{group:02x}", f"00:00:0c:9f:f0:{group:02x}", f"00:07:b4:00:01:{group:02x}")
    at = world.day()
    for thing in (one, two):
        yield snmp(thing, world.soon(at), Heard(virtual=shared))
    hosts = tuple((mac, "") for mac in shared)
    for thing in (one, two):
        at = world.day(at)
        yield snmp(switch, at, Heard(neighbours=(thing,), hosts=hosts))
        yield snmp(thing, world.soon(at), Heard(virtual=shared))


def peers_with_one_system_address(world: World) -> Iterator[Said]:
    """Pairs of switches with one system address for their aggregates: bridge and chassis id are the same, serials and ports are not."""
    one, two = world.network(), world.network()
    two.vendor, two.model = one.vendor, one.model
    shared = world.mac("02005e") if world.rng.random() < 0.5 else one.macs[0]
    one, two = one.but(macs=[shared, *one.macs[1:]]), two.but(macs=[shared, *two.macs[1:]])
    at = world.day()
    for _ in range(2):
        yield snmp(one, at)
        yield snmp(two, world.soon(at))
        at = world.day(at)


def adopted_again(world: World) -> Iterator[Said]:
    """Access points are taken over by another controller: other names and ids; the cable's address in another spelling."""
    aps = [world.network("ap", maker="HPE Aruba") for _ in range(3)]
    at = world.day()
    yield api(
        "old controller",
        at,
        [(a, {"mac": a.macs[0], "serial": a.serial, "external_id": world.hex(8), "hostname": a.hostname}) for a in aps],
    )
    for thing in aps:
        thing.hostname = world.name("AP-floor-")
    rows = [(a, {"mac": a.macs[0].upper().replace(":", "-"), "external_id": world.uuid(), "hostname": a.hostname}) for a in aps]
    yield api("new controller", world.day(at), rows)
    for thing in aps:
        yield snmp(thing, world.day(at, 10, 12))


def scanned_by_each_address(world: World) -> Iterator[Said]:
    """librenms #5025, netdisco #693: a firewall found eight times, by each of its addresses, with and without its domain."""
    thing = world.network("firewall", maker="Juniper")
    at = world.day()
    for n in range(5):
        thing.ip, thing.domain = world.address(), "net.example.org" if n % 2 else ""
        yield snmp(thing, at)
        at = world.soon(at)


def routers_of_one_image(world: World) -> Iterator[Said]:
    """Virtual routers of one image: engine id and name of the image, no serial; a card of the hypervisor's each."""
    image = Thing("", "router", "", "MikroTik", "CHR", "", hostname="MikroTik", engine_id="80003a8c04" + world.hex(8))
    at = world.day()
    things = [
        image.but(truth=world.truth("router"), macs=[m := world.mac("000c29"), m, world.mac("000c29")], ip=world.address())
        for _ in range(3)
    ]
    for _ in range(2):
        for thing in things:
            yield snmp(thing, world.soon(at))
        at = world.day(at)


def modems_with_the_models_name(world: World) -> Iterator[Said]:
    """Cacti #1676: modems called after their model, without serial; two ports each."""
    at = world.day()
    things = [
        Thing(
            world.truth("router"),
            "router",
            "",
            "ARRIS",
            "SB6121",
            hostname="SB6121",
            macs=world.port_macs("001dce", 3),
            ip=world.address(),
        )
        for _ in range(3)
    ]
    for _ in range(2):
        for thing in things:
            yield snmp(thing, world.soon(at))
        at = world.day(at)


def named_by_neighbours_first(world: World) -> Iterator[Said]:
    """netdisco #575, #380: a switch is heard by its name for weeks, in two spellings, before it answers itself."""
    hearer, heard = world.network(maker="Cisco"), world.network(maker="Cisco")
    at = world.day()
    yield snmp(hearer, at, Heard(by_name=(heard.but(hostname=f"{heard.hostname}.{heard.domain}"),)))
    yield snmp(hearer, world.day(at), Heard(by_name=(heard.but(hostname=f"{heard.hostname}.{heard.domain}"),)))
    yield snmp(heard, world.day(at, 10, 12))
    yield snmp(hearer, world.day(at, 13, 15), Heard(neighbours=(heard,)))


def one_name_at_two_sites(world: World) -> Iterator[Said]:
    """librenms #17873: each site has a "sw-core"; each site's router hears its own. Nobody can tell which is meant by the name alone."""
    cores, routers = [world.network() for _ in range(2)], [world.network("router") for _ in range(2)]
    at = world.day()
    for core in cores:
        core.hostname, core.domain = f"sw-core-{cores[0].hostname}", ""
    for core, router in zip(cores, routers, strict=True):
        yield snmp(router, world.soon(at))
        yield untold(snmp(router, world.day(at, 1, 2), Heard(by_name=(core,))))
        yield snmp(core, world.day(at, 3, 5))
        yield snmp(core, world.day(at, 6, 9))


def blades_show_the_enclosure(world: World) -> Iterator[Said]:
    """fusioninventory #1904: five blades in one enclosure show its serial as their own; UUIDs, cards and names are theirs."""
    enclosure = world.number("AAAAAA3")
    blades = [world.computer("server", os="linux") for _ in range(4)]
    at = world.day()
    for blade in blades:
        blade.vendor, blade.model, blade.serial, blade.chassis_serial, blade.kind = (
            "Dell Inc.",
            "PowerEdge M620",
            enclosure,
            enclosure,
            "blade",
        )
    for _ in range(2):
        for blade in blades:
            yield xml(blade, world.soon(at), upper=True)
        at = world.day(at)


def blades_exchange_slots(world: World) -> Iterator[Said]:
    """Two blades change places; names and addresses are the slots'; disks and agents stay in the blades."""
    one, two = world.computer("blade"), world.computer("blade")
    at = world.day()
    for thing in (one, two):
        yield agent(world, thing, world.soon(at))
    a, b = one.but(hostname=two.hostname, ip=two.ip), two.but(hostname=one.hostname, ip=one.ip)
    for thing in (a, b):
        yield agent(world, thing, world.day(at, 3, 5))
        yield any_voice(world, thing, world.day(at, 6, 9))
    rows = [(t, {"serial": t.serial.lower(), "name": t.hostname, "vendor": t.vendor}) for t in (a, b)]
    yield sheet(rows, world.day(at, 10, 12), "slots.csv")


def bought_and_walked(world: World) -> Iterator[Said]:
    """orb-agent #167: a list of the planning knows switches by name and serial; the names change before they are walked."""
    things = [world.network() for _ in range(3)]
    at = world.day()
    yield sheet([(t, {"name": world.name("plan-"), "serial": t.serial, "vendor": t.vendor}) for t in things], at, "plan.csv")
    for thing in things:
        yield snmp(thing, world.day(at))
        yield snmp(thing.but(hostname=world.name("sw"), ip=world.address()), world.day(at, 10, 12))
