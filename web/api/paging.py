"""Lists of the API: `{"items": […], "next": CURSOR|null}`, read on with `?cursor=`, bounded by `?limit=`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from web.frame.cursors import Scalar, read_cursor, write_cursor

R = TypeVar("R")
M = TypeVar("M", bound=BaseModel)
MOST = 500


class ListQuery(BaseModel):
    """What every list understands. Subclass it for filters; unknown query words are refused."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(default=None, max_length=2000, description="`next` of the page before. Leave it away for the first page.")
    limit: int = Field(default=50, ge=1, le=MOST, description="How many items at most.")

    def place(self, scope: str) -> tuple[Scalar, ...] | None:
        """The sort values of the last item of the page before; None for the first page. Raises Invalid for a foreign cursor."""
        return read_cursor(scope, self.cursor).values if self.cursor else None


class ItemList(BaseModel, Generic[M]):
    """One page of a list."""

    items: list[M] = Field(description="The items of this page, in the list's order.")
    next: str | None = Field(description="Give it as `cursor` to read on; null: this was the last page.")


def list_of(model: type[M]) -> type[ItemList[M]]:
    """The response model of a list of `model`, with a name that reads well in the OpenAPI document."""
    made = ItemList[model]  # type: ignore[valid-type]
    made.model_config = ConfigDict(title=f"{model.__name__}List")
    made.model_rebuild(force=True)
    return made


def listing(
    scope: str, rows: Sequence[R], query: ListQuery, *, out: Callable[[R], BaseModel], key: Callable[[R], Sequence[Scalar]]
) -> Response:
    """The answer made of up to `query.limit + 1` rows. `key` gives a row's sort values, a unique one last."""
    kept = rows[: query.limit]
    more = len(rows) > query.limit
    items = [out(row).model_dump(mode="json", by_alias=True) for row in kept]
    return jsonify({"items": items, "next": write_cursor(scope, key(kept[-1])) if more else None})
