"""JSON of requests and answers: what is nested beyond reason is a request nobody understands, not an error of the house."""

from __future__ import annotations

from typing import Any

from flask.json.provider import DefaultJSONProvider


class Json(DefaultJSONProvider):
    """Flask's, with keys in the order in which they were given."""

    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON text. Raises ValueError, also where it is nested deeper than Python can follow."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deep") from None
