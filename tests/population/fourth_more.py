"""Kinds of trouble that come together: two things go wrong with one device, or a device and its neighbour go wrong at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import glpi, xml
from tests.population.foreign_guests import turned
from tests.population.foreign_voices import api, hypervisors_view, native, osquery, sheet
from tests.population.said import Said
from tests.population.things import World
from tests.population.third_voices import lease, untold
from tests.population.troubles import agent, any_voice
from tests.population.voices import Heard, register, snmp, ssh


def renamed_and_repaired(world: World) -> Iterator[Said]:
    """A laptop comes back from repair with another board, the serial written, a new system and another name, all on one day."""
    thing = world.computer("laptop", os="windows")
    at = world.day()
    yield agent(world, thing, at)
    yield any_voice(world, thing, world.day(at))
    after = world.install(
        thing.but(uuid=world.uuid(), macs=[world.mac("e86a64"), world.mac("e86a64")], hostname=world.name("NB-"), ip=world.address())
    )
    after.board_serial = world.number("MBAAAAAAAA99")
    yield agent(world, after, world.day(at, 10, 14))
    yield register([(after, {"asset_tag": world.number("Z-99999")})], world.day(at, 15, 19))


def name_goes_to_its_successor(world: World) -> Iterator[Said]:
    """The successor gets the name, the old one another and goes to a trainee; both speak on the same day, the old one first."""
    old, new = world.computer("laptop", os="windows"), world.computer("laptop", os="windows")
    at = world.day()
    yield agent(world, old, at)
    name, later = old.hostname, world.day(at, 10, 12)
    yield any_voice(world, new.but(hostname=name), later)
    yield any_voice(world, old.but(hostname=world.name("NB-")), later + timedelta(hours=3))
    yield sheet([(new, {"name": name, "serial": new.serial, "vendor": new.vendor})], world.day(later), "people.csv")


def clone_of_a_renamed_guest(world: World) -> Iterator[Said]:
    """A guest is cloned, the clone gets the old name, the first a new one; the manager knows both by ids, the agents are one."""
    host, first = world.computer("server", os="linux"), world.vm(platform="vmware")
    name = first.hostname
    at = world.day()
    yield hypervisors_view("vc", at, host, [(first, name)])
    yield agent(world, first, world.soon(at))
    first.hostname = world.name("vm")
    clone = first.but(truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("005056")], hostname=name, ip=world.address())
    world.furnish(clone, "vmware")
    for _ in range(2):
        at = world.day(at)
        yield hypervisors_view("vc", at, host, [(first, first.hostname), (clone, name)])
        yield agent(world, clone, world.soon(at))
        yield agent(world, first, world.soon(at))


def dock_at_the_desk_of_two_without_numbers(world: World) -> Iterator[Said]:
    """OCS #791: two laptops without serials share a dock whose address is all that both lists show at first."""
    dock = world.mac("a44cc8")
    pair = [world.computer("laptop", os="windows") for _ in range(2)]
    at = world.day()
    for thing in pair:
        thing.serial, thing.board_serial, thing.chassis_serial = "Default string", "Default string", ""
    for _ in range(3):
        for thing in pair:
            yield agent(world, thing.but(lent=[dock]), at)
            at += timedelta(hours=4)
        at = world.day(at)


def server_with_its_controller_and_leases(world: World) -> Iterator[Said]:
    """The controller shows the host's serial and UUID; leases know both cards by the host's name; the switch hears both."""
    host, switch = world.computer("server", os="linux"), world.network()
    bmc = host.but(
        truth=world.truth("bmc"),
        kind="bmc",
        macs=[m := world.mac("d89ef3"), m],
        hostname=f"{host.hostname}-ilo",
        uuid="",
        ip=world.address(),
    )
    bmc.engine_id, bmc.agent_id, bmc.deviceid = "80000009" + world.hex(16), "", ""
    at = world.day()
    yield ssh(host, at)
    yield snmp(bmc, world.soon(at), cls="management_controller")
    yield lease(host, world.day(at), host.macs[0])
    yield lease(bmc, world.day(at), bmc.macs[0])
    yield snmp(switch, world.day(at, 10, 12), Heard(hosts=((host.macs[0], host.truth), (bmc.macs[0], bmc.truth))))
    yield agent(world, host, world.day(at, 13, 15))


def leased_by_the_month(world: World) -> Iterator[Said]:
    """A lender: the same laptop at three customers, each with a tag, a name, a system and a management of its own."""
    thing = world.computer("laptop", os="windows")
    at = world.day()
    for customer in ("a", "b", "c"):
        world.install(thing)
        thing.hostname = world.name(f"{customer.upper()}-")
        facts = {
            "serial": thing.serial.lower() if customer == "b" else thing.serial,
            "external_id": world.uuid(),
            "hostname": thing.hostname,
        }
        yield api(f"intune {customer}", at, [(thing, facts)])
        yield any_voice(world, thing, world.soon(at))
        at = world.day(at, 30, 40)


def guest_comes_from_another_platform(world: World) -> Iterator[Said]:
    """A guest goes from VMware to Proxmox with name, agent, keys and its card's address; UUID and serial are the new platform's."""
    guest = world.vm(platform="vmware")
    guest.os = "linux"
    world.install(guest)
    after = guest.but(uuid=world.uuid())
    world.furnish(after, "proxmox")
    at = world.day()
    for now in (guest, guest, after, after):
        yield ssh(now, at)
        yield glpi(now, world.soon(at))
        at = world.day(at, 3, 5)


def seen_before_it_speaks(world: World) -> Iterator[Said]:
    """A manager, a switch and a lease tell of a guest; its agent comes last, in the other order of bytes and in capitals."""
    host, guest, switch = world.computer("server", os="linux"), world.vm(platform="hyperv"), world.network()
    at = world.day()
    yield snmp(switch, at, Heard(hosts=((guest.macs[0], guest.truth),)))
    yield lease(guest, world.soon(at), guest.macs[0].upper())
    yield api(
        "scvmm", world.day(at), [(guest, {"uuid": turned(guest.uuid), "external_id": world.uuid(), "mac": guest.macs[0].replace(":", "")})]
    )
    yield xml(guest, world.day(at, 10, 12), upper=True)
    yield agent(world, host, world.day(at, 13, 14))


def tool_counts_from_one(world: World) -> Iterator[Said]:
    """A tool is set up anew and counts its ids from 1 again: the ids are other devices'. Serials and cards are in every row."""
    things = [world.computer("desktop") for _ in range(3)]
    at = world.day()
    for order in (things, things[::-1]):
        rows = [
            (t, {"external_id": f"{things[0].truth}/{n}", "serial": t.serial, "mac": t.macs[0], "hostname": t.hostname})
            for n, t in enumerate(order)
        ]
        yield api("counter", at, rows)
        at = world.day(at, 20, 30)
    for thing in things:
        yield agent(world, thing, world.day(at))


def person_carries_the_name(world: World) -> Iterator[Said]:
    """Names are the users': a user changes the laptop, and takes the name along, twice; own tools know the laptops by serial."""
    laptops, names = [world.computer("laptop", os="windows") for _ in range(3)], [world.name("mueller-") for _ in range(3)]
    at = world.day()
    for turn in range(3):
        for n, thing in enumerate(laptops):
            thing.hostname = names[(n + turn) % 3]
            yield agent(world, thing, world.soon(at))
            yield native(thing, world.soon(at), tool="mdm", key=f"m-{thing.truth}")
        at = world.day(at, 20, 30)


def report_without_cards(world: World) -> Iterator[Said]:
    """fusioninventory #1888: two PCs of one image without serial: reports without cards between the others; UUIDs are real."""
    image = world.computer("desktop", os="windows")
    pcs = [image.but(truth=world.truth("desktop"), uuid=world.uuid(), macs=[world.mac("244bfe")], ip=world.address()) for _ in range(2)]
    at = world.day()
    for n in range(3):
        for thing in pcs:
            thing.serial, thing.board_serial, thing.chassis_serial = "", "", ""
            yield glpi(thing, world.soon(at), partial=n == 1)
        at = world.day(at)


def old_list_after_the_exchange(world: World) -> Iterator[Said]:
    """A list of last year is read after the exchange: it says the old serial with name and tag that the new PC has."""
    old, new = world.computer("desktop"), world.computer("desktop")
    new.hostname, new.asset_tag = old.hostname, world.number("D-99999")
    at = world.day()
    yield agent(world, old, at)
    yield agent(world, new, world.day(at))
    yield register([(new, {})], world.day(at, 10, 12))
    yield sheet([(old, {"serial": old.serial, "name": old.hostname, "vendor": old.vendor})], world.day(at, 13, 15), "last-year.csv")
    yield osquery(new, world.day(at, 16, 19))


def same_page_read_twice(world: World) -> Iterator[Said]:
    """A register with a row per part: two rows of one tag, one for the PC and one for its screen; each has its own serial."""
    thing = world.computer("desktop")
    thing.asset_tag = world.number("K-99999")
    at = world.day()
    yield agent(world, thing, at)
    yield register([(thing, {})], world.day(at))
    yield untold(
        sheet(
            [(thing.but(kind="monitor"), {"asset_tag": thing.asset_tag, "serial": world.number("CN0AAAAA"), "vendor": "Dell"})],
            world.day(at, 10, 12),
            "parts.csv",
        )
    )
    yield agent(world, thing, world.day(at, 13, 15))
