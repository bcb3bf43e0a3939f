"""The rules that are data: YAML beside this file, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, cast

import yaml


@cache
def table(name: str) -> dict[str, Any]:
    """One of discovery/reports/data/*.yaml, by its name without ending. Raises FileNotFoundError for another name."""
    text = (resources.files("discovery.reports") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text))
