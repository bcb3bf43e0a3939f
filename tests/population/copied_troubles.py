"""Kinds of trouble with things that were copied: images, virtual machines, identities that go from one machine to another."""

from __future__ import annotations

from collections.abc import Iterator

from tests.population.agents import xml
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.troubles import agent, any_voice
from tests.population.voices import snmp, ssh


def mass_image(world: World) -> Iterator[Said]:
    """uyuni #9415, fleet #8021: one disk image on all notebooks: machine-id, host keys and agent are equal; only the hardware differs."""
    first, at = world.computer("laptop", "one image on all notebooks", os="linux"), world.day()
    dock = world.mac("00e04c")
    for n in range(5):
        thing = world.computer("laptop", first.trouble, os="linux")
        thing.machine_id, thing.host_keys, thing.agent_id, thing.deviceid = (
            first.machine_id,
            first.host_keys,
            first.agent_id,
            first.deviceid,
        )
        if n < 2:
            thing.hostname = first.hostname
        yield agent(world, thing.but(lent=[dock] if n % 2 else []), at)
        yield any_voice(world, thing, world.day(at))
        yield xml(thing.but(lent=[dock]), world.day(at, 2, 9), "ocs")
        at = world.soon(at)


def mass_image_plain(world: World) -> Iterator[Said]:
    """The same as a plain user sees it, with boards that show no number, and a dock that wanders between them."""
    first, at, dock = world.computer("laptop", "one image, no numbers", os="linux"), world.day(), world.mac("0050b6")
    fleet = []
    for _ in range(4):
        thing = world.computer("laptop", first.trouble, os="linux")
        thing.machine_id, thing.host_keys, thing.agent_id = first.machine_id, first.host_keys, first.agent_id
        thing.serial = thing.uuid = thing.board_serial = thing.chassis_serial = ""
        fleet.append(thing)
    for _ in range(2):
        for thing in fleet:
            yield xml(thing.but(lent=[dock]), at, "ocs")
            yield ssh(thing, world.soon(at), root=False)
            at = world.day(at, 0, 1)


def bios_clone(world: World) -> Iterator[Said]:
    """fleet #18645, pyvmomi #688: a guest copied with its configuration: equal UUID and serial, another card, later renamed."""
    first = world.vm("copied guest, equal UUID", world.rng.choice(("hyperv", "vmware")))
    clone = first.but(truth=world.truth("vm"), macs=[world.mac(first.macs[0].replace(":", "")[:6])], ip=world.address())
    if world.rng.random() < 0.5:
        world.install(clone)
    at = world.day()
    yield agent(world, first, at)
    clone.hostname = world.name("vm")
    for _ in range(2):
        yield agent(world, clone, world.soon(at))
        at = world.day(at, 0, 1)
        yield agent(world, first, at)


def vdi_pool(world: World) -> Iterator[Said]:
    """fleet #102: desktops of one golden image: equal agent ids; each day anew with its own UUID and card."""
    first, at = world.vm("pool of virtual desktops", "vmware"), world.day()
    first.os = "windows"
    pool = []
    for _ in range(4):
        thing = world.vm(first.trouble, "vmware")
        thing.os, thing.agent_id, thing.deviceid = "windows", first.agent_id, first.deviceid
        pool.append(thing)
    for _ in range(3):
        for thing in pool:
            yield any_voice(world, thing, at)
            at = world.soon(at)
        at = world.day(at, 0, 1)


def restored_beside(world: World) -> Iterator[Said]:
    """netbox-sync #470: restored from its backup while the first runs on: same name and system, a UUID and card of its own."""
    first = world.vm("restored beside the first", world.rng.choice(("vmware", "kvm", "proxmox")))
    first.os = "linux"
    world.install(first)
    second = first.but(truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac(first.macs[0].replace(":", "")[:6])])
    world.furnish(second, "vmware" if first.vendor.startswith("VM") else "kvm")
    at = world.day()
    for _ in range(2):
        for thing in (first, second):
            yield ssh(thing, at, root=world.rng.random() < 0.7)
            at = world.soon(at)
        at = world.day(at, 0, 1)


def migrated(world: World) -> Iterator[Said]:
    """A guest goes from VMware to KVM (virt-v2v): UUID and system stay, its serial, maker and card are others."""
    thing = world.vm("guest moved to another hypervisor", "vmware")
    thing.os = "linux"
    world.install(thing)
    at = world.day()
    yield any_voice(world, thing, at)
    yield agent(world, thing, world.day(at, 1, 2))
    moved = thing.but(macs=[world.mac("525400")])
    world.furnish(moved, "kvm")
    yield agent(world, moved, world.day(at, 3, 12))
    yield any_voice(world, moved, world.day(at, 13, 20))


def same_names_two_sites(world: World) -> Iterator[Said]:
    """LibreNMS #1762, netdisco #380: two branches with the same names and private addresses; plain SSH and agents without numbers."""
    at = world.day()
    for _ in range(2):
        ip = "192.168.1.10"
        for name in ("fileserver", "dc01", "till-1"):
            one = world.computer(world.rng.choice(("server", "desktop")), "two sites, the same names", os="linux")
            one.hostname, one.domain, one.ip = name, "local", ip
            if world.rng.random() < 0.5:
                one.serial = one.uuid = one.board_serial = one.chassis_serial = ""
            yield ssh(one, at, root=world.rng.random() < 0.5)
            yield agent(world, one, world.day(at))
            yield ssh(one, world.day(at, 10, 20), root=False)
        at = world.soon(at)


def bridges_of_a_clone(world: World) -> Iterator[Said]:
    """systemd #18362: bridges get addresses made of machine-id and name, so cloned hosts show several equal ones."""
    first = world.vm("bridges of cloned hosts", "kvm")
    first.os = "linux"
    world.install(first)
    bridges = [world.random_mac() for _ in range(3)]
    first.macs = [*first.macs, *bridges]
    second = first.but(truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("525400"), *bridges], hostname=world.name("vm"))
    at = world.day()
    for _ in range(2):
        for thing in (first, second):
            yield ssh(thing, at, root=False)
            yield xml(thing.but(uuid=""), world.soon(at), "ocs")
            at = world.day(at, 0, 2)


def recycled_instance(world: World) -> Iterator[Said]:
    """uyuni #3478: cloud instances that end; the next one gets the address, and with it the name and the card's address made of it."""
    at, ip = world.day(), world.address()
    mac = "42:01:" + ":".join(f"{int(part):02x}" for part in ip.split("."))
    for _ in range(3):
        thing = world.vm("cloud instance with a used address", "kvm")
        thing.os, thing.vendor, thing.model = "linux", "Google", "Google Compute Engine"
        thing.serial = "GoogleCloud-" + thing.uuid.replace("-", "").upper()
        thing.ip, thing.macs, thing.hostname = ip, [mac], f"ip-{ip.replace('.', '-')}"
        world.install(thing)
        yield ssh(thing, at)
        yield ssh(thing, world.soon(at), root=False)
        at = world.day(at, 1, 4)


def snmp_clones(world: World) -> Iterator[Said]:
    """discovery.md §5: the engine id is cloned with the image of virtual routers; names are the template's."""
    at, engine = world.day(), "80001f88" + world.hex(16)
    for n in range(3):
        thing = world.vm("virtual routers of one image", "kvm")
        thing.kind, thing.serial, thing.uuid = "router", "", ""
        thing.vendor, thing.model, thing.hostname, thing.domain = "MikroTik", "CHR", "MikroTik" if n < 2 else world.name("chr"), ""
        thing.macs = [world.mac("525400")]
        thing.macs = [thing.macs[0], *thing.macs]
        thing.engine_id = engine
        yield snmp(thing, at)
        yield snmp(thing, world.day(at))
        at = world.soon(at)


def containers_of_one_image(world: World) -> Iterator[Said]:
    """packer-proxmox-template #1: containers with a shell, all with host keys and machine-id of their image, and without a card."""
    first, at, things = world.vm("containers of one image", "kvm"), world.day(), []
    first.os = "linux"
    world.install(first)
    for n in range(3):
        thing = first.but(truth=world.truth("vm") if n else first.truth, hostname=world.name("ct"), macs=[], uuid="", serial="")
        things.append(thing)
    for _ in range(2):
        for thing in things:
            yield ssh(thing, at, root=False)
            at = world.soon(at)


def openstack_guests(world: World) -> Iterator[Said]:
    """Nova's sysinfo_serial: guests show their compute host's number as their serial; those of one image have one name too."""
    host, at, first = world.uuid(), world.day(), world.vm("guests with the host's serial", "kvm")
    guests: list[Thing] = []
    for n in range(3):
        thing = world.vm(first.trouble, "kvm")
        thing.os, thing.vendor, thing.model, thing.serial, thing.macs = (
            "linux",
            "OpenStack Foundation",
            "OpenStack Nova",
            host,
            [world.mac("fa163e")],
        )
        world.install(thing)
        thing.machine_id, thing.host_keys = first.machine_id, first.host_keys
        if n:
            thing.hostname = guests[0].hostname
        guests.append(thing)
    for _ in range(2):
        for thing in guests:
            yield ssh(thing, at)
            yield agent(world, thing, world.soon(at))
            at = world.day(at, 0, 1)


def two_clouds(world: World) -> Iterator[Said]:
    """Two OpenStack clouds, each of which counts its instances from i-00000001, with private addresses and names that both have."""
    at, number, things = world.day(), f"i-0000{world.rng.randrange(16**4):04x}", []
    for _ in range(2):
        thing = world.vm("instances of two clouds", "kvm")
        thing.os, thing.vendor, thing.model, thing.serial, thing.cloud = "linux", "OpenStack Foundation", "OpenStack Nova", "", number
        thing.macs, thing.hostname = [world.mac("fa163e")], number
        world.install(thing)
        things.append(thing)
    for _ in range(2):
        for thing in things:
            yield ssh(thing, at, root=world.rng.random() < 0.5, cloud=number)
            at = world.soon(at)
