"""More kinds of trouble: several systems on one machine, machines made anew every day, boards without SMBIOS, lists of phones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from tests.population.agents import android, glpi, xml
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.troubles import agent, any_voice
from tests.population.voices import Heard, register, snmp, ssh


def dual_boot(world: World) -> Iterator[Said]:
    """GLPI #414 and its kind: one notebook with two systems, each with its own name, agent and machine-id."""
    one = world.computer("laptop", "two systems on one machine", os="linux")
    two = world.install(one.but(os="windows", hostname=world.name("WIN-"), machine_id="", host_keys=()))
    at = world.day()
    for thing in (one, two, one, two):
        yield any_voice(world, thing, at)
        at = world.day(at, 0, 4)


def server_by_snmp(world: World) -> Iterator[Said]:
    """LibreNMS #5025: a server's own SNMP agent shows no serial and an engine id of its own; its inventory agent shows the rest."""
    thing = world.computer("server", "server by SNMP and agent", os="linux")
    bare = thing.but(serial="")
    bare.engine_id = "80001f88" + world.hex(16)
    at = world.day()
    steps: list[Callable[[], Said]] = [lambda: snmp(bare, at, cls="server"), lambda: agent(world, thing, at)]
    if world.rng.random() < 0.5:
        steps.reverse()
    for step in (*steps, steps[0]):
        yield step()
        at = world.day(at, 0, 5)


def made_daily(world: World) -> Iterator[Said]:
    """Virtual desktops: every day a new machine of one name (fleet #102)."""
    name, at = world.name("vdi"), world.day()
    for _ in range(3):
        thing = world.vm("virtual desktops of one name", "vmware")
        thing.os, thing.hostname = "windows", name
        world.install(thing)
        yield any_voice(world, thing, at)
        at = world.day(at, 1, 2)


def clone_with_address(world: World) -> Iterator[Said]:
    """netbox-sync #470: the clone keeps the address of its card too; its UUID is another."""
    first = world.vm("clone with the same address", "kvm")
    first.os = "linux"
    world.install(first)
    clone = first.but(truth=world.truth("vm"), uuid=world.uuid())
    at = world.day()
    for thing in (first, clone, first, clone):
        yield ssh(thing, at)
        at = world.soon(at)


def small_board(world: World) -> Iterator[Said]:
    """Machines without any number: only the card, the system and a default name (Cacti #1676)."""
    at = world.day()
    for _ in range(3):
        thing = world.computer("server", "boards without numbers", os="linux")
        thing.vendor = thing.model = thing.serial = thing.uuid = thing.board_serial = thing.chassis_serial = ""
        thing.macs, thing.hostname, thing.domain = [world.mac("b827eb")], "raspberrypi", "lan"
        yield ssh(thing, at)
        yield ssh(thing, world.day(at), root=False)
        yield xml(thing, world.day(at, 10, 20))


def phones_in_a_list(world: World) -> Iterator[Said]:
    """A list of the mobile provider with asset tags and serials, beside the phones' own reports (jamf2snipe #65: no serial in those)."""
    at = world.day()
    phones = [world.phone("phones in a list") for _ in range(2)]
    for thing in phones:
        thing.asset_tag = world.number("M-999999")
        yield android(thing, at)
    listed: list[tuple[Thing, dict[str, str]]] = [
        (Thing(p.truth + "-paper", "phone", p.trouble, p.vendor, p.model, world.number("R5CRAAAAAAA"), asset_tag=p.asset_tag), {})
        for p in phones
    ]
    yield register(listed, world.day(at))  # nothing ties paper and phone: two CIs are right
    for thing in phones:
        yield android(thing.but(macs=[world.random_mac()]), world.day(at, 10, 20))


def swapped_boards(world: World) -> Iterator[Said]:
    """A technician exchanges the boards of two desktops; the enclosures and disks stay, the makers' serials are set again."""
    one, two = world.computer("desktop", "boards exchanged"), world.computer("desktop", "boards exchanged")
    at = world.day()
    yield glpi(one, at)
    yield glpi(two, at)
    at = world.day(at)
    yield glpi(one.but(uuid=two.uuid, board_serial=two.board_serial, macs=two.macs), at)
    yield glpi(two.but(uuid=one.uuid, board_serial=one.board_serial, macs=one.macs), world.soon(at))


def lent_parts(world: World) -> Iterator[Said]:
    """A dock that is first seen as a host behind a port, then on two notebooks."""
    switch, mac = world.network(trouble="dock behind a port"), world.mac("00e04c")
    laptops = [world.computer("laptop", "dock behind a port") for _ in range(2)]
    at = world.day()
    yield snmp(switch, at, Heard(hosts=((mac, ""),)))
    for laptop in laptops:
        yield any_voice(world, laptop.but(lent=[mac]), world.day(at))
    yield snmp(switch, world.day(at, 10, 20), Heard(hosts=((mac, ""),)))


def container(world: World) -> Iterator[Said]:
    """fleet #8021, glpi #9741, #17986: a system container shows the serial and UUID of its host, over SSH and by an agent inside."""
    host = world.computer("server", "container with its host's UUID", os="linux")
    at = world.day()
    yield any_voice(world, host, at)
    for _ in range(2):
        inner = host.but(
            truth=world.truth("container"), kind="container", hostname=world.name("ct"), macs=[world.mac("00163e")], ip=world.address()
        )
        world.install(inner)
        yield ssh(inner, world.day(at), container="lxc", host=host) if world.rng.random() < 0.5 else glpi(inner, world.day(at))
        yield ssh(inner, world.day(at, 10, 20), container="lxc", host=host)
    yield any_voice(world, host, world.day(at, 10, 30))


def unmarked_container(world: World) -> Iterator[Said]:
    """The same where the agent does not notice that it is in a container (GLPI: VMSYSTEM Physical)."""
    host = world.computer("server", "container that takes itself for a machine", os="linux")
    at = world.day()
    yield agent(world, host, at)
    inner = host.but(
        truth=world.truth("container"), hostname=world.name("ct"), macs=[world.mac("00163e")], ip=world.address(), kind="server"
    )
    world.install(inner)
    yield glpi(inner, world.day(at))
    yield agent(world, host, world.day(at, 10, 20))
    yield xml(inner, world.day(at, 10, 20))


def cloud(world: World) -> Iterator[Said]:
    """aws machine images: one machine-id for all instances of an image (uyuni #3478), names like ip-10-0-0-5."""
    machine_id, at = world.hex(32), world.day()
    for _ in range(3):
        thing = world.vm("cloud instances of one image")
        unique = "ec2" + world.uuid()[3:]
        thing.os, thing.cloud, thing.uuid, thing.serial, thing.vendor, thing.model = (
            "linux",
            "aws",
            unique,
            unique,
            "Amazon EC2",
            "t3.micro",
        )
        thing.board_serial, thing.macs = "", [world.mac("0a58a9")]
        world.install(thing)
        thing.machine_id, thing.hostname = machine_id, f"ip-{thing.ip.replace('.', '-')}"
        yield any_voice(world, thing, at)
        yield any_voice(world, thing, world.day(at))
        at = at + timedelta(minutes=3)
