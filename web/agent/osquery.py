"""The door for osquery, at the paths Fleet uses: `/api/osquery/…`, or the same below an agent address. No answer holds a key `error`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson

from cmdb.errors import CmdbError, Invalid
from cmdb.model.times import from_text, now, to_text
from cmdb.privacy.kept import at_the_door
from cmdb.privacy.orders import class_in, class_setting, known_class
from cmdb.store import AgentNode, AgentToken, Ledger
from discovery.reports.hints import Hints
from discovery.reports.osquery.logs import Told, read_body, read_distributed, read_enrolment, read_log
from discovery.reports.osquery.schedule import config, full_name, queries
from discovery.reports.osquery.take import Taken, enrolled, take
from discovery.reports.own_time import once_of_answers, once_of_lines
from discovery.reports.reply import Reply
from web.agent.desk import REPLAYED, Note, accept, came_before, nobody, pseudonym_key
from web.agent.refused import Refused

log = logging.getLogger(__name__)
ASK_AGAIN_H = 6
"""How long after it was asked an agent is asked again by distributed queries, when nothing came."""


@dataclass(frozen=True, slots=True)
class OsqueryDesk:
    """The five calls for one ledger. They raise Invalid (cannot be taken), Refused (and why), or what the ledger raises (nothing kept)."""

    ledger: Ledger
    every_hours: int
    note: Note = nobody

    def answer(self, call: str, data: bytes, token: AgentToken | None) -> Reply:
        """One call. `token` is that of the address, None where the address has none."""
        calls: dict[str, Callable[[dict[str, Any], AgentToken | None], dict[str, Any]]] = {
            "enroll": self.enroll,
            "config": self.config,
            "log": self.log,
            "distributed/read": self.read,
            "distributed/write": self.write,
        }
        if call not in calls:
            return _json({"node_invalid": False, "reason": "osquery has no such call here"}, 404)
        return _json(calls[call](read_body(data), token))

    def enroll(self, tree: dict[str, Any], token: AgentToken | None) -> dict[str, Any]:
        """A key for an agent that knows an enrolment token. What it says of itself is its first report."""
        who = read_enrolment(tree)
        known = token or self.ledger.agent_tokens.find(who.secret)
        if known is None:
            raise Refused("unknown-token", "osquery enrolled with a secret that is no enrolment token", reply=INVALID)
        if known.revoked:
            raise Refused("revoked-token", "the enrolment token was revoked", known.id, reply=INVALID)
        setting = class_setting(self.ledger, who.installation)  # one that enrols anew may have become a personal one
        known = replace(known, ownership=at_the_door(known.ownership, class_in(setting)))
        taken = enrolled(who, known.ownership, self._key(known))
        if taken.report.subject:
            accept(self.ledger, taken.report, known, _where(known), taken.cls, taken.platform, given=setting)
        key = self.ledger.agent_nodes.enrol(known.id, who.installation or who.host, taken.state)
        log.info("osquery enrolled platform=%s token_id=%s", taken.platform, known.id)
        return {"node_key": key, "node_invalid": False}

    def config(self, tree: dict[str, Any], token: AgentToken | None) -> dict[str, Any]:
        """The queries of its platform, and only what may be asked of a device of its owner."""
        node, known = self._who(tree, token)
        return config(str(node.state.get("platform") or ""), known.ownership)

    def log(self, tree: dict[str, Any], token: AgentToken | None) -> dict[str, Any]:
        """Results and status lines; on the disk when this returns."""
        node, known = self._who(tree, token)
        seen = self.ledger.replays.digest(once_of_lines(node.id, tree))
        if not self._came_before(node, known, seen):
            self._take(node, known, read_log(tree, node.state.get("seen") or ()), seen=seen)
        return {"node_invalid": False}

    def read(self, tree: dict[str, Any], token: AgentToken | None) -> dict[str, Any]:
        """Everything at once, when its last whole answer is old: a notebook that runs an hour a day reports within that hour."""
        node, known = self._who(tree, token)
        if not self._due(node):
            return {"queries": {}, "node_invalid": False}
        self.ledger.agent_nodes.keep(node.id, {**node.state, "asked_at": to_text(now())})
        asked = queries(str(node.state.get("platform") or ""), known.ownership)
        return {"queries": {full_name(query.name): query.sql for query in asked}, "node_invalid": False}

    def write(self, tree: dict[str, Any], token: AgentToken | None) -> dict[str, Any]:
        """The answers; on the disk when this returns."""
        node, known = self._who(tree, token)
        seen = self.ledger.replays.digest(once_of_answers(node.id, tree))
        # An answer carries no time: the same one is a repeat when it was asked for again, and a replay when nobody asked.
        asked, answered = (_time(node.state.get(name)) for name in ("asked_at", "answered_at"))
        due = asked is not None and (answered is None or answered < asked)
        if due or not self._came_before(node, known, seen):
            self._take(node, known, read_distributed(tree), {"answered_at": to_text(now())}, seen=seen)
        return {"node_invalid": False}

    def _came_before(self, node: AgentNode, known: AgentToken, seen: bytes) -> bool:
        """Whether this agent sent this message before; then the operator sees it, and nothing of it is taken again."""
        first = self.ledger.replays.first(seen)
        if first is not None:
            self.note("replayed", REPLAYED, known.id, came_before(str(node.state.get("agent") or "osquery"), first, known.ownership))
        return first is not None

    def _who(self, tree: dict[str, Any], token: AgentToken | None) -> tuple[AgentNode, AgentToken]:
        key = tree.get("node_key")
        node = self.ledger.agent_nodes.find(key) if isinstance(key, str) else None
        if node is None:
            raise Refused("unknown-node", "an osquery key that is not known; the agent is told to enrol anew", reply=INVALID)
        known = self.ledger.agent_tokens.get(node.token_id)
        if known.revoked:
            raise Refused("revoked-token", "the enrolment token was revoked", known.id, reply=INVALID)
        if token is not None and token.id != known.id:
            raise Refused("unknown-node", "an osquery key of another enrolment token", token.id, reply=INVALID)
        whose = known_class(self.ledger, str(node.state.get("deviceid") or f"osquery-{node.id}"))
        return node, replace(known, ownership=at_the_door(known.ownership, whose))

    def _due(self, node: AgentNode) -> bool:
        answered, asked = (_time(node.state.get(name)) for name in ("answered_at", "asked_at"))
        current = now()
        if answered is not None and current - answered < timedelta(hours=self.every_hours):
            return False
        return asked is None or current - asked >= timedelta(hours=ASK_AGAIN_H) or (answered is not None and asked <= answered)

    def _take(self, node: AgentNode, known: AgentToken, told: Told, also: dict[str, str] | None = None, *, seen: bytes) -> None:
        """Accept first, remember then: what is sent again after a crash between the two is accepted twice, which changes nothing."""
        state = {**node.state, **(also or {})}
        if not told:
            if also:
                self.ledger.agent_nodes.keep(node.id, state)
            return
        deviceid = str(state.get("deviceid") or f"osquery-{node.id}")
        setting = class_setting(self.ledger, deviceid)
        known = replace(known, ownership=at_the_door(known.ownership, class_in(setting)))
        taken: Taken = take({**state, "deviceid": deviceid}, told, known.ownership, self._key(known))
        accept(self.ledger, taken.report, known, _where(known), taken.cls, taken.platform, seen=seen, given=setting)
        self.ledger.agent_nodes.keep(node.id, taken.state)

    def _key(self, token: AgentToken) -> bytes:
        return pseudonym_key(self.ledger, token.ownership)


def _where(token: AgentToken) -> Hints:
    return Hints(token.site, token.ownership)


def _time(value: object) -> Any:
    try:
        return from_text(value) if isinstance(value, str) else None
    except Invalid:
        return None


def _json(value: dict[str, Any], status: int = 200) -> Reply:
    if "error" in value:
        raise ValueError("an answer to osquery may not hold a key error")
    return Reply(orjson.dumps(value), "application/json", status)


INVALID = _json({"node_invalid": True})


def trouble(error: CmdbError, status: int, retry_after_s: int = 0) -> Reply:
    """Not taken, and why. osquery shows no text of an answer, and takes a key `error` for a reason to send everything again."""
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s else {}
    return Reply(orjson.dumps({"node_invalid": False, "reason": error.message}), "application/json", status, headers)
