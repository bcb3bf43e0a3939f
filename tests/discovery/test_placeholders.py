# ruff: noqa: E501
"""What nobody filled in is not shown as a maker, a model or a number (values from dmidecode recordings of FusionInventory's tests)."""

from __future__ import annotations

from typing import Any

import pytest

from discovery.placeholders import said
from tests.discovery.reports.made import endpoint, glpi, observed


@pytest.mark.parametrize(
    "value",
    [
        "System manufacturer", "System Product Name", "System Serial Number", "System Version", "Type2 - Board Serial Number", "Base Board Serial Number",
        "Chassis Serial Number", "To Be Filled By O.E.M.", "To be filled by O.E.M.", "Default string", "Not Specified", "Not Available", "N/A", "None",
        "OEM", "INVALID", "XXXXXXXXXX", ".........", "0", "00000000", "", "   ", "All Series", "Unknown",
    ],
)  # fmt: skip
def test_words_that_say_nothing(value: str) -> None:
    assert said(value) == ""


@pytest.mark.parametrize(
    "value",
    [
        "P5Q",
        "-[84803AX]-",
        "OptiPlex FX160",
        "20XW004MGE",
        "C83T54J",
        "..CN701638BM00EW.",
        "System x3650 M4",
        "Product 5",
        "Nonesuch",
        "X0",
    ],
)
def test_words_that_say_something(value: str) -> None:
    assert said(value) == value


def bios(**more: str) -> dict[str, Any]:
    """What FusionInventory reads from dmidecode of a home-made computer."""
    empty = {
        "smanufacturer": "System manufacturer",
        "smodel": "System Product Name",
        "ssn": "System Serial Number",
        "msn": "MS1C93BB0H00980",
    }
    return {"hardware": {"name": "pc"}, "bios": empty | {"mmanufacturer": "ASUSTeK Computer INC.", "mmodel": "P5Q"} | more}


def test_fusioninventory_linux_1_a_computer_without_a_name_is_called_by_its_board() -> None:
    found = endpoint(observed(glpi(bios()))).attributes
    assert (found["vendor"], found["model"]) == ("ASUSTeK Computer INC.", "P5Q")
    assert "serial" not in found
    assert found["board_serial"] == "MS1C93BB0H00980"


@pytest.mark.parametrize(
    ("model", "cls"),
    [("ProLiant ML350 G5", "server"), ("PowerEdge 1600SC", "server"), ("OptiPlex 7010", "desktop"), ("ThinkSystem ST250", "server")],
)
def test_fusioninventory_rhel_4_6_a_tower_of_a_server_line_is_a_server_whatever_runs_on_it(model: str, cls: str) -> None:
    content = bios(smodel=model, smanufacturer="HP") | {"hardware": {"name": "pc", "chassis_type": "Tower"}}
    assert endpoint(observed(glpi(content | {"operatingsystem": {"name": "Debian GNU/Linux", "version": "12"}}))).cls == cls
