"""Reading JSON that a stranger sent, piece by piece: what is wrong is noted with its path, and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cmdb.errors import Invalid
from cmdb.model.catalogue import did_you_mean
from cmdb.model.clean import MAX_TEXT, clean_text, one_line, shown

MAX_PROBLEMS = 50
"""After that many the reading stops: nobody reads more, and a hostile sender must not make us write them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (`items[3].identifiers[0].kind`; empty for the whole) and what to do about it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidObservation(Invalid):
    """An observation is refused as a whole. `problems` lists what is wrong (at most 50); `field` is the path of the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = "; ".join(str(problem) for problem in problems[:3])
        more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""
        super().__init__(f"The observation is not accepted: {first}{more}.", field=problems[0].path or None)
        self.problems = problems


class Problems:
    """What was found wrong so far."""

    def __init__(self, most: int | None = MAX_PROBLEMS) -> None:
        """`most`: when reading stops; None for what the house reads again itself."""
        self._found: list[Problem] = []
        self._most = most

    def add(self, path: str, message: str) -> None:
        """Note one; raises InvalidObservation when there are enough."""
        self._found.append(Problem(path, message))
        if self._most is not None and len(self._found) >= self._most:
            self.stop_if_any()

    def found(self) -> tuple[Problem, ...]:
        """What was noted, in that order."""
        return tuple(self._found)

    def stop_if_any(self) -> None:
        """Raise InvalidObservation if anything was noted."""
        if self._found:
            raise InvalidObservation(tuple(self._found))


def place_of(path: str) -> tuple[str, int, str]:
    """(list, place in it, the rest) of a problem's path: `relations`, 3, `.from` of `relations[3].from`. Raises ValueError for others."""
    found = _PLACE.match(path)
    if found is None:
        raise ValueError(path)
    return found[1], int(found[2]), path[found.end() :]


_PLACE = re.compile(r"(\w+)\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class At:
    """A value and its path. Readers note what is wrong and give something empty of the right type instead."""

    problems: Problems
    path: str
    value: object

    def refuse(self, message: str) -> None:
        """Note that this value is wrong."""
        self.problems.add(self.path, message)

    def child(self, name: str, value: object) -> At:
        """The value under that key."""
        return At(self.problems, f"{self.path}.{name}" if self.path else name, value)

    def mapping(self, allowed: tuple[str, ...]) -> dict[str, At]:
        """The keys that are there; null is the same as not there. Unknown keys are noted."""
        if not isinstance(self.value, dict):
            self.refuse("must be an object: {…}")
            return {}
        found: dict[str, At] = {}
        for key, value in self.value.items():
            if key in allowed:
                if value is not None:
                    found[key] = self.child(key, value)
            else:
                name = one_line(str(key))[:60]
                self.child(name, value).refuse(f"is not a known key{did_you_mean(name, allowed)}; known are {', '.join(allowed)}")
        return found

    def needed(self, keys: dict[str, At], name: str) -> At | None:
        """The value under a key that must be there, or None (noted)."""
        if name not in keys:
            self.child(name, None).refuse("is missing")
        return keys.get(name)

    def entries(self, limit: int) -> Iterator[At]:
        """The entries of a list of at most `limit`."""
        if not isinstance(self.value, (list, tuple)):
            self.refuse("must be a list: […]")
        elif len(self.value) > limit:
            self.refuse(f"has {len(self.value):,} entries; at most {limit:,} are accepted, send the rest in another observation")
        else:
            for place, value in enumerate(self.value):
                yield At(self.problems, f"{self.path}[{place}]", value)

    def text(self, limit: int = MAX_TEXT) -> str:
        """A text, cleaned; it may be empty."""
        if not isinstance(self.value, str):
            self.refuse("must be text in quotes")
            return ""
        if len(self.value) > limit:
            self.refuse(f"is {len(self.value):,} characters long; at most {limit:,} are accepted")
            return ""
        return clean_text(self.value)

    def line(self, limit: int = MAX_TEXT) -> str:
        """A text on one line that is not empty."""
        if not isinstance(self.value, str):
            self.refuse("must be text in quotes")
        elif len(self.value) > limit:
            self.refuse(f"is {len(self.value):,} characters long; at most {limit:,} are accepted")
        elif flat := one_line(self.value):
            return flat
        else:
            self.refuse("is empty")
        return ""

    def word(self, allowed: tuple[str, ...] | frozenset[str]) -> str:
        """A text that is one of `allowed`."""
        if isinstance(self.value, str) and self.value in allowed:
            return self.value
        if not isinstance(self.value, str):
            self.refuse("must be text in quotes")
        elif len(allowed) > 12:
            self.refuse(f"is {shown(self.value)}, which is not known{did_you_mean(self.value, allowed)}")
        else:
            self.refuse(f"is {shown(self.value)}; it must be one of {', '.join(allowed)}")
        return ""
