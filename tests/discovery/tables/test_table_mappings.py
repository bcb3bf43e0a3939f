"""Tables that other products export are read as they are."""

from __future__ import annotations

import pytest

from cmdb.errors import Invalid
from discovery.tables import TableMapping, shipped_mappings
from discovery.tables.columns import Columns
from tests.discovery.tables.reading import CATALOGUE, identifiers, only, read, relations, rows, told

SNIPE_LIST = (
    "ID,Company,Asset Name,Device Image,Asset Tag,Serial,Model,Model No.,Category,Status,Checked Out To,Employee Number,Location,"
    "Manufacturer,Supplier,Purchase Date,Purchase Cost,EOL,Warranty,Warranty Expires,Notes,BYOD\n"
    '12,"Sample, Inc.",ada-mbp,,00017,C02XX,MacBook Pro 14,A2442,Laptops,Ready to Deploy (deployed),Ada Lovelace,4711,Paris HQ,Apple,'
    "Kunde Ltd,2024-05-01,2500.00,2028-05-01,36 months,2027-05-01,left port loose,No\n"
    '13,,,,00018,S-18,U2723,,Displays,Ready to Deploy (deployable),,,,Dell,,,,,,,"two\nlines",Yes\n'
    "14,,,,00019,S-19,Model X,,Laptops,Waiting for parts,,,,Dell,,05/01/2024,,,,,,\n"
)


def test_the_asset_list_of_snipe_it() -> None:
    result = read(SNIPE_LIST)
    assert (result.mapping, result.errors) == ("snipe-it", ())
    laptop, display, waiting = sorted(rows(result), key=lambda item: identifiers(item)["asset_tag"])
    assert laptop.cls == "laptop"
    assert laptop.attributes == {
        "name": "ada-mbp", "description": "left port loose", "asset_tag": "00017", "status": "in_use", "vendor": "Apple",
        "model": "MacBook Pro 14", "part_number": "A2442", "serial": "C02XX", "purchased_on": "2024-05-01", "warranty_until": "2027-05-01",
    }  # fmt: skip
    assert identifiers(laptop)["external_id"] == "12"
    assert relations(result) == {
        ("owned_by", "ada-mbp", "Sample, Inc."),
        ("used_by", "ada-mbp", "4711"),
        ("located_in", "ada-mbp", "Paris HQ"),
        ("supplied_by", "ada-mbp", "Kunde Ltd"),
    }
    assert display.cls == "peripheral"
    assert display.attributes["status"] == "in_stock"
    assert display.attributes["ownership"] == "personal"
    assert "status" not in waiting.attributes
    assert [str(warning) for warning in result.warnings] == [
        "row 4, column Purchase Date: must be a day, not “05/01/2024”; write year-month-day, e.g. 2026-11-22; it is left out",
        "row 4, column Status: “Waiting for parts” is not a known status; it is left out",
    ]


def test_the_file_snipe_it_imports_itself() -> None:
    result = read(
        "Company,Name,Asset Tag,Category,Supplier,Manufacturer,Location,Model,Model Notes,Model Number,Asset Notes,Purchase Date,"
        "Checkout Type,Checked Out To: Username,Checked Out To: First Name,Checked Out To: Email,Checked Out To: Location\n"
        'X,pc,T-1,"Desktops, all",,Dell,Lyon,Opti,,7090,fine,2022-11-14,User,gage,Gage,gage@x.org,\n'
    )
    item = next(iter(rows(result)))
    assert (result.mapping, item.cls, item.attributes["part_number"]) == ("snipe-it", "desktop", "7090")
    user = next(item for item in result.observation.items if item.cls == "person")
    assert identifiers(user) == {"login": "gage", "email": "gage@x.org"}


def test_a_category_nobody_knows_needs_a_class_from_a_person() -> None:
    table = "Asset Name,Asset Tag,Serial,Model,Category,Status\nx,T-1,S1,M,Excavators,Deployed\n"
    assert told(read(table)) == [
        "row 2, column Category: “Excavators” tells no class; name one for the whole table, or add a column “class”"
    ]
    assert only(read(table, cls="appliance")).cls == "appliance"


def test_the_list_of_glpi() -> None:
    result = read(
        '"Name";"Entity";"Status";"Manufacturer";"Serial number";"Type";"Model";"Operating System - Name";"Location";"Last update";'
        '"Components - Processor";"User";"Inventory number"\n'
        '"pc-1";"Root entity > Lab";"In production";"Dell Inc.";"7XK2M13";"Notebook";"Latitude 5440";"Debian GNU/Linux";'
        '"Paris HQ > Main > R 5";"2024-01-05 10:22";"Core i7";"ada";"INV-1"\n'
        '"pc-2";"Root entity";"-----";"HP";"5CG";"Mystery";"";"";"";"";"";"";""\n',
        cls="workstation",
    )
    assert (result.mapping, result.errors, result.warnings) == ("glpi", (), ())
    one, two = sorted(rows(result), key=lambda item: str(item.attributes["name"]))
    assert (one.cls, two.cls) == ("laptop", "workstation")
    assert (one.attributes["status"], one.attributes["asset_tag"], one.attributes["cpu_model"]) == ("in_use", "INV-1", "Core i7")
    assert "status" not in two.attributes
    classes = {item.ref: item for item in result.observation.items}
    room = next(item for item in classes.values() if item.cls == "room")
    assert classes[classes[room.parent or ""].parent or ""].cls == "site"
    assert ("used_by", "pc-1", "ada") in relations(result)


def test_the_device_list_of_netbox() -> None:
    result = read(
        "Name,Status,Tenant,Site,Location,Rack,Role,Manufacturer,Type,IP Address,ID,Serial number,Asset tag,Position (U),Tags,Description\n"
        'sw1,Active,Dunder-Mifflin,DM-Akron,Row 1,R101,Access Switch,Cisco,C9200-48P,10.0.0.1/24,7,FOC1,,12.0,"core,lan",\n'
        "blob,Offline,—,DM-Akron,—,—,Mystery,Acme,Box,—,8,,,12.5,,\n"
    )
    assert (result.mapping, result.errors) == ("netbox", ())
    switch = next(item for item in rows(result) if item.cls == "switch")
    assert switch.attributes == {
        "name": "sw1", "status": "in_use", "tags": ("core", "lan"), "vendor": "Cisco", "model": "C9200-48P", "serial": "FOC1",
        "rack_unit": 12, "primary_ip": "10.0.0.1",
    }  # fmt: skip
    blob = next(item for item in rows(result) if item.cls == "device")
    assert "rack_unit" not in blob.attributes
    assert "owned_by" not in {one.type for one in result.observation.relations if one.source == blob.ref}
    items = {item.ref: item for item in result.observation.items}
    rack = items[next(one.target for one in result.observation.relations if one.type == "located_in" and one.source == switch.ref)]
    assert (rack.cls, items[rack.parent or ""].cls, items[items[rack.parent or ""].parent or ""].cls) == ("rack", "room", "site")
    assert len(result.warnings) == 1


def test_the_device_import_of_netbox() -> None:
    result = read("name,role,manufacturer,device_type,serial,asset_tag,status,site,location,rack,position,face\n"
                  "fw1,firewall,Acme,A-1,S1,T1,planned,Lyon,,R1,3,front\n")  # fmt: skip
    (item,) = rows(result)
    assert (result.mapping, result.errors, item.cls, item.attributes["rack_unit"]) == ("netbox", (), "firewall", 3)


def test_our_own_tables_are_not_taken_for_others() -> None:
    result = read("class,name,serial,status,vendor,model,located_in\nlaptop,x,S1,in_use,Dell,L,site:Paris\n")
    assert (result.mapping, result.errors) == ("", ())


def test_titles_chosen_by_a_person() -> None:
    result = read("Kind,Rechner,SN,Unfug\nLaptop,x,S1,?\n", mapping={"Kind": "class", "Rechner": "name", "SN": "serial", "Unfug": ""})
    assert only(result).attributes == {"name": "x", "serial": "S1"}


def test_a_mapping_by_its_name() -> None:
    assert read("class,serial\nlaptop,S1\n", mapping="netbox").mapping == "netbox"
    with pytest.raises(
        Invalid, match=r"no mapping 'netbx'; did you mean 'netbox'\?; there are active-directory, .*glpi, .*intune, .*jamf, .*netbox"
    ) as caught:
        read("class,serial\nlaptop,S1\n", mapping="netbx")
    assert caught.value.field == "mapping"


@pytest.mark.parametrize(("order", "day"), [("mdy", "2016-04-05"), ("dmy", "2016-05-04")])
def test_the_order_of_dates_is_told_and_never_guessed(order: str, day: str) -> None:
    table = "class,serial,purchased_on,warranty_until\nlaptop,S1,4/5/16,2027-01-02\n"
    assert told(read(table))[0].startswith("row 2, column purchased_on: must be a day")
    item = only(read(table, mapping=TableMapping(dates=order)))  # type: ignore[arg-type]  # the parameter is one of the two
    assert (item.attributes["purchased_on"], item.attributes["warranty_until"]) == (day, "2027-01-02")


def test_another_word_for_none() -> None:
    item = only(read("class,serial,name,description\nlaptop,S1,-,n/a\n", mapping=TableMapping(none="n/a")))
    assert item.attributes == {"name": "-", "description": None, "serial": "S1"}


def test_every_shipped_mapping_leads_to_the_catalogue() -> None:
    registers = {"glpi", "itop", "netbox", "servicenow", "snipe-it"}
    managements = {"active-directory", "configmgr", "intune", "intune-graph", "jamf", "jamf-mobile", "kandji"}
    managements |= {"kandji-details", "rvtools", "workspace-one"}
    assert set(shipped_mappings()) == registers | managements
    for mapping in shipped_mappings().values():
        classes = {*mapping.class_values.values(), mapping.class_default or "laptop"}
        assert all(not CATALOGUE.cls(name).abstract for name in classes)
        header = tuple(mapping.columns)
        assert header
        columns = Columns(header, CATALOGUE, mapping)
        for place, title in enumerate(header):
            assert any(columns.of(CATALOGUE.cls(name))[place] is not None for name in classes), (mapping.name, title)
        laptop = CATALOGUE.cls("laptop")
        for column, words in mapping.values.items():
            attribute = laptop.attributes[column]
            known = {"yes", "no"} if attribute.type == "boolean" else set(attribute.choices)
            assert {word for word in words.values() if word} <= known, (mapping.name, column)
        assert {*mapping.lenient, *mapping.values, *mapping.cut} <= set(laptop.attributes)
        assert all(mapping.recognises(tuple(known)) for known in mapping.known_by)
        assert mapping.title


def test_a_title_of_ours_that_means_something_else_there_is_not_used() -> None:
    """`Address` is our title of the managed address; in a report of Snipe-IT it is the street."""
    item = next(iter(rows(read("Asset Tag,Category,Model,Manufacturer,Serial,Purchased,Address\nT1,Laptop,M,V,S,2024-01-02,5 Main St\n"))))
    assert "primary_ip" not in item.attributes


INTUNE = """"Device ID","Device name","Last check-in","OS version","Serial number","Manufacturer","Model","IMEI","Wi-Fi MAC","Primary user UPN","Primary user email address","Compliance","Ownership","Encrypted","OS","SkuFamily","Phone number","ICCID","EthernetMAC"
"5f0c0000-0000-4000-8000-000000000001","LT-0042","2026-11-20 07:08:09.0000000","10.0.22631.4460","5CG1234XYZ","HP","HP EliteBook 840 G8","","A1B2C3D4E5F6","ada@example.net","ada@example.net","Compliant","Corporate","True","Windows","Enterprise","","","000000000000"
"5f0c0000-0000-4000-8000-000000000002","ada's iPhone","2026-11-20 07:08:09.0000000","17.6.1","F2LXXXXXXX12","Apple","iPhone 13","356938035643809","","","","Compliant","Personal","False","iOS","","+49********12","8949020000012345678",""
"5f0c0000-0000-4000-8000-000000000003","tab1","2026-11-20 07:08:09.0000000","17.6","DMPXXXX","Apple","iPad Air","0","","","","Noncompliant","Unknown","","iPadOS","","","",""
"""  # noqa: E501


def test_the_device_list_of_intune() -> None:
    result = read(INTUNE)
    assert (result.mapping, result.errors) == ("intune", ())
    phone, tablet, computer = sorted(rows(result), key=lambda item: item.cls)
    assert (phone.cls, tablet.cls, computer.cls) == ("phone", "tablet", "workstation")
    assert computer.attributes["disk_encrypted"] is True
    assert [item.attributes["os_family"] for item in (phone, tablet, computer)] == ["ios", "ios", "windows"]
    assert [item.attributes.get("ownership") for item in (phone, tablet, computer)] == ["personal", None, "corporate"]
    assert "disk_encrypted" not in phone.attributes  # it says False also of what it cannot tell
    assert [i.value for i in computer.identifiers if i.kind == "mac"] == ["A1B2C3D4E5F6"]
    assert [i.value for i in phone.identifiers if i.kind == "imei"] == ["356938035643809"]
    assert not [i for i in tablet.identifiers if i.kind == "imei"]
    assert "8949020000012345678" not in str(result.observation)
