"""Signed keyset cursors: where a list goes on. Opaque to clients, so a forged or old one is refused instead of read as data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from cmdb.errors import Invalid

Scalar: TypeAlias = str | int | float | bool | None
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Cursor:
    """The sort values (the last one unique) of the row after which, or before which if `backwards`, the page begins."""

    values: tuple[Scalar, ...]
    backwards: bool = False


def _serializer(scope: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"cursor:{scope}", serializer=json)


def write_cursor(scope: str, values: Sequence[Scalar], *, backwards: bool = False) -> str:
    """The text form of a cursor. `scope` names the list and its order: a cursor of another list is refused."""
    return _serializer(scope).dumps([list(values), backwards])


def read_cursor(scope: str, text: str) -> Cursor:
    """The cursor behind the text. Raises Invalid when it was not made here for this list and order."""
    try:
        if len(text) > _LONGEST:
            raise BadData("too long")
        values, backwards = _serializer(scope).loads(text)
    except (BadData, ValueError, TypeError) as reason:
        raise Invalid("cursor is not one this list gave out. Leave it away to start from the beginning.", field="cursor") from reason
    return Cursor(tuple(values), bool(backwards))
