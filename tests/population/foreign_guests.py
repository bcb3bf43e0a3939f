"""Kinds of trouble with guests, clouds and containers: two views of one guest, clones before and after, names that are given again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import glpi, xml
from tests.population.foreign_numbers import bare
from tests.population.foreign_voices import api, hypervisors_view, native, osquery
from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.troubles import agent, any_voice
from tests.population.voices import ssh


def turned(unique: str) -> str:
    """A UUID in the other byte order."""
    a, b, c, *rest = unique.split("-")
    fields = ["".join(reversed([p[i : i + 2] for i in range(0, len(p), 2)])) for p in (a, b, c)]
    return "-".join((*fields, *rest))


def two_views(world: World) -> Iterator[Said]:
    """glpi-agent #839: the manager says `WEB01 (prod)`, the guest its own name and VMware's serial; the host moves."""
    hosts = [world.computer("server", os="linux") for _ in range(2)]
    guest = world.vm("", "vmware")
    shown = f"{guest.hostname.upper()} (prod)"
    at = world.day()
    yield hypervisors_view("vcenter", at, hosts[0], [(guest.but(uuid=turned(guest.uuid)), shown)])
    yield osquery(guest, world.day(at))
    yield agent(world, guest, world.day(at))
    yield hypervisors_view("vcenter", world.day(at, 10, 20), hosts[1], [(guest.but(uuid=turned(guest.uuid)), f"{shown} old")])
    yield ssh(hosts[0], world.day(at, 10, 20))


def clone_in_the_manager(world: World) -> Iterator[Said]:
    """community.vmware #1769: a clone in the manager, still with the name, agent and system of its source inside, renamed next day."""
    host, first = world.computer("server", os="linux"), world.vm("", "vmware")
    first.os = "linux"
    world.install(first)
    clone = first.but(truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("005056")], ip=world.address())
    world.furnish(clone, "vmware")
    at = world.day()
    yield glpi(first, at)
    yield hypervisors_view("vcenter", world.soon(at), host, [(first, first.hostname)])
    at = world.day(at)
    yield hypervisors_view("vcenter", at, host, [(first, first.hostname), (clone, f"{first.hostname}-clone")])
    yield glpi(clone, at + timedelta(minutes=5))
    yield glpi(first, at + timedelta(minutes=20))
    after = world.install(clone.but(hostname=world.name("vm")))
    yield glpi(after, world.day(at))
    yield osquery(after, world.day(at, 10, 12))


def from_a_template(world: World) -> Iterator[Said]:
    """uyuni #3478: guests of one template start with its name, machine-id, keys and agent, five in an hour, renamed by and by."""
    template = world.vm("", "kvm")
    template.os, template.hostname = "linux", world.name("tmpl")
    world.install(template)
    at = world.day()
    yield ssh(template, at)
    guests = []
    for _ in range(5):
        guest = template.but(truth=world.truth("vm"), uuid=world.uuid(), macs=[world.mac("525400")], ip=world.address())
        guests.append(guest)
        at += timedelta(minutes=9)
        yield world.rng.choice((ssh, glpi))(guest, at)
    for guest in guests:
        guest.hostname = world.name("app")
        yield ssh(guest, world.day(at))
        yield glpi(guest, world.day(at, 10, 12))


def snapshot(world: World) -> Iterator[Said]:
    """netbox-sync #470: set back to an old snapshot: the name, machine-id and agent of before; told late, after newer words."""
    guest = world.vm("", "vmware")
    at = world.day()
    yield glpi(guest, at)
    newer = world.install(guest.but(hostname=world.name("renamed")))
    yield glpi(newer, world.day(at, 2, 3))
    yield xml(newer, world.day(at, 4, 5), "ocs")
    yield glpi(guest, world.day(at, 10, 12))
    yield osquery(guest, world.day(at, 13, 15))


def made_a_guest(world: World) -> Iterator[Said]:
    """Physical to virtual: name and system go into a guest, the old box stands there for a while and is given away under another name."""
    box = world.computer("server", os="windows")
    at = world.day()
    yield glpi(box, at)
    yield xml(box, world.day(at), "ocs")
    guest = world.vm("", "vmware").but(
        hostname=box.hostname, agent_id=box.agent_id, deviceid=box.deviceid, os=box.os, machine_id=box.machine_id, host_keys=box.host_keys
    )
    at = world.day(at, 10, 14)
    yield glpi(guest, at)
    yield xml(guest, world.day(at), "ocs")
    yield glpi(world.install(box.but(hostname=world.name("srv"))), world.day(at, 20, 30))


def azure(world: World) -> Iterator[Said]:
    """WALinuxAgent: Azure's guests: one chassis label for all, the UUID in either order, a serial of the platform's form."""
    at = world.day()
    for _ in range(3):
        guest = world.vm("", "hyperv")
        guest.chassis_serial, guest.os = "0000-0016-8069-4170-8105-4000-37", "linux"
        guest.serial = f"0000-00{world.number('99-9999-9999-9999-9999-9999-99')}"
        world.install(guest)
        yield osquery(guest, at)
        yield ssh(guest.but(uuid=turned(guest.uuid)), world.day(at))
        known = {"uuid": turned(guest.uuid).upper(), "external_id": f"/subscriptions/x/{guest.truth}"}
        yield api("azure", world.day(at), [(guest, known)])


def scaled(world: World) -> Iterator[Said]:
    """Autoscaling: instances of one image with one name, addresses used again, machine-id and keys of the image; each lives an hour."""
    at, base = world.day(), world.vm("", "kvm")
    base.os, base.cloud, base.vendor, base.model, base.hostname = "linux", "aws", "Amazon EC2", "t3.micro", world.name("web-asg-")
    world.install(base)
    card = world.mac("0affd1")
    for n in range(5):
        unique = "ec2" + world.uuid()[3:]
        one = base.but(truth=world.truth("vm"), uuid=unique, serial=unique, macs=[card if n % 2 else world.mac("0affd1")], ip="10.0.0.5")
        cloud_id = f"i-0{world.hex(16)}"
        told = api("aws", at, [(one, {"cloud_id": cloud_id, "external_id": cloud_id, "mac": one.macs[0]})])
        seen = ssh(one, at + timedelta(minutes=7), cloud=cloud_id) if world.rng.random() < 0.5 else glpi(one, at + timedelta(minutes=7))
        yield told
        yield seen
        yield ssh(one, at + timedelta(minutes=30), cloud=cloud_id)
        at += timedelta(minutes=50)


def made_again(world: World) -> Iterator[Said]:
    """Google Cloud: an instance is deleted and made again under its name; address, and the card's made of it, are the same."""
    at, base = world.day(), world.vm("", "kvm")
    base.os, base.vendor, base.model, base.macs = "linux", "Google", "Google Compute Engine", ["42:01:0a:80:00:02"]
    for _ in range(3):
        one = world.install(base.but(truth=world.truth("vm"), uuid=world.uuid()))
        one.serial = "GoogleCloud-" + one.uuid.replace("-", "").upper()
        cloud_id = world.number("9999999999999999999")
        yield api("gcp", at, [(one, {"cloud_id": cloud_id, "hostname": one.hostname, "mac": one.macs[0]})])
        yield glpi(one, world.soon(at))
        yield ssh(one, world.day(at), cloud=cloud_id)
        at = world.day(at, 5, 9)


def agents_in_containers(world: World) -> Iterator[Said]:
    """fleet #8021: agents in containers show the host's UUID and serial, names of random digits, and Docker's first address."""
    host, known = world.computer("server", os="linux"), world.rng.random() < 0.7
    at = world.day()
    if known and world.rng.random() < 0.5:
        yield glpi(host, at)
    for _ in range(4):
        inner = host.but(truth=world.truth("container"), kind="server", hostname=world.hex(12), macs=["02:42:ac:11:00:02"], ip="172.17.0.2")
        world.install(inner)
        inner.machine_id, inner.host_keys = "", ()
        yield world.rng.choice((glpi, osquery))(inner, at + timedelta(minutes=20))
        if known:
            yield glpi(host, at + timedelta(hours=5))
        at = world.day(at)


def daily_agent(world: World) -> Iterator[Said]:
    """Citrix PVS: a desktop that forgets its agent each night; UUID, card and name stay."""
    guest = world.vm("", "vmware")
    guest.os = "windows"
    at = world.day()
    for _ in range(4):
        world.install(guest)
        guest.deviceid = f"{guest.hostname}-{at:%Y-%m-%d-%H-%M-%S}"
        yield glpi(guest, at)
        at = world.day(at, 1, 1)


def daily_agent_bare(world: World) -> Iterator[Said]:
    """The same with a live system on a box without numbers (LTSP, Deep Freeze): the card and the name are all that stays."""
    thing = bare(world.computer("desktop", os="linux"), "Default string")
    at = world.day()
    for n in range(4):
        world.install(thing)
        thing.deviceid = f"{thing.hostname}-{at:%Y-%m-%d-%H-%M-%S}"
        yield (glpi if n % 2 else osquery)(thing, at)
        at = world.day(at, 1, 1)


def hypervisor_three_ways(world: World) -> Iterator[Said]:
    """discovery.md §5: a hypervisor by its manager, over SSH and by its controller, which is a thing of its own."""
    host = world.computer("server", os="linux")
    bmc = Thing(
        world.truth("bmc"), "bmc", "", host.vendor, "iLO 5", host.serial, macs=[world.mac("9440c9")], hostname=f"ilo{host.serial.lower()}"
    )
    at = world.day()
    steps = [
        hypervisors_view("vcenter", at, host.but(uuid=turned(host.uuid)), []),
        ssh(host, world.soon(at)),
        api("redfish", world.day(at), [(bmc, {"serial": host.serial, "uuid": host.uuid, "mac": bmc.macs, "hostname": bmc.hostname})]),
        glpi(host, world.day(at)),
    ]
    world.rng.shuffle(steps)
    yield from steps


def card_of_a_guest_changed(world: World) -> Iterator[Said]:
    """virt-v2v, e1000 to vmxnet3: another card and address in a guest whose manager and agent go on showing its UUID."""
    host, guest = world.computer("server", os="linux"), world.vm("", "vmware")
    at = world.day()
    yield hypervisors_view("vcenter", at, host, [(guest, guest.hostname)])
    yield any_voice(world, guest, world.day(at))
    new = guest.but(macs=[world.mac("005056")], ip=world.address())
    yield glpi(new, world.day(at, 5, 9))
    yield hypervisors_view("vcenter", world.day(at, 10, 20), host, [(new, guest.hostname)])


def subsystem_without_card(world: World) -> Iterator[Said]:
    """WSL with osquery: the host's name, no number, a card that is new at each start; the host has an agent of its own."""
    host = world.computer("laptop", os="windows")
    inner = host.but(
        truth=world.truth("vm"), kind="vm", os="linux", serial="", uuid="", board_serial="", chassis_serial="", vendor="", model=""
    )
    world.install(inner)
    at = world.day()
    yield glpi(host, at)
    for _ in range(3):
        yield osquery(inner.but(macs=[world.mac("00155d")]), at + timedelta(minutes=9))
        yield glpi(host, at + timedelta(minutes=50))
        at = world.day(at)


def desk_of_many_names(world: World) -> Iterator[Said]:
    """A guest known to its manager, its backup and its monitoring by three names, and no agent in it."""
    guest, host = world.vm("", "vmware"), world.computer("server", os="linux")
    at = world.day()
    yield hypervisors_view("vcenter", at, host, [(guest, "Payroll DB (do not delete)")])
    yield api("backup", world.day(at), [(guest, {"uuid": guest.uuid.upper(), "external_id": f"bk-{guest.truth}"})])
    facts = {"mac": guest.macs, "hostname": guest.hostname, "fqdn": f"{guest.hostname}.{guest.domain}"}
    yield native(guest, world.day(at), tool="edr", macs=guest.macs)
    yield api("monitoring", world.day(at, 5, 9), [(guest, facts)])
