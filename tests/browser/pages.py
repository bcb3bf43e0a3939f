"""Every page that can be opened by its address alone. A new page adds its line: (address, who opens it).

`test_every_page.py` opens each at 1440, 390 and 320 pixels and judges it in light and dark. A test there fails when a page of the
application (a GET view without parameters, not under /api) is missing here.
"""

from __future__ import annotations

PAGES: tuple[tuple[str, str], ...] = (
    ("/sign-in", ""),
    ("/sign-in/some-token", ""),
    ("/account", "rita"),
    ("/account/sessions", "vera"),
    ("/help", "vera"),
    ("/compliance", "vera"),
    ("/compliance/worst", "vera"),
    ("/compliance/silent", "vera"),
    ("/compliance/exceptions", "otto"),
    ("/compliance/attestations", "vera"),
    ("/compliance/exceptions/new", "otto"),
    ("/compliance/exceptions/new?kind=attestation", "otto"),
    ("/impact", "vera"),
    ("/impact?q=web", "vera"),
    ("/nothing-here", "vera"),
    ("/", "otto"),
    ("/history", "vera"),
    ("/cis", "otto"),
    ("/cis?class=laptop&q=web", "vera"),
    ("/cis/new", "otto"),
    ("/cis/new?class=laptop", "otto"),
    ("/search", "vera"),
    ("/search?q=web", "vera"),
    ("/people", "vera"),
    ("/services", "vera"),
    ("/suppliers", "vera"),
    ("/my", "rita"),
    ("/reviews", "otto"),
    ("/imports", "otto"),
    ("/imports/new", "otto"),
    ("/scans", "otto"),
    ("/scans/new", "otto"),
    ("/credentials", "otto"),
    ("/credentials/new", "otto"),
    ("/credentials/new?kind=snmp-v3", "otto"),
    ("/host-keys", "otto"),
    ("/admin/sources", "vera"),
    ("/loans", "otto"),
    ("/loans?state=on_loan", "vera"),
    ("/loans/new", "otto"),
    ("/loans/overdue", "otto"),
    ("/loans/overdue?soon=1", "vera"),
    ("/loans/desk", "otto"),
    ("/loans/desk?mode=out", "otto"),
    ("/loans/desk?mode=out&who=nobody-at-all", "otto"),
    ("/admin/users", "ada"),
    ("/admin/users?role=operator&sort=-name", "ada"),
    ("/admin/users?name=nobody-has-this-name", "ada"),
    ("/admin/users/new", "ada"),
    ("/admin/tokens", "ada"),
    ("/admin/tokens/api/new", "ada"),
    ("/admin/tokens/agent/new", "ada"),
    ("/admin/settings", "ada"),
    ("/admin/audit", "adam"),
    ("/admin/intake", "otto"),
    ("/admin/jobs", "otto"),
)

NOT_PAGES = frozenset({"/health/live", "/health/ready", "/metrics"})
"""GET views for programs."""
