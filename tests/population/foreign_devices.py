"""Kinds of trouble with network devices, printers and the like as other people's scans and controllers see them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.population.agents import glpi, xml
from tests.population.foreign_voices import api, sheet
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.voices import Heard, register, snmp


def member_exchanged(world: World) -> Iterator[Said]:
    """glpi-agent #583: a member of a stack is exchanged; then its master; one after the other all pieces are new, the stack is one."""
    thing = world.network(maker="Cisco")
    serials = [world.number("FCW9999A9AA") for _ in range(3)]
    sets = [world.port_macs("70d379", 4) for _ in range(3)]
    at = world.day()

    def walk() -> Said:
        shown = thing.but(serial=serials[0], macs=[m for ports in sets for m in ports])
        shown.engine_id = "8000000903" + shown.macs[0].replace(":", "")
        return snmp(shown, at, members=serials)

    yield walk()
    for n in (2, 1, 0):
        at = world.day(at, 10, 20)
        serials[n], sets[n] = world.number("FCW9999A9AA"), world.port_macs("70d379", 4)
        if n == 0:
            serials.reverse()
            sets.reverse()
        yield walk()


def supervisor_exchanged(world: World) -> Iterator[Said]:
    """A chassis gets another supervisor: engine id and base address are new, serial and line cards stay."""
    thing = world.network("switch", maker="Cisco")
    at = world.day()
    yield snmp(thing, at)
    base = world.mac("00562b")
    new = thing.but(macs=[base, *thing.macs[1:]], engine_id="8000000903" + base.replace(":", ""))
    yield snmp(new, world.day(at))
    yield snmp(new, world.day(at, 10, 20))


def virtual_addresses_of_firewalls(world: World) -> Iterator[Said]:
    """FortiGate: all clusters with one group number show the same addresses on their ports, at every site; serials and names are own."""
    at = world.day()
    group = world.hex(2)
    macs = [f"00:09:0f:09:{group}:{n:02x}" for n in range(1, 5)]
    for _ in range(2):
        name = world.name("fgt")
        for _ in range(2):
            unit = world.network("firewall", maker="Cisco")
            unit.vendor, unit.model, unit.serial, unit.macs, unit.hostname = (
                "Fortinet",
                "FGT_100F",
                world.number("FG100FTK99999999"),
                list(macs),
                name,
            )
            unit.engine_id = "80003044" + world.hex(12)
            yield snmp(unit, at)
            yield snmp(unit, world.day(at, 1, 5))
        at = world.soon(at)


def peers_with_one_system(world: World) -> Iterator[Said]:
    """vPC, MLAG: two switches answer with one bridge address and are heard by it; serials and ports are own."""
    at, system = world.day(), "00:23:04:ee:be:" + world.hex(2)
    pair = [world.network(maker="Cisco") for _ in range(2)]
    for one in pair:
        one.macs = [system, *one.macs[1:]]
    for _ in range(2):
        for one in pair:
            yield snmp(one, at)
            at = world.soon(at)
        at = world.day(at)


def heard_before_seen(world: World) -> Iterator[Said]:
    """netdisco #380: a switch is heard by address and long name, listed by short name and serial, then walked."""
    here, thing = world.network(), world.network()
    at = world.day()
    yield snmp(here, at, Heard(neighbours=(thing,)))
    yield sheet([(thing, {"name": thing.hostname.upper(), "serial": thing.serial, "vendor": thing.vendor})], world.day(at), "spares.csv")
    yield snmp(thing, world.day(at, 5, 9), Heard(neighbours=(here,)))
    yield snmp(here, world.day(at, 10, 20), Heard(neighbours=(thing,), by_name=()))


def swapped_after_failure(world: World) -> Iterator[Said]:
    """LibreNMS #2975: the new switch gets name and configuration; its neighbour hears the name with another address meanwhile."""
    here, old = world.network(), world.network(maker="Juniper")
    new = world.network(maker="Juniper")
    new.hostname, new.ip = old.hostname, old.ip
    at = world.day()
    yield snmp(old, at)
    yield snmp(here, world.day(at, 0, 1), Heard(neighbours=(old,)))
    at = world.day(at, 10, 20)
    yield snmp(here, at, Heard(neighbours=(new,)))
    yield snmp(new, world.soon(at))
    yield register([(new.but(asset_tag=world.number("N-999999")), {})], world.day(at))


def points_of_a_controller(world: World) -> Iterator[Said]:
    """glpi-agent #850: access points by their controller (address, name, serial), by a neighbour (address), and one is exchanged."""
    switch = world.network()
    points = [world.network("ap", maker="HPE Aruba") for _ in range(3)]
    at = world.day()
    known = [(p, {"mac": p.macs[0], "serial": p.serial, "hostname": p.hostname}) for p in points]
    yield api("controller", at, known)
    yield snmp(switch, world.day(at), Heard(neighbours=tuple(points)))
    fresh = world.network("ap", maker="HPE Aruba").but(hostname=points[0].hostname)
    at = world.day(at, 10, 20)
    yield api("controller", at, [(fresh, {"mac": fresh.macs[0], "serial": fresh.serial, "hostname": fresh.hostname}), *known[1:]])
    yield snmp(switch, world.day(at), Heard(neighbours=(fresh, *points[1:])))


def desk_phones(world: World) -> Iterator[Said]:
    """CDP and LLDP-MED: a phone called after its address by its switch, by its manager with serial, and in a list by address."""
    switch, at = world.network(), world.day()
    phones = []
    for _ in range(3):
        mac = world.mac("00562b")
        name = "SEP" + mac.replace(":", "").upper()
        phones.append(
            Thing(world.truth("device"), "device", "", "Cisco", "CP-8841", world.number("FCH9999A9AA"), macs=[mac], hostname=name)
        )
    yield snmp(switch, at, Heard(neighbours=tuple(phones)))
    known = [(p, {"hostname": p.hostname, "mac": p.macs[0], "serial": p.serial}) for p in phones]
    yield api("callmanager", world.day(at), known)
    yield sheet([(p, {"mac": p.macs[0].replace(":", "").upper(), "name": p.hostname}) for p in phones], world.day(at), "phones.csv")


def printers_with_cards(world: World) -> Iterator[Said]:
    """Cacti #1676: printers of one model with one default name, a card each, addresses by DHCP, some in a list by serial."""
    at, name = world.day(), world.rng.choice(("Brother HL-L5100DN series", "HPLaserJet", "KMBT", "EPSON"))
    things = []
    for _ in range(3):
        mac = world.mac("3c2af4")
        thing = Thing(world.truth("printer"), "printer", "", "Brother", "HL-L5100", world.number("E99999A9J999999"), macs=[mac, mac])
        thing.hostname, thing.ip, thing.asset_tag = name, world.address(), world.number("PR-999999")
        things.append(thing)
    for thing in things:
        yield snmp(thing.but(serial=""), at)
        at = world.soon(at)
    yield sheet(
        [(t, {"serial": t.serial, "asset_tag": t.asset_tag, "mac": t.macs[0], "vendor": "Brother Industries, Ltd."}) for t in things],
        world.day(at),
    )
    for thing in things:
        yield snmp(thing.but(ip=world.address()), world.day(at, 10, 20))


def power_supplies(world: World) -> Iterator[Said]:
    """APC: the network card of a UPS is exchanged; the UPS keeps its serial, name and place."""
    at = world.day()
    for _ in range(2):
        mac, new = world.mac("00c0b7"), world.mac("00c0b7")
        thing = Thing(world.truth("ups"), "ups", "", "APC", "Smart-UPS 3000", world.number("AS9999999999"), macs=[mac, mac])
        thing.hostname, thing.ip, thing.engine_id = world.name("ups"), world.address(), "8000013e03" + mac.replace(":", "")
        yield snmp(thing, at)
        later = thing.but(macs=[new, new], engine_id="8000013e03" + new.replace(":", ""))
        yield snmp(later, world.day(at, 5, 9))
        yield snmp(later.but(serial=""), world.day(at, 10, 20))


def router_many_addresses(world: World) -> Iterator[Said]:
    """LibreNMS #1762, #5025: a router found at each of its addresses, once without its serial, under its long and its short name."""
    thing = world.network("router", maker="Cisco")
    at = world.day()
    for n in range(4):
        shown = thing.but(ip=world.address(), serial=thing.serial if n % 2 else "", domain=thing.domain if n < 2 else "")
        yield snmp(shown, at)
        at += (world.day(at) - at) / 50


def sites_built_alike(world: World) -> Iterator[Said]:
    """LibreNMS #2105: two shops built from one plan: equal names, addresses, engine ids and locally made port addresses; serials differ."""
    at = world.day()
    shops = []
    for _ in range(2):
        one = world.network("router", maker="MikroTik")
        shops.append(one)
    first = shops[0]
    for one in shops[1:]:
        one.hostname, one.ip, one.engine_id, one.model = first.hostname, first.ip, first.engine_id, first.model
    for _ in range(2):
        for one in shops:
            yield snmp(one.but(macs=[*one.macs, "02:00:5e:10:00:01", "06:00:5e:10:00:02"]), at)
            at = world.soon(at)
        at = world.day(at)


def factory_engine(world: World) -> Iterator[Said]:
    """NAV: cheap switches with one engine id and one base address in their firmware; a name each, no serial."""
    at, engine = world.day(), "8000000903" + "001122334455"
    for _ in range(3):
        thing = world.network()
        thing.serial, thing.engine_id, thing.vendor = "", engine, "Netis"
        thing.macs = ["00:11:22:33:44:55", *thing.macs[1:]]
        yield snmp(thing, at)
        yield snmp(thing, world.day(at))
        at = world.soon(at)


def screens_without_numbers(world: World) -> Iterator[Said]:
    """GLPI #17721: screens whose EDID holds no number, a counter, or the same one for a batch, beside good ones."""
    at = world.day()
    word = world.rng.choice(("16843009", "0", "0x01010101", "1", "000000000001", "LAPTOP-PANEL", "demoset-1", "0000000000000"))
    for _ in range(2):
        pc = world.computer("desktop")
        panel = Thing(world.truth("panel"), "monitor", "", "Dell Inc.", "DELL U2720Q", word)
        good = Thing(world.truth("monitor"), "monitor", "", "Dell Inc.", "DELL U2720Q", world.number("AAAAAA9"))
        seen = glpi(pc, at, monitors=[good, panel])
        yield Said(seen.observation, {ref: truth for ref, truth in seen.truth.items() if truth != panel.truth})
        yield xml(pc, world.day(at), monitors=[good])
        at = world.soon(at)


def screens_by_their_codes(world: World) -> Iterator[Said]:
    """GLPI #9741: the same screen with the maker's code of three letters and its name, on two desks, and in a list by serial."""
    at = world.day()
    screen = Thing(world.truth("monitor"), "monitor", "", "HP", "HP E243", world.number("CNK9999AAA"))
    one, two = world.computer("desktop"), world.computer("desktop")
    yield glpi(one, at, monitors=[screen])
    yield xml(two, world.day(at), monitors=[screen.but(vendor="HWP")])
    yield sheet([(screen, {"serial": screen.serial, "vendor": "Hewlett-Packard"})], world.day(at, 10, 20), "screens.csv")


def stores_of_two_heads(world: World) -> Iterator[Said]:
    """NetApp: two heads in one box, each with its own name, cards and serial; the enclosure's serial is one."""
    at, box = world.day(), world.number("SHFAA9999999999")
    for n in range(2):
        head = Thing(world.truth("storage"), "storage", "", "NetApp", "FAS2750", world.number("651999999999"), chassis_serial=box)
        head.macs, head.ip = world.port_macs("00a098", 4), world.address()
        head.hostname, head.engine_id = f"{world.name('nas')}-{n}", "80000315" + world.hex(16)
        yield snmp(head, at)
        known = {"serial": head.serial, "chassis_serial": box, "hostname": head.hostname}
        yield api("ocum", world.day(at), [(head, known)])
        yield snmp(head, world.day(at, 10, 20))


def power_strips(world: World) -> Iterator[Said]:
    """discovery.md §5: strips with the factory's name and engine id, a card each; one is read by two scanners."""
    at = world.day()
    for _ in range(3):
        mac = world.mac("000d5d")
        thing = Thing(world.truth("pdu"), "pdu", "", "Raritan", "PX3", macs=[mac, mac], hostname="pdu", ip=world.address())
        thing.engine_id = "800034ff05" + "00" * 8
        yield snmp(thing, at)
        yield api("dcim", world.day(at), [(thing, {"mac": mac.upper(), "name": f"pdu-{thing.ip}"})])
        yield snmp(thing, world.day(at, 5, 9))
