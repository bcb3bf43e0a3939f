"""Reads recordings."""

from __future__ import annotations

from tests.agent.conftest import recording

__all__ = ["recording"]
