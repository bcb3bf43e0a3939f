"""The page of an audit bundle for people (PDF)."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.styles import getSampleStyleSheet  # type: ignore[import-untyped]
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle  # type: ignore[import-untyped]

from cmdb.compliance.waivers import Waiver

_STYLES = getSampleStyleSheet()
_COVERAGE = {
    "endpoints_known": "Endpoints known",
    "report_regularly": "report regularly",
    "stopped_reporting": "stopped reporting",
    "never_reported": "never reported",
    "seen_on_the_network_and_silent": "seen on the network and silent",
    "without_owner": "without owner",
    "without_declared_ownership": "without declared ownership",
    "all_results_confirmed_at": "All results confirmed at",
}


def _words(value: object, style: str = "BodyText") -> Paragraph:
    """Text of anybody: never markup, and only signs the page's font has."""
    plain = str(value).encode("cp1252", "replace").decode("cp1252")
    return Paragraph(escape(plain), _STYLES[style])


def _grid(rows: Sequence[Sequence[object]], widths: Sequence[float]) -> Table:
    made = Table([[_words(cell) for cell in row] for row in rows], colWidths=widths, repeatRows=1)
    look = [
        ("GRID", (0, 0), (-1, -1), 0.25, colors.grey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    made.setStyle(TableStyle(look))
    return made


def page(manifest: Mapping[str, Any], counts: Sequence[Mapping[str, Any]], coverage: Mapping[str, Any], waivers: Sequence[Waiver]) -> bytes:
    """Scope and moment, the result of each policy with unknown apart, what was accepted by whom, how complete the list is, and the key."""
    scope = {key: value for key, value in manifest["scope"].items() if value and key != "as_of"}
    total = {state: sum(int(row[state]) for row in counts) for state in ("pass", "fail", "unknown", "error", "excepted", "attested")}
    asked = sum(total[state] for state in ("pass", "fail", "unknown", "error"))
    headline = f"{int(100 * total['pass'] / asked)} %" if asked else "nothing was asked"
    told = [("Policy", "Pass", "Fail", "of these excepted", "Unknown", "Proven")]
    for row in counts:
        share = "-" if row["share"] is None else f"{int(100 * row['share'])} %"
        told.append((row["title"], row["pass"], row["fail"], row["excepted"], row["unknown"], share))
    story = [
        _words("Endpoint compliance", "Title"),
        _words(f"As of {manifest['scope']['as_of']}, made {manifest['made_at']} by {manifest['made_by']}."),
        _words(
            "Scope: "
            + (", ".join(f"{key} {value}" for key, value in scope.items()) or "every endpoint")
            + f"; {manifest['endpoints']} endpoints."
        ),
        _words(
            f"Proven: {headline}. {total['pass']} pass, {total['fail']} fail"
            f" ({total['excepted']} of them excepted), {total['unknown']} unknown."
        ),
        _words("Proven is pass / (pass + fail + unknown): silence never counts as a pass, and an exception leaves a failure a failure."),
        Spacer(1, 12),
        _grid(told, (190, 50, 50, 75, 65, 65)),
        _words("Exceptions and attestations", "Heading2"),
    ]
    if waivers:
        rows = [("What", "Policy", "Whom", "Reason and what guards instead", "By", "Until")]
        for one in waivers:
            by = f"{one.requested_by}; {one.decided_by}" if one.kind == "exception" else one.requested_by
            rows.append((one.kind, one.policy, one.scope, " - ".join(filter(None, (one.reason, one.control))), by, one.until))
        story.append(_grid(rows, (60, 85, 85, 155, 60, 55)))
    else:
        story.append(_words("None counted at that moment."))
    story.append(_words("How complete is this list?", "Heading2"))
    story += [_words(f"{words}: {coverage[key]}") for key, words in _COVERAGE.items()]
    story.append(_words(coverage["limits"]))
    chain = manifest["report_chain"]
    whole = "holds" if chain["whole"] else f"is broken at {chain['broken_at']}: {chain['why']}"
    story.append(_words("Proof", "Heading2"))
    story.append(_words(f"The chain of {chain['links']} accepted reports {whole}; its last link is {chain['head'][:32]}."))
    story.append(_words(f"Signed by the key {manifest['key']}. To check this archive: moorings audit verify FILE."))
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, pagesize=A4, title="Endpoint compliance", author="Moorings").build(story)
    return buffer.getvalue()
