"""What SSH scans of the sample's server room say, and what people added: power, clusters, applications, requirement groups. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.model.observation import Observation, Value
from cmdb.sample.plan import SITES, Organisation
from cmdb.sample.seen import Seen
from cmdb.sample.tables import SERVICES

HYPERVISORS = 6
VMS = 40
PROGRAMS = ("nginx:443", "postgres:5432", "java:8080", "redis-server:6379", "dovecot:993", "python3:8000")

CLIENTS = {
    1: ("10.2.0.8 tcp/5432", "10.20.7.77 tcp/5432", "10.20.9.41 log-in postgres"),
    2: ("10.20.9.41 tcp/22",),
}
"""Who used which machine when it was looked at: a neighbour, the thing on a switch port that nobody knows, an address nothing has."""


def hypervisor(number: int) -> dict[str, str]:
    """Identity of a hypervisor."""
    return {
        "serial": f"HV{number:02d}7XK2@@Dell",
        "hostname": f"hv{number}",
        "mac": f"b0:26:28:00:00:{number:02x}",
        "machine_id": f"{number:032x}",
    }


def machine(number: int) -> dict[str, str]:
    """Identity of a virtual machine, as guest and hypervisor both show it."""
    return {"uuid": f"4c4c4544-0044-3310-8056-{number:012x}", "hostname": f"vm{number:02d}"}


def servers(made: Organisation) -> Iterator[Observation]:
    """Hypervisors with their guests, then each guest with its programs and connections."""
    vms = made.times(VMS)
    hosts = max(2, made.times(HYPERVISORS))
    for host in range(1, hosts + 1):
        seen = Seen("ssh", "scan", made.now)
        said = {"name": f"hv{host}", "vendor": "Dell Inc.", "model": "PowerEdge R760", "primary_ip": f"10.1.0.{host}"}
        said |= {"os_family": "linux", "os_name": "Debian GNU/Linux", "os_version": "13.2"}
        ref = seen.item(f"hv{host}", "hypervisor", hypervisor(host), {**said, "memory_bytes": 512 * 2**30, "cpu_count": 64})
        seen.item(f"hv{host}/eno1", "interface", {"if_name": "eno1"}, {"mac": f"b0:26:28:00:00:{host:02x}", "oper_up": True}, inside=ref)
        for vm in (n for n in range(1, vms + 1) if (n + n // 6) % hosts == host - 1):
            seen.item(f"vm{vm}", "virtual_machine", machine(vm), {"name": f"vm{vm:02d}"})
            seen.relate("hosted_on", f"vm{vm}", ref, part="vms")
        seen.looked(ref, "identity", "os", "hardware", "interfaces", "vms")
        yield seen.done()
    for vm in range(1, vms + 1):
        yield _guest(made, vm, vms)


def _guest(made: Organisation, vm: int, vms: int) -> Observation:
    seen = Seen("ssh", "scan", made.now)
    address = f"10.2.{vm // 250}.{vm % 250 + 1}"
    shown = {**machine(vm), "machine_id": f"{vm + 10**6:032x}", "mac": f"52:54:00:00:{vm // 256:02x}:{vm % 256:02x}"}
    said = {"name": f"vm{vm:02d}", "os_family": "linux", "os_name": "Debian GNU/Linux", "os_version": "13.2" if vm % 9 else "10.13"}
    clients: dict[str, Value] = {"seen_clients": CLIENTS[vm]} if vm in CLIENTS else {}
    ref = seen.item(f"vm{vm}", "virtual_machine", shown, {**said, "primary_ip": address, "ip_addresses": (address,), **clients})
    seen.item(f"vm{vm}/eth0", "interface", {"if_name": "eth0"}, {"oper_up": True, "addresses": (f"{address}/24",)}, inside=ref)
    name = PROGRAMS[vm % len(PROGRAMS)]
    port = name.partition(":")[2]
    program = seen.item(
        f"vm{vm}/{name}", "software_instance", {"process_name": name, "listens_at": f"tcp/{address}/{port}"},
        {"process": name.partition(":")[0], "listens": (f"tcp/0.0.0.0:{port}",)}, inside=ref,
    )  # fmt: skip
    seen.relate("runs_on", program, ref, part="processes")
    if name.startswith(("nginx", "java")) and vms > 1:
        other = (vm // 6 * 6 + 1) % vms or 1
        far = f"10.2.{other // 250}.{other % 250 + 1}"
        seen.item("database", "software_instance", {"listens_at": f"tcp/{far}/5432"})
        seen.relate("depends_on", program, "database", part="connections")
    seen.looked(ref, "identity", "os", "interfaces", "processes", "connections")
    return seen.done()


def drawn_by_people(made: Organisation) -> Iterator[Observation]:
    """What no scan sees: racks with A and B power, clusters, applications and what the services need."""
    seen = Seen("person", "edit", made.now)
    for place, (site, _, _) in enumerate(SITES):
        seen.item(f"site {site}", "site", {"name": site})
        seen.item(f"room {place}", "room", {"name": "Server room"}, {"name": "Server room"}, inside=f"site {site}")
        for feed in "AB":
            ups = seen.item(
                f"ups {site} {feed}",
                "ups",
                {"serial": f"AS{place}{feed}1907@@APC"},
                {"name": f"UPS {site} {feed}", "vendor": "APC", "model": "SMT3000"},
            )
            pdu = seen.item(
                f"pdu {site} {feed}",
                "pdu",
                {"serial": f"ZA{place}{feed}1732@@APC"},
                {"name": f"PDU {site} {feed}", "vendor": "APC", "model": "AP7900B"},
            )
            seen.relate("powered_by", pdu, ups, part="powered_by")
        seen.item(f"rack {place}", "rack", {"name": "Rack 1"}, {"name": "Rack 1", "units": 42}, inside=f"room {place}")
    for host in range(1, max(2, made.times(HYPERVISORS)) + 1):
        ref = seen.item(f"hv{host}", "hypervisor", {"serial": hypervisor(host)["serial"]})
        for feed in "AB" if host != 3 else "A":  # hv3 hangs on one feed: a single point of failure to be found
            seen.relate("powered_by", ref, f"pdu Paris {feed}", part="powered_by")
        seen.relate("located_in", ref, "rack 0")
    yield seen.done(actor="sample", note="the server room as drawn by its engineers")
    yield _applications(made)


def _applications(made: Organisation) -> Observation:
    seen = Seen("person", "edit", made.now)
    vms = made.times(VMS)

    def vm(number: int) -> str:
        which = (number - 1) % vms + 1
        return seen.item(f"vm{which}", "virtual_machine", {"uuid": machine(which)["uuid"]})

    for number, name in enumerate(SERVICES, start=1):
        service = seen.item(f"service {name}", "service", {"name": name})
        app = seen.item(
            f"app {name}",
            "application",
            {"name": f"{name} application"},
            {"name": f"{name} application", "version": f"{number % 7 + 1}.{number % 3}"},
        )
        seen.relate("depends_on", service, app, part="depends_on")
        if number % 3 == 1:  # a web farm: two of three are needed
            farm = seen.item(f"farm {name}", "cluster", {"name": f"{name} web farm"}, {"name": f"{name} web farm", "min_up": "2"})
            seen.relate("depends_on", app, farm, part="depends_on")
            for member in range(3):
                seen.relate("member_of", vm(number + member * 7), farm, part="member_of")
        else:
            for member in range(1 + number % 2):  # two interchangeable front ends, or one alone
                seen.relate("depends_on", app, vm(number + member * 5), part="depends_on", group="front", need="any")
        database = seen.item(
            f"database {name}", "database", {"name": f"{name.lower()}-db"}, {"name": f"{name.lower()}-db", "engine": "postgresql"}
        )
        seen.relate("depends_on", app, database, part="depends_on")
        seen.relate("runs_on", database, vm(6 * (number % 6) + 1), part="runs_on")
    for name in ("Directory", "DNS"):
        for other in ("E-mail", "Payroll", "File sharing", "VPN"):
            seen.relate("depends_on", f"service {other}", f"service {name}", part="depends_on")
    for title, target, likelihood, severity in _RISKS:
        risk = seen.item(f"risk {title}", "risk", {"name": title}, {"name": title, "likelihood": likelihood, "severity": severity})
        seen.relate("threatens", risk, f"service {target}", part="threatens")
    return seen.done(actor="sample", note="services as their owners describe them")


_RISKS = (
    ("Single database server behind Payroll", "Payroll", "possible", "severe"),
    ("One internet line in Halifax", "Order desk", "likely", "moderate"),
    ("End of life operating systems", "Warehouse", "likely", "major"),
)
