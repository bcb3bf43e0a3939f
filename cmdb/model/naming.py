"""What people call a thing: which of its values is its name. Pure."""

from __future__ import annotations

from typing import Final

NAMING: Final = ("name", "hostname", "fqdn", "prefix", "address", "process", "subject", "serial", "asset_tag", "mac")
"""Attributes that name a CI, the best first."""
