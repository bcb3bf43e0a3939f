"""Skips of real parts (an engine, a browser, the recordings) are counted: they are listed at the end, and in CI they are failures."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

MARK = "real part missing: "


def in_ci() -> bool:
    """True where a real part must not be missing."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def real_part_missing(reason: str) -> NoReturn:
    """Skip the test because a real part cannot be had here. `CI=true` makes it a failure."""
    if in_ci():
        pytest.fail(MARK + reason, pytrace=False)
    pytest.skip(MARK + reason)
