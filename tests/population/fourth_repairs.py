"""Kinds of trouble with the life of hardware: repairs, exchanges, parts that are shared, devices that leave and come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import glpi, xml
from tests.population.foreign_voices import api, native, osquery, sheet
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.third_voices import untold
from tests.population.troubles import agent, any_voice
from tests.population.voices import register, ssh


def exchanged_under_warranty(world: World) -> Iterator[Said]:
    """snipe-it #6228: the maker sends another laptop; the sticker with the tag and the disk go over to it."""
    old, new = world.computer("laptop"), world.computer("laptop")
    old.asset_tag = world.number("IT-9999999")
    new = new.but(asset_tag=old.asset_tag, hostname=old.hostname, agent_id=old.agent_id, deviceid=old.deviceid, os=old.os)
    new.machine_id, new.host_keys = old.machine_id, old.host_keys
    at = world.day()
    yield register([(old, {})], at)
    yield glpi(old, world.soon(at))
    yield glpi(new, world.day(at, 20, 30))
    yield register([(new, {})], world.day(at, 31, 40))
    yield glpi(new, world.day(at, 41, 50))


def board_with_the_old_serial(world: World) -> Iterator[Said]:
    """glpi-inventory #315: the service writes the old serial into the new board: UUID and wired port are new."""
    thing = world.computer("laptop", os="windows")
    after = thing.but(uuid=world.uuid(), board_serial=world.number("MBAAAAAAAA99"), macs=[world.mac("98fa9b"), thing.macs[1]])
    at = world.day()
    yield agent(world, thing, at)
    yield agent(world, after, world.day(at))
    yield any_voice(world, after, world.day(at, 10, 15))


def board_without_serial(world: World) -> Iterator[Said]:
    """fusioninventory-agent #283: a new board with empty fields: radio, disk and name are the old ones; the serial is written later."""
    thing = world.computer("laptop", os="windows")
    blank = thing.but(uuid=world.uuid(), board_serial="", serial="", chassis_serial="", macs=[world.mac("98fa9b"), thing.macs[1]])
    written = blank.but(serial=thing.serial)
    at = world.day()
    yield glpi(thing, at)
    yield glpi(thing, world.day(at))
    yield glpi(blank, world.day(at, 10, 14))
    yield glpi(blank, world.day(at, 15, 19))
    yield glpi(written, world.day(at, 20, 24))


def board_says_placeholder(world: World) -> Iterator[Said]:
    """OCS #1652: after the repair the system is called "System Serial Number"; disk, radio and chassis are the old ones."""
    thing = world.computer("desktop", os="windows")
    thing.chassis_serial, thing.macs = thing.serial, [*thing.macs, world.mac("3024a9")]
    after = thing.but(
        uuid=world.uuid(), board_serial="Default string", serial="System Serial Number", macs=[world.mac("049226"), thing.macs[1]]
    )
    at = world.day()
    yield glpi(thing, at)
    yield glpi(after, world.day(at))
    yield xml(after, world.day(at, 10, 14))


def sold_and_bought_back(world: World) -> Iterator[Said]:
    """A refurbisher: the laptop goes out wiped and comes back a year later with another owner's name, system, agent and tag."""
    thing = world.computer("laptop", os="windows")
    thing.asset_tag = world.number("R-999999")
    at = world.day()
    yield register([(thing, {})], at, "stock.csv")
    yield agent(world, thing, world.soon(at))
    back = world.install(
        thing.but(hostname=world.name("DESKTOP-"), domain="", os="linux", asset_tag=world.number("R-999999"), ip=world.address())
    )
    later = at + timedelta(days=400)
    yield agent(world, back, later)
    yield register([(back, {})], world.day(later), "stock.csv")


def tags_exchanged_by_mistake(world: World) -> Iterator[Said]:
    """snipe-it #9564: two stickers are swapped when two laptops are cleaned, and swapped back; both have agents."""
    one, two = world.computer("laptop"), world.computer("laptop")
    one.asset_tag, two.asset_tag = world.number("IT-9999999"), world.number("IT-9999999")
    at = world.day()
    yield register([(one, {}), (two, {})], at)
    for thing in (one, two):
        yield agent(world, thing, world.soon(at))
    yield register([(one.but(asset_tag=two.asset_tag), {}), (two.but(asset_tag=one.asset_tag), {})], world.day(at, 5, 9))
    for thing in (one, two):
        yield agent(world, thing, world.day(at, 10, 12))
    yield register([(one, {}), (two, {})], world.day(at, 13, 16))


def one_made_of_two(world: World) -> Iterator[Said]:
    """A workshop: the board of one in the case of the other, with the other's disk. Nobody can tell whose it is; the two were two."""
    one, two = world.computer("laptop", os="windows"), world.computer("laptop", os="windows")
    mixed = two.but(chassis_serial=one.serial, macs=[two.macs[0], one.macs[1]], hostname=one.hostname, agent_id=one.agent_id)
    mixed.deviceid = one.deviceid
    at = world.day()
    for thing in (one, two):
        yield glpi(thing, world.soon(at))
        yield glpi(thing, world.day(at, 2, 4))
    yield untold(glpi(mixed, world.day(at, 10, 14)))
    yield untold(glpi(mixed, world.day(at, 15, 19)))


def disks_swapped(world: World) -> Iterator[Said]:
    """ConfigMgr: two workstations' disks are swapped: names, agents and keys move, and the boxes stay what they are."""
    one, two = world.computer("desktop", os="linux"), world.computer("desktop", os="linux")
    at = world.day()
    for thing in (one, two):
        yield glpi(thing, world.soon(at))
        yield ssh(thing, world.day(at, 1, 3))

    def with_disk(box: Thing, disk: Thing) -> Thing:
        return box.but(
            hostname=disk.hostname, agent_id=disk.agent_id, deviceid=disk.deviceid, machine_id=disk.machine_id, host_keys=disk.host_keys
        )

    for box, disk in ((one, two), (two, one)):
        yield glpi(with_disk(box, disk), world.day(at, 5, 7))
        yield ssh(with_disk(box, disk), world.day(at, 8, 12))


def imaged_by_one_adapter(world: World) -> Iterator[Said]:
    """FOGProject #336: laptops without a port are imaged through one adapter: the imaging server knows each by its address."""
    adapter = world.mac("00e04c")
    laptops = [world.computer("laptop", os="windows") for _ in range(3)]
    at = world.day()
    for thing in laptops:
        yield untold(api("fog", at, [(thing, {"mac": adapter, "hostname": thing.hostname})], cls="device"))
        yield agent(world, thing.but(lent=[adapter]), at + timedelta(hours=1))
        at = world.day(at, 1, 2)
    for thing in laptops:
        yield agent(world, thing, world.day(at))


def desks_with_passing_docks(world: World) -> Iterator[Said]:
    """fusioninventory-agent #814: docks that show the laptop's own address at times, and their own at others, on three desks."""
    docks = [world.mac("a44cc8") for _ in range(3)]
    laptops = [world.computer("laptop", os="windows") for _ in range(3)]
    at = world.day()
    for day in range(4):
        for n, thing in enumerate(laptops):
            dock = docks[(n + day) % 3]
            yield agent(world, thing.but(lent=[thing.macs[0] if world.rng.random() < 0.5 else dock]), world.soon(at))
        at = world.day(at, 1, 2)


def bond_takes_another_card(world: World) -> Iterator[Said]:
    """netmagis #117: a bond shows one address on all its cards; after a start it is that of another card. The box has no numbers."""
    thing = world.computer("server", os="linux")
    thing.serial, thing.board_serial, thing.chassis_serial, thing.uuid = (
        "Default string",
        "Default string",
        "",
        "03000200-0400-0500-0006-000700080009",
    )
    first, second = thing.macs[:2]
    at = world.day()
    yield ssh(thing, at)
    for shown in (first, second, first):
        at = world.day(at)
        yield glpi(thing.but(macs=[shown, shown], extra=[("bond0", shown)]), at)


def two_systems_on_one_board(world: World) -> Iterator[Said]:
    """Dual boot on a home-made PC: no serial, a real UUID; two systems with names and agents of their own, in turn."""
    windows = world.computer("desktop", os="windows")
    windows.serial, windows.chassis_serial, windows.board_serial = "System Serial Number", "Default string", ""
    linux = world.install(windows.but(os="linux", hostname=world.name("tux"), domain=""))
    at = world.day()
    for _ in range(3):
        yield agent(world, windows, at)
        yield any_voice(world, linux, world.soon(at))
        at = world.day(at)


def screen_with_the_serial_of_its_pc(world: World) -> Iterator[Said]:
    """fusioninventory-for-glpi: all-in-one computers report their panel as a screen with the serial of the computer."""
    thing = world.computer("desktop", os="windows")
    panel = Thing(world.truth("monitor"), "monitor", "", thing.vendor, f"{thing.model} panel", thing.serial)
    at = world.day()
    for _ in range(2):
        yield glpi(thing, at, monitors=[panel])
        at = world.day(at)
    yield osquery(thing, at)


def repaired_mac(world: World) -> Iterator[Said]:
    """jamf2snipe #148: after a repair the board is blank; the management keeps its own record of the device, then the serial is written."""
    thing = world.computer("laptop", os="macos")
    while thing.vendor != "Apple Inc.":
        thing = world.computer("laptop", os="macos")
    blank = thing.but(serial="SystemSerialNumb", uuid=world.uuid(), macs=[world.mac("f01898"), world.mac("a483e7")], chassis_serial="")
    done = blank.but(serial=thing.serial)
    at = world.day()
    for now in (thing, blank, done):
        yield native(now, at, tool="jamf", key=f"jss-{thing.truth}", macs=now.macs)
        at = world.day(at, 3, 9)
    yield osquery(done, at)


def rescue_stick(world: World) -> Iterator[Said]:
    """A stick with a rescue system and an agent on it, started on many computers: one name, one agent, one machine-id."""
    stick = world.install(Thing("", "desktop", hostname="rescue", os="linux"))
    pcs = [world.computer("desktop", os="windows") for _ in range(3)]
    at = world.day()
    for thing in pcs:
        yield agent(world, thing, world.soon(at))
    for thing in pcs:
        started = thing.but(hostname="rescue", domain="", os="linux", agent_id=stick.agent_id, deviceid=stick.deviceid)
        started.machine_id, started.host_keys = stick.machine_id, stick.host_keys
        yield glpi(started, world.day(at, 3, 6))
    for thing in pcs:
        yield agent(world, thing, world.day(at, 8, 12))


def bought_in_one_box(world: World) -> Iterator[Said]:
    """A delivery note lists serials only, the agents come with a name each, the register with tags: three sources, ten devices."""
    things = [world.computer("laptop") for _ in range(5)]
    at = world.day()
    yield sheet([(t, {"serial": t.serial, "vendor": t.vendor.title()}) for t in things], at, "delivery.csv")
    for thing in things:
        yield agent(world, thing, world.day(at, 2, 6))
        thing.asset_tag = world.number("L-999999")
    yield sheet(
        [(t, {"serial": t.serial.lower(), "asset_tag": t.asset_tag, "vendor": t.vendor}) for t in things], world.day(at, 8, 12), "tags.csv"
    )
