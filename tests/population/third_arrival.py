"""Kinds of trouble with who speaks first: one source alone for long, lists of one column, sightings, documents, what comes by and by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import glpi, xml
from tests.population.foreign_guests import turned
from tests.population.foreign_numbers import bare
from tests.population.foreign_voices import api, hypervisors_view, native, osquery, sheet
from tests.population.said import Said
from tests.population.things import World
from tests.population.third_voices import Step, audit, benchmark, bill, lease, untold
from tests.population.troubles import agent, any_voice
from tests.population.voices import Heard, register, snmp, ssh


def walked_alone_first(world: World) -> Iterator[Said]:
    """LibreNMS #2182: SNMP alone for a month, then its controller, a neighbour and a list, each with another part of the numbers."""
    thing, other = world.network(), world.network()
    at = world.day()
    for _ in range(3):
        yield snmp(thing, at)
        at = world.day(at)
    yield api("controller", world.day(at), [(thing, {"serial": thing.serial.lower(), "hostname": thing.hostname.upper()})])
    yield snmp(other, world.day(at, 10, 12), Heard(neighbours=(thing,)))
    yield sheet([(thing, {"serial": thing.serial, "asset_tag": world.number("NW-999999")})], world.day(at, 13, 15), "network.csv")


def named_in_a_list(world: World) -> Iterator[Said]:
    """snipe-it #6228: a list knows computers by their names only; the agent comes weeks later and has all numbers."""
    things = [world.computer("desktop") for _ in range(4)]
    at = world.day()
    yield sheet([(t, {"name": t.hostname}) for t in things], at, "rooms.csv")
    for thing in things:
        yield agent(world, thing, world.day(at, 10, 30))
        yield any_voice(world, thing, world.day(at, 31, 40))


def one_name_two_sites(world: World) -> Iterator[Said]:
    """fusioninventory #3270: a list has one PC of that name, and two sites have one each, in domains of their own."""
    one, two = world.computer("desktop"), world.computer("desktop")
    two.hostname, one.domain, two.domain = one.hostname, "nord.example.org", "sued.example.org"
    at = world.day()
    yield untold(sheet([(one, {"name": one.hostname, "model": one.model})], at, "rooms.csv"))
    for thing in (one, two):
        yield agent(world, thing, world.day(at))
        yield any_voice(world, thing, world.day(at, 10, 20))


def numbers_one_by_one(world: World) -> Iterator[Said]:
    """Five sources with one or two numbers each, in any order; only the agent has what ties the UUID to the card."""
    thing = world.computer("laptop", os="windows")
    uuid_only = thing.but(serial="-1", board_serial="", chassis_serial="", macs=[], uuid=turned(thing.uuid))
    at = world.day()
    steps: list[Step] = [
        lambda t: sheet([(thing, {"serial": thing.serial, "vendor": thing.vendor})], t, "bought.csv"),
        lambda t: native(thing, t, uuid=thing.uuid.upper()),
        lambda t: osquery(uuid_only, t),
        lambda t: glpi(thing.but(serial="To be filled by O.E.M.", board_serial="", chassis_serial=""), t),
        lambda t: lease(thing, t, thing.macs[0]),
    ]
    world.rng.shuffle(steps)
    for step in steps:
        yield step(at)
        at = world.day(at)


def heard_walked_and_listed(world: World) -> Iterator[Said]:
    """netdisco #575: a card behind a port, then a neighbour by address and name, then by name only, then walked."""
    here, thing = world.network(), world.network()
    at = world.day()
    yield snmp(here, at, Heard(hosts=((thing.macs[0], thing.truth),)))
    yield snmp(here, world.day(at), Heard(neighbours=(thing,)))
    at = world.day(at, 10, 12)
    yield snmp(here, at, Heard(by_name=(thing,)))
    yield snmp(thing, world.day(at))


def wireless_lease_then_wired_agent(world: World) -> Iterator[Said]:
    """A lease shows the radio and the name; the agent first reports from the desk, where the radio is off, then with both cards."""
    thing = world.computer("laptop", os="windows")
    at = world.day()
    yield lease(thing, at, thing.macs[1])
    yield glpi(thing.but(macs=thing.macs[:1]), world.day(at))
    yield glpi(thing, world.day(at, 10, 12))


def leases_of_the_replacement(world: World) -> Iterator[Said]:
    """The replacement gets the name of the old laptop; leases speak of both before the agents do."""
    old, new = world.computer("laptop"), world.computer("laptop")
    new.hostname = old.hostname
    at = world.day()
    for thing in (old, new):
        yield lease(thing, at, thing.macs[0])
        yield agent(world, thing, world.day(at))
        yield lease(thing, world.day(at, 10, 12), thing.macs[1])
        at = world.day(at, 40, 50)


def management_then_register(world: World) -> Iterator[Said]:
    """jamf2snipe #65: the management has serial and IMEI, the provider the IMEI, the register serial and label; random radios."""
    thing = world.phone()
    thing.serial, thing.uuid, thing.imei = world.number("R58NAAAAAAA"), "", world.number("35693899999999")
    at = world.day()
    yield native(thing, at, imei=[thing.imei], macs=[world.random_mac()])
    yield sheet([(thing, {"imei": thing.imei + "3"})], world.day(at), "provider.csv")
    rows = [(thing, {"serial": thing.serial.lower(), "asset_tag": world.number("PH-999999"), "name": "Anna"})]
    yield sheet(rows, world.day(at), "register.csv")
    yield native(thing, world.day(at, 10, 20), imei=[thing.imei], macs=[world.random_mac()])


def blank_rows_of_one_name(world: World) -> Iterator[Said]:
    """fleet #36738: an export of a management system: privately owned phones without number, all with the name their maker gave."""
    at, name = world.day(), world.rng.choice(("iPad", "iPad von Anna", "Galaxy Tab A8"))
    told = []
    for _ in range(4):
        thing = world.phone()
        thing.kind, thing.truth, thing.hostname = "tablet", world.truth("tablet"), name
        told.append((thing, {"external_id": world.uuid(), "hostname": name.replace(" ", "-")}))
    yield api("intune", at, told, kind="import")
    yield api("intune", world.day(at), told[::-1], kind="import")


def documents_before_the_agent(world: World) -> Iterator[Said]:
    """OpenSCAP, Lynis and a bill of material name a server by its name and cards, days before an agent does; then all again."""
    thing = world.computer("server", os="linux")
    at = world.day()
    steps = [benchmark(thing, at), audit(thing, world.day(at)), bill(thing, world.day(at))]
    world.rng.shuffle(steps)
    yield from steps
    yield agent(world, thing, world.day(at, 10, 12))
    yield benchmark(thing, world.day(at, 13, 15))
    yield ssh(thing, world.day(at, 13, 15))
    yield bill(thing, world.day(at, 16, 18))


def documents_of_namesakes(world: World) -> Iterator[Said]:
    """The same of two servers with one short name; the bill names nothing else, and can mean either."""
    one, two = world.computer("server", os="linux"), world.computer("server", os="linux")
    two.hostname, one.domain, two.domain = one.hostname, "a.example.org", "b.example.org"
    at = world.day()
    for thing in (one, two):
        yield agent(world, thing, at)
        yield benchmark(thing, world.day(at))
        yield audit(thing, world.day(at))
    yield bill(two, world.day(at, 10, 12), told=False)
    yield agent(world, one, world.day(at, 13, 15))


def guest_seen_from_outside(world: World) -> Iterator[Said]:
    """glpi-agent #839: the manager first, in its byte order; a plain user over SSH reads no number; root does, much later."""
    host, guest = world.computer("server", os="linux"), world.vm("", world.rng.choice(("vmware", "kvm")))
    guest.os = "linux"
    world.install(guest)
    at = world.day()
    yield hypervisors_view("vcenter", at, host, [(guest.but(uuid=turned(guest.uuid)), guest.hostname)])
    yield ssh(guest, world.day(at), root=False)
    yield ssh(guest, world.day(at, 10, 12), root=False)
    yield ssh(guest, world.day(at, 13, 20))


def plain_user_for_months(world: World) -> Iterator[Said]:
    """SSH without rights for months; then the list by serial, then root, then the agent."""
    thing = world.computer("server", os="linux")
    at = world.day()
    for _ in range(3):
        yield ssh(thing, at, root=False)
        at = world.day(at, 10, 20)
    yield register([(thing.but(asset_tag=world.number("SV-999999")), {})], at)
    yield ssh(thing, world.day(at))
    yield glpi(thing, world.day(at, 10, 12))


def lists_that_overlap(world: World) -> Iterator[Said]:
    """Four lists, each with one column more in common with the next: name; name and serial; serial and card; card and label."""
    thing = world.computer("desktop")
    at, tag = world.day(), world.number("L-999999")
    lists = [
        {"name": thing.hostname},
        {"name": thing.hostname, "serial": thing.serial, "vendor": thing.vendor},
        {"serial": thing.serial, "mac": thing.macs[0].upper()},
        {"mac": thing.macs[0].replace(":", "-"), "asset_tag": tag},
    ]
    for n, cells in enumerate(lists):
        yield sheet([(thing, cells)], at, f"list{n}.csv")
        at = world.day(at)


def from_the_last_list_to_the_first(world: World) -> Iterator[Said]:
    """The same from the other end."""
    said = sorted(lists_that_overlap(world), key=lambda one: one.observation.observed_at, reverse=True)
    times = sorted(one.observation.observed_at for one in said)
    for one, at in zip(said, times, strict=True):
        seen = one.observation
        yield Said(type(seen)(seen.id, seen.source, at, seen.items, seen.relations, seen.coverage), one.truth)


def three_times_in_one_export(world: World) -> Iterator[Said]:
    """GLPI #9741: one export has a laptop three times, for it was enrolled three times; once without its serial."""
    things = [world.computer("laptop", os="windows") for _ in range(2)]
    at, told = world.day(), []
    for thing in things:
        told.append((thing, {"serial": thing.serial, "external_id": world.uuid(), "hostname": thing.hostname}))
        told.append((thing, {"serial": f" {thing.serial.lower()}", "external_id": world.uuid(), "mac": thing.macs[1]}))
        told.append((thing, {"mac": thing.macs[1].upper(), "external_id": world.uuid(), "hostname": thing.hostname}))
    world.rng.shuffle(told)
    yield api("intune", at, told, kind="import")
    for thing in things:
        yield glpi(thing, world.day(at))
    yield api("intune", world.day(at, 10, 12), told, kind="import")


def seen_by_a_controller_and_renumbered(world: World) -> Iterator[Said]:
    """glpi-agent #850: an access point goes from one controller to another, each with ids of its own."""
    points = [world.network("ap", maker="HPE Aruba") for _ in range(3)]
    at = world.day()
    for name in ("wlc-1", "wlc-2", "wlc-1"):
        told = [(p, {"external_id": f"{n + 1}", "mac": p.macs[0], "serial": p.serial}) for n, p in enumerate(points)]
        yield api(name, at, told)
        at = world.day(at)
        points.append(points.pop(0)) if name == "wlc-2" else points.reverse()


def renamed_between_two_agents(world: World) -> Iterator[Said]:
    """Windows renames at the next start: one agent says the new name at once, the other the old one until tomorrow. No numbers."""
    thing = bare(world.computer("desktop", os="windows"), "", world.uuid())
    at = world.day()
    yield xml(thing, at, "ocs")
    yield glpi(thing, world.soon(at))
    at, new = world.day(at), thing.but(hostname=world.name("NEU-"))
    yield glpi(new, at)
    yield xml(thing, at + timedelta(hours=2), "ocs")
    yield xml(new, world.day(at, 2, 3), "ocs")
