"""A source keeps a record for each thing it speaks of (its subject). Records from before get the subject `before`."""

from __future__ import annotations

from cmdb.graph.migrations.steps import Running

_BATCH = 2_000


def run(step: Running) -> None:
    """Give every record a subject, and its key the subject's part. What was done already has one and is left alone."""
    while True:
        rows = step.graph.write(
            """
            MATCH (s:SourceRecord) WHERE s.subject IS NULL
            WITH s LIMIT $batch
            SET s.key = s.ci + '|' + s.source + '|before', s.subject = 'before', s.distrusted = '', s.said = ''
            RETURN count(s) AS n
            """,
            batch=_BATCH,
        )
        if not rows or not int(rows[0]["n"]):
            return
