"""Kinds of trouble with numbers and names as other people's programs write them: spellings, placeholders, lists with one column."""

from __future__ import annotations

from collections.abc import Iterator

from tests.population.agents import glpi, xml
from tests.population.foreign_voices import api, native, osquery, sheet
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.troubles import agent, any_voice, computer
from tests.population.voices import ssh


def bare(thing: Thing, serial: str = "", uuid: str = "") -> Thing:
    """The same machine with firmware that shows nothing of use."""
    thing.serial, thing.uuid, thing.board_serial, thing.chassis_serial = serial, uuid, "", ""
    return thing


def serials_in_a_list(world: World) -> Iterator[Said]:
    """snipe-it #6228: an export with serial numbers and nothing else, before or after the agents speak."""
    things = [computer(world, "") for _ in range(4)]
    at = world.day()
    listed = sheet([(t, {"serial": t.serial.lower() if n % 2 else f" {t.serial}"}) for n, t in enumerate(things)], world.day(at, 1, 20))
    yield listed
    for thing in things:
        yield agent(world, thing, world.day(at))


def labels_then_serials(world: World) -> Iterator[Said]:
    """snipe-it #4644: one list has label and name, the next has label and serial; the agent has the serial."""
    things = [world.computer("laptop") for _ in range(3)]
    for thing in things:
        thing.asset_tag = world.number("IT-999999")
    at = world.day()
    yield sheet([(t, {"asset_tag": t.asset_tag, "name": t.hostname}) for t in things], at, "labels.csv")
    at = world.day(at)
    yield sheet([(t, {"asset_tag": t.asset_tag.lower(), "serial": t.serial}) for t in things], at, "purchase.csv")
    for thing in things:
        yield agent(world, thing, world.day(at))


def cards_in_a_list(world: World) -> Iterator[Said]:
    """DHCP reservations, NAC exports: one card of each machine, in the spelling of a switch, of Windows, of Solaris, or none."""
    things = [world.computer("desktop") for _ in range(5)]
    at = world.day()
    rows = []
    for n, thing in enumerate(things):
        pairs = thing.macs[0].split(":")
        forms = (
            "-".join(pairs).upper(),
            ".".join("".join(pairs[i : i + 2]) for i in (0, 2, 4)),
            "".join(pairs).upper(),
            ":".join(f"{int(p, 16):x}" for p in pairs),
            "0x" + "".join(pairs),
        )
        rows.append((thing, {"mac": forms[n], "name": thing.hostname}))
    before = world.rng.random() < 0.5
    yield sheet(rows, at if before else world.day(at, 10, 20), "reservations.csv")
    for thing in things:
        yield agent(world, thing, world.day(at))


def full_names_in_a_directory(world: World) -> Iterator[Said]:
    """A directory knows computers by their full name only; the agents know it too."""
    things = [world.computer("desktop") for _ in range(4)]
    at = world.day()
    for thing in things:
        yield agent(world, thing, at)
    known = [(t, {"hostname": t.hostname.upper(), "fqdn": f"{t.hostname}.{t.domain}.", "external_id": world.uuid()}) for t in things]
    yield api("directory", world.day(at), known)
    yield api("directory", world.day(at, 10, 20), known)
    for thing in things:
        yield agent(world, thing, world.day(at, 10, 20))


def names_cut_short(world: World) -> Iterator[Said]:
    """NetBIOS cuts names after 15 characters: an old inventory shows two machines under one, and serials tell them."""
    at, start = world.day(), world.name("BERLIN-OFFICE")[:14]
    for n in range(2):
        thing = world.computer("desktop")
        thing.hostname = f"{start}{n % 1}-{n}"
        yield agent(world, thing, at)
        yield native(thing, world.day(at), tool="sccm", hostname=thing.hostname[:15].upper(), macs=thing.macs)
        yield agent(world, thing, world.day(at, 10, 20))


def short_names_without_numbers(world: World) -> Iterator[Said]:
    """The same with boxes that show no number: card and the cut name."""
    at = world.day()
    for _ in range(2):
        thing = bare(world.computer("desktop"))
        thing.hostname = f"{world.name('RECEPTION-WEST')}-PC"
        yield glpi(thing, at)
        yield xml(thing.but(hostname=thing.hostname[:15]), world.day(at), "ocs")
        yield glpi(thing, world.day(at, 10, 20))


WORDS = (
    "To Be Filled By O.E.M. ", "Default_String", "default string", "0", "00 00 00", "0x00000000", "System Serial Number", "Not Avaliable",
    "NA", "-", "*", "None", "Null", "unknown", "To be filled by O.E.M", "Chassis Serial Number", "Type2 - Board Serial Number",
    "SerNum0", "INVALID", "ABCDEFGH", "AAAAAAAA", "1234567890", "123456789", "12345678", "0123456789ABCDEF", "FFFFFFFF", "XXXXXXXXXX",
    "................", "________", "Serial", "serial number", "No Asset Information", "(none)", "undefined", "SN", "Standard",
    "System manufacturer", "O.E.M.", "OEM12345", "NotSpecified", "not set", "Empty",
    "N0SERIAL", "Not Provided", "#N/A", "?", "xxxxxxxx", "-1",
)  # fmt: skip


def words_for_a_serial(world: World) -> Iterator[Said]:
    """oshi #2417, fusioninventory #1339: what firmware and people write for a number. Each box has a card of its own and nothing else."""
    at = world.day()
    word, board = world.rng.choice(WORDS), world.rng.choice(WORDS)
    for _ in range(3):
        thing = bare(world.computer("desktop", os="windows"), serial=word)
        thing.board_serial, thing.chassis_serial, thing.vendor = board, world.rng.choice(WORDS), "ASRock"
        thing.uuid = world.rng.choice(("00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", ""))
        yield world.rng.choice((glpi, xml, osquery))(thing, at)
        yield native(thing, world.day(at), macs=thing.macs, vendor="ASRock")
        yield glpi(thing, world.day(at, 10, 20))


def no_number_in_a_list(world: World) -> Iterator[Said]:
    """A list of screens, boxes and phones in which people typed a word for the serial that they did not find."""
    at, word = world.day(), world.rng.choice(WORDS)
    things = [bare(world.computer("desktop"), word) for _ in range(3)]
    for thing in things:
        thing.asset_tag = world.number("P-999999")
        yield xml(thing, at)
    rows = [(t, {"serial": word, "asset_tag": t.asset_tag, "name": t.hostname, "vendor": t.vendor}) for t in things]
    yield sheet(rows, world.day(at, 1, 9))


def uuids_in_all_spellings(world: World) -> Iterator[Said]:
    """pyvmomi #688, go-hal #57: braces, no hyphens, capitals, the other byte order; no serial."""
    thing = bare(world.computer("desktop", os="linux"), "System Serial Number", world.uuid())
    at = world.day()
    plain = thing.uuid.replace("-", "")
    turned = "".join((plain[6:8], plain[4:6], plain[2:4], plain[0:2], plain[10:12], plain[8:10], plain[14:16], plain[12:14], plain[16:]))
    spelt = ["{" + thing.uuid.upper() + "}", plain, turned.upper(), f"urn:uuid:{thing.uuid}"]
    world.rng.shuffle(spelt)
    yield glpi(thing, at)
    for n, one in enumerate(spelt):
        yield api(f"feed{n}", world.day(at), [(thing, {"uuid": one, "hostname": thing.hostname.upper()})])
    yield osquery(thing, world.day(at, 10, 20))


def makers_in_all_spellings(world: World) -> Iterator[Said]:
    """snipe-it #6228: the maker as firmware, resellers and clerks write it."""
    thing = world.computer("laptop")
    spelt = {
        "Dell Inc.": ("Dell", "DELL COMPUTER CORP.", "Dell Computer Corporation", "Dell Technologies"),
        "HP": ("HP Inc.", "Hewlett-Packard Company", "Hewlett Packard", "HEWLETT-PACKARD"),
        "LENOVO": ("Lenovo (Beijing) Ltd.", "Lenovo Group Limited", "Lenovo", "IBM/Lenovo"),
        "Apple Inc.": ("Apple", "APPLE COMPUTER, INC.", "Apple Computer", "apple inc"),
        "ASUSTeK COMPUTER INC.": ("ASUS", "Asustek", "ASUSTeK Computer Inc", "ASUSTEK"),
        "FUJITSU": ("Fujitsu", "FUJITSU CLIENT COMPUTING LIMITED", "Fujitsu Technology Solutions", "FUJITSU SIEMENS"),
    }.get(thing.vendor, (thing.vendor.title(), thing.vendor.lower(), thing.vendor, thing.vendor))
    at = world.day()
    yield agent(world, thing, at)
    for n, vendor in enumerate(spelt):
        rows = [(thing, {"serial": thing.serial, "vendor": vendor, "asset_tag": f"{thing.truth}-{n}" if n == 0 else ""})]
        yield sheet(rows, world.day(at), f"list{n}.csv")


def scanned(world: World) -> Iterator[Said]:
    """fleet #31725: bar codes and labels as scanners and clerks give them."""
    at = world.day()
    thing = world.computer("laptop", os="windows")
    if thing.vendor == "LENOVO":
        code = "1S" + thing.model[:10].ljust(10, "0") + thing.serial
    elif thing.vendor == "Apple Inc.":
        code = "S" + thing.serial
    else:
        label = ("S/N: {}", "SN {}", "Serial No. {}", "Service Tag: {}", "Serial Number: {}", "s/n {}", "S/N{}", "SN: {}", "(S) {}")
        code = world.rng.choice((*label, f"{thing.vendor.split()[0]} {{}}", f"{thing.vendor.split()[0]}-{{}}")).format(thing.serial)
    yield sheet([(thing, {"serial": code, "vendor": thing.vendor})], at)
    yield glpi(thing, world.day(at))


def typed_wrong(world: World) -> Iterator[Said]:
    """jamf2snipe #148: letters for digits, neighbours exchanged; the name is right; the agent came first or later."""
    thing = world.computer("laptop")
    thing.serial = thing.serial[:3] + "0B1" + thing.serial[6:]
    thing.asset_tag = world.number("T-999999")
    wrong = world.rng.choice((thing.serial.replace("0", "O"), thing.serial.replace("1", "I"), thing.serial.replace("0B1", "B01")))
    at = world.day()
    steps = [agent(world, thing, at), sheet([(thing, {"serial": wrong, "asset_tag": thing.asset_tag, "name": thing.hostname})], at)]
    yield steps[0] if world.rng.random() < 0.5 else steps[1]
    yield any_voice(world, thing, world.day(at))
    yield sheet([(thing, {"serial": wrong, "asset_tag": thing.asset_tag, "name": thing.hostname})], world.day(at, 10, 20))


def next_to_each_other(world: World) -> Iterator[Said]:
    """snipe-it #6228: a delivery with consecutive serials, told by a list without names: one character differs, and they are two."""
    first = world.computer("laptop")
    things = [first.but(truth=world.truth("laptop"), serial=f"{first.serial[:-1]}{n}", macs=[], hostname="") for n in range(4)]
    for thing in things:
        thing.asset_tag = world.number("D-999999")
    at = world.day()
    yield sheet([(t, {"serial": t.serial, "asset_tag": t.asset_tag, "vendor": t.vendor, "model": t.model}) for t in things], at)
    for thing in things:
        fresh = world.computer("laptop")
        live = fresh.but(truth=thing.truth, serial=thing.serial, vendor=thing.vendor, model=thing.model)
        yield glpi(live, world.day(at))


def same_name_next_serial(world: World) -> Iterator[Said]:
    """The replacement of a laptop comes from the same delivery: its serial is the next one, and it gets the name of the first."""
    old = world.computer("laptop", os="windows")
    fresh = world.computer("laptop", os="windows")
    last = "A" if old.serial[-1] != "A" else "B"
    new = fresh.but(serial=old.serial[:-1] + last, vendor=old.vendor, model=old.model, hostname=old.hostname)
    at = world.day()
    yield glpi(old, at)
    yield sheet([(old, {"serial": old.serial, "name": old.hostname, "vendor": old.vendor})], world.day(at), "old.csv")
    at = world.day(at, 10, 20)
    yield glpi(new, at)
    yield sheet([(new, {"serial": new.serial, "name": new.hostname, "vendor": new.vendor})], world.day(at), "new.csv")
    yield glpi(new, world.day(at, 10, 20))


def spreadsheet_numbers(world: World) -> Iterator[Said]:
    """Spreadsheets drop leading zeros, and write long numbers as powers."""
    thing = world.computer("desktop")
    thing.vendor, thing.serial = "Acer", "00" + world.number("99999999999")
    at = world.day()
    yield agent(world, thing, at)
    yield sheet([(thing, {"serial": thing.serial.lstrip("0"), "vendor": "Acer"})], world.day(at))
    rows = [(thing, {"serial": "1.23457E+11", "vendor": "Acer", "name": thing.hostname, "mac": thing.macs[0]})]
    yield sheet(rows, world.day(at), "cards.csv")


def firmware_labels(world: World) -> Iterator[Said]:
    """dmidecode: what boards have in the place of a label, and a management system takes for one."""
    at = world.day()
    tag = world.rng.choice(
        ("No Asset Tag", "Asset-1234567890", "Asset Tag", "Not Specified", "ATN12345678901234567", "0", "TBD by OEM", " ")
    )
    for _ in range(3):
        thing = world.computer("desktop")
        yield glpi(thing, at)
        facts = {"serial": thing.serial, "hostname": thing.hostname} | ({"asset_tag": tag} if tag.strip() else {})
        yield api("sccm", world.day(at), [(thing, facts)])


def many_agents_no_number(world: World) -> Iterator[Said]:
    """GLPI forum: four programs on one box without numbers, each with its own id, and the card in its own spelling."""
    at = world.day()
    thing = bare(world.computer("desktop", os="linux"), "Default string", "03000200-0400-0500-0006-000700080009")
    said = [
        glpi(thing, at),
        osquery(thing, world.soon(at)),
        xml(thing, world.day(at), "ocs", upper=True),
        ssh(thing, world.day(at)),
        native(thing, world.day(at), tool="edr", macs=[m.upper().replace(":", "-") for m in thing.macs]),
    ]
    world.rng.shuffle(said)
    yield from said
    yield osquery(thing, world.day(at, 10, 20))
