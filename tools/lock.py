"""Makes the hash locks anew from pyproject.toml: universal, and without any registry's address.

Usage: lock.py [--upgrade]. Without --upgrade versions stay as they are where they still fit.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
OLDEST = "3.11"
ADDRESS = re.compile(r"https?://|--(extra-)?index-url|--find-links|file:")


def main(arguments: list[str]) -> int:
    """Compiles runtime, then dev, then setup, each held to the versions of the ones before."""
    compile_lock("runtime.lock", ["pyproject.toml"], arguments)
    compile_lock(
        "dev.lock", ["pyproject.toml", "--extra", "dev", "--extra", "bench", "--constraint", "requirements/runtime.lock"], arguments
    )
    compile_lock("setup.lock", ["requirements/setup.in", "--constraint", "requirements/dev.lock"], arguments)
    for lock in sorted(LOCKS.glob("*.lock")):
        if found := ADDRESS.search(lock.read_text()):
            print(f"{lock.name} names an address ({found[0]}): a lock must not.", file=sys.stderr)
            return 1
        print(f"{lock.name}: {lock.read_text().count('==')} packages")
    return 0


def compile_lock(name: str, inputs: list[str], arguments: list[str]) -> None:
    """One lock file. Raises `CalledProcessError` where the requirements cannot be met."""
    form = ["--universal", "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    uv = ROOT / ".venv" / "bin" / "uv"
    subprocess.run(
        [uv, "pip", "compile", "--quiet", *form, "--python-version", OLDEST, *inputs, *arguments, "-o", f"requirements/{name}"],
        cwd=ROOT,
        check=True,
    )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)
