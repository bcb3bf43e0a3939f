"""Settings as they are in force, and the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cmdb.store import AuditEntry
from web.auth.permissions import Permission, needs
from web.frame.export import export
from web.frame.table import Column, TableSpec, TableView
from web.services import services

blueprint = Blueprint("admin_house", __name__, url_prefix="/admin")

AUDIT = TableSpec(
    "audit",
    "Audit log",
    (
        Column("at", "When (UTC)", fixed=True),
        Column("actor", "Who", filter="text"),
        Column("action", "Did what", filter="text"),
        Column("target", "To what"),
        Column("detail", "Detail", value=lambda entry: ", ".join(_told(entry.detail))),
        Column("address", "From"),
    ),
)


def _told(detail: Mapping[str, object]) -> Iterator[str]:
    """`key: value`, what is empty left out, inner mappings and lists without their brackets."""
    for key, value in detail.items():
        text = str(value) if value is not None else ""
        if isinstance(value, Mapping):
            text = ", ".join(f"{name} {inner}" for name, inner in value.items())
        elif isinstance(value, list | tuple):
            text = ", ".join(str(one) for one in value)
        if text:
            yield f"{key.replace('_', ' ')}: {text}"


@blueprint.get("/settings")
@needs(Permission.ADMIN)
def settings() -> ResponseReturnValue:
    """The settings in force. Secrets are not among them."""
    return render_template("admin/settings.html", lines=services().settings.listing)


@blueprint.get("/audit")
@needs(Permission.AUDIT)
def audit() -> ResponseReturnValue:
    """Who changed what, newest first."""
    view = AUDIT.read()
    if view.format:
        return export(view, _all_entries(view))
    before = int(str(view.cursor.values[0])) if view.cursor else None
    rows = _entries(view, before, view.limit + 1)
    return render_template("admin/audit.html", view=view, page=view.page(rows, lambda entry: (entry.id,), both_ways=False))


def _entries(view: TableView, before: int | None, limit: int) -> Sequence[AuditEntry]:
    filters = view.filters
    return services().ledger.audit.list(before_id=before, limit=limit, actor=filters.get("actor"), action=filters.get("action"))


def _all_entries(view: TableView) -> Iterator[AuditEntry]:
    before: int | None = None
    while rows := _entries(view, before, 1000):
        yield from rows
        before = rows[-1].id
