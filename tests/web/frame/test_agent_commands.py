"""What is ready to paste does what it says when it is pasted: files with the very content, for root alone; by TLS each agent can trust."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from web.frame.agent_commands import AgentCommand, agent_commands, only_here

ADDRESS = "https://cmdb.example.org:8443/agent/agt_a-b_c"


def _of(agent: str, platform: str, address: str = ADDRESS) -> AgentCommand:
    (found,) = (one for one in agent_commands(address) if one.agent == agent and one.platform.startswith(platform))
    return found


@pytest.mark.parametrize(
    ("agent", "platform", "files"),
    [
        ("GLPI agent", "Linux", {"/etc/glpi-agent/conf.d/moorings.cfg": f"server = {ADDRESS}\n"}),
        ("FusionInventory agent", "Debian", {"/etc/fusioninventory/conf.d/moorings.cfg": f"server = {ADDRESS}\n"}),
        (
            "OCS Inventory agent",
            "Debian",
            {
                "/etc/ocsinventory/ocsinventory-agent.cfg": f"basevardir=/var/lib/ocsinventory-agent\nserver={ADDRESS}\n"
                "ca=/etc/ssl/certs/ca-certificates.crt\n"
            },
        ),
        ("osquery", "Linux", {"/etc/osquery/secret": "agt_a-b_c\n"}),
        (
            "Lynis",
            "Linux",
            {
                "/etc/lynis/custom.prf": "upload=yes\nupload-server=cmdb.example.org:8443/agent/agt_a-b_c\n"
                "license-key=00000000-0000-0000-0000-000000000000\n"
            },
        ),
    ],
)
def test_pasted_lines_write_what_the_agent_reads(tmp_path: Path, agent: str, platform: str, files: dict[str, str]) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, does in {
        "sudo": 'exec "$@"',
        **dict.fromkeys(("systemctl", "glpi-agent", "fusioninventory-agent", "ocsinventory-agent", "lynis"), ""),
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    root = tmp_path / "root"
    for path in files:
        (root / path.strip("/")).parent.mkdir(parents=True)
    pasted = _of(agent, platform).text.replace("cat > /etc/", f"cat > {root}/etc/")
    subprocess.run(["sh", "-e", "-c", pasted], env={"PATH": f"{programs}:{os.environ['PATH']}"}, check=True, timeout=30)
    for path, content in files.items():
        written = root / path.strip("/")
        assert written.read_text() == content
        assert stat.S_IMODE(written.stat().st_mode) == 0o600, "it holds the token"


def test_without_tls_no_word_on_certificates_and_no_uploader_that_needs_it() -> None:
    plain = agent_commands("http://cmdb.example.org/agent/TOKEN")
    assert not [one.agent for one in plain if "--ca" in one.text or "ca=" in one.text or "upload-server" in one.text]
    assert not [one.agent for one in plain if "certificate" in one.note and one.agent != "osquery"]
    assert "curl" in _of("Lynis", "Linux", "http://cmdb.example.org/agent/TOKEN").text


def test_a_bill_of_material_names_the_machine() -> None:
    assert '--source-name "$(hostname)"' in _of("Bills of material (CycloneDX, SPDX)", "any").text


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://127.0.0.1:8765", True),
        ("http://[::1]:8765", True),
        ("https://localhost", True),
        ("https://0.0.0.0:8765", True),
        ("https://cmdb.example.org", False),
        ("http://10.1.2.3:8765", False),
    ],
)
def test_addresses_that_only_this_machine_reaches(address: str, here: bool) -> None:
    assert only_here(f"{address}/agent/TOKEN") is here
