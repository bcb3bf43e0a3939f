"""Kinds of trouble with computers, each from a public complaint: what truly happened, and what was said of it at which time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from tests.population.agents import android, glpi, xml
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.voices import register, ssh

Life = Callable[[World], Iterator[Said]]
"""One small story: a few things from their first to their last word. Observations need not come in order; the teller sorts them."""


def any_voice(world: World, thing: Thing, at: datetime) -> Said:
    """The thing reports by one of the ways it has."""
    ways = ["glpi", "fusion", "ocs"] + (["ssh", "plain"] if thing.os == "linux" else [])
    way = world.rng.choice(ways)
    if way == "glpi":
        return glpi(thing, at)
    if way in ("ssh", "plain"):
        return ssh(thing, at, root=way == "ssh")
    return xml(thing, at, "ocs" if way == "ocs" else "fusioninventory", upper=world.rng.random() < 0.5)


def agent(world: World, thing: Thing, at: datetime) -> Said:
    """One agent that stays the same: GLPI's for half of the devices, by the number of the thing."""
    return glpi(thing, at) if hash_of(thing) % 2 else xml(thing, at)


def hash_of(thing: Thing) -> int:
    """A fixed number of a thing."""
    return int(thing.truth.rpartition("-")[2])


def computer(world: World, trouble: str, kind: str = "") -> Thing:
    """Some computer."""
    return world.computer(kind or world.rng.choice(("laptop", "laptop", "desktop", "server")), trouble)


def healthy(world: World) -> Iterator[Said]:
    """A computer seen by its agent, over SSH, by a second agent, in partial reports and in the register."""
    thing = computer(world, "none")
    thing.asset_tag = world.number("A-999999")
    at = world.day()
    yield agent(world, thing, at)
    yield register([(thing, {})], world.day(at))
    yield glpi(thing, world.day(at, 2, 20), partial=True) if hash_of(thing) % 2 else any_voice(world, thing, world.day(at, 2, 20))
    yield any_voice(world, thing, world.day(at, 10, 30))


def healthy_vm(world: World) -> Iterator[Said]:
    """A virtual machine and the hypervisor that shows it by UUID only (fusioninventory-agent: virtualmachines; glpi-agent #839)."""
    host, guest = world.computer("server", "none", os="linux"), world.vm()
    at = world.day()
    if world.rng.random() < 0.5:
        yield ssh(host, at, guests=[guest])
    else:
        yield glpi(host, at, guests=[guest.but(macs=[])])
    yield agent(world, guest, world.day(at, 0, 5))
    yield any_voice(world, guest, world.day(at, 6, 20))


def phone(world: World) -> Iterator[Said]:
    """A phone with a new random address in each network (jamf2snipe #65: no serial)."""
    thing = world.phone()
    at = world.day()
    for _ in range(3):
        yield android(thing, at)
        thing = thing.but(macs=[world.random_mac()])
        at = world.day(at)


PLACEHOLDERS = (
    "To Be Filled By O.E.M.",
    "Default string",
    "System Serial Number",
    "0123456789",
    "None",
    "INVALID",
    "123456789",
    "........",
    "XXXXXXXX",
    "00000000",
)


def placeholder_serial(world: World) -> Iterator[Said]:
    """fusioninventory-for-glpi #3281: "Default string" merged all PCs of a kind."""
    at = world.day()
    for _ in range(4):
        thing = world.computer("desktop", "placeholder serial")
        thing.vendor, thing.serial, thing.chassis_serial = "ASUS", world.rng.choice(PLACEHOLDERS), "Default string"
        thing.board_serial = world.rng.choice(("Default string", thing.board_serial))
        yield agent(world, thing, at)
        yield any_voice(world, thing, world.day(at))


def placeholder_uuid(world: World) -> Iterator[Said]:
    """fusioninventory-for-glpi #689, oshi #2417: one UUID in the firmware of a whole line of boards; no serial either."""
    at = world.day()
    for _ in range(4):
        thing = world.computer("desktop", "placeholder UUID")
        thing.serial, thing.board_serial, thing.chassis_serial = "To be filled by O.E.M.", "", ""
        thing.uuid = world.rng.choice(
            ("03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF")
        )
        yield agent(world, thing, at)
        yield any_voice(world, thing, world.day(at))


def unlisted_uuid(world: World) -> Iterator[Said]:
    """fusioninventory-for-glpi #878, fleet #18645: two PCs with one UUID that no list knows."""
    unique, at = world.uuid(), world.day()
    for _ in range(3):
        thing = world.computer("desktop", "same UUID, on no list")
        thing.uuid, thing.serial, thing.board_serial, thing.chassis_serial = unique, "Default string", "", ""
        yield agent(world, thing, at)
        yield any_voice(world, thing, world.day(at))
        at = world.soon(at)


def unlisted_serial(world: World) -> Iterator[Said]:
    """OCSInventory-ocsreports #1652 and its kind: a placeholder serial that no list knows, on machines of one maker."""
    serial, at = world.number("OEM-AAAA-9"), world.day()
    for _ in range(3):
        thing = world.computer("desktop", "same serial, on no list")
        thing.vendor, thing.serial, thing.board_serial, thing.chassis_serial = "MSI", serial, "", ""
        yield agent(world, thing, at)
        yield any_voice(world, thing, world.day(at))
        at = world.soon(at)


def dock(world: World) -> Iterator[Said]:
    """OCSInventory-WindowsAgent #75, ocsreports #791: a dock's network card goes from laptop to laptop."""
    mac, at = world.mac("00e04c"), world.day()
    laptops = [world.computer("laptop", "dock that wanders") for _ in range(3)]
    for _ in range(2):
        for laptop in laptops:
            yield any_voice(world, laptop.but(lent=[mac]), at)
            at = world.day(at, 0, 3)


def dock_without_serial(world: World) -> Iterator[Said]:
    """The same with machines that show neither serial nor UUID: only their own cards and names tell them apart."""
    mac, at = world.mac("00e04c"), world.day()
    laptops = [world.computer("laptop", "dock, no serial") for _ in range(2)]
    for laptop in laptops:
        laptop.serial, laptop.uuid, laptop.board_serial, laptop.chassis_serial = "Default string", "", "", ""
    for _ in range(2):
        for laptop in laptops:
            yield xml(laptop.but(lent=[mac]), at, "ocs")
            at = world.day(at, 0, 3)


def pass_through(world: World) -> Iterator[Said]:
    """fusioninventory-agent #814: the dock shows the laptop's address; later another laptop gives the dock its own."""
    at = world.day()
    for _ in range(2):
        laptop = world.computer("laptop", "MAC pass-through")
        yield any_voice(world, laptop, at)
        yield any_voice(world, laptop.but(lent=[laptop.macs[0]]), world.day(at))


def cloned_vm(world: World) -> Iterator[Said]:
    """community.vmware #1769, uyuni #3478: a clone has the template's machine-id, host keys and for a while its name."""
    first = world.vm("cloned VM", "vmware")
    first.os = "linux"
    world.install(first)
    at = world.day()
    yield any_voice(world, first, at)
    for n in range(2):
        clone = first.but(truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("005056")], ip=world.address())
        world.furnish(clone, "vmware")
        at = world.soon(at)
        yield any_voice(world, clone, at)
        if n:
            clone.hostname = world.name("vm")
        yield any_voice(world, clone, world.day(at))
    yield any_voice(world, first, world.day(at))


def cloned_vm_plain(world: World) -> Iterator[Said]:
    """The same looked at over SSH by a plain user, who may not read the UUID (sysfs: product_uuid is 0400)."""
    first = world.vm("cloned VM, plain user", "kvm")
    first.os = "linux"
    world.install(first)
    clone = first.but(
        truth=world.truth("vm"),
        uuid=world.uuid(),
        macs=[world.mac("525400")],
        hostname=world.name("vm") if world.rng.random() < 0.5 else first.hostname,
    )
    at = world.day()
    for _ in range(3):
        for thing in (first, clone):
            yield ssh(thing, at, root=False)
            at = world.soon(at)
        at = world.day(at, 0, 3)


def cloned_agent(world: World) -> Iterator[Said]:
    """fleet #8021, GLPI forum: an agent in the golden image gives all machines one id."""
    at, device, agent_id = world.day(), f"GOLDEN-2026-01-02-03-04-{world.number('99')}{world.number('9999')}", world.uuid()
    for _ in range(4):
        thing = world.computer("desktop", "cloned agent id")
        thing.agent_id, thing.deviceid = agent_id, device
        yield glpi(thing, at)
        yield glpi(thing, world.day(at), partial=True)
        yield xml(thing, world.day(at, 3, 9))
        at = world.soon(at)


def moved_image(world: World) -> Iterator[Said]:
    """nautobot-onboarding #440, GLPI: the image, with name and agent, moves to the replacement laptop."""
    old = world.computer("laptop", "image moved to the replacement")
    at = world.day()
    yield any_voice(world, old, at)
    yield any_voice(world, old, world.day(at))
    fresh = world.computer("laptop", old.trouble)
    new = fresh.but(
        hostname=old.hostname, agent_id=old.agent_id, deviceid=old.deviceid, machine_id=old.machine_id, host_keys=old.host_keys, os=old.os
    )
    at = world.day(at, 10, 20)
    yield agent(world, new, at)
    yield glpi(new, world.day(at), partial=True)
    yield any_voice(world, new, world.day(at))


def board_replaced(world: World) -> Iterator[Said]:
    """ServiceNow community "motherboard replaced": the maker writes the old serial into the new board; UUID and cards are new."""
    thing = computer(world, "board replaced")
    at = world.day()
    yield agent(world, thing, at)
    new = thing.but(uuid=world.uuid(), board_serial=world.number("MBAAAAAAAA99"), macs=[world.mac("a4bb6d") for _ in thing.macs])
    yield agent(world, new, world.day(at))
    yield any_voice(world, new, world.day(at, 10, 20))


def card_replaced(world: World) -> Iterator[Said]:
    """OCSInventory-Server #368: a new network card, a new row."""
    thing = computer(world, "network card replaced")
    at = world.day()
    yield agent(world, thing, at)
    yield any_voice(world, thing.but(macs=[world.mac("a0369f"), *thing.macs[1:]]), world.day(at))


def renamed(world: World) -> Iterator[Said]:
    """orb-agent #167, nautobot-onboarding #436: a new host name, a duplicate."""
    thing = computer(world, "renamed")
    at = world.day()
    yield agent(world, thing, at)
    new = thing.but(hostname=world.name("NEW-"))
    yield agent(world, new, world.day(at))
    yield any_voice(world, new, world.day(at, 10, 20))


def reinstalled(world: World) -> Iterator[Said]:
    """glpi-inventory-plugin #414: the system is installed anew, all its ids with it."""
    thing = computer(world, "system installed anew")
    if world.rng.random() < 0.3:
        thing.serial, thing.uuid, thing.board_serial, thing.chassis_serial = "Default string", "", "", ""
        thing.trouble = "installed anew, no serial"
    at = world.day()
    yield agent(world, thing, at)
    new = world.install(thing.but(hostname=world.name("NEW-") if world.rng.random() < 0.5 else thing.hostname))
    yield agent(world, new, world.day(at))
    yield any_voice(world, new, world.day(at, 10, 20))


def second_agent(world: World) -> Iterator[Said]:
    """GLPI forum, OCS beside FusionInventory: two agents on one machine; some show no serial."""
    thing = computer(world, "second agent")
    if world.rng.random() < 0.5:
        thing.serial, thing.uuid, thing.board_serial, thing.chassis_serial = "Default string", "", "", ""
    at = world.day()
    yield xml(thing, at)
    yield xml(thing, world.soon(at), "ocs")
    yield glpi(thing, world.day(at))
    yield xml(thing, world.day(at), "ocs")


def byte_order(world: World) -> Iterator[Said]:
    """vmware/pyvmomi #688, glpi-agent #839: the hypervisor spells the UUID with its first three fields turned round."""
    guest, host = world.vm("UUID in the other byte order", "kvm"), world.computer("server", "UUID in the other byte order", os="linux")
    a, b, c, *rest = guest.uuid.split("-")
    turned = "-".join(("".join(reversed([p[i : i + 2] for i in range(0, len(p), 2)]))) for p in (a, b, c))
    at = world.day()
    yield glpi(host, at, guests=[guest.but(uuid="-".join((turned, *rest)), macs=[])])
    yield agent(world, guest, world.day(at))


def spelling(world: World) -> Iterator[Said]:
    """snipe-it #6228, GLPI #22597: one serial in several spellings between the sources."""
    thing = computer(world, "serial spelt differently")
    thing.asset_tag = world.number("A-999999")
    at = world.day()
    serial = thing.serial
    spelt = world.rng.choice((serial.lower(), f" {serial} ", f"{serial[:3]}-{serial[3:]}", f"S/N: {serial}", f"{serial[:4]} {serial[4:]}"))
    vendor = {
        "Dell Inc.": "Dell EMC",
        "HP": "Hewlett-Packard",
        "HPE": "Hewlett Packard Enterprise",
        "LENOVO": "Lenovo Group",
        "Apple Inc.": "Apple",
        "ASUSTeK COMPUTER INC.": "ASUS",
        "Supermicro": "Super Micro Computer, Inc.",
        "FUJITSU": "Fujitsu Siemens",
    }[thing.vendor]
    first = register([(thing, {"serial": spelt, "vendor": vendor, "name": ""})], at)
    if thing.vendor == "Apple Inc." and world.rng.random() < 0.5:
        first = register([(thing, {"serial": f"S{serial}", "name": ""})], at)  # Apple's bar codes begin with S
    yield first
    yield agent(world, thing, world.day(at))


def tag_wrong(world: World) -> Iterator[Said]:
    """snipe-it #4644: the register has the tags of two machines exchanged; later it is put right."""
    one, two = computer(world, "asset tag typed wrong"), computer(world, "asset tag typed wrong")
    one.asset_tag, two.asset_tag = world.number("A-999999"), world.number("A-999999")
    at = world.day()
    yield agent(world, one, at)
    yield agent(world, two, at)
    wrong: list[tuple[Thing, dict[str, str]]] = [(one.but(asset_tag=two.asset_tag), {}), (two.but(asset_tag=one.asset_tag), {})]
    yield register(wrong, world.day(at))
    yield register([(one, {}), (two, {})], world.day(at, 10, 20))


def serial_typo(world: World) -> Iterator[Said]:
    """jamf2snipe #148: somebody typed O for 0 in the register; the name is right."""
    thing = world.computer("laptop", "serial typed wrong")
    thing.asset_tag = world.number("A-999999")
    at = world.day()
    yield agent(world, thing, at)
    swapped = thing.serial[:-2] + thing.serial[-1] + thing.serial[-2] if thing.serial[-1] != thing.serial[-2] else thing.serial[:-1] + "O"
    yield register([(thing, {"serial": swapped})], world.day(at))


def name_reused(world: World) -> Iterator[Said]:
    """LibreNMS #2975, OCS #1273: the name of a retired machine is given to another."""
    old, new = computer(world, "host name used again"), computer(world, "host name used again")
    at = world.day()
    yield agent(world, old, at)
    new.hostname, new.ip = old.hostname, old.ip
    world.install(new)
    yield agent(world, new, world.day(at, 9, 20))
    yield any_voice(world, new, world.day(at, 21, 30))


def name_reused_plain(world: World) -> Iterator[Said]:
    """The same with virtual machines that show their name and cards only."""
    old, new = world.vm("host name used again, plain", "kvm"), world.vm("host name used again, plain", "kvm")
    for thing in (old, new):
        thing.os = "linux"
        world.install(thing)
    at = world.day()
    yield ssh(old, at, root=False)
    new.hostname, new.ip = old.hostname, old.ip
    yield ssh(new, world.day(at, 9, 20), root=False)
    yield ssh(new, world.day(at, 21, 30), root=False)


def same_address(world: World) -> Iterator[Said]:
    """LibreNMS #1762, Diode's primary_ip4 matcher: DHCP gives one address to one machine after the other."""
    at, ip = world.day(), world.address()
    for _ in range(3):
        thing = computer(world, "DHCP address used again")
        thing.ip = ip
        yield any_voice(world, thing, at)
        at = world.day(at, 0, 2)


def localhost(world: World) -> Iterator[Said]:
    """uyuni #9415, Cacti #1676: machines that all call themselves the same."""
    at = world.day()
    for _ in range(3):
        thing = computer(world, "localhost", "server")
        thing.hostname, thing.domain = world.rng.choice(("localhost", "raspberrypi", "debian", "ubuntu", "localhost")), "localdomain"
        if world.rng.random() < 0.5:
            thing.serial, thing.uuid, thing.board_serial, thing.chassis_serial = "Default string", "", "", ""
        yield any_voice(world, thing, at)
        yield any_voice(world, thing, world.day(at))


def weak_vm(world: World) -> Iterator[Said]:
    """netbox-sync #470: a VM of which only a name and a locally administered address are known, later more."""
    thing = world.vm("name and software MAC only", "kvm")
    thing.os = "linux"
    world.install(thing)
    at = world.day()
    yield ssh(thing.but(machine_id="", host_keys=()), at, root=False)
    yield ssh(thing.but(machine_id="", host_keys=()), world.day(at), root=False)
    yield glpi(thing, world.day(at, 10, 20))
