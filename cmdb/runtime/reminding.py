"""The daily reminder of overdue loans: whom `cmdb.loans.reminders` names, by the mail server of the settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cmdb.loans.desk import Desk
from cmdb.loans.reminders import Digest, digests, remind
from cmdb.model import times
from cmdb.runtime.house import House
from cmdb.runtime.mail import Post

REMIND = "remind"


def remind_all(house: House) -> dict[str, Any]:
    """Send what is due. Raises Invalid where no mail server is set, MailUnavailable where it cannot be used."""
    now = times.now()
    with Post(house.settings) as post:

        def send(digest: Digest) -> bool:
            return post.send(digest.name, digest.email, digest.subject(), digest.text(now.date()))

        done = remind(house.graph, Desk(house.graph, house.catalogue), send, now, _every(house))
    if done["sent"]:
        house.ledger.audit.write("clock", "loan.remind", "", {"sent": done["sent"]})
    return done


def would_remind(house: House) -> list[dict[str, Any]]:
    """Whom `remind_all` would write to now, and about what. Nothing is sent or noted."""
    now = times.now()
    found = digests(Desk(house.graph, house.catalogue), now, _every(house))
    return [digest.to_json(now.date()) for digest in found]


def remind_daily(house: House) -> dict[str, Any]:
    """The chore: nothing where no mail server is set."""
    return remind_all(house) if house.settings.smtp_host else {"off": "MOORINGS_SMTP_HOST is not set"}


def _every(house: House) -> timedelta:
    return timedelta(days=house.settings.remind_every_days)
