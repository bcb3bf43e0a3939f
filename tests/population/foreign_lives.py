"""Kinds of trouble in the lives of computers and phones: repairs, loans, exchanges, two systems, resets, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import android, glpi, xml
from tests.population.foreign_numbers import bare
from tests.population.foreign_voices import api, native, osquery, sheet
from tests.population.said import Said
from tests.population.things import World
from tests.population.troubles import agent, any_voice
from tests.population.voices import ssh


def lent_out(world: World) -> Iterator[Said]:
    """A loan laptop, installed anew for each borrower: another name, agent and system each time; a year."""
    thing = world.computer("laptop", os="windows")
    at = world.day()
    for n in range(5):
        thing.hostname = world.name("LOAN-")
        world.install(thing)
        yield (glpi, xml, osquery)[n % 3](thing, at)
        yield glpi(thing, world.day(at, 2, 5))
        at = world.day(at, 40, 90)


def names_exchanged(world: World) -> Iterator[Said]:
    """Two people change laptops, and the helpdesk changes the names; the directory and the list follow late."""
    one, two = world.computer("laptop"), world.computer("laptop")
    at = world.day()
    for thing in (one, two):
        yield agent(world, thing, at)
        yield sheet([(thing, {"serial": thing.serial, "name": thing.hostname, "vendor": thing.vendor})], world.day(at), "list.csv")
    at = world.day(at, 10, 20)
    first, second = one.but(hostname=two.hostname), two.but(hostname=one.hostname)
    yield agent(world, first, at)
    yield agent(world, second, world.soon(at))
    rows = [(t, {"serial": t.serial, "name": t.hostname, "vendor": t.vendor}) for t in (second, first)]
    yield sheet(rows, world.day(at), "list.csv")


def from_the_shelf(world: World) -> Iterator[Said]:
    """A laptop comes from the shelf after fourteen months: another system, name and agent; meanwhile another one has its old name."""
    thing, heir = world.computer("laptop"), world.computer("laptop")
    at = world.day()
    yield agent(world, thing, at)
    heir.hostname = thing.hostname
    yield agent(world, heir, world.day(at, 60, 80))
    yield agent(world, heir, world.day(at, 300, 310))
    back = world.install(thing.but(hostname=world.name("NB-")))
    yield agent(world, back, world.day(at, 420, 430))
    yield any_voice(world, back, world.day(at, 431, 440))


def board_without_number(world: World) -> Iterator[Said]:
    """ServiceNow community: a new board shows no serial, until a technician writes it in; disk, system and label stay."""
    thing = world.computer("desktop", os="windows")
    at = world.day()
    yield glpi(thing, at)
    yield glpi(thing, world.day(at))
    blank = thing.but(serial="To be filled by O.E.M.", uuid=world.uuid(), board_serial=world.number("MBAAAAAAAA99"), chassis_serial="")
    blank.macs = [world.mac("a4bb6d")]
    at = world.day(at, 12, 15)
    yield glpi(blank, at)
    mended = blank.but(serial=thing.serial)
    yield glpi(mended, world.day(at))
    yield xml(mended, world.day(at, 10, 20))


def board_and_card_by_and_by(world: World) -> Iterator[Said]:
    """One part after another: card, then board, then disk and system, then the name; serial is shown throughout."""
    thing = world.computer("desktop")
    at = world.day()
    yield agent(world, thing, at)
    thing = thing.but(macs=[world.mac("a0369f")])
    yield agent(world, thing, world.day(at, 5, 9))
    thing = thing.but(uuid=world.uuid(), board_serial=world.number("MBAAAAAAAA99"), macs=[world.mac("a4bb6d")])
    yield agent(world, thing, world.day(at, 15, 19))
    thing = world.install(thing.but())
    yield any_voice(world, thing, world.day(at, 25, 29))
    yield agent(world, thing.but(hostname=world.name("PC-")), world.day(at, 35, 39))


def disk_into_another_box(world: World) -> Iterator[Said]:
    """The disk of a broken whitebox goes into another whitebox: name, agent, machine-id; no box shows a number."""
    one, two = bare(world.computer("desktop", os="linux")), bare(world.computer("desktop", os="linux"))
    at = world.day()
    yield ssh(two, at)
    yield ssh(one, at)
    yield ssh(one, world.day(at))
    moved = two.but(hostname=one.hostname, agent_id=one.agent_id, deviceid=one.deviceid, machine_id=one.machine_id, host_keys=one.host_keys)
    at = world.day(at, 10, 12)
    yield ssh(moved, at)
    yield glpi(moved, world.day(at))


def two_systems(world: World) -> Iterator[Said]:
    """GLPI #414: one whitebox with two systems, each with its name and agent; UUID in the other order; the cards are one."""
    thing = bare(world.computer("desktop", os="windows"), "Default string", world.uuid())
    other = thing.but(os="linux", hostname=world.name("lin"))
    world.install(other)
    at = world.day()
    for n in range(4):
        yield glpi(thing, at) if n % 2 else osquery(other, at)
        at = world.day(at, 0, 1)


def two_systems_bare(world: World) -> Iterator[Said]:
    """The same and no UUID: the card is all that both systems show."""
    thing = bare(world.computer("desktop", os="windows"))
    other = thing.but(os="linux", hostname=world.name("lin"))
    world.install(other)
    at = world.day()
    for n in range(4):
        yield glpi(thing, at) if n % 2 else ssh(other, at)
        at = world.day(at, 3, 4)


def phone_in_three_lists(world: World) -> Iterator[Said]:
    """jamf2snipe #65: a phone by its IMEI in the provider's list, by serial in the register, by both in the management; digits grouped."""
    thing = world.phone()
    thing.imei, thing.serial, thing.uuid = world.number("35693899999999"), world.number("R58NAAAAAAA"), ""
    check = thing.imei + "7"
    spelt = (f"{check[:2]}-{check[2:8]}-{check[8:14]}-{check[14]}", check, f"{check[:6]} {check[6:]}", f"{thing.imei}01")
    at = world.day()
    yield sheet([(thing, {"imei": world.rng.choice(spelt)})], at, "provider.csv")
    yield sheet([(thing, {"serial": thing.serial, "vendor": "Samsung"})], world.day(at), "register.csv")
    facts = {"serial": thing.serial, "imei": world.rng.choice(spelt), "external_id": world.uuid()}
    yield api("mdm", world.day(at, 5, 9), [(thing, facts)], kind="import")
    yield sheet([(thing, {"imei": world.rng.choice(spelt)})], world.day(at, 10, 20), "provider.csv")


def phone_exchanged(world: World) -> Iterator[Said]:
    """A phone is exchanged: the same name, user and management name, another IMEI and serial; the old one is given to somebody else."""
    old, new = world.phone(), world.phone()
    name = world.name("anna-phone")
    for thing in (old, new):
        thing.imei, thing.serial, thing.hostname = world.number("356938999999999"), world.number("R58NAAAAAAA"), name
    at = world.day()
    for n, thing in enumerate((old, new)):
        yield native(thing, at, key=f"k{n}-{thing.truth}", imei=[thing.imei], uuid="")
        at = world.day(at, 5, 9)
    yield native(old, at, key=f"again-{old.truth}", imei=[old.imei], uuid="", hostname=world.name("ben-phone"))
    yield native(new, world.day(at), key=f"k1-{new.truth}", imei=[new.imei], uuid="")


def phone_reset(world: World) -> Iterator[Said]:
    """The agent's id is new after a reset, the address always; serial by the management, IMEI by the agent; no IMEI on tablets."""
    thing = world.phone()
    thing.imei, serial = world.number("356938999999999"), world.number("R58NAAAAAAA")
    at = world.day()
    yield android(thing, at)
    yield native(thing, world.day(at), serial=serial, uuid="", imei=[thing.imei], macs=thing.macs)
    fresh = thing.but(serial=world.hex(16), macs=[world.random_mac()])
    fresh.uuid, fresh.hostname = fresh.serial, f"android-{fresh.serial}"
    fresh.deviceid = f"{fresh.hostname}-2026-03-04-05-06-07"
    yield android(fresh, world.day(at, 5, 9))
    yield native(thing, world.day(at, 10, 12), key=world.uuid(), serial=serial, uuid="", imei=[thing.imei], macs=[world.random_mac()])


def two_sims_two_orders(world: World) -> Iterator[Said]:
    """A phone with two radios: both IMEIs in either order, one in the list, the other in the agent's report."""
    thing, base = world.phone(), world.number("35693899")
    first, second = base + world.number("9999999"), base + world.number("9999999")
    thing.serial, thing.uuid = world.number("R58NAAAAAAA"), ""
    at = world.day()
    yield native(thing, at, imei=[first, second], uuid="")
    yield api("provider", world.day(at), [(thing, {"imei": second})], kind="import")
    yield native(thing, world.day(at), imei=[second, first], uuid="")
    yield api("provider", world.day(at), [(thing, {"imei": first})], kind="import")


def tablets_in_a_class(world: World) -> Iterator[Said]:
    """Thirty tablets of a school: one name pattern set by the management, no radio, a serial each; a list by serial and label."""
    at, name = world.day(), "iPad"
    for _ in range(4):
        thing = world.phone()
        thing.kind, thing.truth, thing.vendor, thing.model = "tablet", world.truth("tablet"), "Apple", "iPad9,1"
        thing.serial, thing.uuid, thing.imei, thing.hostname = world.number("DMPAAAAAQ1GC"), "", "", name
        thing.asset_tag = world.number("S-999999")
        yield native(thing, at, macs=[world.random_mac()])
        yield sheet(
            [(thing, {"serial": "S" + thing.serial, "asset_tag": thing.asset_tag, "vendor": "Apple", "name": name})],
            world.day(at),
            "class.csv",
        )
        yield native(thing, world.day(at, 5, 9), macs=[world.random_mac()])


def unknown_serials(world: World) -> Iterator[Said]:
    """Android 10: programs may not read the serial and get `unknown`; the management sends it with the name of the model as the name."""
    at = world.day()
    for n in range(3):
        thing = world.phone()
        thing.hostname, thing.imei = "SM-A536B", ""
        yield native(thing, at, key=f"p{n}-{thing.truth}", serial=world.rng.choice(("unknown", "UNKNOWN", "0123456789ABCDEF")), uuid="")
        yield native(thing, world.day(at), key=f"p{n}-{thing.truth}", serial="unknown", uuid="", macs=[world.random_mac()])


def same_second(world: World) -> Iterator[Said]:
    """fleet #8021: two machines with one agent id report in the same second, again and again; numbers and cards are own."""
    one = world.computer("desktop", os="windows")
    two = world.computer("desktop", os="windows")
    two.agent_id, two.deviceid, two.hostname = one.agent_id, one.deviceid, one.hostname
    at = world.day()
    for _ in range(3):
        yield glpi(one, at)
        yield glpi(two, at)
        at += timedelta(seconds=1)


def twins_of_one_flash(world: World) -> Iterator[Said]:
    """oshi #2417: a shop writes one image into the firmware of all its boxes: equal serial, UUID and board; a card and name each."""
    serial, unique, board, at = world.number("SHOP-AAAA-9"), world.uuid(), world.number("BRD-AAAA-9"), world.day()
    things = [bare(world.computer("desktop"), serial, unique) for _ in range(3)]
    for thing in things:
        thing.vendor, thing.model, thing.board_serial = "AZW", "SER5", board
    for _ in range(3):
        for thing in things:
            yield agent(world, thing, at)
            at = world.soon(at)


def twins_far_apart(world: World) -> Iterator[Said]:
    """The same, and the second is unpacked weeks after the first was last seen, which then speaks again."""
    serial, unique, at = world.number("SHOP-AAAA-9"), world.uuid(), world.day()
    one, two = (bare(world.computer("desktop", os="windows"), serial, unique) for _ in range(2))
    one.vendor = two.vendor = "AZW"
    yield glpi(one, at)
    yield glpi(two, world.day(at, 10, 12))
    yield glpi(one, world.day(at, 14, 15))
    yield glpi(two, world.day(at, 16, 17))


def macs_and_adapters(world: World) -> Iterator[Said]:
    """Fleet: a Mac by osquery and by a management system; adapters of all kinds, a random radio; serial in the management only."""
    thing = world.computer("laptop", os="macos")
    thing.vendor, thing.model = "Apple Inc.", "Mac14,2"
    at = world.day()
    yield osquery(thing.but(macs=[world.random_mac()], extra=[("en7", world.mac("00e04c"))]), at)
    yield native(thing, world.day(at), tool="jamf", macs=[thing.macs[1], world.random_mac()], uuid=thing.uuid.lower())
    yield osquery(thing.but(extra=[("en8", world.mac("0050b6"))]), world.day(at))
    yield native(thing.but(hostname=world.name("mb")), world.day(at, 5, 9), tool="jamf", macs=[thing.macs[1]])


def told_at_year_end(world: World) -> Iterator[Said]:
    """A yearly stocktaking: label and serial only, in capitals, a year after; in between two names and a new card."""
    thing = world.computer("desktop")
    thing.asset_tag = world.number("INV-999999")
    at = world.day()
    yield sheet([(thing, {"asset_tag": thing.asset_tag, "serial": thing.serial, "vendor": thing.vendor})], at, "2026.csv")
    yield agent(world, thing, world.day(at))
    yield agent(world, thing.but(hostname=world.name("PC-"), macs=[world.mac("a0369f")]), world.day(at, 100, 120))
    rows = [(thing, {"asset_tag": thing.asset_tag.lower(), "serial": thing.serial.lower()})]
    yield sheet(rows, world.day(at, 360, 370), "2027.csv")
