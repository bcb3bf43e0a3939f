"""Objections: what rules a candidate out, from first to last. Pure; told to operators in docs/how-to/how-identity-works.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from reconciliation import rules
from reconciliation.beside import Pair, between, live, plain, words
from reconciliation.evidence import OF_FIRMWARE, blocked, kind_of

_VIRTUAL = "virtual_machine"
_IN_HAND = ("phone", "tablet")
_OF_MAKERS = OF_FIRMWARE
"""Numbers that firmware shows; what people, clouds and sources give out is theirs to keep apart."""


# Each answers in words, or "" where it has nothing to say.


def _other_kind(pair: Pair) -> str:
    return "" if pair.possible_classes else f"a {pair.known.cls} is never a {pair.asked.cls}"


def _other_number(pair: Pair) -> str:
    """The comparable strong kind that ranks first decides: a new board has a new UUID and the old serial, so the serial decides."""
    rows = [r for r in pair.weighed.rows if r.grade == "strong" and (r.agrees or kind_of(r.kind).differs == "conflict")]
    if _VIRTUAL in (pair.asked.cls, pair.known.cls) and any(r.kind == "uuid" for r in rows):
        # A guest has no maker: OpenStack gives all guests of a host the host's number as their serial, and an appliance in a guest spells
        # the UUID in its own way for one. Its UUID is its own.
        rows = [r for r in rows if r.kind != "serial"]
    first = min(rows, key=lambda r: (kind_of(r.kind).rank, not r.agrees), default=None)
    if first is None or first.agrees or (first.kind == "serial" and confused(pair)) or (first.kind == "imei" and _two_radios(pair)):
        return ""
    if first.kind == "uuid" and _board_in_its_case(pair):
        return ""
    return f"another {plain(first.kind)}"


def _board_in_its_case(pair: Pair) -> bool:
    """A new board that shows a placeholder for the serial: the enclosure's serial, a card, the system and its name are the old ones."""
    stayed = any(r.kind == "chassis_serial" and r.agrees for r in pair.weighed.rows) and pair.is_("ports", "agrees", "partly")
    virtual = _VIRTUAL in (pair.asked.cls, pair.known.cls)
    return (
        stayed
        and not virtual
        and pair.is_("image", "agrees")
        and pair.is_("name", "agrees")
        and pair.weighed.differing("strong") == ("uuid",)
    )


def _two_radios(pair: Pair) -> bool:
    """A phone with two SIM cards has two IMEIs of one type (the first eight digits, 3GPP TS 23.003), and a report may show either."""
    types = [{e.value[:8] for e in evidence if e.kind == "imei"} for evidence in (pair.asked.evidence, pair.known.evidence)]
    return bool(types[0] & types[1]) and pair.is_("image", "agrees") and pair.weighed.differing("strong") == ("imei",)


def _shared_number(pair: Pair) -> str:
    """One number agrees, and all that the machine, its system and its people show differs: a placeholder on no list, a number that nodes of
    one box share, a container that shows its host's. A renamed, mended or newly installed machine always keeps something."""
    numbers = pair.strong or pair.medium
    if not numbers or not set(numbers) <= _OF_MAKERS or not pair.device or pair.by_hand or not pair.asked.described:
        return ""
    hardware = pair.is_("ports", "differs") or (bool(pair.weighed.differing("strong")) and pair.is_("ports", "silent"))
    system = pair.is_("name", "differs") or pair.is_("image", "differs")
    # The board's number does not count as kept: cheap boards have one for all, nodes of a box and containers show their box's.
    kept = pair.is_("ports", "agrees", "partly") or pair.is_("image", "agrees", "partly")
    if pair.is_("name", "agrees", "partly"):
        # A board and its system may be new at once; but one UUID, other cards, another system and a default name are two machines.
        kept = kept or pair.strong != ("uuid",) or not (pair.is_("ports", "differs") and pair.is_("image", "differs"))
    if hardware and system and not kept:
        return f"the same {words(numbers)}, and everything else differs: it is shared"
    if pair.virtual and pair.is_("ports", "differs") and pair.is_("name", "differs"):
        # Its numbers and its system are files, and are copied with them; what the platform gives anew are the cards.
        return f"the same {words(numbers)}, with other cards and another name: a copied guest"
    return ""


def _second_copy(pair: Pair) -> str:
    """A guest that was seen a moment ago under the same number, and has other cards of the platform now: a copy brought up beside it
    (a test of the recovery site, a restored backup), or its cards were exchanged. If the first is seen again they are two; if it stays
    silent they are one, and are joined."""
    if not pair.virtual or not pair.strong or not pair.is_("ports", "differs") or not pair.asked.described or not pair.asked.at:
        return ""
    cards = [
        {e.value for e in evidence if e.kind == "mac" and blocked().is_virtual_machine(e.value)}
        for evidence in (pair.asked.evidence, pair.known.evidence)
    ]
    seen = pair.known.last_seen_at
    if not all(cards) or not seen or between(*sorted((seen, pair.asked.at))) > rules.weighing().live:
        return ""
    return f"the same {words(pair.strong)} on other cards, and lately seen on the first ones: a second copy, or its cards were exchanged"


def _other_position(pair: Pair) -> str:
    """Two fans may be called `Fan`. Positions are given anew at a restart, but at one time two positions are two parts."""
    if not pair.asked.inside or pair.strong or pair.medium or pair.known.last_seen_at < pair.asked.at:
        return ""
    return f"another {words(pair.weighed.differing('medium'))} at the same time" if pair.weighed.differing("medium") else ""


def _other_tag(pair: Pair) -> str:
    """One serial under two labels, and only registers speak of either: a new label, or a word on no list that people type for a serial."""
    kinds = {source.partition(":")[0] for source in pair.known.sources}
    typed = pair.by_hand and pair.asked.source.partition(":")[0] == "import" and kinds == {"import"}
    if (
        typed
        and pair.strong == ("serial",)
        and "asset_tag" in pair.weighed.differing("strong")
        and not pair.is_("name", "agrees", "partly")
    ):
        return "the same serial under another asset tag, and nothing else known of either"
    return ""


def _cloned(pair: Pair) -> str:
    """The system agrees, no number does, and the network cards are others: a clone, or an image that moved to another machine."""
    if pair.strong or not pair.device or pair.by_hand:
        return ""
    if pair.is_("image", "agrees", "partly") and pair.is_("ports", "differs") and not pair.is_("parts", "agrees"):
        return "the same system on other network cards: a clone or a moved image"
    if pair.asked.cls in _IN_HAND and pair.known.cls in _IN_HAND:
        return ""  # nobody makes images of phones: the program's id is the phone's, and its owner renames it
    bare = pair.asked.described and pair.is_("ports", "silent") and pair.is_("image", "agrees", "partly")
    if bare and pair.is_("name", "differs") and not pair.is_("parts", "agrees") and live(pair):
        return "the same system under another name, and lately seen under the first one: containers of one image, or renamed"
    return ""


_AT_ONCE = timedelta(hours=12)


def _lent_card(pair: Pair) -> str:
    """A network card or two agree, and the system or the name is another: a dock or an adapter went from one to the other."""
    if pair.strong or not pair.device or not pair.asked.described or not pair.weighed.shared_ports or pair.is_("parts", "agrees"):
        return ""
    if pair.is_("image", "agrees"):
        return ""
    one, alone = pair.weighed.shared_ports == 1, pair.weighed.all_ports
    if one and not alone:
        another = pair.is_("image", "differs") or pair.is_("name", "differs")
        return "one network card in common, and another system or name: a dock or an adapter" if another else ""
    system = pair.is_("image", "differs") or any(r.kind == "agent_id" and not r.agrees for r in pair.weighed.rows)
    other = pair.is_("name", "differs") and not pair.is_("image", "partly") and not pair.by_hand
    # Two cheap cards of one address in two boxes, or a box that was renamed the same day. (Over SNMP people give other names, and
    # controllers of access points give their own.)
    named_apart = pair.asked.source.startswith("snmp:") or pair.fixed
    at_once = one and alone and not named_apart and between(pair.known.last_seen_at, pair.asked.at) <= _AT_ONCE
    if other and (at_once or (system and one == alone and (pair.portable or pair.cheap))):
        what = "one network card is all they have in common" if one else "network cards in common, and each has another"
        return f"{what}; name and system are others: docks and adapters, or installed anew"
    return ""


def _namesake(pair: Pair) -> str:
    """Only the name agrees, and whoever speaks has its own way to tell the two apart: the keys of a register, the hash of a number that may
    not be stored (fleet #36738), the ids of one maker's agents, two addresses that answer at one time."""
    if pair.strong or not pair.asked.described or pair.asked.dependent:
        return ""
    if pair.known_as_another("place") and {*pair.medium, *pair.weak} <= {"name", "snmp_engine_id"}:
        return "the same name at another address, and nothing else to tell: a namesake, or one that has moved"
    if pair.medium or pair.weak != ("name",):
        return ""
    if pair.known_as_another("external_id"):
        return "the same name under another key of one source: a namesake"
    if pair.asked.source in pair.known.sources and pair.known_as_another("agent_id"):
        return "the same name with another id of one kind of agent: a namesake, or installed anew"
    return ""


OBJECTIONS: tuple[tuple[str, Callable[[Pair], str]], ...] = (
    ("class", _other_kind),
    ("number", _other_number),
    ("position", _other_position),
    ("tag", _other_tag),
    ("shared", _shared_number),
    ("copy", _second_copy),
    ("clone", _cloned),
    ("card", _lent_card),
    ("namesake", _namesake),
)
"""In this order; the first that speaks rules the candidate out. What leaves a question says `leaves_open`."""


def leaves_open(pair: Pair, objection: str) -> bool:
    """Whether the objection leaves a question: a slip of the finger, or the other one was not seen for a while and something moved on.

    Two that do live answer it themselves when both are seen again.
    """
    if objection == "number":
        return mistyped(pair) or _new_board(pair)
    if objection in ("tag", "copy"):
        return True
    if objection == "shared" and (pair.asked.cls == _VIRTUAL) != (pair.known.cls == _VIRTUAL):
        return False  # a container or a guest that reads the numbers of the box that it runs on
    if objection == "card":
        return pair.weighed.all_ports or pair.weighed.shared_ports > 1
    if objection == "namesake":
        return not pair.known_as_another("external_id") and (pair.known_as_another("place") or not live(pair))
    return objection in ("shared", "clone") and not live(pair)


def _new_board(pair: Pair) -> bool:
    """The system and its name moved to other hardware that shows no serial yet, and the old has fallen silent: a new board, or the disk
    in another box. Guests are copied so every day, and nobody asks about them."""
    virtual = "virtual_machine" in (pair.asked.cls, pair.known.cls)
    moved = pair.is_("image", "agrees") and pair.is_("name", "agrees") and pair.weighed.differing("strong") == ("uuid",)
    return moved and not virtual and not live(pair)


def mistyped(pair: Pair) -> bool:
    """Two serials that differ by a slip of the finger, or of which one is cut short, one of them typed by hand, on things of one name. What
    is cut short is asked about, never taken: serials of one delivery begin alike."""
    if not pair.by_hand or not pair.is_("name", "agrees"):
        return False
    values = [
        [e.value for e in evidence if e.kind == "serial" and e.grade == "strong"] for evidence in (pair.asked.evidence, pair.known.evidence)
    ]
    return any(_one_slip(a, b) or _cut(a, b) for a in values[0] for b in values[1])


def confused(pair: Pair) -> bool:
    """A serial that somebody typed, and took a letter for a digit or exchanged two; what it names is called the same."""
    if not pair.by_hand or not pair.is_("name", "agrees") or any(k != "serial" for k in pair.weighed.differing("strong")):
        return False
    values = [
        [e.value for e in evidence if e.kind == "serial" and e.grade == "strong"] for evidence in (pair.asked.evidence, pair.known.evidence)
    ]
    return any(
        (_one_slip(a, b) and sorted(a) == sorted(b)) or (a != b and a.translate(_ALIKE) == b.translate(_ALIKE))
        for a in values[0]
        for b in values[1]
    )


_SHORTEST_CUT = 5


def _cut(a: str, b: str) -> bool:
    """One is the start or the end of the other, and long enough to tell: a narrow column, a label half torn off."""
    short, long = sorted((a, b), key=len)
    return _SHORTEST_CUT <= len(short) < len(long) and (long.startswith(short) or long.endswith(short))


_ALIKE = str.maketrans("oqdizlsbg", "000121586")
"""Letters that people take for digits."""


def _one_slip(a: str, b: str) -> bool:
    """One character typed wrong, left out or added, or two neighbours exchanged."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    return (
        rest_a[1:] == rest_b[1:]
        or rest_a[1:] == rest_b
        or rest_a == rest_b[1:]
        or (rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:])
    )
