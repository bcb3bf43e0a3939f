"""Look at one device: which questions to ask, in which order, and what became of each part. What comes out is plain data (`Seen`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cmdb.errors import DiscoveryError
from cmdb.model.observation import CoverageState
from discovery.snmp import facts as deciding
from discovery.snmp import vlans as per_vlan
from discovery.snmp.facts import Evidence, Facts
from discovery.snmp.probes import addresses, arp, bridge, cdp, entity, interfaces, juniper, lldp, system
from discovery.snmp.probes.addresses import Address
from discovery.snmp.probes.arp import Pair
from discovery.snmp.probes.bridge import Forwarding
from discovery.snmp.probes.entity import Entities
from discovery.snmp.probes.interfaces import Interface
from discovery.snmp.probes.neighbours import Neighbour, OwnChassis
from discovery.snmp.probes.system import System
from discovery.snmp.rules import Rule, VendorTable, objects
from discovery.snmp.session import Session
from discovery.snmp.tables import Column, Table
from discovery.snmp.values import Value, number

_ROOTS = (*interfaces.ROOTS, interfaces.STACK_ROOT, *addresses.ROOTS, *entity.ROOTS, *lldp.ROOTS, *cdp.ROOTS, *bridge.ROOTS, *arp.ROOTS)
_VENDOR_ROOTS = (per_vlan.ROOT, bridge.NOKIA_ROOT, lldp.TP_LINK_ROOT, juniper.ROOT)
_WORST: dict[CoverageState, int] = {"complete": 0, "not_looked": 1, "partial": 2, "refused": 3, "failed": 4}


@dataclass(slots=True)
class Seen:
    """Everything that was read of one device. `parts` says how completely: part → (state, reason)."""

    system: System
    facts: Facts
    own_chassis: OwnChassis = field(default_factory=OwnChassis)
    interfaces: list[Interface] = field(default_factory=list)
    above: dict[int, set[int]] = field(default_factory=dict)
    addresses: list[Address] = field(default_factory=list)
    entities: Entities = field(default_factory=Entities)
    neighbours: list[Neighbour] = field(default_factory=list)
    forwarding: Forwarding = field(default_factory=Forwarding)
    pairs: list[Pair] = field(default_factory=list)
    vlans: dict[int, int] = field(default_factory=dict)
    page_count: int | None = None
    parts: dict[str, tuple[CoverageState, str]] = field(default_factory=dict)

    def note(self, part: str, *tables: Table) -> None:
        """The part's state from the tables it was read from: the worst of those that were asked, softened if something came."""
        if not tables:
            self.parts[part] = ("not_looked", "the agent shows no table of this kind")
            return
        worst = max(tables, key=lambda table: _WORST[table.state])
        state = worst.state
        if state in ("refused", "failed") and any(table for table in tables if table.state == "complete"):
            state = "partial"
        self.parts[part] = (state, worst.reason)


async def look(session: Session, table: VendorTable, open_vlan: per_vlan.OpenVlan | None = None) -> Seen:
    """Ask an open session about everything; `open_vlan` opens another one that sees a single VLAN (Cisco).

    Raises what `Session.first_contact` raises; later trouble ends in `Seen.parts`.
    """
    first = await session.first_contact([*system.SCALARS.values(), *deciding.STANDARD.values(), *lldp.OWN.values()])
    here = system.parse(first)
    candidates = table.candidates(here.object_id, here.descr)
    roots = list(
        dict.fromkeys(
            [
                *_ROOTS,
                *(root for root in _VENDOR_ROOTS if _same_enterprise(root, here.object_id)),
                *(root for rule in candidates for root in rule.has),
            ]
        )
    )
    reader = _Reader(session, await _present(session, roots))
    seen = Seen(here, Facts("device"), own_chassis=lldp.parse_own(first))
    seen.parts["identity"] = ("complete", "")
    await _interfaces(reader, seen)
    await _addresses(reader, seen)
    modules = await reader.read(entity.ROOTS, entity.COLUMNS)
    seen.entities = entity.parse(modules)
    roots_of_modules = entity.ROOTS
    if not any(part.serial for part in seen.entities.parts) and reader.has(juniper.ROOT):
        modules, roots_of_modules = await session.table(juniper.COLUMNS), (juniper.ROOT,)
        seen.entities = juniper.parse(modules)
    seen.note("modules", *reader.asked(roots_of_modules, modules))
    await _facts(reader, seen, table, [rule for rule in candidates if not rule.has or reader.has(*rule.has)], first)
    ports = bridge.base_ports(await reader.read(bridge.ROOTS[:1], bridge.PORT_COLUMNS))
    await _neighbours(reader, seen, ports)
    await _forwarding(reader, seen, ports)
    if open_vlan is not None and reader.has(per_vlan.ROOT) and not reader.has(bridge.ROOTS[2]):
        await _forwarding_by_vlan(reader, seen, open_vlan)
    pages = number(first.get(deciding.STANDARD["printer.pages"]))
    seen.page_count = pages if pages is not None and 0 <= pages < 2**31 else None
    return seen


def _same_enterprise(root: str, object_id: str) -> bool:
    return root.split(".")[:7] == object_id.split(".")[:7]


async def _present(session: Session, roots: list[str]) -> set[str]:
    """Which subtrees to ask; none where the agent fell silent after its first answer."""
    try:
        return await session.present(roots)
    except DiscoveryError:
        session.give_up()
        return set(roots)


class _Reader:
    """Tables of a session, asked only where the agent has something below their root."""

    def __init__(self, session: Session, present: set[str]) -> None:
        self.session, self.present = session, present

    def has(self, *roots: str) -> bool:
        return not self.present.isdisjoint(roots)

    async def read(self, roots: tuple[str, ...], columns: Mapping[str, str]) -> Table:
        """An empty table where none of the roots is present."""
        return await self.session.table(columns) if self.has(*roots) else Table({})

    def asked(self, roots: tuple[str, ...], *tables: Table) -> tuple[Table, ...]:
        """The tables, if there was reason to ask for them at all."""
        return tables if self.has(*roots) else ()


async def _interfaces(reader: _Reader, seen: Seen) -> None:
    rows = await reader.read(interfaces.ROOTS, interfaces.COLUMNS)
    seen.interfaces = interfaces.parse(rows)
    seen.above = interfaces.parse_stack(await reader.read((interfaces.STACK_ROOT,), interfaces.STACK_COLUMNS))
    seen.note("interfaces", *reader.asked(interfaces.ROOTS, rows))


async def _addresses(reader: _Reader, seen: Seen) -> None:
    new = await reader.read(addresses.ROOTS[:1], addresses.NEW_COLUMNS)
    old = await reader.read(addresses.ROOTS[1:2], addresses.OLD_COLUMNS)
    v6 = await reader.read(addresses.ROOTS[2:], addresses.V6_COLUMNS)
    seen.addresses = addresses.parse(new, old, v6)
    seen.note("addresses", *reader.asked(addresses.ROOTS, new, old, v6))


async def _facts(reader: _Reader, seen: Seen, table: VendorTable, rules: Sequence[Rule], first: Mapping[str, Value]) -> None:
    """Ask what the matching rules want to know; columns only for what single objects did not tell."""
    here = seen.system
    first_mac = next((row.mac for row in seen.interfaces if row.mac and row.is_physical_port), None) or here.bridge_mac
    words = deciding.words_of(here.descr, here.name, seen.entities, first, first_mac)
    values = dict(first)
    wanted = [oid for oid in objects(rules, here.object_id) if oid not in values]
    trouble = "the device stopped answering" if reader.session.dead else ""
    if wanted and not trouble:
        try:
            values.update(await reader.session.get(wanted))
        except DiscoveryError as err:
            trouble = err.message
    columns: dict[str, Column] = {}
    roots = deciding.untold_columns(rules, Evidence(here.object_id, values, {}, words))
    if roots:
        columns = dict((await reader.session.table({root: root for root in roots})).columns)
    seen.facts = deciding.decide(table, rules, Evidence(here.object_id, values, columns, words))
    seen.parts["hardware"] = seen.parts["os"] = ("partial", trouble) if trouble else ("complete", "")


async def _neighbours(reader: _Reader, seen: Seen, ports: Mapping[int, int]) -> None:
    old, new = lldp.ROOTS[:1], lldp.ROOTS[3:]
    speaks_lldp = bool(seen.own_chassis.chassis_id) or reader.has(*lldp.ROOTS)
    local = await reader.read(lldp.ROOTS[2:3], lldp.LOCAL_PORTS) if reader.has(*old) else Table({})
    heard = await reader.read(old, lldp.COLUMNS)
    management = await reader.read(lldp.ROOTS[1:2], lldp.MANAGEMENT)
    heard_v2 = await reader.read(new, lldp.V2_COLUMNS) if not heard else Table({})
    heard_tp_link = await reader.read((lldp.TP_LINK_ROOT,), lldp.TP_LINK_COLUMNS) if not heard else Table({})
    heard_cdp = await reader.read(cdp.ROOTS, cdp.COLUMNS)
    seen.neighbours = [
        *lldp.parse(heard, local, management, seen.interfaces, ports),
        *lldp.parse(heard_v2, Table({}), Table({}), seen.interfaces, ports, v2=True),
        *lldp.parse_tp_link(heard_tp_link),
        *cdp.parse(heard_cdp, seen.interfaces),
    ]
    tables = (heard, heard_v2, heard_tp_link, heard_cdp) if speaks_lldp or reader.has(*cdp.ROOTS) else ()
    seen.note("neighbours", *tables)


async def _forwarding(reader: _Reader, seen: Seen, ports: Mapping[int, int]) -> None:
    q_table = await reader.read(bridge.ROOTS[2:3], bridge.Q_COLUMNS)
    d_table = await reader.read(bridge.ROOTS[1:2], bridge.D_COLUMNS)
    fdb_ids = await reader.read(bridge.ROOTS[3:4], bridge.FDB_ID_COLUMNS) if q_table else Table({})
    pvids = await reader.read(bridge.ROOTS[4:5], bridge.PVID_COLUMNS)
    cisco = await reader.read(bridge.ROOTS[5:], bridge.CISCO_VLAN_COLUMNS)
    new = await reader.read(arp.ROOTS[:1], arp.NEW_COLUMNS)
    old = await reader.read(arp.ROOTS[1:], arp.OLD_COLUMNS)
    indexes = frozenset(row.index for row in seen.interfaces)
    seen.vlans = bridge.port_vlans(pvids, cisco, ports)
    seen.forwarding = bridge.parse(q_table, d_table, ports, bridge.vlans_by_fdb_id(fdb_ids), indexes)
    if not seen.forwarding.learned:
        nokia = await reader.read((bridge.NOKIA_ROOT,), bridge.NOKIA_COLUMNS)
        seen.forwarding = bridge.parse_nokia(nokia) if nokia else seen.forwarding
    seen.pairs = arp.parse(new, old)
    seen.note("connections", *reader.asked((*bridge.ROOTS[1:3], *arp.ROOTS), q_table, d_table, new, old))


async def _forwarding_by_vlan(reader: _Reader, seen: Seen, open_vlan: per_vlan.OpenVlan) -> None:
    """What the switch shows of VLAN 1 by default, and VLAN by VLAN of all."""
    wanted = per_vlan.wanted(await reader.session.table(per_vlan.COLUMNS))
    if not wanted or reader.session.dead:
        return
    found, state, reason = await per_vlan.forwarding(wanted, open_vlan, frozenset(row.index for row in seen.interfaces))
    told = {row.mac for row in found.learned}
    rest = tuple(row for row in seen.forwarding.learned if row.mac not in told)
    seen.forwarding = Forwarding((*found.learned, *rest), seen.forwarding.own | found.own)
    if state != "complete" or seen.parts["connections"][0] == "not_looked":
        seen.parts["connections"] = (state, reason)
