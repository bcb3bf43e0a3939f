"""Devices of makers without rules of their own, in the words of walks that the project snmpsim-data ships (facts only)."""

from __future__ import annotations

import pytest

from discovery.snmp.values import Value
from tests.discovery.snmp.test_rules import facts

E = "1.3.6.1.4.1"
NET_SNMP = f"{E}.8072.3.2.10"


@pytest.mark.parametrize(
    ("object_id", "descr", "cls", "vendor"),
    [
        (f"{E}.5089.1", "Amaranten Firewall 8.90.07.01-11595", "firewall", "Clavister"),
        (f"{E}.9833.1.1.1", "FIREWALL", "firewall", ""),
        (f"{E}.14331.1.4", "Topsec NGFW4000-UF(TG-72282) Software Version V3", "firewall", "Topsec"),
        (f"{E}.36849.1.2.64", "SAMSUNG iPolis H.264 Premium Level IP Camera", "appliance", "Hanwha Vision"),
        (NET_SNMP, "Linux IPCAM 2.6.18_pro500-davinci #1 Tue Sep 30 18:43:24 CST 2014 armv5tejl", "appliance", ""),
        (f"{E}.99999.1", "Acme 24-Port Gigabit Switch", "switch", ""),
        (f"{E}.99999.1", "Acme things", "device", ""),
        (NET_SNMP, "Linux router1 5.10.0-8-amd64 #1 SMP x86_64", "server", ""),
    ],
)
def test_what_a_device_calls_itself_counts_where_its_maker_has_no_rule(object_id: str, descr: str, cls: str, vendor: str) -> None:
    assert facts(object_id, descr)[:2] == (cls, vendor)


@pytest.mark.parametrize(
    ("descr", "cls", "vendor", "version"),
    [
        ("EdgeOS v1.10.8.5142457", "router", "Ubiquiti", "1.10.8.5142457"),
        ("Vyatta VyOS 1.1.8", "router", "Vyatta", "1.1.8"),
        ("Netentsec NGFW", "firewall", "Vyatta", ""),
    ],
)
def test_the_number_of_vyatta_is_not_always_an_edgerouter_of_ubiquiti(descr: str, cls: str, vendor: str, version: str) -> None:
    found = facts(f"{E}.30803", descr)
    assert (found[0], found[1], found[3]) == (cls, vendor, version)


def test_a_supply_with_an_embedded_linux_is_no_server() -> None:
    descr = "Linux GSE200M 2.6.27-SPEAr310 #591 Wed Sep 4 16:10:51 CST 2013 armv5tejl"
    ups: dict[str, Value] = {"1.3.6.1.2.1.33.1.1.2.0": b"UPS5000"}
    assert facts(NET_SNMP, descr, ups, ups_model="UPS5000")[0::2][:2] == ("ups", "UPS5000")
    assert facts(NET_SNMP, "Linux srv 6.1.0 #1 SMP x86_64", ups)[0] == "server"  # a server may pass on what its supply says


def test_models_of_snmpsim_data_that_were_something_else() -> None:
    windows = (
        "Hardware: x86 Family 6 Model 9 Stepping 5 AT/AT COMPATIBLE - Software: Windows 2000 Version 5.1 (Build 2600 Uniprocessor Free)"
    )
    assert facts(f"{E}.311.1.1.3.1.1", windows, hr_descr="Microsoft XPS Document Writer")[2:4] == ("", "5.1.2600")
    assert facts(f"{E}.6339.1.1.2.29", "DCRS-5980-28T-DC Device, Compiled", {f"{E}.6339.100.1.2.0": b"2.0.2"})[2] == "DCRS-5980-28T-DC"
    assert facts(f"{E}.6339.1.1.5.3", "Digital China DCS-3726S")[2] == "DCS-3726S"
    aix: dict[str, Value] = {f"{E}.2.6.191.1.3.1.0": b"Wed Jan 24 03:30:16 CST 2018", f"{E}.2.6.191.1.3.2.0": 16384}
    assert facts(f"{E}.2.3.1.2.1.1.3", "IBM PowerPC CHRP Computer", aix)[2:] == ("IBM PowerPC CHRP Computer", "", "")
    assert facts(f"{E}.38616", "2G-2S.0.2.F-BOX-PoE (M-PoE), fw:60.7050")[0] == "device"
