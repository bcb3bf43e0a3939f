# ruff: noqa: E501  # rows are as long as they are
"""Answers to Fleet's own detail queries, as an agent sends them whose queries come from there: what is the same table is read, of the rest the
report says why not."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from cmdb.store import Ledger
from tests.agent.test_osquery import Osquery, packages, taken

LINUX: dict[str, list[dict[str, str]]] = {
    "system_info": [
        {
            "hostname": "fl1",
            "uuid": "4C4C4544-0037-4B10-8058-B7C04F384433",
            "cpu_brand": "Ultra 7",
            "cpu_logical_cores": "8",
            "cpu_physical_cores": "4",
        }
        | {
            "physical_memory": "17179869184",
            "hardware_vendor": "Dell Inc.",
            "hardware_model": "Latitude 7440",
            "hardware_serial": "7KX8D43",
        }
    ],
    "os_unix_like": [
        {"name": "Debian GNU/Linux", "version": "12 (bookworm)", "major": "12", "minor": "0", "kernel_version": "6.1.0-41-amd64"}
    ],
    "software_linux": [
        {"name": "bash", "version": "5.2", "source": "deb_packages", "release": "", "vendor": ""},
        {"name": "zsh", "version": "5.9", "source": "rpm_packages", "release": "1.el9", "vendor": "Rocky"},
        {"name": "uBlock", "version": "1", "source": "chrome_extensions"},
    ],
    "users": [{"username": "canary"}],
    "disk_encryption_linux": [{"encrypted": "1", "path": "/"}],
    "not_of_fleet": [{"secret": "canary"}],
}


@pytest.fixture
def agent(client: FlaskClient, ledger: Ledger) -> Osquery:
    """One that enrols with a token of this site."""
    return Osquery(client, ledger.agent_tokens.add("t", ownership="corporate"))


def answer(agent: Osquery, rows: dict[str, list[dict[str, str]]]) -> None:
    """One message of distributed answers, all with status 0."""
    names: dict[str, Any] = {f"fleet_detail_query_{name}": told for name, told in rows.items()}
    agent.post("distributed/write", {"node_key": agent.key, "queries": names, "statuses": dict.fromkeys(names, 0)})


def test_what_is_the_same_table_is_read(agent: Osquery, ledger: Ledger) -> None:
    agent.enrol()
    taken(ledger)
    answer(agent, LINUX)
    (told,) = taken(ledger)
    values = told.items[0].attributes
    assert (values["serial"], values["model"], values["memory_bytes"]) == ("7KX8D43", "Latitude 7440", 17179869184)
    assert (values["os_name"], values["os_version"], values["kernel_version"]) == ("Debian GNU/Linux", "12", "6.1.0-41-amd64")
    assert packages(told) == ["bash 5.2", "zsh 5.9-1.el9"]
    assert values.get("disk_encrypted") is None, "without its kind it may be verified only"
    kept = repr([(ledger.intake.get(entry.id).body, entry.meta) for entry in ledger.intake.list()])
    assert "canary" not in kept
    assert "Fleet's users is not read: accounts of people are not kept" in kept
    assert "not_of_fleet" not in kept


def test_packages_of_languages_alone_are_not_all_that_is_installed(agent: Osquery, ledger: Ledger) -> None:
    """On Arch, Fleet's query lists what npm installed, and no package of the system."""
    agent.enrol()
    taken(ledger)
    answer(agent, {"software_linux": [{"name": "left-pad", "version": "1.3.0", "source": "npm_packages"}]})
    (told,) = taken(ledger)
    assert told.items[0].software is None
    assert [c.state for c in told.coverage if c.part == "software"] == ["partial"]


def test_windows_by_fleet(agent: Osquery, ledger: Ledger) -> None:
    agent.enrol(2, hardware_vendor="Dell Inc.", hardware_model="Latitude", hardware_serial="7KX8D43")
    taken(ledger)
    os = {"name": "Microsoft Windows 11 Pro", "version": "10.0.26200.7171", "display_version": "25H2", "kernel_version": "10.0.26200.7171"}
    programs = [{"name": "7-Zip", "version": "24.08", "source": "programs", "vendor": "Igor Pavlov"}]
    answer(
        agent,
        {
            "os_windows": [os],
            "software_windows": programs,
            "disk_encryption_windows": [{"1": "1"}],
            "windows_update_history": [{"date": "1"}],
        },
    )
    (told,) = taken(ledger)
    values = told.items[0].attributes
    assert (values["os_name"], values["os_version"], values["os_edition"]) == ("Windows 11", "25H2", "Pro")
    assert packages(told) == ["7-Zip 24.08"]
    assert not {"disk_encrypted", "last_patched_at"} & values.keys()
