"""The things of the world: what is true of each, as the makers, installers and people left it."""

from __future__ import annotations

import base64
import hashlib
import random
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"

# Maker as its firmware spells it: models by kind, form of the serial number (A letter or digit, 9 digit), OUIs of its ports.
MAKERS: dict[str, tuple[dict[str, tuple[str, ...]], str, tuple[str, ...]]] = {
    "Dell Inc.": (
        {"laptop": ("Latitude 7440", "XPS 13 9340"), "desktop": ("OptiPlex 7010",), "server": ("PowerEdge R650", "PowerEdge R740")},
        "AAAAAA3",
        ("d89ef3", "b07b25"),
    ),
    "LENOVO": ({"laptop": ("20XW004MGE", "21HM"), "desktop": ("11T3",), "server": ("7X06CTO1WW",)}, "PFAAAAAA", ("98fa9b", "e86a64")),
    "HP": ({"laptop": ("HP EliteBook 840 G9",), "desktop": ("HP ProDesk 600 G6",)}, "5CG99999AA", ("3024a9", "c8d3ff")),
    "HPE": ({"server": ("ProLiant DL380 Gen10",), "blade": ("ProLiant BL460c Gen10",)}, "CZ29999AAA", ("9440c9", "48df37")),
    "Apple Inc.": ({"laptop": ("MacBookPro18,3", "Mac14,2")}, "C02AAAAAQ05D", ("f01898", "a483e7")),
    "ASUSTeK COMPUTER INC.": ({"desktop": ("PRIME B550M-A",), "laptop": ("ZenBook UX425",)}, "M9NRCAA99999AAA", ("049226", "244bfe")),
    "Supermicro": ({"server": ("SYS-6029P-TR",)}, "S9999999AA99999", ("ac1f6b", "3cecef")),
    "FUJITSU": ({"laptop": ("LIFEBOOK U7412",), "server": ("PRIMERGY RX2530 M5",)}, "YMAA099999", ("901b0e", "b0acfa")),
}
NETWORK: dict[str, tuple[str, tuple[str, ...], str, tuple[str, ...]]] = {
    "Cisco": ("1.3.6.1.4.1.9.1.2494", ("C9300-24T", "WS-C2960X-24TS-L"), "FCW9999A9AA", ("00562b", "70d379")),
    "Juniper": ("1.3.6.1.4.1.2636.1.1.1.2.131", ("EX3400-24T",), "NV9999999999", ("5c4527", "4c16fc")),
    "HPE Aruba": ("1.3.6.1.4.1.11.2.3.7.11.181", ("2930F-24G",), "CN99HKZAAA", ("883a30", "9020c2")),
    "MikroTik": ("1.3.6.1.4.1.14988.1", ("CRS328-24P",), "AAA9099AAAAA", ("2cc81b", "744d28")),
}
CHASSIS = {
    "laptop": ("Notebook", "10"),
    "desktop": ("Desktop", "3"),
    "server": ("Rack Mount Chassis", "23"),
    "blade": ("Blade", "28"),
    "vm": ("Other", "1"),
}
VM_OUI = {"vmware": "005056", "kvm": "525400", "hyperv": "00155d", "proxmox": "bc2411"}


@dataclass(slots=True)
class Thing:
    """One true thing. `truth` is its name in the ledger of truth; `macs` are the burned-in addresses of its ports, the first wired."""

    truth: str
    kind: str
    trouble: str = "none"
    vendor: str = ""
    model: str = ""
    serial: str = ""
    uuid: str = ""
    board_serial: str = ""
    chassis_serial: str = ""
    macs: list[str] = field(default_factory=list)
    hostname: str = ""
    domain: str = ""
    os: str = "windows"
    agent_id: str = ""
    deviceid: str = ""
    machine_id: str = ""
    host_keys: tuple[str, ...] = ()
    engine_id: str = ""
    asset_tag: str = ""
    imei: str = ""
    ip: str = ""
    cloud: str = ""
    lent: list[str] = field(default_factory=list)
    """Addresses of docks and adapters at the moment."""
    extra: list[tuple[str, str]] = field(default_factory=list)
    """Ports that software makes, or that are in every machine: name and address."""

    def but(self, **changes: object) -> Thing:
        """Another thing with the same values, except for these."""
        other = replace(self, **changes)  # type: ignore[arg-type]
        other.macs, other.lent, other.extra = list(other.macs), list(other.lent), list(other.extra)
        return other


class World:
    """Makes things that never share a number by chance, and hands out names, addresses and times."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self._used: set[str] = set()
        self._count = 0

    def number(self, form: str) -> str:
        """A fresh number of a form: A a letter or digit, 9 a digit, others as they are."""
        while True:
            made = "".join(self.rng.choice(LETTERS) if c == "A" else self.rng.choice("0123456789") if c == "9" else c for c in form)
            if made not in self._used:
                self._used.add(made)
                return made

    def mac(self, oui: str) -> str:
        """A fresh address below a prefix."""
        digits = oui[:6]
        while True:
            made = digits + "".join(self.rng.choice("0123456789abcdef") for _ in range(12 - len(digits)))
            if made not in self._used:
                self._used.add(made)
                return ":".join(made[i : i + 2] for i in range(0, 12, 2))

    def random_mac(self) -> str:
        """A locally administered address, as phones make for each network."""
        return self.mac(f"{self.rng.choice('0123456789abcdef')}{self.rng.choice('26ae')}{self.rng.randrange(1 << 16):04x}")

    def uuid(self) -> str:
        """A fresh UUID."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def hex(self, digits: int) -> str:
        """Fresh hex digits."""
        return f"{self.rng.getrandbits(digits * 4):0{digits}x}"

    def address(self) -> str:
        """Any address; they repeat, as DHCP's do."""
        return f"10.{self.rng.randrange(4)}.{self.rng.randrange(256)}.{self.rng.randrange(1, 255)}"

    def name(self, start: str) -> str:
        """A fresh host name."""
        self._count += 1
        return f"{start}{self._count:05d}"

    def truth(self, kind: str) -> str:
        """A fresh name in the ledger of truth."""
        self._count += 1
        return f"{kind}-{self._count}"

    def day(self, after: datetime | None = None, least: int = 1, most: int = 9) -> datetime:
        """Some time on a day after another."""
        start = after or BEGIN
        return start + timedelta(
            days=self.rng.randint(least, most) if after else self.rng.random() * 20, seconds=self.rng.randrange(40_000)
        )

    def soon(self, after: datetime) -> datetime:
        """Minutes to hours later."""
        return after + timedelta(seconds=self.rng.randrange(120, 30_000))

    def install(self, thing: Thing) -> Thing:
        """A system and an agent on it: names and ids that are made at installation."""
        thing.agent_id = self.uuid()
        when = BEGIN - timedelta(seconds=self.rng.randrange(10_000_000))
        thing.deviceid = f"{thing.hostname}-{when:%Y-%m-%d-%H-%M-%S}"
        if thing.os == "linux":
            thing.machine_id = self.hex(32)
            thing.host_keys = (self.host_key("ssh-ed25519"), self.host_key("ssh-rsa"))
        return thing

    def host_key(self, kind: str) -> str:
        """A fresh public key."""
        raw = hashlib.sha512(self.hex(64).encode()).digest()
        return f"{kind} {base64.b64encode(raw).decode()}"

    def computer(self, kind: str, trouble: str = "none", *, os: str = "") -> Thing:
        """A laptop, desktop, server or blade, installed."""
        maker = self.rng.choice([m for m, (models, _, _) in MAKERS.items() if kind in models])
        models, form, ouis = MAKERS[maker]
        system = os or (
            "linux"
            if kind in ("server", "blade")
            else "macos"
            if maker == "Apple Inc."
            else self.rng.choice(("windows", "windows", "linux"))
        )
        ports = 4 if kind in ("server", "blade") else 1 if kind == "desktop" else 2
        thing = Thing(
            self.truth(kind),
            kind,
            trouble,
            maker,
            self.rng.choice(models[kind]),
            self.number(form),
            self.uuid(),
            board_serial=self.number("MBAAAAAAAA99") if maker != "Apple Inc." else "",
            chassis_serial="",
            macs=[self.mac(self.rng.choice(ouis)) for _ in range(ports)],
            hostname=self.name({"laptop": "NB-", "desktop": "PC-"}.get(kind, "srv")),
            domain="corp.example.org",
            os=system,
            ip=self.address(),
        )
        thing.chassis_serial = thing.serial if self.rng.random() < 0.5 else ""
        return self.install(thing)

    def vm(self, trouble: str = "none", platform: str = "") -> Thing:
        """A virtual machine with Linux or Windows."""
        kind = platform or self.rng.choice(("vmware", "kvm", "hyperv", "proxmox"))
        thing = Thing(
            self.truth("vm"),
            "vm",
            trouble,
            uuid=self.uuid(),
            macs=[self.mac(VM_OUI[kind])],
            hostname=self.name("vm"),
            domain="corp.example.org",
            os=self.rng.choice(("linux", "linux", "windows")),
            ip=self.address(),
        )
        self.furnish(thing, kind)
        return self.install(thing)

    def furnish(self, thing: Thing, platform: str) -> None:
        """What the platform writes into the SMBIOS of a guest."""
        digits = thing.uuid.replace("-", "")
        if platform == "vmware":
            pairs = [digits[i : i + 2] for i in range(0, 32, 2)]
            thing.vendor, thing.model = "VMware, Inc.", "VMware Virtual Platform"
            thing.serial = "VMware-" + " ".join(pairs[:8]) + "-" + " ".join(pairs[8:])
        elif platform == "hyperv":
            thing.vendor, thing.model, thing.serial = (
                "Microsoft Corporation",
                "Virtual Machine",
                self.number("9999-9999-9999-9999-9999-9999-99"),
            )
        else:
            thing.vendor, thing.model, thing.serial = "QEMU", "Standard PC (i440FX + PIIX, 1996)", "Not Specified"

    def phone(self, trouble: str = "none") -> Thing:
        """An Android phone: an id of the app, a random address, an IMEI where it is the company's."""
        android = self.hex(16)
        return Thing(
            self.truth("phone"),
            "phone",
            trouble,
            "samsung",
            "SM-A715F",
            android,
            android,
            macs=[self.random_mac()],
            hostname=f"android-{android}",
            os="android",
            imei=self.number("356938999999999") if self.rng.random() < 0.7 else "",
            deviceid=f"android-{android}-2026-01-02-03-04-05",
            ip=self.address(),
        )

    def network(self, kind: str = "switch", trouble: str = "none", maker: str = "") -> Thing:
        """A switch, router, firewall or access point; its addresses are the bridge's and one for each of its ports."""
        vendor = maker or self.rng.choice(list(NETWORK))
        _, models, form, ouis = NETWORK[vendor]
        thing = Thing(
            self.truth(kind),
            kind,
            trouble,
            vendor,
            self.rng.choice(models),
            self.number(form),
            hostname=self.name({"switch": "sw", "router": "rt", "firewall": "fw"}.get(kind, "ap")),
            domain="net.example.org",
            ip=self.address(),
        )
        thing.macs = self.port_macs(self.rng.choice(ouis), 5 if kind != "switch" else 9)
        thing.engine_id = "80000009 03".replace(" ", "") + thing.macs[0].replace(":", "")
        return thing

    def port_macs(self, oui: str, count: int) -> list[str]:
        """Addresses in a row, as makers give them to one device."""
        while True:
            first = self.rng.randrange(0, 0xFFFF00)
            made = [f"{oui[:6]}{first + i:06x}" for i in range(count)]
            if not self._used.intersection(made):
                self._used.update(made)
                return [":".join(m[i : i + 2] for i in range(0, 12, 2)) for m in made]


def ports_of(thing: Thing) -> list[tuple[str, str, bool]]:
    """Name, address and whether it hangs on USB, of each port."""
    names = (
        ["eth0", "wlan0", "eth2", "eth3"]
        if thing.os == "linux"
        else ["Intel(R) Ethernet I219-LM", "Intel(R) Wi-Fi 6 AX201", "Ethernet 3", "Ethernet 4"]
    )
    rows = [(names[n] if n < 4 else f"eth{n}", mac, False) for n, mac in enumerate(thing.macs)]
    rows += [(name, mac, False) for name, mac in thing.extra]
    return rows + [
        (f"eth{8 + n}" if thing.os == "linux" else f"Realtek GbE Family Controller #{n + 2}", mac, True) for n, mac in enumerate(thing.lent)
    ]
