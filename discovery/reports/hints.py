"""Site and ownership of a report: what its enrolment token says, then what the agent's tag says (`--tag`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from discovery.reports.privacy import LETTERS

_STRICT = ("corporate", "loaned", "personal")
_WORDS = {
    "corporate": "corporate",
    "company": "corporate",
    "owned": "corporate",
    "loaned": "loaned",
    "loan": "loaned",
    "personal": "personal",
    "private": "personal",
    "byod": "personal",
}
_PAIR = re.compile(r"\s*(site|ownership)\s*[=:]\s*([^;,]+)", re.IGNORECASE)
MAX_SITE = 100


@dataclass(frozen=True, slots=True)
class Hints:
    """`ownership` is corporate, loaned, personal, or empty when nobody said; an empty one is treated as personal everywhere."""

    site: str = ""
    ownership: str = ""


def hints(token_site: str, token_ownership: str, tag: str) -> Hints:
    """Join the two. The token's site wins. The token's ownership can only be made stricter by a tag, never looser; where the token leaves
    it open, the tag may say. A tag is `site=Paris; ownership=loaned`, one of the ownership words, or the name of a site."""
    site, said = _of_tag(tag)
    sure = token_ownership if token_ownership in LETTERS else ""
    if sure and said:
        said = max(sure, said, key=_STRICT.index)
    return Hints((token_site or site)[:MAX_SITE], said or sure)


def _of_tag(tag: str) -> tuple[str, str]:
    pairs = {name.lower(): value.strip() for name, value in _PAIR.findall(tag)}
    if pairs:
        return pairs.get("site", ""), _WORDS.get(pairs.get("ownership", "").lower(), "")
    word = tag.strip()
    if word.lower() in _WORDS:
        return "", _WORDS[word.lower()]
    return (word, "") if any(c.isalpha() for c in word) else ("", "")
