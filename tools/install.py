"""Installs Moorings into `.venv` from the hash-locked requirements; does nothing, quickly, when that is done already.

Usage: install.py [runtime|dev]. Runs on a bare Python: only the standard library may be imported here.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tools import debian  # noqa: E402

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = ROOT / "requirements"
LEVELS = ("runtime", "dev")
# pip's settings that uv does not read by itself, and uv's name for each.
PIP_TO_UV = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_CERT": "SSL_CERT_FILE",
}


class CannotInstall(Exception):
    """One sentence for the person at the keyboard."""


def main(arguments: list[str]) -> int:
    """Brings `.venv` to the asked level. Exit code 1 with one sentence on standard error when that cannot be."""
    level = arguments[0] if arguments else "runtime"
    if level not in LEVELS:
        print(f"The level is one of {', '.join(LEVELS)}, not {level!r}.", file=sys.stderr)
        return 2
    (ROOT / ".setup").mkdir(exist_ok=True)
    with (ROOT / ".setup" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make demo` and `make test` may be started side by side
        if stamped(level):
            return 0
        try:
            install(level)
        except CannotInstall as reason:
            print(reason, file=sys.stderr)
            return 1
        except subprocess.CalledProcessError as failed:
            print(
                f"Installing stopped: `{' '.join(map(str, failed.cmd))}` ended with code {failed.returncode}; its own words are above.",
                file=sys.stderr,
            )
            return 1
    return 0


def fingerprint(level: str) -> str:
    """What the installed set depends on: the locks, the project's metadata, where it lives and which Python runs it."""
    digest = hashlib.sha256()
    for file in (LOCKS / "setup.lock", LOCKS / f"{level}.lock", ROOT / "pyproject.toml"):
        digest.update(file.read_bytes())
    digest.update(f"{ROOT}|{PYTHON.resolve()}".encode())
    return digest.hexdigest()


def stamp(level: str) -> Path:
    """The file that holds the fingerprint of a finished installation."""
    return VENV / f"stamp-{level}"


def stamped(level: str) -> bool:
    """True when `.venv` holds this level, or more, of exactly these locks."""
    if not PYTHON.exists() or another_python_wanted():
        return False
    return any(stamp(have).exists() and stamp(have).read_text() == fingerprint(have) for have in LEVELS[LEVELS.index(level) :])


def another_python_wanted() -> bool:
    """True where PYTHON names an interpreter that `.venv` was not made with."""
    return bool(os.environ.get("PYTHON")) and PYTHON.exists() and PYTHON.resolve() != Path(sys.executable).resolve()


def install(level: str) -> None:
    """Makes the environment, installs the locked packages, then the project itself as an editable."""
    began = time.monotonic()
    if any(stamp(more).exists() for more in LEVELS[LEVELS.index(level) :]):
        level = next(more for more in reversed(LEVELS) if stamp(more).exists())  # never take tools away from who has them
    if (PYTHON.is_symlink() and not PYTHON.exists()) or another_python_wanted():
        shutil.rmtree(VENV, ignore_errors=True)
    for have in LEVELS:
        stamp(have).unlink(missing_ok=True)
    print(f"Installing into .venv ({level}) with Python {sys.version.split()[0]} …", flush=True)
    uv = shutil.which("uv")
    pip = make_environment(need_pip=uv is None)
    if uv is None:
        run(*pip, "install", "--quiet", "--require-hashes", "--no-deps", "-r", LOCKS / "setup.lock")
        uv = str(VENV / "bin" / "uv")
    if not with_uv(uv, level):
        pip = pip or make_environment(need_pip=True)
        run(*pip, "install", "--require-hashes", "--no-deps", "-r", LOCKS / "setup.lock", "-r", LOCKS / f"{level}.lock")
        run(*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-e", ROOT)
    stamp(level).write_text(fingerprint(level))
    print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)


def make_environment(*, need_pip: bool) -> list[str | Path]:
    """Makes `.venv` where it is missing; answers the pip command that installs into it (empty where none is needed)."""
    if not PYTHON.exists():
        run(sys.executable, "-m", "venv", "--without-pip", VENV)
    if not need_pip:
        return []
    inside: list[str | Path] = [PYTHON, "-m", "pip", "--disable-pip-version-check"]
    if succeeds(*inside, "--version"):
        return inside
    # Another environment's pip can install into ours and saves the seconds that copying pip takes.
    outside: list[str | Path] = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", PYTHON]
    if succeeds(*outside, "--version"):
        return outside
    if importlib.util.find_spec("ensurepip") is None or not succeeds(PYTHON, "-m", "ensurepip", "--version"):
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not debian.may_install() or not debian.install([package]):
            raise CannotInstall(
                f"{sys.executable} has neither pip nor ensurepip; install the package {package} (or pip, or uv) and try again."
            )
    run(PYTHON, "-m", "ensurepip", "--default-pip")
    return inside


def with_uv(uv: str, level: str) -> bool:
    """Installs with uv, a tenth of pip's time; False where uv could not, and pip shall try."""
    environment = dict(os.environ)
    for ours, theirs in PIP_TO_UV.items():
        if ours in environment:
            environment.setdefault(theirs, environment[ours])
    environment.pop("VIRTUAL_ENV", None)
    commands: list[list[str | Path]] = [
        [uv, "pip", "sync", "--require-hashes", "--python", PYTHON, LOCKS / "setup.lock", LOCKS / f"{level}.lock"],
        [uv, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--offline", "--python", PYTHON, "-e", ROOT],
    ]
    for command in commands:
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            print("uv could not install; trying pip.", flush=True)
            return False
    return True


def run(*command: str | Path) -> None:
    """Runs a command, its output shown; raises `CalledProcessError` when it fails."""
    subprocess.run(command, cwd=ROOT, check=True)


def succeeds(*command: str | Path) -> bool:
    """True when the command can be run and ends well; its output is dropped."""
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
