"""The sidebar: groups and places, once. A place is shown only to who may open it."""

from __future__ import annotations

from dataclasses import dataclass

from web.auth.permissions import Permission
from web.auth.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Place:
    """One entry. `within` are further path prefixes that light it up."""

    title: str
    path: str
    icon: str
    permission: Permission
    within: tuple[str, ...] = ()

    def covers(self, path: str) -> bool:
        """Whether a page at `path` belongs to this place."""
        return any(path == root or path.startswith(root.rstrip("/") + "/") for root in (self.path, *self.within) if root != "/") or (
            path == self.path
        )


@dataclass(frozen=True, slots=True)
class Group:
    """A heading with its places; an empty title has no heading."""

    title: str
    places: tuple[Place, ...]


NAVIGATION = (
    Group("", (Place("Dashboard", "/", "speedometer2", Permission.READ), Place("My things", "/my", "bag", Permission.OWN))),
    Group(
        "Inventory",
        (
            Place("Configuration items", "/cis", "hdd-stack", Permission.READ, ("/search",)),
            Place("People", "/people", "people", Permission.READ),
            Place("Software", "/software", "disc", Permission.READ),
            Place("Services", "/services", "layers", Permission.READ),
            Place("Suppliers", "/suppliers", "truck", Permission.READ),
        ),
    ),
    Group(
        "Loans",
        (
            Place("Pool", "/loans", "box-seam", Permission.READ),
            Place("Scan desk", "/loans/desk", "upc-scan", Permission.LOAN),
            Place("Overdue", "/loans/overdue", "clock-history", Permission.READ),
        ),
    ),
    Group(
        "Answers",
        (
            Place("Change impact", "/impact", "diagram-3", Permission.READ),
            Place("Compliance", "/compliance", "shield-check", Permission.READ),
        ),
    ),
    Group(
        "Discovery",
        (
            Place("Scans", "/scans", "broadcast", Permission.READ),
            Place("Credentials", "/credentials", "key", Permission.SCAN),
            Place("Host keys", "/host-keys", "fingerprint", Permission.SCAN),
            Place("Imports", "/imports", "file-earmark-arrow-up", Permission.READ),
            Place("Coverage", "/coverage", "eye", Permission.READ),
            Place("Reviews", "/reviews", "patch-question", Permission.READ),
            Place("Intake", "/admin/intake", "inbox", Permission.READ),
            Place("Jobs", "/admin/jobs", "list-check", Permission.READ),
        ),
    ),
    Group(
        "Administration",
        (
            Place("Users", "/admin/users", "person-badge", Permission.ADMIN),
            Place("Tokens", "/admin/tokens", "shield-lock", Permission.ADMIN),
            Place("Sources", "/admin/sources", "signpost-split", Permission.ADMIN),
            Place("Identity rules", "/admin/rules", "fingerprint", Permission.ADMIN),
            Place("Settings", "/admin/settings", "sliders", Permission.ADMIN),
            Place("Requests to erase", "/admin/erasures", "journal-text", Permission.AUDIT),
            Place("Audit log", "/admin/audit", "journal-text", Permission.AUDIT),
        ),
    ),
)


def current_place(path: str) -> Place | None:
    """The place a page belongs to: the one with the longest matching path."""
    found = [place for group in NAVIGATION for place in group.places if place.covers(path)]
    return max(found, key=lambda place: len(place.path), default=None)


def navigation(viewer: Viewer) -> list[Group]:
    """The groups and places this viewer may open, empty groups left out."""
    groups = (Group(group.title, tuple(place for place in group.places if viewer.may(place.permission))) for group in NAVIGATION)
    return [group for group in groups if group.places]
