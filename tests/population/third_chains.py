"""Kinds of trouble with chains: A is like B and B like C, and A is not C; what comes later than the match that it contradicts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.population.agents import glpi, xml
from tests.population.foreign_guests import turned
from tests.population.foreign_numbers import bare
from tests.population.foreign_voices import api, native, osquery, sheet
from tests.population.said import Said
from tests.population.things import World
from tests.population.third_voices import Step, lease
from tests.population.troubles import agent, any_voice
from tests.population.voices import ssh


def name_given_on(world: World) -> Iterator[Said]:
    """One box without a number has the name first; a list gives the name and a serial to another; then the first shows its own serial."""
    one, two = world.computer("desktop", os="windows"), world.computer("desktop", os="windows")
    two.hostname = one.hostname
    blank = bare(one.but())
    at = world.day()
    yield xml(blank, at, "ocs")
    yield sheet([(two, {"name": two.hostname, "serial": two.serial, "vendor": two.vendor})], world.day(at), "bought.csv")
    renamed = one.but(hostname=world.name("PC-"))
    yield xml(renamed, world.day(at, 10, 12), "ocs")
    yield glpi(two, world.day(at, 13, 15))
    yield xml(renamed, world.day(at, 16, 18), "ocs")


def adapter_name_and_number(world: World) -> Iterator[Said]:
    """OCS #791: A and B had one adapter, B and C one name; C and A have serials, B shows none."""
    first, last = world.computer("laptop", os="windows"), world.computer("laptop", os="windows")
    middle = bare(world.computer("laptop", os="windows"))
    card = world.mac("a0cec8")
    last.hostname = middle.hostname
    at = world.day()
    yield glpi(first.but(macs=[card, first.macs[1]]), at)
    yield glpi(middle.but(macs=[middle.macs[0], card, middle.macs[1]]), world.day(at))
    yield glpi(last, world.day(at, 10, 12))
    yield glpi(first, world.day(at, 13, 14))
    yield glpi(middle, world.day(at, 13, 14))


def four_links(world: World) -> Iterator[Said]:
    """Four sources that have nothing in common with each other; the agent's one report has a piece of each."""
    thing = world.computer("laptop", os="linux")
    thing.asset_tag = world.number("C-999999")
    at = world.day()
    steps: list[Step] = [
        lambda t: sheet([(thing, {"serial": thing.serial, "asset_tag": thing.asset_tag})], t, "bought.csv"),
        lambda t: lease(thing, t, thing.macs[1], name=""),
        lambda t: api("edr", t, [(thing, {"uuid": turned(thing.uuid).upper(), "external_id": world.uuid()})]),
        lambda t: ssh(thing.but(macs=[]), t, root=False),
    ]
    world.rng.shuffle(steps)
    for step in steps:
        yield step(at)
        at = world.day(at)
    yield ssh(thing, at)
    yield glpi(thing, world.day(at))


def disks_exchanged(world: World) -> Iterator[Said]:
    """Two laptops of one model exchange their disks: name, agent, machine-id and keys go along, the numbers and cards stay. Both live."""
    one, two = world.computer("laptop", os="linux"), world.computer("laptop", os="linux")
    at = world.day()
    for thing in (one, two):
        yield glpi(thing, at)
        yield ssh(thing, world.soon(at))
    at = world.day(at, 10, 12)
    mine = ("hostname", "agent_id", "deviceid", "machine_id", "host_keys")
    for thing, other in ((one, two), (two, one)):
        moved = thing.but(**{name: getattr(other, name) for name in mine})
        yield glpi(moved, at)
        yield ssh(moved, world.soon(at))
        yield glpi(moved, world.day(at))


def disks_exchanged_plain(world: World) -> Iterator[Said]:
    """The same as plain users see it at times: serials only in every second report."""
    one, two = world.computer("laptop", os="linux"), world.computer("laptop", os="linux")
    at = world.day()
    for thing in (one, two):
        yield ssh(thing, at)
        yield ssh(thing, world.soon(at), root=False)
    at = world.day(at, 10, 12)
    mine = ("hostname", "agent_id", "deviceid", "machine_id", "host_keys")
    for thing, other in ((one, two), (two, one)):
        moved = thing.but(**{name: getattr(other, name) for name in mine})
        yield ssh(moved, at)
        yield ssh(moved, world.day(at), root=False)


def piece_by_piece(world: World) -> Iterator[Said]:
    """A box without a serial: another card, another name, another agent, another system; its UUID throughout, in either order."""
    thing = bare(world.computer("desktop", os="linux"), "Default string", world.uuid())
    at = world.day()
    yield agent(world, thing, at)
    thing = thing.but(macs=[world.mac("a0369f")])
    yield osquery(thing.but(uuid=turned(thing.uuid)), world.day(at, 5, 9))
    thing = thing.but(hostname=world.name("PC-"))
    yield agent(world, thing, world.day(at, 15, 19))
    thing = world.install(thing.but())
    yield any_voice(world, thing, world.day(at, 25, 29))
    yield osquery(thing, world.day(at, 35, 39))


def board_used_again(world: World) -> Iterator[Said]:
    """The board of a scrapped laptop is put into another, and its serial written in: UUID, cards and board go over, the serial stays."""
    old, thing = world.computer("laptop", os="windows"), world.computer("laptop", os="windows")
    at = world.day()
    for one in (old, thing):
        yield glpi(one, at)
        yield xml(one, world.day(at), "ocs")
    at = world.day(at, 20, 30)
    mended = thing.but(uuid=old.uuid, macs=old.macs, board_serial=old.board_serial, chassis_serial="")
    yield glpi(mended, at)
    yield xml(mended, world.day(at), "ocs")
    yield sheet([(old, {"serial": old.serial, "vendor": old.vendor})], world.day(at), "scrapped.csv")


def card_bought_used(world: World) -> Iterator[Said]:
    """A card goes from one server to another; a scanner that reads cards only, and one that reads serials only, go on. No chain."""
    one, two = world.computer("server", os="linux"), world.computer("server", os="linux")
    at = world.day()
    for thing in (one, two):
        yield ssh(thing, at)
        yield api("cmdb", world.day(at), [(thing, {"serial": thing.serial, "hostname": thing.hostname})])
    at, card = world.day(at, 10, 12), one.macs[3]
    one, two = one.but(macs=one.macs[:3]), two.but(macs=[*two.macs, card])
    yield ssh(two, at, root=False)
    yield ssh(one, world.soon(at), root=False)
    for thing in (one, two):
        yield glpi(thing, world.day(at))


def image_before_numbers(world: World) -> Iterator[Said]:
    """fleet #8021: two clones report without rights first, and with their serials a week later; agent, machine-id and name are one."""
    one = world.computer("desktop", os="linux")
    two = world.computer("desktop", os="linux")
    for name in ("hostname", "agent_id", "deviceid", "machine_id", "host_keys"):
        setattr(two, name, getattr(one, name))
    at = world.day()
    for _ in range(2):
        for thing in (one, two):
            yield ssh(thing, at, root=False)
            at += timedelta(hours=3)
    at = world.day(at)
    for thing in (one, two):
        yield ssh(thing, at)
        yield glpi(thing, world.soon(at))
    for thing in (two, one):
        yield ssh(thing, world.day(at, 3, 5), root=False)


def image_on_the_new_laptop(world: World) -> Iterator[Said]:
    """Time Machine, a restored image: the new laptop has name and agent of the old; at first nothing but a random radio is to be seen."""
    old, new = world.computer("laptop", os="windows"), world.computer("laptop", os="windows")
    for name in ("hostname", "agent_id", "deviceid", "machine_id", "host_keys"):
        setattr(new, name, getattr(old, name))
    at = world.day()
    yield glpi(old, at)
    yield glpi(old, world.day(at, 10, 12))
    at = world.day(at, 20, 22)
    yield glpi(new.but(macs=[new.macs[0], world.random_mac()]), at)
    yield glpi(bare(new.but()), world.day(at))
    yield glpi(new, world.day(at, 10, 12))


def placeholder_between_two_chains(world: World) -> Iterator[Said]:
    """fusioninventory #3281: a word on no list is the serial of two boxes; each has a list, a lease and an agent of its own."""
    at, word = world.day(), world.rng.choice(("Serial-TBA", "O.E.M.-NB", "PCSN-UNPROG", "NoSerialHere1", "SN-UNSET-001"))
    things = [bare(world.computer("desktop", os="windows"), word) for _ in range(2)]
    for thing in things:
        yield lease(thing, at, thing.macs[0])
    for thing in things:
        yield glpi(thing, world.day(at))
        rows = [(thing, {"name": thing.hostname, "mac": thing.macs[0], "asset_tag": world.number("X-999999")})]
        yield sheet(rows, world.day(at), "boxes.csv")
    for thing in things:
        yield native(thing, world.day(at, 10, 12), tool="edr", macs=thing.macs)
        yield osquery(thing, world.day(at, 13, 15))


def names_exchanged_without_numbers(world: World) -> Iterator[Said]:
    """Two boxes without numbers exchange their names; agents and cards stay."""
    one, two = bare(world.computer("desktop", os="linux")), bare(world.computer("desktop", os="linux"))
    at = world.day()
    for thing in (one, two):
        yield agent(world, thing, at)
    at = world.day(at, 10, 12)
    first, second = one.but(hostname=two.hostname), two.but(hostname=one.hostname)
    yield agent(world, first, at)
    yield agent(world, second, world.soon(at))
    yield agent(world, second, world.day(at))
    yield agent(world, first, world.day(at))
