"""An agent that is turned away: the answer it gets, and the line in the operator's list."""

from __future__ import annotations

from discovery.reports.reply import Reply


class Refused(Exception):
    """Why, in words for the operator (`kind`, `reason`), and `reply`, the answer of the agent's own protocol."""

    def __init__(self, kind: str, reason: str, token_id: str = "", *, reply: Reply) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.token_id = token_id
        self.reply = reply
