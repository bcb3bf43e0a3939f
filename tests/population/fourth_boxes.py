"""Kinds of trouble with small things: cameras, desk phones, tills, terminals and boards that show little of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from tests.population.foreign_voices import api, native, sheet
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.third_voices import lease
from tests.population.troubles import any_voice
from tests.population.voices import Heard, snmp, ssh


def cameras_of_one_batch(world: World) -> Iterator[Said]:
    """home-assistant-eaton-ups #37's sisters: cameras with the firmware's serial and name; a card each, seen by recorder and leases."""
    at = world.day()
    cameras = [
        Thing(world.truth("device"), "device", "", "Generic", "IPC-2M", "000000001", hostname="IPCAM", macs=[world.mac("9c8ecd")])
        for _ in range(4)
    ]
    for _ in range(2):
        yield api("recorder", at, [(c, {"mac": c.macs[0], "serial": c.serial, "hostname": "IPCAM"}) for c in cameras], cls="device")
        for camera in cameras:
            yield lease(camera, world.soon(at), camera.macs[0])
        at = world.day(at)


def phone_at_the_desk_exchanged(world: World) -> Iterator[Said]:
    """A desk phone is exchanged: extension, name and address go to the new one; serial and card are its own."""
    old = Thing(
        world.truth("phone"),
        "phone",
        "",
        "Cisco",
        "CP-8841",
        world.number("FCH9999A9AA"),
        hostname=world.name("ext-"),
        macs=[world.mac("00562b")],
    )
    new = old.but(truth=world.truth("phone"), serial=world.number("FCH9999A9AA"), macs=[world.mac("70d379")])
    at = world.day()
    for phone in (old, old, new, new):
        yield api("callmanager", at, [(phone, {"mac": phone.macs[0], "serial": phone.serial, "hostname": phone.hostname})], cls="phone")
        at = world.day(at)


def phone_moves_to_a_desk(world: World) -> Iterator[Said]:
    """The other way: the phone goes to another desk and gets its extension; a switch hears it by its name, SEP and its address."""
    phone = Thing(world.truth("phone"), "phone", "", "Cisco", "CP-8841", world.number("FCH9999A9AA"), macs=[world.mac("00562b")])
    switch = world.network(maker="Cisco")
    at = world.day()
    for _ in range(2):
        phone.hostname = world.name("ext-")
        yield api("callmanager", at, [(phone, {"mac": phone.macs[0], "serial": phone.serial, "hostname": phone.hostname})], cls="phone")
        yield snmp(switch, world.soon(at), Heard(hosts=((phone.macs[0], phone.truth),)))
        at = world.day(at)


def tills_of_one_image(world: World) -> Iterator[Said]:
    """Tills of one image in every shop are called KASSE1; no serial; a UUID each; the management makes an id at each start."""
    at = world.day()
    tills = []
    for _ in range(3):
        thing = world.computer("desktop", os="windows")
        thing.hostname, thing.domain, thing.serial, thing.board_serial, thing.chassis_serial = (
            "KASSE1",
            "",
            "To be filled by O.E.M.",
            "",
            "",
        )
        tills.append(thing)
    for _ in range(3):
        for till in tills:
            yield native(till, world.soon(at), tool="tills", key=world.hex(12), macs=till.macs)
        at = world.day(at)


def boards_with_one_number(world: World) -> Iterator[Said]:
    """OCS #1652: mini PCs whose maker wrote one serial and one UUID into all; two ports each, names that the installer gave."""
    serial, unique = world.number("MINI9999"), world.uuid()
    at = world.day()
    boxes = []
    for _ in range(3):
        thing = world.computer("desktop", os="linux")
        thing.vendor, thing.model, thing.serial, thing.uuid, thing.board_serial, thing.chassis_serial = "AZW", "U59", serial, unique, "", ""
        boxes.append(thing)
    for _ in range(3):
        for box in boxes:
            yield any_voice(world, box, world.soon(at))
        at = world.day(at)


def terminal_by_three_lists(world: World) -> Iterator[Said]:
    """A payment terminal: the bank knows the serial, the network its card, the shop both and a tag."""
    thing = Thing(
        world.truth("device"), "device", "", "Verifone", "VX520", world.number("999-999-999"), hostname="", macs=[world.mac("00a0a4")]
    )
    at = world.day()
    yield api("bank", at, [(thing, {"serial": thing.serial})], cls="device")
    yield lease(thing, world.soon(at), thing.macs[0], name="")
    cells = {"serial": thing.serial.replace("-", ""), "mac": thing.macs[0], "asset_tag": world.number("POS-9999"), "vendor": "VERIFONE"}
    yield sheet([(thing, cells)], world.day(at), "shop.csv")
    yield lease(thing, world.day(at, 10, 12), thing.macs[0].upper(), name="terminal")


def boards_of_a_class(world: World) -> Iterator[Said]:
    """A class room of small boards from one card image: keys, machine-id and name are the image's; the card is the board's."""
    image = world.install(Thing("", "desktop", hostname="raspberrypi", os="linux", vendor="", model="Raspberry Pi 4 Model B Rev 1.4"))
    boards = [
        image.but(truth=world.truth("desktop"), macs=[world.mac("dca632"), world.mac("dca632")], ip=world.address()) for _ in range(3)
    ]
    at = world.day()
    for _ in range(2):
        for board in boards:
            yield ssh(board, world.soon(at))
        at = world.day(at)


def lease_before_agent(world: World) -> Iterator[Said]:
    """A DHCP server sees laptops by dock, radio and cable in turn under their names; then the agents speak."""
    things = [world.computer("laptop", os="windows") for _ in range(2)]
    at = world.day()
    for thing in things:
        for mac in thing.macs:
            yield lease(thing, world.soon(at), mac)
    for thing in things:
        yield any_voice(world, thing, world.day(at))
        yield lease(thing, world.day(at, 10, 12), thing.macs[1])


def displays_behind_one_player(world: World) -> Iterator[Said]:
    """Players behind signs: all of one name, known to their service by an id; the card only on the second list."""
    players = [
        Thing(world.truth("device"), "device", "", "BrightSign", "HD224", hostname="brightsign", macs=[world.mac("90ac3f")])
        for _ in range(3)
    ]
    at = world.day()
    ids = {p.truth: world.hex(10) for p in players}
    yield api("signs", at, [(p, {"external_id": ids[p.truth], "hostname": "brightsign"}) for p in players], cls="device")
    yield api("signs", world.day(at), [(p, {"external_id": ids[p.truth], "mac": p.macs[0]}) for p in players], cls="device")
    for player in players:
        yield lease(player, world.day(at, 10, 12), player.macs[0])
