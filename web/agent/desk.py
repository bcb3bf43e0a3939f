"""The desk behind the door: takes one message of one enrolled agent and says what to answer. It knows neither Flask nor URLs."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from cmdb.errors import Invalid
from cmdb.model.times import now, to_text
from cmdb.privacy.kept import at_the_door
from cmdb.privacy.orders import class_in, class_setting
from cmdb.store import Incoming, Ledger, Outdated
from cmdb.store.replays import FirstArrival
from discovery.reports.hints import Hints, hints
from discovery.reports.intake import KIND
from discovery.reports.message import Message
from discovery.reports.platform import kind_of
from discovery.reports.privacy import clean, ownership_class
from discovery.reports.reply import REPORT_EVERY_HOURS, Reply, to_contact, to_inventory, to_other, to_prolog
from discovery.reports.report import Report
from web.agent import state as states
from web.agent.native import read_native
from web.agent.needs import Enrolment

log = logging.getLogger(__name__)
PSEUDONYM_KEY = "privacy.pseudonym_key"
INVENTORY_TASK = "inventory"


Note: TypeAlias = Callable[[str, str, str, str], None]
"""A line in the operator's list: kind, reason, the token's number, what else is known of it"""
REPLAYED = "it came before, byte for byte, with the same time of its own inside; it counts as of its first arrival and says nothing new"


def nobody(kind: str, reason: str, token_id: str, detail: str) -> None:
    """A desk without an operator's list."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk for one ledger. Its calls raise Invalid (the message cannot be taken, and why), or what the ledger raises (nothing kept)."""

    ledger: Ledger
    every_hours: int = REPORT_EVERY_HOURS
    note: Note = nobody

    def answer(self, message: Message, token: Enrolment) -> Reply:
        """Take the message; an inventory is on the disk when this returns."""
        if message.kind == "prolog":
            return self._prolog(message)
        if message.kind == "contact":
            return self._contact(message, token)
        if message.kind == "inventory" or message.query == "native":
            return self._inventory(message, token)
        log.info("agent message without use query=%s agent=%s", message.query, message.agent)
        return to_other(message)

    def _prolog(self, message: Message) -> Reply:
        if not message.agent_id:
            return to_prolog(message, hours=self.every_hours)
        state = states.load(self.ledger, message.agent_id)
        full = states.needs_full(self.ledger, state)
        if full:
            states.save(self.ledger, message.agent_id, states.asked(state))
        return to_prolog(message, hours=self.every_hours, needs_full=full)

    def _contact(self, message: Message, token: Enrolment) -> Reply:
        ownership = ownership_class(_hints(token, message).ownership)
        if not message.agent_id:
            return to_contact(message, ownership, hours=self.every_hours)
        state = states.load(self.ledger, message.agent_id)
        full = states.needs_full(self.ledger, state)
        if full:
            log.info("asking for a full report agent_id=%s", message.agent_id)
            states.save(self.ledger, message.agent_id, states.asked(state))
        elif INVENTORY_TASK in message.tasks or not message.tasks:
            states.save(self.ledger, message.agent_id, states.told_to_send(state))
        return to_contact(message, ownership, hours=self.every_hours, needs_full=full)

    def _inventory(self, message: Message, token: Enrolment) -> Reply:
        self.take(message, token)
        return to_inventory(message, hours=self.every_hours)

    def take(self, message: Message, token: Enrolment) -> str:
        """Keep an inventory, durable on return, and give its id. Raises Invalid as `answer`.

        A native report says itself when its device was looked at: a management system's export is not a report of today. One that came
        before is not kept again, whoever sends it: the id is that of its first arrival.
        """
        message, looked_at = read_native(message) if message.query == "native" else (message, None)
        came = self.incoming(message, token, looked_at)
        while isinstance(came, Incoming):
            try:
                return kept(self.ledger, [came])[0]
            except Outdated:  # whose the device is became known while this was read
                came = self.incoming(message, token, looked_at)
        self.note("replayed", REPLAYED, token.id, came_before(message.agent, came, _hints(token, message).ownership))
        return came.entry

    def incoming(self, message: Message, token: Enrolment, looked_at: datetime | None = None) -> Incoming | FirstArrival:
        """What an inventory comes down to, made clean and not kept yet; or the first arrival of one that came before. Raises Invalid."""
        if not message.subject:
            raise Invalid("The inventory names neither a device (DEVICEID) nor an agent (GLPI-Agent-ID).", field="DEVICEID")
        seen = self.ledger.replays.digest(message.once)
        if (first := self.ledger.replays.first(seen)) is not None:
            return first
        where, received_at = _hints(token, message), now()
        # Whose the device is known to be counts beside what the token says: a device that became personal sends on with its old token.
        setting = class_setting(self.ledger, message.subject)
        whose = at_the_door(where.ownership, class_in(setting))
        report = clean(message, whose, pseudonym_key(self.ledger, whose))
        state = states.load(self.ledger, message.agent_id) if message.agent_id else states.AgentState()
        cls = state.cls if report.partial else kind_of(report)

        def beside(entry_id: str) -> Mapping[str, Any]:
            """What is remembered of the agent is kept with its report: after a crash neither knows of more than the other."""
            after = states.took_partial(state) if report.partial else states.took_full(entry_id, received_at, cls)
            return states.kept(message.agent_id, after) if message.agent_id else {}

        meta = _meta(report, token, where, received_at, cls) | {"platform": ""}
        if looked_at is not None:
            meta["observed_at"] = to_text(looked_at)
        return Incoming(KIND, report.to_bytes(), meta, beside, seen, setting)


def came_before(agent: str, first: FirstArrival, ownership: str) -> str:
    """Which entry a report came as for the first time; not of a personal device, since the operator's list keeps addresses, too."""
    return agent if ownership_class(ownership) == "personal" else f"{agent}, first accepted {to_text(first.at)} as {first.entry}"


def pseudonym_key(ledger: Ledger, ownership: str) -> bytes:
    """The site's secret for pseudonyms, made when the first personal device reports; empty for the other classes.

    Two at once: the one that was kept counts.
    """
    if ownership_class(ownership) != "personal":
        return b""
    return bytes.fromhex(str(ledger.settings.keep(PSEUDONYM_KEY, secrets.token_hex(32))))


def accept(
    ledger: Ledger,
    report: Report,
    token: Enrolment,
    where: Hints,
    cls: str,
    platform: str = "",
    *,
    seen: bytes = b"",
    given: tuple[str, Any] | None = None,
) -> str:
    """Put a report into the intake, durable on return, and give the entry's id. Raises what the ledger raises: then nothing was kept.

    `seen`: the report's digest; `given`: by which setting it was cut (`Incoming`).
    """
    meta = _meta(report, token, where, now(), cls) | {"platform": platform}
    return kept(ledger, [Incoming(KIND, report.to_bytes(), meta, seen=seen, given=given)])[0]


def kept(ledger: Ledger, incoming: Sequence[Incoming]) -> list[str]:
    """Keep reports in one commit, durable on return, and give their ids. Raises what the ledger raises: then none was kept."""
    numbers = ledger.intake.accept_many(incoming)
    for number, one in zip(numbers, incoming, strict=True):
        said = (one.meta["agent"], one.meta["subject"].removeprefix("agent:"), one.meta["partial"], len(one.body))
        log.info("report accepted entry=%s agent=%s subject=%s partial=%s bytes=%d", number, *said)
    return numbers


def _hints(token: Enrolment, message: Message) -> Hints:
    return hints(token.site, token.ownership, message.tag)


def _meta(report: Report, token: Enrolment, where: Hints, received_at: datetime, cls: str) -> dict[str, Any]:
    """What is kept beside the body. Nothing of the content, and no address: a personal device's is not kept."""
    return {
        "subject": f"agent:{report.subject}",
        "received_at": to_text(received_at),
        "token_id": token.id,
        "site": where.site,
        "ownership": where.ownership,
        "format": report.wire,
        "product": report.product,
        "agent": report.agent,
        "agent_id": report.agent_id,
        "deviceid": report.deviceid,
        "partial": report.partial,
        "cls": cls,
        "dropped": list(report.dropped),
        "notes": list(report.notes),
    }
