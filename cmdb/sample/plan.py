"""Who and what there is in the sample organisation: drawn once from the seed, used by every door. Pure."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources


def lines(name: str) -> tuple[str, ...]:
    """The lines of a data file of the sample."""
    return tuple((resources.files("cmdb.sample") / "data" / name).read_text(encoding="utf-8").split("\n")[:-1])


FIRST = lines("first_names.txt")
LAST = lines("last_names.txt")
SITES = (
    ("Paris", "Europe/Paris", "12 rue des Ancres, 75011 Paris"),
    ("Rotterdam", "Europe/Amsterdam", "Havenkade 8, 3011 Rotterdam"),
    ("Halifax", "America/Halifax", "40 Wharf Street, Halifax"),
)
DEPARTMENTS = (
    "Engineering",
    "Finance",
    "Human resources",
    "IT operations",
    "Legal",
    "Logistics",
    "Marketing",
    "Research",
    "Sales",
    "Support",
)
DOMAIN = "moorings.example"


@dataclass(frozen=True, slots=True)
class Person:
    """An employee."""

    name: str
    email: str
    number: str
    site: str
    department: str
    work_mode: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A device somebody works with. `trouble` is why it stands out; empty for most."""

    tag: str
    hostname: str
    serial: str
    mac: str
    system: str
    cls: str
    vendor: str
    model: str
    ownership: str
    owner: Person | None
    site: str
    trouble: str = ""


@dataclass(slots=True)
class Organisation:
    """Everything drawn from the seed. `factor` scales numbers: 1 is about 2,500 CIs."""

    seed: int
    now: datetime
    factor: float
    random: random.Random
    people: list[Person] = field(default_factory=list)
    endpoints: list[Endpoint] = field(default_factory=list)

    def times(self, count: int) -> int:
        """A number of things at this size."""
        return max(1, round(count * self.factor))


MODELS = {
    "windows": (("Dell Inc.", "Latitude 5450"), ("LENOVO", "ThinkPad T14 Gen 5"), ("HP", "EliteBook 840 G11")),
    "macos": (("Apple Inc.", "MacBook Pro 14 (2024)"), ("Apple Inc.", "MacBook Air 13 (2025)")),
    "linux": (("LENOVO", "ThinkPad X1 Carbon Gen 12"), ("Framework", "Laptop 13")),
    "android": (("Google", "Pixel 9"), ("Samsung", "Galaxy S25")),
    "ios": (("Apple Inc.", "iPhone 16"),),
}
TROUBLES = (
    "firewall_off",
    "antivirus_off",
    "old_signatures",
    "not_encrypted",
    "silent",
    "no_security_section",
    "end_of_life",
    "never_reported",
)


def organise(seed: int, size: int, now: datetime) -> Organisation:
    """Draw people and endpoints. The same seed, size and day give the same organisation."""
    made = Organisation(seed, now, size / 2_500, random.Random(seed))  # noqa: S311 - a reproducible sample, no secret
    _people(made)
    _endpoints(made)
    return made


def _people(made: Organisation) -> None:
    taken: set[str] = set()
    for number in range(made.times(120)):
        name = f"{made.random.choice(FIRST)} {made.random.choice(LAST)}"
        login = _ascii(name)
        while login in taken:
            login = f"{_ascii(name)}{number}"
        taken.add(login)
        mode = made.random.choices(("office", "hybrid", "remote"), (45, 35, 20))[0]
        site = made.random.choices(SITES, (55, 30, 15))[0][0]
        made.people.append(Person(name, f"{login}@{DOMAIN}", f"E{number + 1001}", site, made.random.choice(DEPARTMENTS), mode))


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower())
    return ".".join("".join(c for c in word if c.isascii() and c.isalnum()) for word in plain.split())


def _endpoints(made: Organisation) -> None:
    """400: two in three corporate, the rest on loan or personal; one in eight in some trouble."""
    for number in range(made.times(400)):
        ownership = made.random.choices(("corporate", "loaned", "personal"), (66, 16, 18))[0]
        phone = ownership == "personal" and made.random.random() < 0.6
        system = made.random.choice(("android", "ios")) if phone else made.random.choices(("windows", "macos", "linux"), (65, 22, 13))[0]
        vendor, model = made.random.choice(MODELS[system])
        owner = made.people[number % len(made.people)] if ownership != "loaned" else None
        cls = "phone" if phone else "desktop" if system == "windows" and made.random.random() < 0.12 else "laptop"
        trouble = made.random.choice(TROUBLES) if made.random.random() < 0.14 else ""
        mac = f"{'3c5282' if vendor.startswith('HP') else '8c1645'}{number:06x}"
        made.endpoints.append(
            Endpoint(
                tag=f"IT-{number + 1:05d}",
                hostname=f"{system[:3]}-{number + 1:05d}",
                serial=f"{made.random.choice('ABCDEFGHJK')}{made.random.randrange(16**5):05X}{number:04d}",
                mac=":".join(mac[i : i + 2] for i in range(0, 12, 2)),
                system=system,
                cls=cls,
                vendor=vendor,
                model=model,
                ownership=ownership,
                owner=owner,
                site=owner.site if owner else SITES[0][0],
                trouble=trouble,
            )
        )
