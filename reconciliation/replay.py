"""Replay: what was said once is said again to another graph, where the same things have other ids.

The ids are learned on the way: each entry tells what its items turned out to be then, and reconciling it again tells what they are now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from cmdb.errors import Invalid, NotFound
from cmdb.graph import replaying, reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Changes
from cmdb.model.observation import Identifier, Item, Observation
from reconciliation.answers import answer
from reconciliation.distrust_looks import Kept
from reconciliation.orders import LOOKS, NAMES_CIS, ORDERS, carry_out, left_for
from reconciliation.prepare import DIRECT
from reconciliation.reconcile import reconcile
from reconciliation.subjects import by_id
from reconciliation.taking_back import take_back

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

About = Mapping[str, Collection[str]]
"""Id of then → keys of the identifiers that CI showed."""


class Replayer:
    """Says it again to one graph. `pairs`: id of then → ids of now that its items turned out to be (several: today's rules part it).

    `kept`: the looks that were kept when the next order was given, for those orders that need them.
    """

    def __init__(self, graph: Graph, catalogue: Catalogue) -> None:
        self._graph, self._catalogue = graph, catalogue
        self._ids: dict[str, str] = {}
        self.pairs: dict[str, set[str]] = {}
        self.kept: Kept | None = None
        self._acts: dict[str, Callable[[Mapping[str, Any], About], str]] = {"answer": self._answer, "take_back": self._take_back}

    def observe(self, seen: Observation, then: Mapping[str, str], about: About) -> Changes:
        """Reconcile an observation again. `then`: ref → the id its item turned out to be. Raises as `reconcile`."""
        changes = reconcile(self._graph, self._catalogue, replace(seen, items=tuple(self._item(item, about) for item in seen.items)))
        for one in changes.resolved:
            self._learn(then.get(one.ref, ""), one.ci)
        return changes

    def act(self, name: str, args: Mapping[str, Any], about: About, then: Mapping[str, Any]) -> None:
        """Carry out a person's order again. Raises Invalid for one that nobody knows, NotFound where what it is about is not there."""
        if name in ORDERS or name == LOOKS:
            self._learn(str(then.get("decided") or ""), self._order(name, args, about))
            return
        if name not in self._acts:
            raise Invalid(f"This version does not know the order {name[:40]!r}.", field="act")
        self._learn(str(then.get("decided") or ""), self._acts[name](args, about))

    def now(self, then: str, about: About) -> str:
        """The id a CI has now: as learned, else the CI that shows its identifiers, else the old id."""
        if then not in self._ids and about.get(then):
            keys = [_ID.sub(lambda found: self._ids.get(found.group(), found.group()), key) for key in about[then]]
            self._learn(then, replaying.showing(self._graph, keys))
        return self._ids.get(then, then)

    def _learn(self, then: str, now: str) -> None:
        if then and now:
            self._ids[then] = now
            self.pairs.setdefault(then, set()).add(now)

    def _item(self, item: Item, about: About) -> Item:
        if not any(i.kind == DIRECT for i in item.identifiers):
            return item
        named = tuple(Identifier(DIRECT, self.now(i.value, about)) if i.kind == DIRECT else i for i in item.identifiers)
        return replace(item, identifiers=named)

    def _question(self, args: Mapping[str, Any], about: About, states: Collection[str]) -> str:
        asked = args["review"]
        candidates = [self.now(str(ci), about) for ci in asked["candidates"]]
        found = replaying.review_like(self._graph, str(asked["key"]), str(asked["kind"]), candidates, states)
        if not found:
            raise NotFound("The question that was answered was not asked again.")
        return found

    def _answer(self, args: Mapping[str, Any], about: About) -> str:
        review = self._question(args, about, ("open",))
        ci = self.now(str(args.get("ci") or ""), about)
        answer(self._graph, self._catalogue, review, str(args["choice"]), ci, by=str(args["by"]), reason=str(args["reason"]))
        return str(reviews.get(self._graph, review).get("decided") or "")

    def _order(self, name: str, args: Mapping[str, Any], about: About) -> str:
        """A split, a join or who is believed: the CIs and the subjects that stand for a CI's id have other names here."""
        named = {by_id(then): by_id(now) for then, now in self._ids.items()}
        told: dict[str, Any] = {key: self.now(str(value), about) if key in NAMES_CIS else value for key, value in args.items()}
        if "subjects" in told:
            told["subjects"] = [named.get(subject, subject) for subject in told["subjects"]]
        if "relations" in told:
            told["relations"] = [{**one, "ci": self.now(str(one["ci"]), about)} for one in told["relations"]]
        return left_for(carry_out(self._graph, self._catalogue, name, told, kept=self.kept))

    def _take_back(self, args: Mapping[str, Any], about: About) -> str:
        review = self._question(args, about, ("answered",))
        take_back(self._graph, self._catalogue, review, by=str(args["by"]), reason=str(args["reason"]))
        return ""
