"""Kinds of trouble with numbers: missing for a while, written otherwise by the next version, and shared by two, by ten, by all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import glpi, xml
from tests.population.foreign_guests import turned
from tests.population.foreign_numbers import bare
from tests.population.foreign_voices import api, native, osquery, sheet
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.troubles import agent, any_voice
from tests.population.voices import ssh


def firmware_unreadable_for_a_while(world: World) -> Iterator[Said]:
    """fleet #31725: a full report, then several without rights to read the firmware, through a rename, then full again."""
    thing = world.computer("server", os="linux")
    at = world.day()
    yield glpi(thing, at)
    for n in range(3):
        at = world.day(at)
        shown = thing if n < 2 else thing.but(hostname=world.name("srv"))
        yield ssh(shown, at, root=False)
        yield xml(bare(shown.but()), world.soon(at), "ocs")
    yield glpi(thing, world.day(at))


def first_look_without_numbers(world: World) -> Iterator[Said]:
    """The very first report has a name and one card made by software; the next has everything."""
    guest = world.vm("", world.rng.choice(("kvm", "proxmox", "hyperv")))
    guest.os = "linux"
    world.install(guest)
    at = world.day()
    yield api("monitoring", at, [(guest, {"hostname": guest.hostname, "mac": guest.macs[0]})])
    yield ssh(guest, world.day(at))
    yield any_voice(world, guest, world.day(at))


def firmware_filled_in(world: World) -> Iterator[Said]:
    """A firmware update writes the serial into what was blank, and turns the UUID's bytes around; the card and the agent hold."""
    thing = world.computer("desktop", os="windows")
    blank = thing.but(serial="To be filled by O.E.M.", board_serial="", chassis_serial="Default string")
    at = world.day()
    yield glpi(blank, at)
    yield osquery(blank, world.day(at))
    after = thing.but(uuid=turned(thing.uuid))
    yield glpi(after, world.day(at, 10, 12))
    yield osquery(after, world.day(at, 13, 15))
    yield sheet([(thing, {"serial": thing.serial, "name": thing.hostname})], world.day(at, 16, 18))


def serial_lost_and_found(world: World) -> Iterator[Said]:
    """ThinkPads after a board change show INVALID until a technician writes the number: board, UUID and cards are new, the name is not."""
    thing = world.computer("laptop", os="windows")
    at = world.day()
    yield glpi(thing, at)
    yield xml(thing, world.day(at), "ocs")
    without = thing.but(serial="INVALID")
    at = world.day(at, 10, 12)
    yield glpi(without, at)
    yield xml(without, world.day(at), "ocs")
    yield glpi(thing, world.day(at, 10, 12))


def uuid_made_up(world: World) -> Iterator[Said]:
    """osquery without SMBIOS makes up a UUID at each enrolment [measured]: the card, the name and the machine stay."""
    thing = bare(world.computer("server", os="linux"))
    thing.vendor = thing.model = ""
    at = world.day()
    for n in range(3):
        yield osquery(thing.but(uuid=world.uuid()), at, installation=f"osq-{thing.truth}-{n}")
        at = world.day(at)
    yield ssh(thing, at)


def uuid_made_up_on_a_guest(world: World) -> Iterator[Said]:
    """The same in a guest whose firmware shows nothing, beside GLPI's agent, which then has no UUID at all."""
    guest = world.vm("", "kvm")
    guest.os, guest.uuid, guest.serial, guest.vendor, guest.model = "linux", "", "", "", ""
    world.install(guest)
    at = world.day()
    yield glpi(guest, at)
    for n in range(3):
        yield osquery(guest.but(uuid=world.uuid()), world.soon(at), installation=f"osq-{guest.truth}-{n}")
        at = world.day(at)
        yield glpi(guest, at)


def agent_of_the_next_version(world: World) -> Iterator[Said]:
    """FusionInventory, then GLPI's agent with the folder of the old one, then set up anew: the agent's id is spelt anew each time."""
    thing = bare(world.computer("desktop", os="windows"), "Default string")
    at = world.day()
    yield xml(thing, at)
    yield xml(thing, world.day(at))
    newer = thing.but(deviceid=f"{thing.hostname.lower()}.{thing.domain}-2026-05-06-07-08-09")
    yield glpi(newer, world.day(at, 10, 12))
    newest = newer.but(agent_id=world.uuid(), deviceid=newer.deviceid.replace("2026-05-06", "2026-07-08"))
    yield glpi(newest, world.day(at, 15, 17))


def ocs_makes_a_new_id(world: World) -> Iterator[Said]:
    """OCS #75, #1273: its id has the name and the time in it and is made anew with each card; UUID and name stay."""
    thing = bare(world.computer("laptop", os="windows"), "None", world.uuid())
    at = world.day()
    for n in range(3):
        thing = thing.but(deviceid=f"{thing.hostname}-2026-0{n + 3}-04-05-06-07", macs=[world.mac("a4bb6d"), thing.macs[-1]])
        yield xml(thing, at, "ocs")
        at = world.day(at)


def service_codes(world: World) -> Iterator[Said]:
    """Dell's labels bear the tag and its express service code, the same number to base ten; a list has the code."""
    thing = world.computer("laptop", os="windows")
    thing.vendor, thing.serial = "Dell Inc.", world.number("BAAAAA3")
    code = str(int(thing.serial, 36))
    if world.rng.random() < 0.5:
        code = " ".join(code[i : i + 3] for i in range(0, len(code), 3))
    at = world.day()
    steps = [glpi(thing, at), sheet([(thing, {"serial": code, "vendor": "Dell", "name": thing.hostname})], world.day(at), "labels.csv")]
    if world.rng.random() < 0.5:
        steps = [sheet([(thing, {"serial": code, "vendor": "Dell"})], at, "labels.csv"), glpi(thing, world.day(at))]
    yield from steps


def names_of_the_directory(world: World) -> Iterator[Said]:
    """Active Directory writes NB-00001$ and CORP\\NB-00001 for a computer; the card ties it to the agent."""
    thing = world.computer("laptop", os="windows")
    at = world.day()
    yield glpi(thing, at)
    spelt = world.rng.choice((f"{thing.hostname}$", f"CORP\\{thing.hostname}", f"CORP\\{thing.hostname}$"))
    full = f"{thing.hostname}.{thing.domain}."
    yield api("directory", world.day(at), [(thing, {"hostname": spelt, "fqdn": full, "external_id": world.uuid()})])
    yield glpi(thing, world.day(at, 10, 12))


def misprint_of_two(world: World) -> Iterator[Said]:
    """fusioninventory #878: a maker gave one serial to two boxes, both alive; UUID, cards, system and name are their own."""
    one, two = world.computer("desktop"), world.computer("desktop")
    two.vendor, two.model, two.serial, two.chassis_serial = one.vendor, one.model, one.serial, one.chassis_serial
    at = world.day()
    for _ in range(2):
        for thing in (one, two):
            yield agent(world, thing, at)
            at = world.soon(at)
    yield any_voice(world, two, world.day(at, 5, 9))
    yield any_voice(world, one, world.day(at, 5, 9))


def one_uuid_two_boxes(world: World) -> Iterator[Said]:
    """fusioninventory #878: two PCs with one UUID; one of them shows its serial, the other none."""
    one, two = world.computer("desktop", os="windows"), bare(world.computer("desktop", os="windows"))
    two.uuid = one.uuid
    at = world.day()
    for _ in range(2):
        for thing in (one, two):
            yield glpi(thing, at)
            at = world.soon(at)
        at = world.day(at)


def one_uuid_in_turn(world: World) -> Iterator[Said]:
    """The same where each is seen in a month of its own, and then both."""
    one, two = (bare(world.computer("desktop", os="linux")) for _ in range(2))
    two.uuid = one.uuid = world.uuid()
    at = world.day()
    for thing in (one, two, one, two):
        yield ssh(thing, at)
        yield glpi(thing, world.day(at))
        at = world.day(at, 20, 30)


def serial_of_ten(world: World) -> Iterator[Said]:
    """oshi #2417: ten boxes of one batch show one serial and no UUID; each has its card, name and agent."""
    at, serial = world.day(), world.number("BATCH-AAAA-9")
    things = [bare(world.computer("desktop"), serial) for _ in range(10)]
    for thing in things:
        thing.vendor, thing.model = "Shuttle", "XH61"
    for _ in range(2):
        world.rng.shuffle(things)
        for thing in things:
            yield agent(world, thing, at)
            at = world.soon(at)


def card_of_ten(world: World) -> Iterator[Said]:
    """OCS #1440: ten kiosks with cards of one address; system, name and agent are each box's own; all report every morning."""
    at, card = world.day(), world.mac("00e04c")
    things = [bare(world.computer("desktop", os="linux")) for _ in range(10)]
    for _ in range(3):
        now = at
        for thing in things:
            yield ssh(thing.but(macs=[card]), now)
            now += timedelta(minutes=7)
        at = at + timedelta(days=1)


def one_image_of_sixty(world: World) -> Iterator[Said]:
    """uyuni #9415: sixty notebooks of one image: machine-id, host keys and agent are one; serials are not; some are looked at plainly."""
    first, at = world.computer("laptop", os="linux"), world.day()
    for n in range(60):
        thing = world.computer("laptop", os="linux")
        for name in ("machine_id", "host_keys", "agent_id", "deviceid"):
            setattr(thing, name, getattr(first, name))
        yield glpi(thing, at) if n % 3 else ssh(thing, at)
        if n % 5 == 0:
            yield ssh(thing, world.day(at), root=False)
        at += timedelta(minutes=11)


def label_swapped(world: World) -> Iterator[Said]:
    """Labels of two laptops are exchanged: the next list has each label at the other's serial; the agents know serials only."""
    one, two = world.computer("laptop"), world.computer("laptop")
    tags = [world.number("IT-999999") for _ in range(2)]
    at = world.day()
    for look in range(3):
        rows = [
            (t, {"asset_tag": tags[(n + look) % 2], "serial": t.serial, "vendor": t.vendor, "name": t.hostname})
            for n, t in enumerate((one, two))
        ]
        yield sheet(rows, at, "register.csv")
        for thing in (one, two):
            yield agent(world, thing, world.day(at))
        at = world.day(at, 20, 30)


def label_printed_twice(world: World) -> Iterator[Said]:
    """A roll of labels was printed twice: two things have one label; lists with and without the serial."""
    one, two = world.computer("laptop"), world.computer("desktop")
    tag, at = world.number("IT-999999"), world.day()
    for thing in (one, two):
        thing.asset_tag = tag
        yield sheet([(thing, {"asset_tag": tag, "serial": thing.serial, "vendor": thing.vendor})], at, f"{thing.kind}.csv")
        yield agent(world, thing, world.day(at))
        yield sheet(
            [(thing, {"asset_tag": tag, "serial": thing.serial, "vendor": thing.vendor})], world.day(at, 10, 12), f"{thing.kind}.csv"
        )


def copies_of_a_phone(world: World) -> Iterator[Said]:
    """Cheap phones with one IMEI for the whole batch; their serials are their own."""
    at, imei = world.day(), world.number("86445004999999")
    for _ in range(3):
        thing = world.phone()
        thing.vendor, thing.model, thing.serial, thing.uuid = "Doogee", "X95", world.number("X95AAAAAAAAAA"), ""
        yield native(thing, at, key=world.uuid(), imei=[imei])
        yield native(thing, world.day(at), key=world.uuid(), imei=[imei])
        at = world.soon(at)


def words_of_small_boards(world: World) -> Iterator[Said]:
    """GLPI's list, oshi #2417: boards of small makers number themselves SSN12345678901234567, EeePC-1234567890, and the like."""
    at = world.day()
    word, board = world.rng.sample(
        (
            "SSN12345678901234567", "MB-1234567890", "EeePC-1234567890", "01234567890123456789AB", "Filled By OEM", "To Be Assigned",
            "OEM-SERIAL",
            "None Specified", "SN0000000000", "System Serial #", "NotApplicable", "BSN12345678901234567", "GB00000000", "0000-0000-0000",
            "Invalid Serial", "SerialNumber0", "DefaultString", "123456789ABCDEF", "Please fill in", "XX-XXXX-XXXX", "CSN12345678901234567",
        ),
        2,
    )  # fmt: skip
    things = [bare(world.computer("desktop", os="windows"), word) for _ in range(3)]
    for thing in things:
        thing.board_serial, thing.vendor, thing.model = board, "Biostar", "A68N"
    for look in range(2):
        for thing in things:
            yield (glpi, osquery)[look](thing, at)
            at = world.day(at, 0, 3)


def without_cards_and_numbers(world: World) -> Iterator[Said]:
    """A management system shows name, UUID in capitals and no card; a second one the name in full and a card; the agent all."""
    thing = world.computer("laptop", os="windows")
    at = world.day()
    yield native(thing, at, tool="sccm", serial="", uuid=thing.uuid.upper(), key=world.uuid())
    known: dict[str, str] = {"hostname": thing.hostname, "fqdn": f"{thing.hostname}.{thing.domain}", "mac": thing.macs[1]}
    yield api("edr", world.day(at), [(thing, known)])
    yield glpi(thing, world.day(at, 10, 12))
    yield native(thing, world.day(at, 13, 15), tool="sccm", serial="", uuid=thing.uuid.upper(), key=world.uuid())


def cameras(world: World) -> Iterator[Said]:
    """Recorded: a camera's serial is its address; the list has it without colons, the video server the address, the switch both."""
    at = world.day()
    for _ in range(2):
        mac = world.mac("accc8e")
        plain = mac.replace(":", "").upper()
        thing = Thing(
            world.truth("appliance"), "appliance", "", "AXIS", "P1435-LE", plain, macs=[mac, mac], hostname=f"axis-{plain.lower()}"
        )
        steps = [
            sheet([(thing, {"serial": plain, "vendor": "Axis Communications"})], at, "cameras.csv"),
            api("video", world.day(at), [(thing, {"mac": mac, "hostname": thing.hostname})]),
            api("dcim", world.day(at, 3, 5), [(thing, {"mac": mac.upper(), "serial": plain.lower()})]),
        ]
        yield from steps
        at = world.soon(at)
