"""Text from outside is hostile: what no person typed and no page can show is taken out before it is stored."""

from __future__ import annotations

import re

MAX_TEXT = 10_000
"""Characters of one text that comes in (docs/architecture.md, Observation)."""

# C0 and C1 controls but tab and newline, lone surrogates, the byte order mark and non-characters, and the embeddings and overrides of
# text direction that make `exe.txt` of `txt.exe` (Trojan Source, CVE-2021-42574). The isolates U+2066..2069 are harmless and stay.
_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufeff\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_ONE_LINE = re.compile(r"\s+")


def clean_text(text: str) -> str:
    """The text without hostile characters and without white space around it; line ends become `\\n`. Doing it twice changes nothing."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _HOSTILE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def one_line(text: str) -> str:
    """`clean_text`, and every run of white space is one space: for names, keys and headings."""
    return _ONE_LINE.sub(" ", clean_text(text))


def shown(text: str, limit: int = 60) -> str:
    """The text as it may stand in a message: on one line, in quotes, cut to `limit` characters."""
    flat = one_line(text)
    return f"“{flat if len(flat) <= limit else flat[: limit - 1] + '…'}”"
