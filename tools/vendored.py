"""Compares the vendored browser files with their manifest: every file listed, every hash right, every package with its licence.

Usage: vendored.py. Only the standard library may be imported here.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "web" / "static" / "vendor"
MANIFEST = "manifest.json"


def main() -> int:
    """Names each file that differs; exit code 1 where there is one."""
    wrong = problems(VENDOR)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def problems(folder: Path) -> list[str]:
    """One sentence for each file that is missing, unlisted, changed or without a licence text."""
    entries = {entry["file"]: entry for entry in json.loads((folder / MANIFEST).read_text("utf-8"))["files"]}
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST}
    wrong = [f"{name} is in the manifest and not in the folder." for name in sorted(entries.keys() - present.keys())]
    wrong += [f"{name} is in the folder and not in the manifest." for name in sorted(present.keys() - entries.keys())]
    for name in sorted(entries.keys() & present.keys()):
        if hashlib.sha256(present[name].read_bytes()).hexdigest() != entries[name]["sha256"]:
            wrong.append(f"{name} is not the file of {entries[name]['package']} {entries[name]['version']} that the manifest names.")
    licensed = {entry["package"] for name, entry in entries.items() if "LICENSE" in name and name in present}
    wrong += [
        f"{package} has no licence text beside it." for package in sorted({entry["package"] for entry in entries.values()} - licensed)
    ]
    return wrong


if __name__ == "__main__":
    sys.exit(main())
