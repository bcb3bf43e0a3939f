"""Kinds of trouble with what is lent, labelled or worn out: docks, adapters, labels, boards, phones, names that several have."""

from __future__ import annotations

from collections.abc import Iterator

from tests.population.agents import android, glpi, xml
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.troubles import agent, any_voice
from tests.population.voices import register


def hot_desks(world: World) -> Iterator[Said]:
    """OCSInventory-WindowsAgent #75: thirty notebooks at shared docks, and no notebook shows a number."""
    at = world.day()
    docks = [world.mac(world.rng.choice(("00e04c", "0050b6", "98fa9b"))) for _ in range(3)]
    laptops = []
    for _ in range(10):
        thing = world.computer("laptop", "docks of thirty notebooks", os="windows")
        thing.serial, thing.uuid, thing.board_serial, thing.chassis_serial = "To be filled by O.E.M.", "", "", "Default string"
        laptops.append(thing)
    for _ in range(3):
        for thing in laptops:
            yield xml(thing.but(lent=[world.rng.choice(docks)]), at, "ocs")
            at = world.day(at, 0, 1)


def dock_only(world: World) -> Iterator[Said]:
    """OCSInventory-ocsreports #791: notebooks whose only wired card is the dock's, and whose radio is off at the desk."""
    at, dock = world.day(), world.mac("00e04c")
    laptops = []
    for _ in range(2):
        thing = world.computer("laptop", "only the dock's card", os="windows")
        thing.macs = thing.macs[:1]
        laptops.append(thing)
    for _ in range(2):
        for thing in laptops:
            yield xml(thing.but(macs=[], lent=[dock]), at, "ocs")
            at = world.day(at, 0, 2)
            yield glpi(thing, at)
            at = world.day(at, 0, 2)


def dock_only_bare(world: World) -> Iterator[Said]:
    """The same, and they show no number either: the card is all there is beside name and agent."""
    at, dock = world.day(), world.mac("00e04c")
    laptops = []
    for _ in range(2):
        thing = world.computer("laptop", "only the dock's card, no number", os="windows")
        thing.serial = thing.uuid = thing.board_serial = thing.chassis_serial = ""
        laptops.append(thing)
    for _ in range(3):
        for thing in laptops:
            yield xml(thing.but(macs=[], lent=[dock]), at, "ocs")
            at = world.soon(at)


def tag_reused(world: World) -> Iterator[Said]:
    """snipe-it #4644: the label of a retired notebook is stuck on its successor; the register has tag and serial."""
    old, new = world.computer("laptop", "asset tag used again"), world.computer("laptop", "asset tag used again")
    old.asset_tag = new.asset_tag = world.number("A-999999")
    at = world.day()
    yield agent(world, old, at)
    yield register([(old, {})], world.day(at))
    yield agent(world, new, world.day(at, 10, 20))
    yield register([(new, {})], world.day(at, 21, 30))
    yield any_voice(world, new, world.day(at, 31, 40))


def serial_of_two_makers(world: World) -> Iterator[Said]:
    """ServiceNow IRE: a serial number is unique within its maker only; the register leaves the maker out."""
    serial, at = world.number("9999999"), world.day()
    one, two = world.computer("laptop", "one number, two makers"), world.computer("desktop", "one number, two makers")
    one.vendor, one.serial, two.vendor, two.serial = "Dell Inc.", serial, "HP", serial
    one.chassis_serial = two.chassis_serial = one.board_serial = two.board_serial = ""
    if world.rng.random() < 0.5:
        one.uuid = two.uuid = ""
    one.asset_tag, two.asset_tag = world.number("A-999999"), world.number("A-999999")
    yield agent(world, one, at)
    yield agent(world, two, world.day(at))
    at = world.day(at, 10, 20)
    yield register([(one, {"vendor": ""})], at)
    yield register([(two, {"vendor": ""})], world.soon(at), "stock.csv")
    yield any_voice(world, one, world.day(at))


def screens_of_two_makers(world: World) -> Iterator[Said]:
    """The same with screens, which show a serial and nothing else."""
    serial, at = world.number("99999999"), world.day()
    one = Thing(world.truth("monitor"), "monitor", "one number, two makers", "Dell Inc.", "DELL U2720Q", serial)
    two = Thing(world.truth("monitor"), "monitor", "one number, two makers", "LG", "LG ULTRAWIDE", serial)
    host, other = world.computer("desktop"), world.computer("desktop")
    yield glpi(host, at, monitors=[one])
    yield glpi(other, world.day(at), monitors=[two])
    yield glpi(host, world.day(at, 10, 20), monitors=[one])
    yield xml(other, world.day(at, 10, 20), monitors=[two])


def board_and_serial_lost(world: World) -> Iterator[Said]:
    """ServiceNow community: a new board without the old serial; the disk, and with it system and agent, stays, and so does the label."""
    thing = world.computer("desktop", "board replaced, serial lost", os="linux")
    thing.asset_tag = world.number("A-999999")
    at = world.day()
    yield agent(world, thing, at)
    yield register([(thing, {})], world.day(at))
    new = thing.but(
        uuid=world.uuid(), serial="Default string", chassis_serial="", board_serial=world.number("MBAAAAAAAA99"), macs=[world.mac("a4bb6d")]
    )
    at = world.day(at, 10, 20)
    yield agent(world, new, at)
    yield any_voice(world, new, world.day(at))


def subsystem(world: World) -> Iterator[Said]:
    """A Linux beside Windows on one notebook (WSL): the notebook's name, an agent and a card of its own that changes at each start."""
    host = world.computer("laptop", "Linux inside Windows", os="windows")
    inner = host.but(truth=world.truth("vm"), kind="vm", os="linux", serial="", uuid="", board_serial="", chassis_serial="")
    inner.vendor, inner.model, inner.macs = "Microsoft Corporation", "Virtual Machine", [world.mac("00155d")]
    world.install(inner)
    at = world.day()
    yield agent(world, host, at)
    yield glpi(inner, world.soon(at))
    yield agent(world, host, world.day(at))
    yield glpi(inner, world.day(at))


def fresh_enrolment(world: World) -> Iterator[Said]:
    """jamf2snipe #65 and MDM exports: a phone is reset and enrolled again with another id and address; its IMEI and serial stay."""
    thing = world.phone("phone enrolled again")
    thing.imei = thing.imei or world.number("356938999999999")
    at = world.day()
    yield android(thing, at)
    fresh = world.hex(16)
    again = thing.but(macs=[world.random_mac()], hostname=f"android-{fresh}", deviceid=f"android-{fresh}-2026-05-02-03-04-05")
    again.uuid = fresh
    yield android(again, world.day(at, 3, 9))
    again.macs = [world.random_mac()]
    yield android(again, world.day(at, 10, 20))


def two_radios(world: World) -> Iterator[Said]:
    """A phone with two SIM cards: a report shows one IMEI or the other."""
    thing = world.phone("phone with two IMEIs")
    thing.imei = thing.imei or world.number("356938999999999")
    other = thing.imei[:8] + world.number("9999999")
    at = world.day()
    yield android(thing, at)
    yield android(thing.but(imei=other), world.day(at))
    yield android(thing, world.day(at, 10, 20))


def own_devices(world: World) -> Iterator[Said]:
    """fleet #36738, jamf2snipe #65: notebooks of employees, of which only hashes of numbers are kept, with names that several have."""
    at, laptops = world.day(), []
    for _ in range(3):
        thing = world.computer("laptop", "own devices of one name")
        thing.hostname, thing.domain = "macbook-von-anna", "fritz.box"
        laptops.append(thing)
    for _ in range(2):
        for thing in laptops:
            yield xml(thing, at, owner="personal")
            at = world.soon(at)
        at = world.day(at, 0, 3)


def agents_without_cards(world: World) -> Iterator[Said]:
    """GLPI forum: machines behind a VPN whose agents show a name that others have too, and an agent id, and no card and no number."""
    at, things, name = world.day(), [], world.name("kasse")
    for _ in range(3):
        thing = world.computer("desktop", "name and agent id only")
        thing.hostname, thing.domain, thing.macs = name, "local", []
        thing.serial = thing.uuid = thing.board_serial = thing.chassis_serial = ""
        things.append(thing)
    for _ in range(2):
        for thing in things:
            yield xml(thing, at, "ocs")
            at = world.soon(at)
        at = world.day(at, 0, 3)


def two_adapters(world: World) -> Iterator[Said]:
    """OCSInventory-ocsreports #791: somebody takes over the dock and the adapter of a colleague; no notebook shows a number."""
    at, lent, laptops = world.day(), [world.mac("00e04c"), world.mac("0050b6")], []
    for _ in range(2):
        thing = world.computer("laptop", "two adapters of a colleague", os="windows")
        thing.serial = thing.uuid = thing.board_serial = thing.chassis_serial = ""
        thing.macs = thing.macs[1:]
        laptops.append(thing)
    for _ in range(2):
        for thing in laptops:
            yield xml(thing.but(lent=lent), at, "ocs")
            at = world.day(at, 0, 3)


def tablets_without_radio(world: World) -> Iterator[Said]:
    """jamf2snipe #65: tablets whose missing radio is reported as a row of zeros."""
    at = world.day()
    for _ in range(3):
        thing = world.phone("no radio")
        thing.imei = world.rng.choice(("000000000000000", "004999010640000"))
        yield android(thing, at)
        yield android(thing.but(macs=[world.random_mac()]), world.day(at))


def equal_bridges_of_macs(world: World) -> Iterator[Said]:
    """Every Mac with a T2 shows one and the same network card beside its own; here they show no number (own devices)."""
    at, things = world.day(), []
    for n in range(3):
        thing = world.computer("laptop", "one card in every Mac")
        thing.os, thing.vendor, thing.model, thing.board_serial = "macos", "Apple Inc.", "MacBookPro16,1", ""
        thing.serial = thing.uuid = thing.chassis_serial = ""
        thing.macs = [thing.macs[0], "ac:de:48:00:11:22"] if n else ["ac:de:48:00:11:22"]
        things.append(thing)
    for _ in range(2):
        for thing in things:
            yield xml(thing, at)
            at = world.day(at, 0, 1)


def cheap_boards(world: World) -> Iterator[Said]:
    """fusioninventory-agent #1339: small computers of one maker, all with the same number for the system and for the board, on no list."""
    serial, board, at = world.number("NUC-OEM-AAA"), world.number("BRD-OEM-AAA"), world.day()
    for _ in range(3):
        thing = world.computer("desktop", "one number and one board number on all")
        thing.vendor, thing.model, thing.serial, thing.board_serial, thing.chassis_serial = "AZW", "SER", serial, board, ""
        thing.uuid = ""
        yield agent(world, thing, at)
        yield any_voice(world, thing, world.soon(at))
        yield any_voice(world, thing, world.day(at))
        at = world.soon(at)


def installed_anew_with_card(world: World) -> Iterator[Said]:
    """glpi-inventory-plugin #414: installed anew, renamed and with another card at once; serial, UUID and board stay."""
    thing = world.computer("desktop", "all new but the box")
    at = world.day()
    yield agent(world, thing, at)
    new = world.install(thing.but(hostname=world.name("NEW-"), macs=[world.mac("a0369f")]))
    yield agent(world, new, world.day(at))
    yield any_voice(world, new, world.day(at, 10, 20))
