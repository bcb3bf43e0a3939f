"""Kinds of trouble with systems and agents: images, agents that forget, adapters of software, names of the day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import glpi, xml
from tests.population.foreign_voices import api, osquery
from tests.population.said import Said
from tests.population.things import World
from tests.population.third_voices import audit, benchmark
from tests.population.troubles import agent, any_voice
from tests.population.voices import ssh


def forgets_when_renamed(world: World) -> Iterator[Said]:
    """OCS WindowsAgent #220: the agent makes a new id of the new name; a thousand are renamed for their users."""
    thing = world.computer("laptop", os="windows")
    at = world.day()
    for _ in range(3):
        yield xml(thing, at, "ocs")
        thing = world.install(thing.but(hostname=world.name("USER-")))
        at = world.day(at)


def thin_clients(world: World) -> Iterator[Said]:
    """beats #37743: thin clients of one image: name and agent are the image's, serial and card are their own."""
    image = world.computer("desktop", os="linux")
    at = world.day()
    clients = [
        image.but(
            truth=world.truth("desktop"),
            serial=world.number("5CG99999AA"),
            uuid=world.uuid(),
            macs=[world.mac("3024a9")],
            vendor="HP",
            model="HP t540",
        )
        for _ in range(4)
    ]
    for client in clients:
        client.board_serial, client.chassis_serial, client.ip = world.number("PAAAAAAAA99"), "", world.address()
    for _ in range(2):
        for client in clients:
            yield agent(world, client, world.soon(at))
        at = world.day(at)


def thin_clients_without_numbers(world: World) -> Iterator[Said]:
    """fusioninventory #2163: the same with cheap boxes: no serial, no UUID; only the card tells them apart."""
    image = world.computer("desktop", os="linux")
    image.vendor, image.model, image.serial, image.uuid = (
        "Default string",
        "Default string",
        "123456789",
        "03000200-0400-0500-0006-000700080009",
    )
    image.board_serial, image.chassis_serial = "Default string", "Default string"
    clients = [image.but(truth=world.truth("desktop"), macs=[world.mac("00e04c")], ip=world.address()) for _ in range(3)]
    at = world.day()
    for _ in range(2):
        for client in clients:
            yield glpi(client, world.soon(at))
        at = world.day(at)


def adapters_of_software(world: World) -> Iterator[Said]:
    """OCS #1440: PCs without numbers share the addresses of a VPN adapter, a Bluetooth stick and a virtual switch."""
    extra = [("Cisco AnyConnect Virtual Miniport", "00:05:9a:3c:7a:00"), ("Bluetooth Device (PAN)", "00:1a:7d:da:71:0a")]
    extra += [("PANGP Virtual Ethernet Adapter", "02:50:41:00:00:01"), ("Npcap Loopback Adapter", "02:00:4c:4f:4f:50")]
    at = world.day()
    pcs = []
    for _ in range(3):
        thing = world.computer("desktop", os="windows")
        thing.serial, thing.board_serial, thing.chassis_serial, thing.uuid = "System Serial Number", "", "", ""
        thing.extra = list(extra)
        pcs.append(thing)
    for _ in range(2):
        for thing in pcs:
            yield agent(world, thing, world.soon(at))
        at = world.day(at)


def one_name_many_customers(world: World) -> Iterator[Said]:
    """OCS UnixAgent #354: one host name at three customers, in domains of their own; serials are there."""
    at = world.day()
    first = world.computer("server", os="linux")
    for customer in ("north", "south", "east"):
        thing = first if customer == "north" else world.computer("server", os="linux")
        thing.hostname, thing.domain = first.hostname, f"ocsinventory.{customer}.example.com"
        yield xml(thing, world.soon(at), "ocs")
        yield ssh(thing, world.day(at), root=world.rng.random() < 0.5)


def image_before_naming(world: World) -> Iterator[Said]:
    """fleet #50612: imaged without sysprep: the first reports have one name and one agent; names come days later, the agent stays."""
    image = world.computer("laptop", os="windows")
    pcs = [world.computer("laptop", os="windows") for _ in range(3)]
    at = world.day()
    for thing in pcs:
        thing.agent_id, thing.deviceid = image.agent_id, image.deviceid
        yield glpi(thing.but(hostname="WIN-IMAGE"), world.soon(at))
    for thing in pcs:
        yield glpi(thing, world.day(at, 2, 6))


def system_anew_by_card(world: World) -> Iterator[Said]:
    """uyuni: a server looked at by a plain user; the system is made anew: name and cards stay, keys and machine-id are new."""
    thing = world.computer("server", os="linux")
    at = world.day()
    yield ssh(thing, at, root=False)
    yield ssh(thing, world.day(at), root=False)
    yield ssh(world.install(thing), world.day(at, 10, 14), root=False)
    yield agent(world, thing, world.day(at, 15, 19))


def private_radio(world: World) -> Iterator[Said]:
    """A laptop of a small maker: no serial, a UUID, a radio with another address each day; its dock is lent."""
    thing = world.computer("laptop", os="windows")
    thing.serial, thing.board_serial, thing.chassis_serial = "Default string", "", ""
    at = world.day()
    for _ in range(4):
        yield agent(world, thing.but(macs=[world.random_mac()], lent=[world.mac("00e04c")]), at)
        at = world.day(at, 1, 3)


def same_name_within_the_hour(world: World) -> Iterator[Said]:
    """The old PC goes, the new one gets its name and address the same morning. Both are home-made, with a UUID and a card each."""
    old, new = world.computer("desktop", os="windows"), world.computer("desktop", os="windows")
    for thing in (old, new):
        thing.serial, thing.board_serial, thing.chassis_serial = "System Serial Number", "", ""
    new.hostname, new.ip = old.hostname, old.ip
    at = world.day()
    yield agent(world, old, at)
    yield agent(world, old, world.day(at))
    later = world.day(at, 10, 12)
    yield agent(world, old, later)
    yield agent(world, new, later + timedelta(minutes=50))
    yield agent(world, new, world.day(later))


def documents_of_clones(world: World) -> Iterator[Said]:
    """Benchmarks and audits of clones: they name the host and its card; the clones have one machine-id and one key."""
    first = world.vm(platform="kvm")
    first.os = "linux"
    world.install(first)
    second = first.but(
        truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("525400")], hostname=world.name("vm"), ip=world.address()
    )
    at = world.day()
    for thing in (first, second):
        yield ssh(thing, world.soon(at))
        yield benchmark(thing, world.day(at))
        yield audit(thing, world.day(at, 10, 12))


def three_tools(world: World) -> Iterator[Said]:
    """elastic/fleet-server #2489, MeshCentral #774: three agents beside each other, each of which forgets itself now and then."""
    thing = world.computer("server", os="linux")
    at = world.day()
    for n in range(3):
        forgot = world.install(thing.but()) if n else thing
        forgot.machine_id, forgot.host_keys = thing.machine_id, thing.host_keys
        yield glpi(forgot, at)
        yield osquery(thing, world.soon(at), installation=world.hex(32))
        yield api("mesh", world.soon(at), [(thing, {"external_id": world.hex(40), "mac": thing.macs, "hostname": thing.hostname})])
        at = world.day(at)


def uuid_of_the_installation(world: World) -> Iterator[Said]:
    """kolide #1689: where firmware is bad the tool makes up an id and calls it UUID; the next installation makes up another."""
    thing = world.computer("desktop", os="linux")
    at = world.day()
    yield glpi(thing, at)
    for _ in range(2):
        at = world.day(at)
        yield osquery(thing.but(uuid=world.uuid()), at)
    yield any_voice(world, thing, world.day(at))
