"""The API tests stand on the fixtures of the pages."""

from __future__ import annotations

from tests.web.conftest import app, cast, catalogue, ledger, program, services, visit

__all__ = ["app", "cast", "catalogue", "ledger", "program", "services", "visit"]
