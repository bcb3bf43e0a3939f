"""Loans in the graph. `(:Holding {key: device id})` under a uniqueness constraint makes two holders of one device impossible."""

from __future__ import annotations

from typing import Any, LiteralString

import orjson

from cmdb.errors import Conflict, GraphConstraint
from cmdb.graph import joins
from cmdb.graph.door import Graph, Row, Tx
from cmdb.model import times

_HELD = "Somebody else has lent this device meanwhile."

_LOAN: LiteralString = """
    OPTIONAL MATCH (l)-[:LOAN_OF]->(d:CI)
    OPTIONAL MATCH (l)-[:LENT_TO]->(p:CI)
    RETURN l AS loan, d.id AS device, d.display_name AS device_name, d.class AS device_class, d.asset_tag AS asset_tag, d.serial AS serial,
           p.id AS person, p.display_name AS person_name, p.email AS person_email, p.work_mode AS work_mode, p.left_on AS left_on
"""


def open_loan(graph: Graph, rows: list[dict[str, Any]]) -> None:
    """Create loans, all or none. Each row: id, device, person, props. Raises Conflict when a device is held already.

    Clerks queue at the device: a write to it takes its lock before anybody creates a Holding. (Neo4j takes the locks of a unique index in
    an order that dead-locks when many create the same key at once.) Devices in one order, so that two baskets cannot wait for each other.
    """
    devices = sorted(row["device"] for row in rows)

    def work(tx: Tx) -> None:
        for device in devices:
            tx.run("MATCH (d:CI {id: $device}) SET d.lock = $loan", device=device, loan=rows[0]["id"])
        if tx.run("UNWIND $devices AS device MATCH (h:Holding {key: device}) RETURN h.key AS key", devices=devices):
            raise Conflict(_HELD)
        tx.run("UNWIND $rows AS row CREATE (:Holding {key: row.device, loan: row.id})", rows=rows)
        made = tx.run(
            """
            UNWIND $rows AS row
            MATCH (d:CI {id: row.device})
            MATCH (p:CI {id: row.person})
            CREATE (l:Loan)-[:LOAN_OF]->(d)
            CREATE (l)-[:LENT_TO]->(p)
            SET l = row.props
            RETURN l.id AS id
            """,
            rows=rows,
        )
        if len(made) != len(rows):
            raise Conflict("The device or the person does not exist any more.")

    try:
        graph.writing(work)
    except GraphConstraint as error:
        raise Conflict(_HELD) from error


def close_loan(graph: Graph, loan: str, device: str, props: dict[str, Any]) -> None:
    """End an open loan. Raises Conflict when it is not open any more."""

    def work(tx: Tx) -> None:
        tx.run("MATCH (l:Loan {id: $loan}) SET l.lock = $lock", loan=loan, lock=props.get("actor_in", ""))
        done = tx.run("MATCH (l:Loan {id: $loan}) WHERE l.state = 'open' SET l += $props RETURN l.id AS id", loan=loan, props=props)
        if not done:
            raise Conflict("This loan was ended already.")
        tx.run("MATCH (h:Holding {key: $device}) WHERE h.loan = $loan DELETE h", device=device, loan=loan)
        left = joins.open_loans(tx, device)
        if left:  # it was lent twice, by two CIs that were joined since: the other loan holds it now
            joins.hold_again(tx, device, loan, str(left[0]["id"]))
        if len(left) < 2:
            joins.close_questions(tx, [f"two-loans|{device}"], times.to_text(times.now()))

    graph.writing(work)


def reopen_loan(graph: Graph, loan: str, device: str) -> None:
    """Take an end back. Raises Conflict when the device was lent again."""

    def work(tx: Tx) -> None:
        tx.run("MATCH (d:CI {id: $device}) SET d.lock = $loan", device=device, loan=loan)
        tx.run("CREATE (:Holding {key: $device, loan: $loan})", device=device, loan=loan)
        tx.run("MATCH (l:Loan {id: $loan}) SET l.state = 'open', l.returned_at = '', l.actor_in = ''", loan=loan)

    try:
        graph.writing(work)
    except GraphConstraint as error:
        raise Conflict("The device was lent again meanwhile; its return cannot be taken back.") from error


def change_loan(graph: Graph, loan: str, props: dict[str, Any]) -> bool:
    """Set properties of an open loan. False when it is not open."""
    return bool(graph.write("MATCH (l:Loan {id: $loan}) WHERE l.state = 'open' SET l += $props RETURN l.id AS id", loan=loan, props=props))


def holder(graph: Graph, device: str) -> Row | None:
    """The open loan of a device, or None."""
    rows = graph.read("MATCH (h:Holding {key: $device}) MATCH (l:Loan {id: h.loan})" + _LOAN, device=device)
    return _row(rows[0]) if rows else None


def get(graph: Graph, loan: str) -> Row | None:
    """One loan, or None."""
    rows = graph.read("MATCH (l:Loan {id: $loan})" + _LOAN, loan=loan)
    return _row(rows[0]) if rows else None


def listed(graph: Graph, *, state: str, due_before: str = "", after: tuple[str, str] | None = None, limit: int = 100) -> list[Row]:
    """Loans of one state by the day they are due (open) or ended, then id. `after`: the place (day, id) of the last row before."""
    day, ident = after or ("", "")
    rows = graph.read(
        "MATCH (l:Loan {state: $state}) WHERE ($due = '' OR l.due_on < $due) AND (l.due_on > $day OR (l.due_on = $day AND l.id > $id)) "
        "WITH l ORDER BY l.due_on, l.id LIMIT $limit" + _LOAN + " ORDER BY l.due_on, l.id",
        state=state,
        due=due_before,
        day=day,
        id=ident,
        limit=limit,
    )
    return [_row(row) for row in rows]


def of_device(graph: Graph, device: str) -> list[Row]:
    """All loans of a device, the newest first."""
    rows = graph.read("MATCH (l:Loan)-[:LOAN_OF]->(:CI {id: $id}) WITH l" + _LOAN + " ORDER BY l.id DESC", id=device)
    return [_row(row) for row in rows]


def of_person(graph: Graph, person: str) -> list[Row]:
    """All loans to a person, the newest first."""
    rows = graph.read("MATCH (l:Loan)-[:LENT_TO]->(:CI {id: $id}) WITH l" + _LOAN + " ORDER BY l.id DESC", id=person)
    return [_row(row) for row in rows]


def held(graph: Graph, devices: list[str]) -> dict[str, Row]:
    """Of these devices the ones that are lent: device id → loan id, person, person_name, due_on."""
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (h:Holding {key: id})
        MATCH (l:Loan {id: h.loan})-[:LENT_TO]->(p:CI)
        RETURN id, l.id AS loan, p.id AS person, p.display_name AS person_name, l.due_on AS due_on
        """,
        ids=devices,
    )
    return {str(row["id"]): row for row in rows}


def counts(graph: Graph, today: str) -> dict[str, int]:
    """How many loans are open, and how many of them overdue."""
    row = graph.read(
        "MATCH (l:Loan {state: 'open'}) RETURN count(l) AS open, sum(CASE WHEN l.due_on < $today THEN 1 ELSE 0 END) AS overdue", today=today
    )[0]
    return {"open": int(row["open"] or 0), "overdue": int(row["overdue"] or 0)}


def by_tag(graph: Graph, keys: list[str]) -> list[Row]:
    """Hardware that shows one of these identifier keys (or ids). Rows: id, class, display_name, asset_tag, serial."""
    return graph.read(
        """
        UNWIND $keys AS key
        MATCH (i:Identifier {key: key})-[:IDENTIFIES]->(c:CI)
        RETURN DISTINCT c.id AS id, c.class AS class, c.display_name AS display_name, c.asset_tag AS asset_tag, c.serial AS serial
        """,
        keys=keys,
    )


def _row(row: Row) -> Row:
    loan = dict(row.pop("loan"))
    loan["accessories"] = orjson.loads(loan.get("accessories") or "[]")
    return {**row, **loan}


def pool_at(graph: Graph, classes: list[str], after: tuple[str, str] | None, limit: int, *, backwards: bool = False) -> list[Row]:
    """Devices of the pool by name, from a place on or back from it: loaned out by their ownership, in stock, or out now.

    Rows: CI properties, each device once, nearest first. Found by what makes them so, since a pool is small beside the graph.
    """
    found: dict[str, Row] = {}
    words = {"classes": classes, "name": (after or ("", ""))[0], "id": (after or ("", ""))[1], "limit": limit}
    ends: LiteralString = _END[after is not None, backwards]
    for start in _POOL:
        found |= {str(row["ci"]["id"]): row["ci"] for row in graph.read(start + ends, **words)}
    rows = sorted(found.values(), key=lambda row: (str(row.get("display_lower") or ""), str(row["id"])), reverse=backwards)
    return rows[:limit]


_POOL: tuple[LiteralString, ...] = (
    "MATCH (c:CI {ownership: 'loaned'}) WITH c WHERE c.class IN $classes",
    "MATCH (c:CI {status: 'in_stock'}) WITH c WHERE c.class IN $classes",
    "MATCH (h:Holding) WITH h MATCH (c:CI {id: h.key}) WHERE c.id <> ''",
)
_BEYOND: LiteralString = " AND (c.display_lower > $name OR (c.display_lower = $name AND c.id > $id))"
_BEFORE: LiteralString = " AND (c.display_lower < $name OR (c.display_lower = $name AND c.id < $id))"
_UP: LiteralString = " RETURN c AS ci ORDER BY c.display_lower, c.id LIMIT $limit"
_DOWN: LiteralString = " RETURN c AS ci ORDER BY c.display_lower DESC, c.id DESC LIMIT $limit"
_END: dict[tuple[bool, bool], LiteralString] = {
    (False, False): _UP,
    (True, False): _BEYOND + _UP,
    (False, True): _DOWN,
    (True, True): _BEFORE + _DOWN,
}
"""(whether there is a place to go on from, whether backwards) → the end of the statement"""


def accessories_out(graph: Graph) -> list[str]:
    """The accessories (packed) of loans that are open, or that ended without all of them."""
    return [
        str(row["packed"])
        for row in graph.read("MATCH (l:Loan) WHERE l.state = 'open' AND l.accessories <> '[]' RETURN l.accessories AS packed")
    ]
