"""Kinds of trouble in the lives of phones and computers: two enrolments, two agents, other systems for an hour, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import android, glpi, xml
from tests.population.foreign_guests import turned
from tests.population.foreign_numbers import bare
from tests.population.foreign_voices import api, native, osquery, sheet
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.troubles import agent, any_voice
from tests.population.voices import ssh


def two_enrolments(world: World) -> Iterator[Said]:
    """A phone with a work profile is enrolled twice: two keys of the management, one IMEI; the serial in one of them only."""
    thing = world.phone()
    thing.serial, thing.uuid, thing.imei = world.number("R58NAAAAAAA"), "", world.number("35693899999999")
    keys = (world.uuid(), world.uuid())
    at = world.day()
    for n in range(4):
        serial = thing.serial if n % 2 else ""
        yield native(thing, at, key=keys[n % 2], serial=serial, imei=[thing.imei], macs=[world.random_mac()])
        at = world.day(at)


def phones_of_one_owner(world: World) -> Iterator[Said]:
    """The old phone and the new one are used side by side for weeks under one name; serials here, IMEIs there."""
    old, new = world.phone(), world.phone()
    name = world.name("eva-phone")
    at = world.day()
    for thing in (old, new):
        thing.serial, thing.uuid, thing.imei, thing.hostname = world.number("R58NAAAAAAA"), "", world.number("35693899999999"), name
    for _ in range(2):
        for thing in (old, new):
            yield native(thing, at, key=thing.truth, imei=[], macs=[world.random_mac()])
            yield api("provider", world.day(at), [(thing, {"imei": thing.imei})], kind="import")
            yield native(thing, world.day(at), tool="mam", key=thing.truth, serial="", imei=[thing.imei], macs=[world.random_mac()])
            at = world.soon(at)
    for thing in (old, new):
        yield sheet([(thing, {"serial": thing.serial, "imei": thing.imei})], world.day(at, 10, 12), "contracts.csv")


def tablets_renumbered(world: World) -> Iterator[Said]:
    """Tablets that a class shares get their names anew each term; serials in the management, names only in the teacher's list."""
    tablets, names = [], [world.name("TABLET-") for _ in range(4)]
    for _ in names:
        thing = world.phone()
        thing.kind, thing.truth, thing.vendor, thing.model = "tablet", world.truth("tablet"), "Apple", "iPad12,1"
        thing.serial, thing.uuid, thing.imei = world.number("GG7AAAAAQ1GC"), "", ""
        tablets.append(thing)
    at = world.day()
    for term in range(3):
        for n, thing in enumerate(tablets):
            thing.hostname = names[(n + term) % len(names)]
            yield native(thing, world.soon(at), macs=[world.random_mac()])
        rows = [(t, {"serial": t.serial, "name": t.hostname, "vendor": "Apple"}) for t in tablets]
        yield sheet(rows, world.day(at), "class.csv")
        at = world.day(at, 60, 90)


def android_without_numbers(world: World) -> Iterator[Said]:
    """Android 10 and later: an id of the program, and a random address that is new with each network; each phone is set up anew once."""
    at = world.day()
    for _ in range(2):
        thing = world.phone()
        thing.imei = ""
        yield android(thing, at)
        yield android(thing.but(macs=[world.random_mac()]), world.day(at))
        yield android(thing.but(macs=[world.random_mac()], hostname=world.name("Anna-")), world.day(at, 10, 12))
        at = world.soon(at)


def sold_and_back(world: World) -> Iterator[Said]:
    """A refurbished laptop is sold, and comes back with a new owner after two years: everything but the hardware is new."""
    thing = world.computer("laptop", os="windows")
    at = world.day()
    yield glpi(thing, at)
    yield sheet(
        [(thing, {"serial": thing.serial, "asset_tag": world.number("A-999999"), "vendor": thing.vendor})], world.day(at), "2026.csv"
    )
    back = thing.but(os="linux", hostname=world.name("mx"), chassis_serial="", macs=[thing.macs[0], world.mac("a4bb6d")])
    world.install(back)
    at = world.day(at, 600, 700)
    yield ssh(back, at)
    yield sheet(
        [(thing, {"serial": thing.serial, "asset_tag": world.number("B-999999"), "vendor": thing.vendor})], world.day(at), "2028.csv"
    )
    yield osquery(back, world.day(at))


def feature_update(world: World) -> Iterator[Said]:
    """Windows Update installs the agent anew: id and device id are new, name and card stay; there is no number, and two agents."""
    thing = bare(world.computer("desktop", os="windows"), "System Serial Number")
    at = world.day()
    yield glpi(thing, at)
    yield xml(thing, world.day(at), "ocs")
    world.install(thing)
    yield glpi(thing, world.day(at, 10, 12))
    yield xml(thing, world.day(at, 10, 12), "ocs")


def two_instances(world: World) -> Iterator[Said]:
    """The agent is installed twice on one box: two ids, one after the other in the same minute, day by day. No numbers."""
    thing = bare(world.computer("desktop", os=world.rng.choice(("linux", "windows"))), "Default string")
    second = thing.but(agent_id=world.uuid(), deviceid=f"{thing.deviceid}-2")
    at = world.day()
    for _ in range(3):
        yield glpi(thing, at)
        yield glpi(second, at + timedelta(seconds=20))
        at = world.day(at, 1, 1)


def started_from_a_stick(world: World) -> Iterator[Said]:
    """Started from a stick for an hour: another system, the name that the stick brings, no agent of its own. Serial or only card."""
    thing = world.computer("laptop", os="windows")
    if world.rng.random() < 0.5:
        bare(thing, "", world.uuid())
    at = world.day()
    yield glpi(thing, at)
    live = thing.but(os="linux", hostname=world.rng.choice(("ubuntu", "debian", "kali")), domain="localdomain")
    world.install(live)
    yield ssh(live, at + timedelta(hours=3))
    yield glpi(thing, at + timedelta(hours=6))
    yield osquery(live, world.day(at, 10, 12))
    yield glpi(thing, world.day(at, 13, 14))


def two_laptops_one_stick(world: World) -> Iterator[Said]:
    """The stick goes on to the next laptop: machine-id, keys and name are the stick's; boards without serial, a UUID each."""
    one, two = (bare(world.computer("laptop", os="linux"), "None", world.uuid()) for _ in range(2))
    at, stick = world.day(), world.install(one.but(hostname="ubuntu"))
    for thing in (one, two):
        yield agent(world, thing, at)
        live = thing.but(hostname="ubuntu", machine_id=stick.machine_id, host_keys=stick.host_keys)
        yield ssh(live, at + timedelta(hours=3), root=world.rng.random() < 0.5)
        at = world.day(at, 0, 3)
    yield agent(world, one, at)


def kiosk_names_rotate(world: World) -> Iterator[Said]:
    """Kiosks get their names by where they stand, and wander; the card and an agent that is made anew at each start are all they have."""
    kiosks = [bare(world.computer("desktop", os="linux"), "0") for _ in range(3)]
    names, at = [k.hostname for k in kiosks], world.day()
    for look in range(3):
        for n, kiosk in enumerate(kiosks):
            world.install(kiosk.but())
            yield ssh(kiosk.but(hostname=names[(n + look) % 3]), at)
            at = world.soon(at)
        at = world.day(at, 5, 9)


def laptop_and_its_twin_in_stock(world: World) -> Iterator[Said]:
    """A delivery: ten laptops in the list with serial and label; one is in use; another takes its name, label and place after a fault."""
    things = [world.computer("laptop", os="windows") for _ in range(3)]
    at = world.day()
    for thing in things:
        thing.vendor, thing.model, thing.asset_tag = things[0].vendor, things[0].model, world.number("N-999999")
    yield sheet([(t, {"serial": t.serial, "asset_tag": t.asset_tag, "vendor": t.vendor}) for t in things], at, "delivery.csv")
    yield glpi(things[0], world.day(at))
    heir = things[1].but(hostname=things[0].hostname)
    at = world.day(at, 20, 30)
    yield glpi(heir, at)
    rows = [(heir, {"serial": heir.serial, "asset_tag": heir.asset_tag, "name": heir.hostname, "vendor": heir.vendor})]
    yield sheet(rows, world.day(at), "delivery.csv")
    yield glpi(things[0].but(hostname=things[1].hostname), world.day(at, 10, 12))


def one_box_two_orders(world: World) -> Iterator[Said]:
    """The same box in two lists in one file, once by serial and name, once by serial in lower case and label; a second box beside it."""
    one, two = world.computer("desktop"), world.computer("desktop")
    at, rows = world.day(), []
    for thing in (one, two):
        rows.append((thing, {"serial": thing.serial, "name": thing.hostname, "vendor": thing.vendor}))
        rows.append((thing, {"serial": f"S/N {thing.serial.lower()}", "asset_tag": world.number("D-999999")}))
    world.rng.shuffle(rows)
    yield sheet(rows, at, "both.csv")
    for thing in (one, two):
        yield any_voice(world, thing, world.day(at))
    yield sheet(rows, world.day(at, 10, 12), "both.csv")


def mac_of_the_dock_in_the_list(world: World) -> Iterator[Said]:
    """A list has the address of the dock as the laptop's, for two laptops that took turns at the desk; serials are right."""
    one, two = world.computer("laptop", os="windows"), world.computer("laptop", os="windows")
    dock, at = world.mac("0050b6"), world.day()
    for thing in (one, two):
        yield glpi(thing.but(lent=[dock]), at)
        yield sheet(
            [(thing, {"serial": thing.serial, "mac": dock, "name": thing.hostname, "vendor": thing.vendor})], world.day(at), "desks.csv"
        )
        at = world.day(at, 5, 9)
    yield xml(one.but(lent=[dock]), world.day(at), "ocs")
    yield xml(two.but(lent=[dock]), world.day(at, 10, 12), "ocs")


def monitors_by_turn(world: World) -> Iterator[Said]:
    """Screens of one model at desks that change: serials are their own, one shows none; in a list by label and serial."""
    pcs, at = [world.computer("desktop") for _ in range(2)], world.day()
    screens = [Thing(world.truth("monitor"), "monitor", "", "EIZO", "EV2456", world.number("99999999")) for _ in range(2)]
    for look in range(3):
        for n, pc in enumerate(pcs):
            yield glpi(pc, world.soon(at), monitors=[screens[(n + look) % 2]])
        at = world.day(at)
    rows = [(s, {"serial": s.serial, "vendor": "EIZO Corporation", "asset_tag": world.number("M-999999")}) for s in screens]
    yield sheet(rows, world.day(at), "screens.csv")


def byte_orders_of_one_agent(world: World) -> Iterator[Said]:
    """osquery, SMBIOS 2.6: the same agent shows the UUID in the other order after an update of the firmware; the serial comes later."""
    thing = world.computer("desktop", os="linux")
    at = world.day()
    yield osquery(bare(thing.but(), "-1", thing.uuid), at)
    yield osquery(thing.but(uuid=turned(thing.uuid)), world.day(at))
    yield ssh(thing, world.day(at))
    yield native(thing, world.day(at, 10, 12), tool="fleet", uuid=turned(thing.uuid), serial="")
