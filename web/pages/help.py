"""Help: what the words and colours mean, the keys, and where to read more. The same place on every page (the footer)."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from web.auth.permissions import ROLE_WORDS, ROLES, Permission, needs

blueprint = Blueprint("help", __name__, url_prefix="/help")


@blueprint.get("")
@needs(Permission.OWN)
def overview() -> ResponseReturnValue:
    """The help page."""
    return render_template("help/overview.html", roles=ROLES, role_words=ROLE_WORDS, permissions=tuple(Permission))
