"""Agents that were given a key of their own at enrolment (osquery). The ledger holds only the key's SHA-256."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from cmdb.errors import NotFound
from cmdb.store.database import Database, Row, Tx
from cmdb.store.sessions import digest, new_token
from cmdb.store.texts import from_json, tidy, to_json
from cmdb.store.times import Clock, from_text, to_text

NODE_PREFIX = "nod_"
MAX_STATE = 8_000_000
KEPT_OF_A_HOST = 5
"""Keys that one host name holds at a time: two machines of one name keep one each, and one that enrols for ever fills nothing."""
_COLUMNS = "id, token_id, host, enrolled_at, last_seen_at, state"


@dataclass(frozen=True, slots=True)
class AgentNode:
    """One enrolled agent. `host` is what it calls itself; `state` what its door remembers of it."""

    id: str
    token_id: str
    host: str
    enrolled_at: datetime
    last_seen_at: datetime
    state: Mapping[str, Any]


def _node_from(row: Row) -> AgentNode:
    number, token_id, host, enrolled_at, last_seen_at, state = row
    return AgentNode(number, token_id, host, from_text(enrolled_at), from_text(last_seen_at), from_json(state))


class AgentNodes:
    """The table of enrolled agents."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def enrol(self, token_id: str, host: str, state: Mapping[str, Any]) -> str:
        """Makes a key for an agent and returns it: the only time it is known. The oldest keys of the same host name end.

        Raises `Invalid` for a state that is no JSON or larger than 8 MB.
        """
        plain, name, at = NODE_PREFIX + new_token(), tidy(host, 200), to_text(self._clock())
        values = (uuid4().hex, digest(plain), token_id, name, at, at, to_json(dict(state), "state", MAX_STATE))

        def work(tx: Tx) -> None:
            tx.change(
                "INSERT INTO agent_node (id, key_sha256, token_id, host, enrolled_at, last_seen_at, state) VALUES (?, ?, ?, ?, ?, ?, ?)",
                *values,
            )
            tx.change(
                "DELETE FROM agent_node WHERE token_id = ? AND host = ? AND id NOT IN"
                " (SELECT id FROM agent_node WHERE token_id = ? AND host = ? ORDER BY enrolled_at DESC, rowid DESC LIMIT ?)",
                *(token_id, name, token_id, name, KEPT_OF_A_HOST),
            )

        self._db.write(work)
        return plain

    def find(self, plain: str) -> AgentNode | None:
        """The agent of a key, if it is known; whoever takes something from it looks at its token first."""
        if not plain.startswith(NODE_PREFIX):
            return None
        row = self._db.one(f"SELECT {_COLUMNS} FROM agent_node WHERE key_sha256 = ?", digest(plain))
        return _node_from(row) if row else None

    def keep(self, node_id: str, state: Mapping[str, Any]) -> None:
        """Keeps what is remembered of an agent, and that it was seen now. Raises `NotFound`, and `Invalid` as `enrol`."""
        text, at = to_json(dict(state), "state", MAX_STATE), to_text(self._clock())
        if not self._db.write(lambda tx: tx.change("UPDATE agent_node SET state = ?, last_seen_at = ? WHERE id = ?", text, at, node_id)):
            raise NotFound("There is no such agent.")

    def count(self, token_id: str) -> int:
        """How many agents enrolled with a token and are remembered."""
        row = self._db.one("SELECT count(*) FROM agent_node WHERE token_id = ?", token_id)
        return int(row[0]) if row else 0

    def forget(self, before: datetime) -> int:
        """Deletes agents that were seen last before then; one that comes back enrols anew. Returns how many."""
        return self._db.write(lambda tx: tx.change("DELETE FROM agent_node WHERE last_seen_at < ?", to_text(before)))
