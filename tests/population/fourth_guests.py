"""Kinds of trouble with guests, containers and instances: templates, copies, moves, pools and nodes that are made again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import glpi, xml
from tests.population.foreign_guests import turned
from tests.population.foreign_voices import api, hypervisors_view, osquery
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.troubles import agent, any_voice
from tests.population.voices import ssh


def imported_as_copies(world: World) -> Iterator[Said]:
    """chocolatey-licensed-issues #369: a guest of Hyper-V imported as a copy keeps BIOS GUID and serial; cards and names differ."""
    first = world.vm(platform="hyperv")
    second = world.install(first.but(truth=world.truth("vm"), macs=[world.mac("00155d")], hostname=world.name("vm"), ip=world.address()))
    at = world.day()
    for _ in range(3):
        yield agent(world, first, at)
        yield agent(world, second, at + timedelta(hours=2))
        at = world.day(at)


def template_with_agent(world: World) -> Iterator[Said]:
    """packer-proxmox-template #1, community.vmware #1769: a template with agent, machine-id and host keys in it; UUID and card are new."""
    template = world.vm(platform="proxmox")
    template.os = "linux"
    world.install(template)
    at = world.day()
    for _ in range(4):
        clone = template.but(
            truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("bc2411")], hostname=world.name("web"), ip=world.address()
        )
        yield glpi(clone, at)
        yield ssh(clone, world.day(at))
        at = world.soon(at)


def image_with_agent_plain(world: World) -> Iterator[Said]:
    """beats #37743, uyuni #9415: instances of one image; an agent sees UUID and card, the plain user only card, keys and machine-id."""
    image = world.vm(platform="kvm")
    image.os = "linux"
    world.install(image)
    clones = [
        image.but(
            truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("525400")], hostname=world.name("ip-10-0-"), ip=world.address()
        )
        for _ in range(3)
    ]
    at = world.day()
    for clone in clones:
        yield glpi(clone, world.soon(at))
    for clone in clones:
        yield ssh(clone, world.day(at, 2, 9), root=False)


def registered_again(world: World) -> Iterator[Said]:
    """netbox-sync: a guest leaves the inventory of vCenter and is registered on another host: another moref, all else the same."""
    one, two, guest = world.computer("server", os="linux"), world.computer("server", os="linux"), world.vm(platform="vmware")
    at = world.day()
    for host, moref in ((one, "vm-1041"), (two, "vm-2203")):
        known = {
            "uuid": turned(guest.uuid),
            "external_id": f"{moref}-{guest.truth}",
            "mac": guest.macs[0].upper(),
            "hostname": guest.hostname,
        }
        yield api("vcenter", at, [(guest, known)])
        yield ssh(host, world.soon(at), guests=[guest])
        yield agent(world, guest, world.soon(at))
        at = world.day(at, 10, 20)


def copied_it(world: World) -> Iterator[Said]:
    """ocsf-schema #1238: "I copied it": new UUID, serial and card; inside all is the same. Both live on."""
    first = world.vm(platform="vmware")
    second = first.but(truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("000c29")], ip=world.address())
    world.furnish(second, "vmware")
    at = world.day()
    yield agent(world, first, at)
    for _ in range(3):
        at = world.day(at)
        yield agent(world, second, at)
        yield agent(world, first, at + timedelta(minutes=20))


def order_of_bytes_after_update(world: World) -> Iterator[Said]:
    """glpi-agent #839: after an update the agent writes the UUID in the other order; the serial is left out by the new one."""
    guest = world.vm(platform="vmware")
    after = guest.but(uuid=turned(guest.uuid).upper(), serial="")
    at = world.day()
    yield glpi(guest, at)
    yield glpi(after, world.day(at))
    yield osquery(guest, world.day(at, 10, 12))
    yield xml(after, world.day(at, 13, 20), upper=True)


def old_name_at_the_host(world: World) -> Iterator[Said]:
    """glpi-agent #1042: the host lists a guest by its old name until it is started again; the guest says the new one."""
    host, guest = world.computer("server", os="linux"), world.vm(platform="proxmox")
    old = guest.but(hostname=world.name("OLDNAME"))
    at = world.day()
    yield agent(world, old, at)
    renamed = guest
    for _ in range(2):
        at = world.day(at)
        yield ssh(host, at, guests=[old])
        yield agent(world, renamed, world.soon(at))


def one_manager_two_rows(world: World) -> Iterator[Said]:
    """netbox-sync #470: a manager shows a guest and its clone with one BIOS UUID in one answer; ids, names and cards differ."""
    host, first = world.computer("server", os="linux"), world.vm(platform="vmware")
    second = first.but(truth=world.truth("vm"), macs=[world.mac("005056")], hostname=world.name("vm"))
    at = world.day()
    for _ in range(2):
        yield hypervisors_view("vcenter", at, host, [(first, first.hostname), (second, second.hostname)])
        at = world.day(at)


def pool_registers_anew(world: World) -> Iterator[Said]:
    """tacticalrmm #1672: desktops of a pool forget their agent at each boot; the guest and its card stay."""
    pool = [world.vm(platform="vmware") for _ in range(3)]
    at = world.day()
    for _ in range(4):
        for desktop in pool:
            yield agent(world, world.install(desktop), world.soon(at))
        at = world.day(at)


def node_made_again(world: World) -> Iterator[Said]:
    """machine-controller-manager #633: a new node gets name and address of the one deleted four minutes before."""
    old = world.vm(platform="kvm")
    old.os = "linux"
    world.install(old)
    new = old.but(truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("525400")])
    world.install(new)
    at = world.day()
    yield ssh(old, at, cloud=old.uuid)
    yield ssh(old, at + timedelta(hours=20), cloud=old.uuid)
    yield ssh(new, at + timedelta(hours=20, minutes=4), cloud=new.uuid)
    yield ssh(new, world.day(at, 3, 9), cloud=new.uuid)


def container_moves(world: World) -> Iterator[Said]:
    """fusioninventory-agent #625: a system container shows the numbers of its host, and moves to another host."""
    one, two = world.computer("server", os="linux"), world.computer("server", os="linux")
    box = Thing(world.truth("container"), "container", macs=[world.mac("bc2411")], hostname=world.name("ct"), domain="corp.example.org")
    box.os, box.ip = "linux", world.address()
    world.install(box)
    at = world.day()
    for host in (one, two):
        yield ssh(host, at)
        yield ssh(box, world.soon(at), container="lxc", host=host)
        yield agent(world, host, world.day(at, 1, 3))
        at = world.day(at, 5, 9)


def containers_show_the_host(world: World) -> Iterator[Said]:
    """glpi-agent #1222, fusioninventory-agent #513: containers of one image with the host's serial and UUID, and one machine-id."""
    host = world.computer("server", os="linux")
    at = world.day()
    yield agent(world, host, at)
    boxes = []
    for _ in range(3):
        box = host.but(
            truth=world.truth("container"), kind="container", macs=[world.mac("bc2411")], hostname=world.name("ct"), ip=world.address()
        )
        boxes.append(world.install(box))
    shared = boxes[0].machine_id
    for box in boxes:
        box.machine_id = shared
        yield glpi(box, world.day(at, 1, 3))
    for box in boxes:
        yield glpi(box, world.day(at, 4, 9))
    yield agent(world, host, world.day(at, 10, 12))


def two_guests_of_one_file(world: World) -> Iterator[Said]:
    """libvirt: the XML of a guest copied to another host with its UUID; name, card and system are new. The hosts list both by it."""
    hosts = [world.computer("server", os="linux") for _ in range(2)]
    first = world.vm(platform="kvm")
    second = world.install(first.but(truth=world.truth("vm"), macs=[world.mac("525400")], hostname=world.name("vm"), ip=world.address()))
    at = world.day()
    for _ in range(2):
        for host, guest in zip(hosts, (first, second), strict=True):
            yield agent(world, guest, world.soon(at))
            yield agent(world, host, world.soon(at))
        at = world.day(at)


def made_virtual(world: World) -> Iterator[Said]:
    """fusioninventory #2364: a server becomes a guest with its name, agent and keys; the box gets another system and hosts it."""
    box = world.computer("server", os="linux")
    guest = box.but(truth=world.truth("vm"), kind="vm", uuid=world.uuid(), macs=[world.mac("005056")], board_serial="", chassis_serial="")
    world.furnish(guest, "vmware")
    at = world.day()
    yield glpi(box, at)
    yield glpi(guest, world.day(at, 2, 4))
    again = world.install(box.but(hostname=world.name("esx"), domain="virt.example.org"))
    yield glpi(again, world.day(at, 6, 8), guests=[guest])
    yield ssh(guest, world.day(at, 9, 12))


def host_is_a_guest(world: World) -> Iterator[Said]:
    """A laboratory: a hypervisor inside a guest; its own guests, seen by both managers' ids."""
    host, nested, inner = world.computer("server", os="linux"), world.vm(platform="vmware"), world.vm(platform="vmware")
    at = world.day()
    for _ in range(2):
        yield hypervisors_view("vcenter", at, host, [(nested, nested.hostname)])
        yield hypervisors_view("lab", world.soon(at), nested, [(inner, "inner")])
        yield agent(world, inner, world.soon(at))
        at = world.day(at)


def portal_and_guest(world: World) -> Iterator[Said]:
    """go-hal #57, pyvmomi #688: the cloud's portal shows the id of the instance in one order of bytes, the guest in the other."""
    guest = world.vm(platform="hyperv")
    guest.uuid = turned(guest.uuid)
    at = world.day()
    portal = {"uuid": turned(guest.uuid), "external_id": f"/subscriptions/a/vm/{guest.hostname}", "hostname": guest.hostname.upper()}
    yield api("portal", at, [(guest, portal)])
    yield any_voice(world, guest, world.soon(at))
    yield api("portal", world.day(at), [(guest, portal)])
    yield any_voice(world, guest, world.day(at, 10, 20))


def backup_knows_them(world: World) -> Iterator[Said]:
    """A backup server: its own ids, and the guests' names; UUIDs as the hypervisor writes them."""
    guests = [world.vm(platform="vmware") for _ in range(3)]
    at = world.day()
    rows = [(g, {"external_id": f"job-{g.truth}", "uuid": turned(g.uuid), "hostname": g.hostname.upper()}) for g in guests]
    yield api("backup", at, rows)
    for guest in guests:
        yield agent(world, guest, world.day(at, 1, 5))
    yield api("backup", world.day(at, 6, 9), rows)


def restored_under_other_name(world: World) -> Iterator[Said]:
    """xen-orchestra #5455: a guest is restored beside itself for a test, without its old UUID, card and serial, with its system."""
    guest = world.vm(platform="proxmox")
    guest.os = "linux"
    world.install(guest)
    test = guest.but(
        truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("bc2411")], hostname=f"{guest.hostname}-test", ip=world.address()
    )
    at = world.day()
    yield ssh(guest, at)
    for _ in range(2):
        at = world.day(at)
        yield ssh(test, at)
        yield ssh(guest, at + timedelta(minutes=7))
