"""Things that a fourth people's world tells of more than once: supplies, printers, computers with a zero in the serial, IMEIs."""

from __future__ import annotations

from tests.population.things import Thing, World


def with_zero(world: World, kind: str = "laptop") -> Thing:
    """A computer with the digit 0 in a serial that is long enough to be cut."""
    while True:
        thing = world.computer(kind, os="windows")
        if thing.vendor != "Apple Inc." and "0" in thing.serial and len(thing.serial) > 6:
            return thing


def check_digit(digits: str) -> str:
    """The digit that makes an IMEI of its first fourteen."""
    doubled = [int(d) * (2 if n % 2 else 1) for n, d in enumerate(digits)]
    return str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def imei(world: World) -> str:
    """A fresh IMEI with its check digit."""
    body = world.number("35693899999999")
    return body + check_digit(body)


def supply(world: World, kind: str = "ups", serial: str = "") -> Thing:
    """A power supply or strip with a card in it."""
    mac = world.mac("00c0b7")
    thing = Thing(world.truth(kind), kind, "", "APC", "Smart-UPS 1500", serial, macs=[mac, mac], ip=world.address())
    thing.hostname = world.name("ups")
    return thing


def printer(world: World) -> Thing:
    """An office printer with one port."""
    mac = world.mac("00215a")
    thing = Thing(
        world.truth("printer"), "printer", "", "HP", "LaserJet M507", world.number("CNBAA99999"), macs=[mac, mac], ip=world.address()
    )
    thing.hostname = world.name("PRN")
    return thing
