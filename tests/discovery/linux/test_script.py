"""The script itself, run by real shells: it says what it must, writes nothing, stops what hangs, and asks sudo only where it should."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from cmdb.errors import Invalid, Unreadable
from discovery.linux import script
from discovery.linux.script import SECTIONS, SectionPlan, build_script, new_marker
from discovery.linux.transcript import Transcript, parse_transcript

SHELLS = (["dash"], ["bash"], ["bash", "--posix"], ["busybox", "ash"])
SLOW = ("updates", "software")


def run(
    *,
    by: Sequence[str] = ("sh",),
    path: Path | None = None,
    before: Sequence[str] = (),
    sudo: bool = False,
    without: Sequence[str] = SLOW,
) -> Transcript:
    """Run the script as a user's session would and read it back. `path` comes first in PATH."""
    marker = new_marker()
    environment = {"PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"], "HOME": "/", "LANG": "de_DE.UTF-8"}
    text = build_script(marker, sudo=sudo, without=without).encode()
    done = subprocess.run([*before, *by, "-s"], input=text, capture_output=True, env=environment, timeout=60, check=False)
    return parse_transcript(done.stdout, marker)


def put(folder: Path, name: str, text: str) -> Path:
    """An executable that stands in for a host's command."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_every_section_arrives_whole_in_every_shell(shell: list[str]) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed here")
    transcript = run(by=shell)
    assert transcript.done
    assert {name: section.state for name, section in transcript.sections.items()} == {
        "platform": "complete", **{plan.name: "complete" for plan in SECTIONS if plan.name not in SLOW},
    }  # fmt: skip
    assert transcript.section("platform").output("kernel") == "Linux\n"
    unfinished = [command.name for section in transcript.sections.values() for command in section.commands.values() if command.rc == 124]
    assert unfinished == []


def test_the_tools_of_a_small_busybox_are_enough(tmp_path: Path) -> None:
    busybox = shutil.which("busybox")
    if busybox is None:
        pytest.skip("busybox is not installed here")
    for applet in ("ip", "ps", "ls", "grep", "cat", "tr", "head", "timeout", "uname", "id", "hostname", "who", "od", "readlink"):
        (tmp_path / applet).symlink_to(busybox)
    transcript = run(by=("busybox", "ash"), path=tmp_path)
    assert transcript.done
    interfaces = transcript.section("interfaces")
    assert interfaces.get("addresses") is not None
    assert "inet 127.0.0.1/8" in interfaces.output("addresses_text")
    assert "PID" in transcript.section("processes").output("ps")
    assert "/proc/" in transcript.section("processes").output("arguments")


def test_a_section_that_hangs_is_stopped_and_the_others_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "bin", "lscpu", "exec sleep 60")
    monkeypatch.setattr(script, "SECTIONS", (SectionPlan("hardware", 1), SectionPlan("os", 5)))
    started = time.monotonic()
    transcript = run(path=tmp_path / "bin", without=())
    assert time.monotonic() - started < 15
    assert transcript.section("hardware").state == "timed_out"
    assert transcript.section("os").state == "complete"
    assert transcript.done


def test_a_command_that_hangs_is_stopped_inside_its_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "bin", "snap", "exec sleep 60")
    put(
        tmp_path / "bin",
        "timeout",
        'if [ "$1" = -k ]; then shift 2; fi; [ "$1" = 10 ] && { shift; set -- 1 "$@"; }; exec /usr/bin/timeout "$@"',
    )
    monkeypatch.setattr(script, "SECTIONS", (SectionPlan("software", 30),))
    started = time.monotonic()
    section = run(path=tmp_path / "bin", without=()).section("software")
    assert time.monotonic() - started < 25
    assert section.state == "complete"
    snap = section.get("snap")
    assert snap is not None
    assert (snap.rc, snap.why) == (124, "snap timed out")


def test_output_of_a_command_and_its_complaint_are_kept_apart(tmp_path: Path) -> None:
    put(tmp_path / "bin", "lsblk", "echo '{\"blockdevices\":[]}'; echo 'warning: x' >&2; echo second >&2; exit 3")
    command = run(path=tmp_path / "bin").section("disks").commands["lsblk_pairs"]
    assert (command.rc, command.error) == (3, "warning: x")
    assert "warning" not in command.output


def test_a_flood_is_cut_and_known_to_be_cut(tmp_path: Path) -> None:
    put(tmp_path / "bin", "lscpu", "head -c 9000000 /dev/zero | tr '\\0' x")
    transcript = run(path=tmp_path / "bin")
    assert transcript.section("hardware").state == "truncated"
    assert transcript.section("os").state == "complete"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may use too; pytest's own are for us alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def as_nobody() -> list[str]:
    """The words before a command that make it run as nobody; only root can."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv to become another user")
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def test_without_root_nothing_is_asked_of_sudo_unless_wanted(open_folder: Path) -> None:
    put(open_folder / "bin", "sudo", f'printf "%s\\n" "$*" >> {open_folder}/asked; shift; [ "$1" = -l ] || exec "$@"')
    transcript = run(path=open_folder / "bin", before=as_nobody())
    assert transcript.section("platform").output("sudo").strip() == "0"
    assert not (open_folder / "asked").exists()
    transcript = run(path=open_folder / "bin", before=as_nobody(), sudo=True)
    assert transcript.section("platform").output("sudo").strip() == "1"
    asked = {line.split()[1] for line in (open_folder / "asked").read_text().splitlines()}
    assert asked <= {
        "-l",
        "ss",
        "docker",
        "podman",
        "crictl",
        "virsh",
        "pvesh",
        "grep",
        "lxc",
        "incus",
        "nft",
        "iptables-save",
        "ufw",
        "lldpctl",
        "dmidecode",
    }
    assert all(line.startswith("-n ") for line in (open_folder / "asked").read_text().splitlines()), "never waits for a password"
    ss = transcript.section("sockets").get("ss")
    assert ss is not None
    assert ss.as_root


def test_where_sudo_refuses_one_command_it_runs_as_the_user(open_folder: Path) -> None:
    put(open_folder / "bin", "sudo", '[ "$2" = -l ] && exit 0; echo "sudo: a password is required" >&2; exit 1')
    ss = run(path=open_folder / "bin", before=as_nobody(), sudo=True).section("sockets").get("ss")
    assert ss is not None
    assert (ss.as_root, ss.ok) == (False, True)


def test_the_script_writes_nothing() -> None:
    """No redirection into a file, no command that changes something, stands in any section."""
    changing = re.compile(
        r"(?<![\w/.-])(?:rm|mv|cp|mkdir|rmdir|touch|tee|chmod|chown|ln|dd|mount|umount|modprobe|kill|install|sysctl -w)\s"
    )
    for path in files("discovery.linux").joinpath("sections").iterdir():
        code = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("#"))
        targets = set(re.findall(r"(?<![0-9<>&])[0-9]?>{1,2}\s*([^\s;&|)}]+)", code))
        assert not {target for target in targets - {"/dev/null"} if not target.startswith(("'", "\\", "%", "&"))}, (path.name, targets)
        assert not changing.search(code), (path.name, changing.search(code))


def test_markers_are_not_to_be_guessed_and_stand_in_no_argument() -> None:
    markers = {new_marker() for _ in range(100)}
    assert len(markers) == 100
    text = build_script("mrg-secret")
    assert text.count("mrg-secret") == 1, "once, as a variable: never in the arguments of a process"


def test_a_section_that_does_not_exist_cannot_be_left_out() -> None:
    with pytest.raises(Invalid, match="no section called 'sofware'"):
        build_script("m", without=("sofware",))


@pytest.mark.parametrize(
    "said", [b"", b"'sh' is not recognized as an internal or external command", b"% Invalid input detected at '^' marker."]
)
def test_no_shell_is_said_so(said: bytes) -> None:
    with pytest.raises(Unreadable, match="no POSIX shell"):
        parse_transcript(said, "mrg-x")


def test_what_stands_before_the_first_heading_is_skipped() -> None:
    marker = new_marker()
    done = subprocess.run(
        ["sh", "-s"],
        input=("echo Welcome; echo\n" + build_script(marker, without=SLOW)).encode(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith(b"Welcome")
    assert parse_transcript(done.stdout, marker).section("identity").state == "complete"
