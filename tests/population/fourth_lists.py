"""Kinds of trouble with lists that people keep, merge and type, and with records of management systems that were enrolled twice."""

from __future__ import annotations

from collections.abc import Iterator

from tests.population.agents import android, glpi
from tests.population.foreign_voices import api, native, osquery, sheet
from tests.population.fourth_things import check_digit, imei, with_zero
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.third_voices import untold
from tests.population.troubles import agent, any_voice
from tests.population.voices import register


def letters_for_digits(world: World) -> Iterator[Said]:
    """Read from a sticker: the letter O for the digit 0; card and name are in the same row, and are right."""
    thing = with_zero(world)
    at = world.day()
    yield agent(world, thing, at)
    cells = {"serial": thing.serial.replace("0", "O"), "mac": thing.macs[0], "name": thing.hostname, "vendor": thing.vendor}
    yield sheet([(thing, cells)], world.day(at), "stickers.csv")
    yield any_voice(world, thing, world.day(at, 10, 20))


def cut_serials(world: World) -> Iterator[Said]:
    """An export with narrow columns cuts serials after six characters; name and card of the row are whole."""
    things = [with_zero(world) for _ in range(2)]
    at = world.day()
    for thing in things:
        yield agent(world, thing, world.soon(at))
    rows = [(t, {"serial": t.serial[:6], "name": t.hostname, "mac": t.macs[0], "vendor": t.vendor}) for t in things]
    yield sheet(rows, world.day(at), "narrow.csv")


def zeros_lost(world: World) -> Iterator[Said]:
    """A spreadsheet takes serials for numbers: leading zeros are gone. Serial numbers of Brother and HP printers, of cheap screens."""
    at = world.day()
    for _ in range(2):
        mac = world.mac("30055c")
        thing = Thing(
            world.truth("printer"), "printer", "", "Brother", "HL-L2350DW", world.number("000999999999"), macs=[mac], ip=world.address()
        )
        thing.hostname = world.name("BRN")
        yield api("printserver", at, [(thing, {"serial": thing.serial, "mac": mac, "hostname": thing.hostname})])
        cells = {"serial": thing.serial.lstrip("0"), "mac": mac.upper().replace(":", "-"), "name": thing.hostname, "vendor": "Brother"}
        yield sheet([(thing, cells)], world.day(at), "money.csv")


def barcodes(world: World) -> Iterator[Said]:
    """A gun reads what the bars say: Lenovo's "1S", type and serial; Apple's and HP's "S" before it; "S/N:" on others."""
    at = world.day()
    for _ in range(3):
        thing = world.computer("laptop")
        before = {"LENOVO": f"1S{(thing.model + 'CTO1WW')[:10]}", "Apple Inc.": "S", "Dell Inc.": "SVC TAG: "}.get(thing.vendor, "S/N: ")
        yield sheet([(thing, {"serial": before + thing.serial, "vendor": thing.vendor, "model": thing.model})], at, "gun.csv")
        yield agent(world, thing, world.day(at))


def two_companies_one_tag(world: World) -> Iterator[Said]:
    """snipe-it #12374, #8593: two companies become one; both count their tags from 1, and both lists go in."""
    pairs = [(world.computer("laptop"), world.computer("desktop")) for _ in range(3)]
    at = world.day()
    for n, name in enumerate(("nord.csv", "sued.csv")):
        rows: list[tuple[Thing, dict[str, str]]] = []
        for number, pair in enumerate(pairs):
            pair[n].asset_tag = f"0{world.rng.randrange(1, 9)}-{pairs[number][0].truth.rpartition('-')[2]}" if n == 0 else pair[0].asset_tag
            rows.append((pair[n], {}))
        yield register(rows, world.day(at, n * 3, n * 3 + 2), name)
    for pair in pairs:
        for thing in pair:
            yield agent(world, thing, world.day(at, 8, 12))


def tag_and_name_of_two_companies(world: World) -> Iterator[Said]:
    """snipe-it #1758: two lists with the same tag and name for different computers: nobody can tell from the lists. The agents can."""
    one, two = world.computer("desktop"), world.computer("desktop")
    two.hostname, two.domain = one.hostname, "other.example.net"
    tag = world.number("PC-9999")
    at = world.day()
    for n, thing in enumerate((one, two)):
        yield untold(
            sheet([(thing, {"asset_tag": tag, "name": thing.hostname, "model": thing.model})], world.day(at, n, n + 1), f"list{n}.csv")
        )
    for thing in (one, two):
        yield agent(world, thing, world.day(at, 4, 6))
        yield any_voice(world, thing, world.day(at, 7, 12))


def tag_in_the_serial(world: World) -> Iterator[Said]:
    """glpi #22597: a PC without a serial; the typed inventory number lands in the column of serials, and comes back by an export."""
    thing = world.computer("desktop", os="windows")
    thing.serial, thing.chassis_serial, thing.board_serial = "To be filled by O.E.M.", "", ""
    tag = world.number("INV-99999")
    at = world.day()
    yield glpi(thing, at)
    yield api("glpi", world.day(at), [(thing, {"serial": tag, "asset_tag": tag, "uuid": thing.uuid.upper(), "hostname": thing.hostname})])
    yield glpi(thing, world.day(at, 10, 14))
    yield osquery(thing, world.day(at, 15, 19))


def tagged_again(world: World) -> Iterator[Said]:
    """snipe-it #5751: the sticker fell off; somebody puts a new one on and makes a new row with the same serial."""
    thing = world.computer("laptop")
    thing.asset_tag = world.number("T-99999")
    at = world.day()
    yield register([(thing, {})], at)
    yield agent(world, thing, world.soon(at))
    yield register([(thing.but(asset_tag=world.number("T-99999")), {})], world.day(at))


def two_records_of_one_tablet(world: World) -> Iterator[Said]:
    """jamf2snipe #148: wiped and enrolled again, the management shows the tablet twice in one answer: two ids, one serial."""
    thing = Thing(world.truth("tablet"), "tablet", "", "Apple Inc.", "iPad13,18", world.number("DMPAAAAAAAQ9"), hostname="iPad")
    other = Thing(world.truth("tablet"), "tablet", "", "Apple Inc.", "iPad13,18", world.number("DMPAAAAAAAQ9"), hostname="iPad")
    at = world.day()
    key = world.hex(6)
    yield api("jamf", at, [(thing, {"external_id": key, "serial": thing.serial, "hostname": "iPad"})])
    both = [(thing, {"external_id": key, "serial": thing.serial}), (other, {"external_id": world.hex(6), "serial": other.serial})]
    yield api("jamf", world.day(at), [*both, (thing, {"external_id": world.hex(6), "serial": thing.serial.lower(), "hostname": "iPad"})])


def migration_assistant(world: World) -> Iterator[Said]:
    """fleet #36193: the old Mac's name, agent and enrolment go over to the new Mac; the old one is given to somebody else."""
    old, new = world.computer("laptop", os="macos"), world.computer("laptop", os="macos")
    at = world.day()
    yield osquery(old, at)
    yield glpi(old, world.soon(at))
    moved = new.but(hostname=old.hostname, agent_id=old.agent_id, deviceid=old.deviceid)
    yield osquery(moved, world.day(at, 2, 5))
    yield glpi(moved, world.day(at, 6, 8))
    given = world.install(old.but(hostname=world.name("NB-")))
    yield osquery(given, world.day(at, 10, 14))


def awaited(world: World) -> Iterator[Said]:
    """fleet #20023: bought devices are known by their serial before they come; one is enrolled, wiped and enrolled again."""
    things = [world.computer("laptop", os="macos") for _ in range(3)]
    at = world.day()
    yield api("business manager", at, [(t, {"serial": t.serial, "external_id": f"abm-{t.truth}"}) for t in things])
    for thing in things:
        yield osquery(thing, world.day(at, 3, 9))
    wiped = world.install(things[0].but(hostname=world.name("Mac-")))
    yield osquery(wiped, world.day(at, 20, 29))


def own_devices_again(world: World) -> Iterator[Said]:
    """fleet #48498: own phones show no serial; each enrolment makes a new id. Two people's phones have one name."""
    at = world.day()
    for _ in range(2):
        thing = Thing(world.truth("phone"), "phone", "", "Apple Inc.", "iPhone14,5", hostname="iPhone")
        yield api("mdm", at, [(thing, {"external_id": world.uuid(), "hostname": "iPhone"})])
    later = Thing("", "phone", "", "Apple Inc.", "iPhone14,5", hostname="iPhone")
    yield untold(api("mdm", world.day(at), [(later, {"external_id": world.uuid(), "hostname": "iPhone"})]))


def imei_in_any_form(world: World) -> Iterator[Said]:
    """IMEI with and without check digit, with the software's two digits, in groups: the carrier, the management, a list."""
    body = world.number("35693899999999")
    thing = world.phone()
    thing.imei = body + check_digit(body)
    at = world.day()
    yield android(thing, at)
    grouped = f"{body[:2]}-{body[2:8]}-{body[8:14]}-{check_digit(body)}"
    for name, spelt in (("carrier", body), ("mdm", f"{body}07"), ("shop", grouped)):
        at = world.day(at)
        yield api(name, at, [(thing, {"imei": spelt})], cls="phone")


def two_slots(world: World) -> Iterator[Said]:
    """ocsf-schema #1211: a phone with two radios: one system tells the first IMEI, the other both, the carrier the second."""
    one, two = imei(world), imei(world)
    thing = Thing(world.truth("phone"), "phone", "", "samsung", "SM-S911B", world.number("R5CTAAAAAAA"), hostname="Galaxy S23")
    at = world.day()
    yield api("mdm", at, [(thing, {"imei": one, "serial": thing.serial, "external_id": world.uuid()})])
    yield api("warehouse", world.day(at), [(thing, {"imei": [one, two], "serial": thing.serial.lower()})])
    yield api("carrier", world.day(at, 10, 12), [(thing, {"imei": two})])


def other_management(world: World) -> Iterator[Said]:
    """flyve-mdm #39: the same phones in another management: wiped, new ids and addresses, serial "unknown"; the IMEI stays."""
    phones = [world.phone() for _ in range(2)]
    at = world.day()
    for thing in phones:
        thing.imei = imei(world)
        yield android(thing, world.soon(at))
    for thing in phones:
        fresh = world.hex(16)
        wiped = thing.but(
            serial="unknown",
            uuid=fresh,
            macs=[world.random_mac()],
            hostname=f"android-{fresh}",
            deviceid=f"android-{fresh}-2026-03-01-01-01-01",
        )
        yield android(wiped, world.day(at, 5, 8))
        yield api("other mdm", world.day(at, 9, 12), [(wiped, {"imei": thing.imei, "external_id": fresh, "serial": "unknown"})])


def laptops_with_a_radio(world: World) -> Iterator[Said]:
    """Intune shows the IMEI of laptops with a modem; the carrier's list has nothing else."""
    thing = world.computer("laptop", os="windows")
    body = world.number("86693899999999")
    at = world.day()
    yield agent(world, thing, at)
    yield api("intune", world.day(at), [(thing, {"serial": thing.serial, "imei": body + check_digit(body), "hostname": thing.hostname})])
    yield api("carrier", world.day(at, 10, 12), [(thing, {"imei": body})], cls="device")


def one_name_for_all(world: World) -> Iterator[Said]:
    """kandji2snipe #23: every Mac is called "MacBook Pro"; three systems, three spellings of the serial, one with the card."""
    macs = [world.computer("laptop", os="macos") for _ in range(3)]
    at = world.day()
    for thing in macs:
        thing.hostname, thing.vendor = "MacBook-Pro", "Apple Inc."
        yield native(thing, world.soon(at), tool="kandji", macs=thing.macs)
    yield api("snipe", world.day(at), [(t, {"serial": f" {t.serial.lower()} ", "asset_tag": f"jamf-{t.truth}"}) for t in macs])
    for thing in macs:
        yield agent(world, thing, world.day(at, 3, 9))


def list_by_card_only(world: World) -> Iterator[Said]:
    """Netadmins keep tags and addresses, in Cisco's dotted form; serials come with the agents."""
    things = [world.computer("desktop") for _ in range(4)]
    at = world.day()
    dotted = {t.truth: ".".join(t.macs[0].replace(":", "")[n : n + 4] for n in (0, 4, 8)) for t in things}
    yield sheet([(t, {"asset_tag": f"C{t.truth}", "mac": dotted[t.truth], "name": t.hostname}) for t in things], at, "ports.csv")
    for thing in things:
        yield agent(world, thing, world.day(at))
