"""The daily notices: a digest for each owner by mail, everything once by a signed webhook. Each reader once a period."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson

from cmdb.compliance.notices import Digest, Notice, digests, gather, payload
from cmdb.errors import CmdbError
from cmdb.model import times
from cmdb.runtime.house import House
from cmdb.runtime.mail import Post
from cmdb.runtime.webhook import post, secret_of

NOTIFY = "notify"
_PERIOD = "notify.period"
_HOOK = "webhook"


def notify(house: House) -> dict[str, Any]:
    """Tell what is new since the last time. A reader is noted before the message goes out: killed in between, nobody hears twice.

    Raises Invalid for wrong settings; what cannot be sent now (mail server, receiver away) is raised after everything else was tried,
    and goes out with the next run, of the same period.
    """
    settings = house.settings
    if settings.notify != "yes":
        return {"off": "MOORINGS_NOTIFY is not yes"}
    period = _period(house)
    since, until, sent = times.from_text(period["since"]), times.from_text(period["until"]), set(period["sent"])
    found = gather(house.graph, since, until)
    told = digests(house.graph, found, {one.login: one.email or "" for one in house.ledger.accounts.list() if one.active})
    trouble: list[CmdbError] = []
    result: dict[str, Any] = {"notices": len(found), "mails": 0, "webhook": False}
    if settings.webhook_url and found and _HOOK not in sent:
        try:
            _hook(house, found, told, (since, until))
            sent.add(_HOOK)
            _keep(house, period, sent)
            result["webhook"] = True
        except CmdbError as error:
            trouble.append(error)
    if settings.smtp_host:
        try:
            result["mails"] = _mail(house, [one for one in told if one.email and one.key not in sent], period, sent)
        except CmdbError as error:
            trouble.append(error)
    if trouble:
        raise trouble[0]
    house.ledger.settings.put(_PERIOD, {"since": period["until"], "until": "", "sent": []})
    return result


def _period(house: House) -> dict[str, Any]:
    """The period that is open, or a new one from the end of the last until now."""
    kept = house.ledger.settings.get(_PERIOD, None)
    now = times.now()
    if not isinstance(kept, dict):
        kept = {"since": times.to_text(now - timedelta(days=1)), "until": "", "sent": []}
    if not kept["until"]:
        kept = {**kept, "until": times.to_text(now)}
        house.ledger.settings.put(_PERIOD, kept)
    return kept


def _keep(house: House, period: dict[str, Any], sent: set[str]) -> None:
    house.ledger.settings.put(_PERIOD, {**period, "sent": sorted(sent)})


def _mail(house: House, due: list[Digest], period: dict[str, Any], sent: set[str]) -> int:
    count = 0
    with Post(house.settings) as mail:
        for one in due:
            _keep(house, period, sent | {one.key})
            gone = False
            try:
                gone = mail.send(one.name, one.email, one.subject(), one.text())
            finally:
                if gone:
                    sent.add(one.key)
                else:
                    _keep(house, period, sent)
            count += gone
    return count


def _hook(house: House, found: list[Notice], told: list[Digest], period: tuple[datetime, datetime]) -> None:
    body = orjson.dumps(payload(found, told, *period))
    post(house.settings.webhook_url, secret_of(house.settings.webhook_secret_file), str(int(times.now().timestamp())), body)
