"""What the cells of a row become, and what is wrong with them."""

from __future__ import annotations

import pytest

from cmdb.errors import Invalid, NotFound
from cmdb.model.observation import Identifier, Source
from cmdb.model.observation_json import from_json, to_json
from tests.discovery.tables.reading import CATALOGUE, NOW, identifiers, only, read, rows, told

UUID7 = "019394c8-0000-7000-8000-000000000000"


def test_a_row_becomes_an_item() -> None:
    result = read("class,name,serial,asset_tag,vendor,memory_bytes,status,tags,purchased_on,disk_encrypted\n"
                  "laptop, Büro 1 ,S1,A-1,Dell,16 GiB,In use,a; b,22.11.2026,yes\n")  # fmt: skip
    item = only(result)
    assert item.cls == "laptop"
    assert item.attributes == {
        "name": "Büro 1", "asset_tag": "A-1", "status": "in_use", "tags": ("a", "b"), "vendor": "Dell", "serial": "S1",
        "purchased_on": "2026-11-22", "memory_bytes": 16 * 2**30, "disk_encrypted": True,
    }  # fmt: skip
    assert set(item.identifiers) == {Identifier("asset_tag", "A-1"), Identifier("serial", "S1", "Dell"), Identifier("name", "Büro 1")}
    assert result.observation.source == Source("import", "warehouse.csv")
    assert result.observation.observed_at == NOW
    assert (result.rows, result.refused_rows, result.mapping) == (1, 0, "")


def test_columns_go_by_name_and_by_title_in_any_case() -> None:
    item = only(read("CLASS,Asset Tag,SERIAL NUMBER,Os-Name,memory,External ID\nLaptops,A-1,S1,Debian,1024,77\n"))
    assert item.cls == "laptop"
    assert item.attributes == {"asset_tag": "A-1", "serial": "S1", "os_name": "Debian", "memory_bytes": 1024}
    assert Identifier("external_id", "77", "warehouse.csv") in item.identifiers


def test_how_each_column_was_understood() -> None:
    uses = {use.header: use.meaning for use in read("class,Serial number,owned_by,id,\nlaptop,S1,,,\nsite,,,,\n").columns}
    assert uses == {
        "class": "the class",
        "Serial number": "attribute serial",
        "owned_by": "relation owned_by",
        "id": "the id Moorings gave it",
    }


def test_an_empty_cell_says_nothing_and_a_hyphen_says_none() -> None:
    result = read("class,serial,name,description,owned_by,located_in\nlaptop,S1,,-,-,\n")
    assert only(result).attributes == {"serial": "S1", "description": None}
    assert {(seen.part, seen.state) for seen in result.observation.coverage} == {("identity", "partial"), ("owned_by", "complete")}


def test_the_class_of_the_whole_table() -> None:
    assert only(read("serial\nS1\n", cls="switch")).cls == "switch"
    mixed = read("class,serial\n,S1\nrouter,S2\n", cls="switch")
    assert {item.cls for item in rows(mixed)} == {"switch", "router"}
    with pytest.raises(NotFound, match="no class 'swich'"):
        read("serial\nS1\n", cls="swich")
    with pytest.raises(Invalid, match="endpoint only groups other classes; choose one of laptop"):
        read("serial\nS1\n", cls="endpoint")


def test_an_id_of_moorings_points_at_the_ci_itself() -> None:
    assert identifiers(only(read(f"class,id,name\nlaptop,{UUID7.upper()},x\n")))["ci"] == UUID7


def test_a_row_with_weak_keys_only_is_known_by_them_in_this_table() -> None:
    known = identifiers(only(read("class,name\nlaptop,Web 1\n")))
    assert known == {"name": "Web 1", "external_id": "hardware:name:web 1"}
    assert identifiers(only(read("class,name\ndesktop,web  1\n")))["external_id"] == "hardware:name:web 1"  # the class may be corrected
    assert "external_id" not in identifiers(only(read("class,name\nsite,Paris\n")))  # a site's name is a strong key


def test_what_lies_inside_is_known_inside_only() -> None:
    result = read("class,name,disk_name,parent\ndisk,,sda,server:A-1\ndisk,,sda,server:A-2\n")
    keys = {identifiers(item)["external_id"] for item in rows(result)}
    assert len(keys) == 2
    assert {item.parent is None for item in rows(result)} == {False}


def test_a_room_in_its_site() -> None:
    result = read("class,name,parent\nroom,R1,site:Paris\nroom,R1,site:Lyon\nsite,Paris,\n")
    items = {item.ref: item for item in result.observation.items}
    assert sorted(items[item.parent].identifiers[0].value for item in rows(result) if item.parent) == ["Lyon", "Paris"]
    assert len(items) == 4  # the row of Paris is the Paris of the room


WRONG = {
    "unknown class": ("class,serial\nlapto,S1\n", "row 2, column class: there is no class “lapto”; did you mean 'laptop'?"),
    "no class": ("serial\nS1\n", "row 2, column class: the class is missing; name one for the whole table, or add a column “class”"),
    "abstract class": ("class,serial\nendpoint,S1\n", "row 2, column class: endpoint only groups other classes; write one of laptop,"),
    "no identifier": ("class,description\nlaptop,x\n", "row 2: nothing identifies this laptop; fill one of asset_tag,"),
    "not a number": ("class,serial,cpu_count\nlaptop,S1,many\n", "row 2, column cpu_count: must be a whole number, not “many”"),
    "ambiguous size": ("class,serial,memory\nlaptop,S1,16 GB\n", "row 2, column memory: “16 GB” may mean powers of 1000 or of 1024"),
    "ambiguous day": ("class,serial,purchased_on\nlaptop,S1,4/5/2026\n", "row 2, column purchased_on: must be a day"),
    "unknown choice": ("class,serial,status\nlaptop,S1,fine\n", "row 2, column status: must be one of planned, in_stock, in_use"),
    "long text": (f"class,serial,name\nlaptop,S1,{'x' * 10_001}\n", "row 2, column name: is 10001 characters long; at most 10000"),
    "unknown column": (
        "class,serial,colour\nlaptop,S1,red\n",
        "row 1, column colour: no attribute, identifier or relation of laptop has this name",
    ),
    "misspelt column": (
        "class,serail\nlaptop,S1\n",
        "row 1, column serail: no attribute, identifier or relation of laptop has this name; did you mean",
    ),
    "column of another class": (
        "class,serial,imei\nlaptop,S1,7\nphone,S2,8\n",
        "row 2, column imei: laptop has no such attribute or relation",
    ),
    "column twice": ("class,serial,Serial\nlaptop,S1,S1\n", "row 1, column Serial: this column stands twice in the header"),
    "two columns that differ": ("class,serial,Serial number\nlaptop,S1,S2\n", "row 2, column Serial number: says “S2”"),
    "not an id": ("class,id\nlaptop,42\n", "row 2, column id: “42” is not an id that Moorings gave"),
    "no parent": ("class,if_name\ninterface,eth0\n", "row 2: interface is always inside of device; fill the column parent"),
    "two parents": ("class,if_name,parent\ninterface,eth0,server:A;server:B\n", "row 2, column parent: names 2 things, but it is inside"),
    "wrong relation": (
        "class,serial,works_at\nlaptop,S1,x\nperson,,y\n",
        "row 2, column works_at: laptop has no such attribute or relation",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_row_names_row_column_and_fix(case: str) -> None:
    table, said = WRONG[case]
    assert told(read(table))[0].startswith(said), told(read(table))


def test_good_rows_stay_usable_beside_bad_ones() -> None:
    result = read("class,serial,status\nlaptop,S1,in use\nlaptop,S2,fine\nlaptop,S3,lost\n")
    assert [item.attributes["serial"] for item in rows(result)] == ["S1", "S3"]
    assert (result.rows, result.refused_rows, len(result.errors)) == (3, 1, 1)


def test_an_unknown_column_is_one_error_and_not_one_of_every_row() -> None:
    result = read("class,serial,colour\n" + "".join(f"laptop,S{n},red\n" for n in range(50)))
    assert len(result.errors) == 1
    assert result.refused_rows == 0
    assert len(rows(result)) == 50
    assert len(rows(read("class,serial,colour\nlaptop,S1,red\n", mapping={"Colour": ""}))) == 1


def test_at_most_a_thousand_errors_are_told_and_all_are_counted() -> None:
    result = read("class,serial\n" + "lapto,S\n" * 3_000)
    assert (len(result.errors), result.refused_rows, result.rows) == (1_000, 3_000, 3_000)


def test_hostile_text_is_cleaned() -> None:
    item = only(read("class,serial,name\nlaptop,S\x001,a\x1b[31m\u202eb\n"))
    assert item.attributes["name"] == "a[31mb"
    assert item.attributes["serial"] == "S1"


def test_the_published_json_takes_what_a_table_says() -> None:
    result = read("class,name,serial,owned_by,located_in\nlaptop,x,S1,ada@example.org,site:Paris > room:R1\nsite,Paris,,,\n")
    assert result.errors == ()
    assert from_json(to_json(result.observation), CATALOGUE, now=NOW) == result.observation
