"""The real parts that the test suite talks to, as Debian packages: installs them where it may, else names what is missing.

Usage: debian.py. With CI=true a missing part is a failure. Only the standard library may be imported here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"

# package → the program that shows it is there
PROGRAMS = {
    "openssh-server": "sshd",
    "openssh-client": "ssh-keygen",
    "snmpd": "snmpd",
    "snmp": "snmpget",
    "chromium": "chromium",
    "fusioninventory-agent": "fusioninventory-agent",
    "ocsinventory-agent": "ocsinventory-agent",
    "lynis": "lynis",
    "openscap-scanner": "oscap",
    "maven": "mvn",
    "iproute2": "ip",
    "procps": "ps",
    "busybox": "busybox",
}
# package → a file of it: what programs and tests need besides
FILES = {
    "ssg-debian": "usr/share/xml/scap/ssg/content/ssg-debian*-ds.xml",
    "libatomic1": "usr/lib/*/libatomic.so.1",
    "fonts-liberation": "usr/share/fonts/truetype/*/*.ttf",
}


def main() -> int:
    """Installs what is missing; afterwards says what still is."""
    lacking = missing()
    if lacking and may_install():
        install(lacking)
        lacking = missing()
    if not lacking:
        return 0
    print(f"Missing for the whole suite: {', '.join(lacking)}.", file=sys.stderr)
    if os.environ.get("CI") == "true":
        print("With CI=true that is a failure.", file=sys.stderr)
        return 1
    print(f"The tests that need them are skipped; `apt-get install {' '.join(lacking)}` as root brings them.", file=sys.stderr)
    return 0


def missing() -> list[str]:
    """The packages that are not there, as far as their programs and files tell."""
    path = f"{os.environ.get('PATH', os.defpath)}:{SBIN}"
    lacking = [package for package, program in PROGRAMS.items() if shutil.which(program, path=path) is None]
    if java_release() < 17:
        lacking.append("default-jdk-headless")
    return lacking + [package for package, pattern in FILES.items() if not any(Path("/").glob(pattern))]


def java_release() -> int:
    """The release of the `java` on PATH (Neo4j 5.26 needs 17 or 21), 0 where there is none."""
    try:
        said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def may_install() -> bool:
    """True for root on a system with apt-get."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str]) -> bool:
    """Installs packages without questions and without starting a single service; False where apt-get fails."""
    print(f"Installing Debian packages: {' '.join(packages)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    options = [
        "-qq",
        "-y",
        "--no-install-recommends",
        "-o",
        "DPkg::Lock::Timeout=120",
        "-o",
        "Dpkg::Options::=--force-confold",
        "-o",
        "Dpkg::Use-Pty=0",
    ]
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")  # tells the packages' scripts that no service may be started
        POLICY.chmod(0o755)
    try:
        for command in (["apt-get", "-qq", "update"], ["apt-get", *options, "install", *packages]):
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode:
                print("\n".join(done.stdout.splitlines()[-15:]), file=sys.stderr)
                return False
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)
    return True


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
