"""Looks at devices that are, or may be, somebody's own: each look of another person is noted, and the owner sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmdb.model import times
from cmdb.privacy.owner import emails_of_owners, is_watched, note_look
from web.auth.viewer import Viewer, viewer
from web.services import services


def is_owner(who: Viewer, ci: str) -> bool:
    """Whether the viewer uses or owns the device, by the e-mail of the account."""
    return bool(who.email) and who.email.strip().lower() in emails_of_owners(services().graph, ci)


def looked_at(row: Mapping[str, Any], how: str) -> None:
    """Note the look at this CI by page or API, unless it is the owner's own, or a device of the organisation."""
    here, who = services(), viewer()
    if is_watched(here.catalogue, row) and not is_owner(who, str(row["id"])):
        note_look(here.ledger, str(row["id"]), actor=who.actor, how=how, now=times.now())
