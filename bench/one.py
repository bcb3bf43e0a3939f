"""Run one measurement in a process of its own and print it as JSON: python -m bench.one NAME [--size N]."""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Sequence
from typing import Any

from bench.figures import PartMissing


def measured(name: str, size: int) -> dict[str, Any]:
    """`bench`, `figures`, and `missing`: the real part that was not here, else empty."""
    module = importlib.import_module(f"bench.{name}")
    try:
        figures = [figure.told() for figure in module.run(size)]
    except PartMissing as missing:
        return {"bench": name, "figures": [], "missing": str(missing)}
    return {"bench": name, "figures": figures, "missing": ""}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object in the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--size", type=int, default=10_000)
    given = parser.parse_args(arguments)
    print(json.dumps(measured(given.name, given.size)), flush=True)


if __name__ == "__main__":
    main()
