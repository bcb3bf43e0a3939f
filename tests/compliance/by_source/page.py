"""The page docs/reference/policies-by-source.md: read, so that tests hold what it says, and written from what they found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "policies-by-source.md"
_WORDS = {
    "section_absent": "? not sent",
    "source_cannot_tell": "? cannot tell",
    "never_reported": "? never reported",
    "not_in_reference": "? not in the tables",
    "end_not_announced": "? no end announced",
    "wrong_content": "? wrong content",
    "query_failed": "? query failed",
}


def short(outcome: str) -> str:
    """`pass`, `fail`, `–` or `? why`."""
    if outcome == "not_applicable":
        return "–"
    return _WORDS[outcome[len("unknown(") : -1]] if outcome.startswith("unknown(") else outcome


def cell(*outcomes: str) -> str:
    """Of a computer where all is well, and of one where nothing is; once where both are the same."""
    return " / ".join(dict.fromkeys(short(one) for one in outcomes))


def told() -> dict[str, dict[str, str]]:
    """Source → policy → cell, as the page has them."""
    found: dict[str, dict[str, str]] = {}
    head: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [one.strip() for one in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            head = []
        elif not head:
            head = cells
        elif not cells[0].startswith("-"):
            for source, value in zip(head[1:], cells[1:], strict=True):
                found.setdefault(source, {})[cells[0].strip("`")] = value
    return found


def tables(results: Mapping[str, Mapping[str, str]], groups: Mapping[str, Sequence[str]], policies: Sequence[str]) -> str:
    """The tables of the page: a heading and its sources, policies below each other."""
    out = []
    for heading, sources in groups.items():
        out += [f"## {heading}", "", f"| policy | {' | '.join(sources)} |", f"| --- |{' --- |' * len(sources)}"]
        out += [f"| `{name}` | {' | '.join(results[source][name] for source in sources)} |" for name in policies]
        out.append("")
    return "\n".join(out)
