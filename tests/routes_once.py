"""The application's rules are compiled once per worker: Werkzeug writes and compiles two functions for each of some 270 rules
whenever an application is made, and most tests of pages make one. That was four fifths of making it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def compile_routes_once() -> None:
    """From now on a rule of the same text is given the function made for the first of them: it depends on nothing else.

    The function takes the rule as its first argument, so that converters stay those of each map.
    """
    compiled = Rule._compile_builder
    kept: dict[tuple[Any, ...], Builder] = {}

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Builder:
        if rule.defaults:
            return compiled(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in kept:
            kept[key] = compiled(rule, append_unknown)
        return kept[key]

    Rule._compile_builder = compile_builder  # type: ignore[method-assign, assignment]
