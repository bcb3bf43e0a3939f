"""What strangers wrote, made safe to keep: bounded, without control characters, always valid UTF-8. And JSON as the ledger stores it."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from cmdb.errors import Invalid

_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They let `exe.txt` look like `txt.exe` on a page."""


def tidy(text: str, limit: int) -> str:
    """One line of at most `limit` characters; control characters, lone surrogates and turns of the writing direction become U+FFFD."""
    line = " ".join(text[: limit * 2].split())
    if line.isascii() and line.isprintable():
        return line[:limit]
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs") or c in _TURNS else c for c in line)[:limit]


def required(text: str, field: str, limit: int = 100) -> str:
    """`tidy`, and refuses what is then empty or was longer than `limit`. Raises `Invalid` naming the field."""
    if not text.strip():
        raise Invalid(f"The {field.replace('_', ' ')} is empty; give one.", field=field)
    if len(text.strip()) > limit:
        raise Invalid(f"The {field.replace('_', ' ')} is longer than {limit} characters; shorten it.", field=field)
    return tidy(text, limit)


def to_json(value: Any, field: str, limit: int) -> str:
    """Compact JSON of at most `limit` bytes. Raises `Invalid` for what JSON cannot say (NaN, bytes, lone surrogates) or what is larger."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"The {field} cannot be written as JSON ({type(error).__name__}).", field=field) from None
    if size > limit:
        raise Invalid(f"The {field} is {size:,} bytes as JSON; at most {limit:,} are kept.", field=field)
    return text


def from_json(text: str | None) -> Any:
    """Reads what `to_json` wrote; None stays None."""
    return None if text is None else json.loads(text)
