"""The checks of the house, in order of cost; the first that fails ends the run. `make test` and CI run exactly this.

Usage: check.py lint|types|docs|test|nightly [-- PYTEST ARGUMENT…]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
NEWEST_NEO4J = "2026.09.0"
CODE = ["cmdb", "discovery", "reconciliation", "web", "tests", "bench", "tools", "docs"]


@dataclass(frozen=True, slots=True)
class Step:
    """One check. `advice` is what to do when it fails; a `quiet` one is shown only then."""

    name: str
    command: list[str]
    advice: str
    environment: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False


def tool(name: str, *arguments: str) -> list[str]:
    """A tool of the environment, by its full path: nothing is found by chance."""
    return [str(BIN / name), *arguments]


LINT = [
    Step("formatting", tool("ruff", "format", "--quiet", "--diff", "."), "`.venv/bin/ruff format .` writes it so"),
    Step("lint", tool("ruff", "check", "--quiet", "."), "`.venv/bin/ruff check --fix .` mends what can be mended"),
    Step("import contracts", tool("lint-imports"), "imports go downstairs only: docs/architecture.md", quiet=True),
    Step("vendored files", [PYTHON, "tools/vendor_assets.py", "check"], "`tools/vendor_assets.py refresh` fetches them anew"),
]
TYPES = [
    Step("types", tool("mypy", "--no-error-summary"), "see the lines above"),
    Step("no Cypher from data", tool("basedpyright", "--level", "error"), "a query is a literal; values are parameters"),
]
DOCS = [
    Step(
        "documentation",
        tool("sphinx-build", "-q", "-W", "--keep-going", "-j", "2", "-b", "html", "docs", "docs/_build/html"),
        "see the lines above",
    )
]
PARTS = [Step("Debian packages", [PYTHON, "tools/debian.py"], "install them, or run without CI=true")]


def pytest_step(name: str, arguments: list[str], environment: Mapping[str, str]) -> Step:
    """The suite on two workers; `arguments` choose a part of it."""
    return Step(name, tool("pytest", "-q", "-n", "2", "--dist", "worksteal", *arguments), "its own words are above", environment)


def plan(word: str, arguments: list[str]) -> list[Step]:
    """The steps behind a word of the Makefile. Raises KeyError for a word that is none."""
    fuzz = pytest_step(
        "tests of parsers, 100,000 inputs each", ["tests/discovery/reports", "-k", "fuzz", "--timeout=14400"], {"FUZZ_EXAMPLES": "100000"}
    )
    plans = {
        "lint": LINT,
        "types": TYPES,
        "docs": DOCS,
        "test": [*LINT, *TYPES, *DOCS, *PARTS, pytest_step("tests", arguments, {})],
        "nightly": [*PARTS, fuzz, pytest_step(f"tests on Neo4j {NEWEST_NEO4J}", arguments, {"MOORINGS_TEST_NEO4J_VERSION": NEWEST_NEO4J})],
    }
    return plans[word]


def main(arguments: list[str]) -> int:
    """Runs the steps of the word; the exit code is that of the first that fails."""
    word, rest = (arguments[0] if arguments else ""), [part for part in arguments[1:] if part != "--"]
    try:
        steps = plan(word, rest)
    except KeyError:
        print(__doc__, file=sys.stderr)
        return 2
    for number, step in enumerate(steps, start=1):
        print(f"[{number}/{len(steps)}] {step.name} …", flush=True)
        began = time.monotonic()
        code = run(step)
        if code:
            print(f"[{number}/{len(steps)}] {step.name} FAILED after {time.monotonic() - began:.1f} s: {step.advice}.", file=sys.stderr)
            return code if code > 0 else 1
        if not step.name.startswith("tests"):  # pytest's closing line shall be the last
            print(f"[{number}/{len(steps)}] {step.name} ok ({time.monotonic() - began:.1f} s)", flush=True)
    return 0


def run(step: Step) -> int:
    """Runs one step; its exit code."""
    environment = {**os.environ, **step.environment}
    if not step.quiet:
        return subprocess.run(step.command, cwd=ROOT, env=environment, check=False).returncode
    done = subprocess.run(step.command, cwd=ROOT, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
