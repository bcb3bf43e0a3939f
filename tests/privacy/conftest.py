"""An open house over a test engine."""

from __future__ import annotations

from tests.runtime.conftest import house

__all__ = ["house"]
