"""Orders of people about what is one thing and who is believed, by name: so that they can be kept, and carried out again by a replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cmdb.errors import Invalid
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Changes
from reconciliation.catching_up import give_up
from reconciliation.distrust import AT_ONCE, distrust, extent, extent_of_trust, standing, trust
from reconciliation.distrust_looks import Kept, distrust_looks
from reconciliation.distrusting import Course
from reconciliation.joining import join
from reconciliation.owning import own
from reconciliation.splitting import split, undo_join

GIVE_UP = "give_up"
"""The order about relations that wait."""
Args = Mapping[str, Any]


def _split(graph: Graph, catalogue: Catalogue, args: Args, apply: bool) -> Changes:
    words = {"by": str(args["by"]), "reason": str(args["reason"])}
    return split(graph, catalogue, args["ci"], args["subjects"], loans=args.get("loans", ()), apply=apply, **words)


def _undo_join(graph: Graph, catalogue: Catalogue, args: Args, apply: bool) -> Changes:
    return undo_join(graph, catalogue, args["gone"], by=args["by"], reason=args["reason"], apply=apply)


def _join(graph: Graph, catalogue: Catalogue, args: Args, apply: bool) -> Changes:
    keep, gone = sorted((str(args["ci"]), str(args["other"])))  # ids sort by age: the older survives
    return join(graph, catalogue, keep, gone, by=args["by"], reason=args["reason"], apply=apply)


def _distrust(graph: Graph, catalogue: Catalogue, args: Args, apply: bool, course: Course = AT_ONCE) -> Changes:
    source, subject, by, reason = (str(args.get(name, "")) for name in ("source", "subject", "by", "reason"))
    return distrust(graph, catalogue, source, subject=subject, by=by, reason=reason, apply=apply, course=course)


def _trust(graph: Graph, catalogue: Catalogue, args: Args, apply: bool, course: Course = AT_ONCE) -> Changes:
    return trust(graph, catalogue, order_key(args), by=args["by"], reason=args["reason"], apply=apply, course=course)


def order_key(args: Args) -> str:
    """The key of the order to distrust this source, or this subject of it."""
    return f"{args['source']}|{args['subject']}" if args.get("subject") else str(args["source"])


def _own(graph: Graph, _catalogue: Catalogue, args: Args, apply: bool) -> Changes:
    return own(graph, str(args["ci"]), str(args["key"]), by=str(args["by"]), reason=str(args["reason"]), apply=apply)


def _give_up(graph: Graph, _catalogue: Catalogue, args: Args, apply: bool) -> Changes:
    return give_up(graph, args["relations"], by=str(args["by"]), reason=str(args["reason"]), apply=apply)


ORDERS: Mapping[str, Callable[[Graph, Catalogue, Args, bool], Changes]] = {
    "split": _split,
    "undo_join": _undo_join,
    "join": _join,
    "distrust": _distrust,
    "trust": _trust,
    "own_identifier": _own,
    GIVE_UP: _give_up,
}
NAMES_CIS = ("ci", "gone", "other")
"""Arguments that are ids of CIs."""


LOOKS = "distrust_looks"
"""The order that needs what was said once: source, subject, entries (of the intake), by, reason."""


def taken_back(graph: Graph, name: str, args: Args) -> bool:
    """Whether what this order distrusts is trusted (again)."""
    return name != "trust" and all(one.key != order_key(args) for one in standing(graph))


def extent_of(graph: Graph, name: str, args: Args) -> int:
    """How many CIs an order to distrust or trust would draw anew. Raises what the order would raise at once, but for single looks."""
    if name == "trust":
        return extent_of_trust(graph, order_key(args), str(args["reason"]))
    return extent(graph, str(args["source"]), str(args.get("subject", "")), str(args["reason"]))


DOUBTS = ("distrust", "trust", LOOKS)
"""The orders about who is believed: those that may be about all there is, and have a course."""


def carry_out_doubt(
    graph: Graph, catalogue: Catalogue, name: str, args: Args, course: Course, *, apply: bool, kept: Kept
) -> Changes:  # fmt: skip
    """One of `DOUBTS` by a course. Raises as the order's own function, Invalid for another name."""
    if name == LOOKS:
        words = {key: str(args[key]) for key in ("source", "subject", "by", "reason")}
        return distrust_looks(graph, catalogue, words, [str(one) for one in args["entries"]], kept, apply=apply, course=course)
    if name not in DOUBTS:
        raise Invalid(f"{name[:40]!r} is no order about who is believed.", field="act")
    return (_trust if name == "trust" else _distrust)(graph, catalogue, args, apply, course)


def carry_out(graph: Graph, catalogue: Catalogue, name: str, args: Args, *, apply: bool = True, kept: Kept | None = None) -> Changes:
    """Do what a person ordered, or foresee it. Raises Invalid for an order nobody knows, else as the order's own function.

    `kept`: the looks that are still kept, for the order `LOOKS`.
    """
    if name == LOOKS and kept is not None:
        return carry_out_doubt(graph, catalogue, name, args, AT_ONCE, apply=apply, kept=kept)
    if name not in ORDERS:
        raise Invalid(f"There is no order {name[:40]!r}.", field="act")
    return ORDERS[name](graph, catalogue, args, apply)


def left_for(changes: Changes) -> str:
    """The id of the CI that a split made; "" for other orders."""
    return next((str(c.after) for c in changes.changes if c.kind == "split" and c.before is None), "")
