"""Kinds of trouble with power supplies, power strips and printers: serials of nothing, cards that move, names that go back."""

from __future__ import annotations

from collections.abc import Iterator

from tests.population.foreign_voices import api, sheet
from tests.population.fourth_things import printer, supply
from tests.population.said import Said
from tests.population.things import World
from tests.population.voices import Heard, snmp


def serial_of_nothing(world: World) -> Iterator[Said]:
    """nut #1810, home-assistant-eaton-ups #18: supplies with a serial of zeros, blanks or words, and one product name; a card each."""
    at = world.day()
    things = [supply(world, serial=serial) for serial in ("0", "000000000", "unknown", "000000000", "N/A", "Blank", "")]
    for thing in things:
        thing.hostname = "Smart-UPS 1500"
    for _ in range(2):
        for thing in things:
            yield snmp(thing, world.soon(at))
        at = world.day(at)


def card_into_another_supply(world: World) -> Iterator[Said]:
    """A card is taken out of a dead supply into its successor: address, name and engine move with it; the serial is the supply's."""
    old = supply(world, serial=world.number("AS9999999999"))
    old.engine_id = "80000316" + world.hex(16)
    new = old.but(truth=world.truth("ups"), serial=world.number("AS9999999999"))
    at = world.day()
    yield snmp(old, at)
    yield snmp(old, world.day(at))
    yield snmp(new, world.day(at, 10, 14))
    yield snmp(new, world.day(at, 15, 19))


def new_card_in_the_supply(world: World) -> Iterator[Said]:
    """The other way: the supply gets a newer card: address, engine and name are new, the serial stays."""
    thing = supply(world, serial=world.number("AS9999999999"))
    at = world.day()
    yield snmp(thing, at)
    mac = world.mac("28291d")
    yield snmp(thing.but(macs=[mac, mac], hostname="apc" + mac.replace(":", "")[6:]), world.day(at))


def strips_in_pairs(world: World) -> Iterator[Said]:
    """Two strips of one rack with one name for both, A and B; serials in a list with blanks in them."""
    at = world.day()
    pair = [supply(world, "pdu", world.number("ZA9999999999")) for _ in range(2)]
    pair[1].hostname = pair[0].hostname
    for _ in range(2):
        for thing in pair:
            yield snmp(thing, world.soon(at))
        at = world.day(at)
    yield sheet([(t, {"serial": f"{t.serial[:4]} {t.serial[4:]}", "vendor": "apc", "name": t.hostname}) for t in pair], at, "racks.csv")


def printer_with_a_new_card(world: World) -> Iterator[Said]:
    """glpi-inventory #192, fusioninventory #1869: a new card in a printer: its name goes back to "HP" and the address; the serial stays."""
    thing = printer(world)
    at = world.day()
    yield snmp(thing, at)
    mac = world.mac("3024a9")
    after = thing.but(macs=[mac, mac], hostname="HP" + mac.replace(":", "").upper()[6:], ip=world.address())
    yield snmp(after, world.day(at))
    yield snmp(after.but(hostname=thing.hostname), world.day(at, 10, 12))


def two_names_of_a_printer(world: World) -> Iterator[Said]:
    """fusioninventory #1011: by NetBIOS it has one name and by SNMP another; a scan and a print server tell of it before the walk."""
    thing = printer(world)
    thing.hostname = "HP" + thing.macs[0].replace(":", "").upper()
    at = world.day()
    yield api("netbios scan", at, [(thing, {"mac": thing.macs[0], "hostname": thing.hostname})], cls="device")
    yield snmp(thing.but(hostname="PROPURBCO"), world.day(at))
    yield api("netbios scan", world.day(at, 10, 12), [(thing, {"mac": thing.macs[0].upper(), "hostname": thing.hostname})], cls="device")


def printer_is_exchanged(world: World) -> Iterator[Said]:
    """The service leaves another printer of the model; name and address are typed in again by hand."""
    old, new = printer(world), printer(world)
    new.hostname, new.ip = old.hostname, old.ip
    at = world.day()
    yield snmp(old, at)
    yield snmp(new, world.day(at))
    yield api("printserver", world.day(at, 10, 12), [(new, {"serial": new.serial, "hostname": new.hostname})])


def addresses_change_places(world: World) -> Iterator[Said]:
    """Two printers get each other's address by DHCP; names are what they were made with."""
    one, two, switch = printer(world), printer(world), world.network()
    at = world.day()
    for thing in (one, two):
        yield snmp(thing, world.soon(at))
    one.ip, two.ip = two.ip, one.ip
    for thing in (one, two):
        yield snmp(thing, world.day(at))
    yield snmp(switch, world.day(at, 10, 12), Heard(hosts=((one.macs[0], one.truth), (two.macs[0], two.truth))))
