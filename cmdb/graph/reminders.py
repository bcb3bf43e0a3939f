"""Reminders of loans: noted once, whoever asks at the same moment."""

from __future__ import annotations

from cmdb.graph.door import Graph, Tx


def note(graph: Graph, loan: str, now: str, before: str) -> bool:
    """Note a reminder at `now` (ISO 8601), unless the loan ended or one was noted at `before` or later. True: it is this caller's.

    The write of the lock property makes two callers queue on both engines, so that exactly one of them sees the loan without a reminder.
    """

    def work(tx: Tx) -> bool:
        tx.run("MATCH (l:Loan {id: $loan}) SET l.lock = $now", loan=loan, now=now)
        done = tx.run(
            """
            MATCH (l:Loan {id: $loan})
            WHERE l.state = 'open' AND coalesce(l.reminded_at, '') < $before
            SET l.reminded_before = coalesce(l.reminded_at, ''), l.reminded_at = $now, l.reminders = coalesce(l.reminders, 0) + 1
            RETURN l.id AS id
            """,
            loan=loan,
            now=now,
            before=before,
        )
        return bool(done)

    return graph.writing(work)


def take_back(graph: Graph, loan: str, now: str) -> None:
    """The reminder noted at `now` did not go out."""
    graph.write(
        """
        MATCH (l:Loan {id: $loan})
        WHERE l.reminded_at = $now
        SET l.reminded_at = coalesce(l.reminded_before, ''), l.reminders = l.reminders - 1
        RETURN l.id AS id
        """,
        loan=loan,
        now=now,
    )
