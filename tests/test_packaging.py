"""What is declared is what is used, and what is locked is what is declared."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.sources import PACKAGES, ROOT, files, imports, name_of, text_of

LOCKS = ("runtime.lock", "dev.lock", "setup.lock")
# Imported by what needs them, not by us.
USED_BY_OTHERS = {"arcadedb-embedded"}


def project() -> dict[str, Any]:
    """The `[project]` table."""
    table: dict[str, Any] = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    return table


def locked(name: str) -> dict[str, list[str]]:
    """Package → versions of a lock file."""
    versions: dict[str, list[str]] = {}
    for package, version in re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", text_of(ROOT / "requirements" / name), re.MULTILINE):
        versions.setdefault(str(canonicalize_name(package)), []).append(version)
    return versions


def imported() -> dict[str, str]:
    """Every foreign top module that the four packages import, and one place that does."""
    known = set(sys.stdlib_module_names) | set(PACKAGES)
    return {
        name.split(".")[0]: f"{name_of(path)}:{line}"
        for path in files(PACKAGES, ".py")
        for line, name in imports(path)
        if name.split(".")[0] not in known
    }


def test_every_foreign_import_is_a_declared_dependency() -> None:
    extras = [line for group in project()["optional-dependencies"].values() for line in group]
    declared = {str(canonicalize_name(Requirement(line).name)) for line in [*project()["dependencies"], *extras]}
    providers = packages_distributions()
    undeclared = {
        module: place
        for module, place in imported().items()
        if not declared & {str(canonicalize_name(distribution)) for distribution in providers.get(module, [])} and module != "gufo"
    }
    # Flask's own parts come with it.
    assert not {
        module
        for module in undeclared
        if module not in {"werkzeug", "jinja2", "markupsafe", "itsdangerous", "limits", "jpype", "_typeshed"}
    }, undeclared


def test_every_declared_dependency_is_imported() -> None:
    providers = packages_distributions()
    used = {str(canonicalize_name(distribution)) for module in imported() for distribution in providers.get(module, [])}
    declared = {str(canonicalize_name(Requirement(line).name)) for line in project()["dependencies"]}
    assert declared - used <= USED_BY_OTHERS, f"declared and not imported: {sorted(declared - used - USED_BY_OTHERS)}"


def test_every_dependency_has_its_reason_written_down() -> None:
    reasons = text_of(ROOT / "docs" / "decisions" / "2026-11-22-dependencies.md")
    extras = [line for group in project()["optional-dependencies"].values() for line in group if not line.startswith("moorings")]
    silent = [name for line in [*project()["dependencies"], *extras] if f"`{(name := Requirement(line).name)}`" not in reasons]
    assert not silent, silent


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_no_address_and_hash_everything(name: str) -> None:
    text = text_of(ROOT / "requirements" / name)
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links|^-e|\bfile:", text, re.MULTILINE)
    lines = text.splitlines()
    pins = [number for number, line in enumerate(lines) if not line.startswith(" ")]
    assert len(pins) > 5
    assert [lines[number] for number in pins if not re.match(r"[a-z0-9._-]+==\S+( ; [^#]+)? \\$", lines[number])] == []
    assert [lines[number] for number in pins if not re.match(r"    --hash=sha256:[0-9a-f]{64}", lines[number + 1])] == []


def test_locks_satisfy_what_is_declared() -> None:
    tables = project()
    extras = [line for group in ("dev", "docs", "interop", "fast") for line in tables["optional-dependencies"][group]]
    for name, lines in (("runtime.lock", tables["dependencies"]), ("dev.lock", [*tables["dependencies"], *extras])):
        versions = locked(name)
        for requirement in (Requirement(line) for line in lines if not line.startswith("moorings")):
            found = versions.get(str(canonicalize_name(requirement.name)), [])
            assert found, f"{requirement.name} is not in {name}: run `make lock`"
            assert all(version in requirement.specifier for version in found), f"{name}: {requirement} against {found}"


def test_the_dev_lock_holds_the_runtime_lock() -> None:
    dev = locked("dev.lock")
    assert {name: versions for name, versions in locked("runtime.lock").items() if dev.get(name) != versions} == {}


def test_python_that_is_too_old_is_refused_in_one_sentence(tmp_path: Any) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho 3.9.2\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "tools/python.sh", "tools/install.py"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"Moorings needs Python 3.11 or newer; found 3.9.2 at {old}; set PYTHON=/path/to/python3 and try again.\n"
    assert not done.stdout


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Any) -> None:
    pytest.importorskip("hatchling", reason="the build backend comes with `make setup`")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        inside = set(wheel.namelist())
    ours = {name_of(path) for path in files(PACKAGES)} | {
        f"web/static/vendor/{path.name}" for path in (ROOT / "web/static/vendor").iterdir()
    }
    assert {name for name in ours if not name.endswith(".pyc")} - inside == set()
    strangers = {name for name in inside if not name.startswith((*(f"{package}/" for package in PACKAGES), "moorings-"))}
    assert strangers == set()
    data = ("discovery/linux/sections/", "cmdb/model/data/", "cmdb/store/schema/", "web/templates/", "web/static/vendor/")
    assert {place: any(name.startswith(place) for name in inside) for place in data} == dict.fromkeys(data, True)
    _check_that_it_works_alone(next(tmp_path.glob("*.whl")), tmp_path / "site")


def _check_that_it_works_alone(wheel: Path, site: Path) -> None:
    """What reads files of the packages finds them where only the wheel is."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    program = (
        "import sys, cmdb; from cmdb.model.catalogue import Catalogue; from cmdb.store.migrations import shipped;"
        "from discovery.linux.script import build_script; from discovery.tables import shipped_mappings;"
        "from cmdb.compliance.policy import shipped as policies;"
        "print(cmdb.__file__, len(Catalogue.load().classes), len(shipped()), len(build_script('m')),"
        "len(shipped_mappings()), len(policies()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=site,
        env={"PATH": "/bin", "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    where, *counts = done.stdout.split()
    assert (Path(where).is_relative_to(site), done.stderr) == (True, "")
    assert all(int(count) > 0 for count in counts), done.stdout
