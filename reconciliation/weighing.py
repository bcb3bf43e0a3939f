"""Weighing: what one item and one CI have in common, kind by kind and family by family. Pure.

Evidence comes in families, because it is changed, cloned and lent together: `ports` (network cards) are bought and replaced, `image`
(machine-id, host keys, agent) goes with the disk or the template, `name` is given by people, `parts` (board, enclosure) stay in the box.
A family agrees, agrees partly, differs, or is silent where one side has nothing to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cmdb.model.catalogue import Catalogue
from reconciliation.evidence import OF_FIRMWARE, RANKS, Evidence, blocked, kind_of
from reconciliation.normalise import is_locally_administered
from reconciliation.verdict import Agreement

State: TypeAlias = Literal["agrees", "partly", "differs", "silent"]

FAMILIES = ("ports", "image", "name", "parts")
_NETBIOS = 15
_TOLD_BY_MACHINES = ("hostname",)
"""Names that contradict each other when they differ; what people call a thing does not."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """`rows`: one for each kind both sides have. `states`: family → State.

    `shared_ports`: how many addresses agree; `all_ports`: whether they are all that either side has.
    """

    rows: tuple[Agreement, ...]
    states: Mapping[str, State]
    shared_ports: int = 0
    all_ports: bool = False
    beside: bool = False
    """Whether they also have something in common that many show: it decides nothing, but supports the rest."""

    def agreeing(self, grade: str) -> tuple[str, ...]:
        """Kinds that agree with this grade, spellings of one fact once (a host name and an FQDN are `name`)."""
        return tuple(sorted({_fact(r.kind) for r in self.rows if r.agrees and r.grade == grade}))

    def differing(self, grade: str) -> tuple[str, ...]:
        """Kinds of this grade that both sides have and that contradict each other."""
        return tuple(r.kind for r in self.rows if not r.agrees and r.grade == grade and kind_of(r.kind).differs == "conflict")


def _fact(kind: str) -> str:
    family = kind_of(kind).family
    return "name" if family == "name" else "mac" if family == "ports" else kind


def weigh(mine: Sequence[Evidence], theirs: Sequence[Evidence], shared: frozenset[str], *, roaming: bool = False) -> Weighed:
    """Compare an item's evidence with a CI's. `shared`: keys that decide nothing. `roaming`: a thing whose locally administered addresses
    are random ones that change with the network (phones, notebooks); a difference of those says nothing."""
    here = [e for e in mine if e.grade != "none" and e.key not in shared]
    there = [e for e in theirs if e.grade != "none" and e.key not in shared]
    rows: list[Agreement] = []
    ports, hits, whole = _ports(here, there, roaming)
    for kind in sorted({e.kind for e in here} & {e.kind for e in there}):
        row = _row(kind, [e for e in here if e.kind == kind], [e for e in there if e.kind == kind])
        if row is None:
            continue
        if kind_of(kind).family == "ports" and row.agrees and ports == "partly":
            row = Agreement(row.kind, "weak", row.value, True)
        rows.append(row)
    macs = _addresses(here) | _addresses(there)
    lasting = [r for r in rows if r.agrees or r.kind != "snmp_engine_id" or not _made_of_address(r.value, macs)]
    states: dict[str, State] = {
        "ports": ports,
        "image": _state(lasting, "image"),
        "parts": _state(rows, "parts"),
        "name": _names(here, there),
    }
    if ports == "differs" and states["name"] == "agrees" and _made_at_start(mine, theirs, rows):
        states["ports"] = "silent"
    beside = bool({e.key for e in mine} & {e.key for e in theirs} & shared)
    return Weighed(tuple(rows), states, hits, whole, beside)


def _row(kind: str, here: list[Evidence], there: list[Evidence]) -> Agreement | None:
    """How one kind compares; None where the values are the same but their scopes (makers) cannot be compared."""
    hit = next((a for a in here for b in there if _same(a, b)), None)
    if hit is not None:
        return Agreement(kind, hit.grade, hit.value, True)
    if any(a.key == b.key for a in here for b in there):
        return None
    return Agreement(kind, _weaker([e.grade for e in here], [e.grade for e in there]), f"{here[0].value} / {there[0].value}", False)


def _same(a: Evidence, b: Evidence) -> bool:
    return a.key == b.key and same_maker(a, b)


def same_maker(a: Evidence, b: Evidence) -> bool:
    """Whether the scopes of two equal numbers allow them to be one: makers count from one, each for himself."""
    mine, theirs = a.scope.split(), b.scope.split()
    # `brother industries` and `brother` are one, and so are `ibm lenovo` and `lenovo`.
    return not mine or not theirs or mine[0] in theirs or theirs[0] in mine


def _weaker(mine: Iterable[str], theirs: Iterable[str]) -> str:
    """The grade of a difference: what the better of both sides' values allow, the weaker of the two."""
    return min(max(mine, key=lambda g: RANKS[g]), max(theirs, key=lambda g: RANKS[g]), key=lambda g: RANKS[g])


def _state(rows: Sequence[Agreement], family: str) -> State:
    mine = [r for r in rows if kind_of(r.kind).family == family]
    agrees = any(r.agrees for r in mine)
    differs = any(not r.agrees and kind_of(r.kind).differs != "silent" for r in mine)
    return "partly" if agrees and differs else "agrees" if agrees else "differs" if differs else "silent"


def _ports(here: Sequence[Evidence], there: Sequence[Evidence], roaming: bool) -> tuple[State, int, bool]:
    """Network cards are compared as sets: one card of several may be new, and one of several may be lent."""
    mine, theirs = _addresses(here), _addresses(there)
    hits = mine & theirs
    burnt = [{m for m in macs if not is_random(m)} for macs in (mine, theirs)]
    if not hits:
        return ("differs" if all(burnt if roaming else (mine, theirs)) else "silent"), 0, False
    real = [{m for m in macs if not blocked().is_virtual_machine(m)} for macs in burnt]
    if any(all(cards) and not cards[0] & cards[1] for cards in (burnt, real)):
        # Bridges of cloned hosts have equal made-up addresses (systemd #18362, libvirt's virbr0); the real cards tell.
        return "differs", 0, False
    smaller = min(len(mine), len(theirs))
    enough = len(hits) == smaller or 2 * len(hits) > smaller
    return ("agrees" if enough else "partly"), len(hits), mine == theirs


def _made_at_start(mine: Sequence[Evidence], theirs: Sequence[Evidence], rows: Sequence[Agreement]) -> bool:
    """Whether both are one agent in something that shows no number of its own, not even a placeholder, and cards made by software only: a
    container, a Linux inside Windows. It gets another card at each start. (A copied guest that an agent lives in shows a UUID.)"""
    both = (*mine, *theirs)
    numbered = any(e.kind in OF_FIRMWARE and len(e.value) > 2 for e in both)  # osquery writes -1 for none
    hard = any(e.grade == "medium" and kind_of(e.kind).family == "ports" for e in both)
    return not numbered and not hard and any(r.kind == "agent_id" and r.agrees for r in rows)


def _addresses(evidence: Sequence[Evidence]) -> set[str]:
    return {e.value for e in evidence if kind_of(e.kind).family == "ports" and len(e.value) == 12}


def is_random(mac: str) -> bool:
    """Locally administered, and not of a known maker of virtual machines: made up by a phone or a notebook for one network."""
    return is_locally_administered(mac) and not blocked().is_virtual_machine(mac)


def _names(here: Sequence[Evidence], there: Sequence[Evidence]) -> State:
    mine, theirs = _of_family(here, "name"), _of_family(there, "name")
    if any(values & theirs.get(kind, set()) for kind, values in mine.items()):
        full = mine.get("fqdn"), theirs.get("fqdn")
        return "partly" if all(full) and not (full[0] or set()) & (full[1] or set()) else "agrees"
    macs = _addresses(here) | _addresses(there)
    told = [{n for k in _TOLD_BY_MACHINES for n in names.get(k, ()) if not _made_of_address(n, macs)} for names in (mine, theirs)]
    return "differs" if all(told) and not _cut_short(*told) else "silent"


def _cut_short(mine: set[str], theirs: set[str]) -> bool:
    """NetBIOS cuts names after 15 characters, and some agents tell that name: it is no other one."""
    return any(a != b and len(a) == _NETBIOS and b.startswith(a) for one, two in ((mine, theirs), (theirs, mine)) for a in one for b in two)


def _made_of_address(name: str, macs: set[str]) -> bool:
    """Names like NPI8DDF48 or SEP00562B… change with the card."""
    return any(mac[6:] in name for mac in macs)


def _of_family(evidence: Sequence[Evidence], family: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for e in evidence:
        if kind_of(e.kind).family == family:
            found.setdefault(e.kind, set()).add(e.value)
    return found


def compatible(catalogue: Catalogue, one: str, other: str) -> bool:
    """Whether two sources may mean one thing by these classes: one is a kind of the other, or both are devices of a not yet settled kind.

    A management controller never is its host, though it shows the host's serial.
    """
    if catalogue.is_a(one, other) or catalogue.is_a(other, one):
        return "management_controller" not in (one, other) or one == other or "device" in (one, other)
    if "management_controller" in (one, other):
        return False
    return catalogue.is_a(one, "device") and catalogue.is_a(other, "device")
