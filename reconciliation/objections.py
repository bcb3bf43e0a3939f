"""Objections: what rules a candidate out, from first to last. Pure; told to operators in docs/how-to/how-identity-works.md."""

from __future__ import annotations

from collections.abc import Callable

from reconciliation.beside import Pair, plain, words
from reconciliation.evidence import kind_of

_OF_MAKERS = frozenset({"serial", "uuid", "board_serial", "chassis_serial"})
"""Numbers that firmware shows; what people, clouds and sources give out is theirs to keep apart."""


# Each answers in words, or "" where it has nothing to say.


def _other_kind(pair: Pair) -> str:
    return "" if pair.possible_classes else f"a {pair.known.cls} is never a {pair.asked.cls}"


def _other_number(pair: Pair) -> str:
    """The comparable strong kind that ranks first decides: a new board has a new UUID and the old serial, so the serial decides."""
    rows = [r for r in pair.weighed.rows if r.grade == "strong" and (r.agrees or kind_of(r.kind).differs == "conflict")]
    first = min(rows, key=lambda r: (kind_of(r.kind).rank, not r.agrees), default=None)
    if first is None or first.agrees or (first.kind == "serial" and confused(pair)):
        return ""
    return f"another {plain(first.kind)}"


def _shared_number(pair: Pair) -> str:
    """One number agrees, and all that the machine, its system and its people show differs: a placeholder on no list, a number that nodes of
    one box share, a container that shows its host's. A renamed, mended or newly installed machine always keeps something."""
    if not pair.strong or not set(pair.strong) <= _OF_MAKERS or not pair.device or pair.by_hand or not pair.asked.described:
        return ""
    hardware = pair.is_("ports", "differs") or (bool(pair.weighed.differing("strong")) and pair.is_("ports", "silent"))
    system = pair.is_("name", "differs") or pair.is_("image", "differs")
    # Nodes of one box share its enclosure, and a container sees its host's board.
    board = "board_serial" in pair.medium and len(pair.strong) == 1
    kept = pair.is_("ports", "agrees", "partly") or pair.is_("image", "agrees", "partly") or board
    if pair.is_("name", "agrees", "partly"):
        # A board and its system may be new at once; but one UUID, other cards, another system and a default name are two machines.
        kept = kept or pair.strong != ("uuid",) or not (pair.is_("ports", "differs") and pair.is_("image", "differs"))
    if hardware and system and not kept:
        return f"the same {words(pair.strong)}, and everything else differs: it is shared"
    return ""


def _cloned(pair: Pair) -> str:
    """The system agrees, no number does, and the network cards are others: a clone, or an image that moved to another machine."""
    if pair.strong or not pair.device or pair.by_hand:
        return ""
    if pair.is_("image", "agrees", "partly") and pair.is_("ports", "differs") and not pair.is_("parts", "agrees"):
        return "the same system on other network cards: a clone or a moved image"
    return ""


def _lent_card(pair: Pair) -> str:
    """One network card of several agrees, and the system or the name is another: a dock or an adapter went from one to the other."""
    if pair.strong or not pair.device or not pair.asked.described or pair.weighed.all_ports or pair.is_("parts", "agrees"):
        return ""
    if pair.weighed.shared_ports == 1 and (pair.is_("image", "differs") or pair.is_("name", "differs")) and not pair.is_("image", "agrees"):
        return "one network card in common, and another system or name: a dock or an adapter"
    return ""


OBJECTIONS: tuple[tuple[str, Callable[[Pair], str]], ...] = (
    ("class", _other_kind),
    ("number", _other_number),
    ("shared", _shared_number),
    ("clone", _cloned),
    ("card", _lent_card),
)
"""In this order; the first that speaks rules the candidate out. `shared` and `clone` become a question where the other one may be gone."""


def mistyped(pair: Pair) -> bool:
    """Two serials that differ by a slip of the finger, one of them typed by hand, on things of one name."""
    if not pair.by_hand or not pair.is_("name", "agrees"):
        return False
    values = [
        [e.value for e in evidence if e.kind == "serial" and e.grade == "strong"] for evidence in (pair.asked.evidence, pair.known.evidence)
    ]
    return any(_one_slip(a, b) for a in values[0] for b in values[1])


def confused(pair: Pair) -> bool:
    """A serial that somebody typed, and took a letter for a digit or exchanged two; what it names is called the same."""
    if not pair.by_hand or not pair.is_("name", "agrees") or any(k != "serial" for k in pair.weighed.differing("strong")):
        return False
    values = [
        [e.value for e in evidence if e.kind == "serial" and e.grade == "strong"] for evidence in (pair.asked.evidence, pair.known.evidence)
    ]
    return any(
        _one_slip(a, b) and (sorted(a) == sorted(b) or a.translate(_ALIKE) == b.translate(_ALIKE)) for a in values[0] for b in values[1]
    )


_ALIKE = str.maketrans("oqdizsbg", "00012586")
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
