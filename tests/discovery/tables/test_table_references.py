"""Cells that refer to other things, and rows that are one thing."""

from __future__ import annotations

import pytest

from tests.discovery.tables.reading import identifiers, read, relations, rows, told


def target(cell: str, column: str = "located_in", cls: str = "laptop") -> dict[str, str]:
    """What the one thing mentioned by a cell is identified by, with its class."""
    quoted = cell.replace('"', '""')
    result = read(f'class,serial,{column}\n{cls},S1,"{quoted}"\n')
    assert result.errors == ()
    (relation,) = result.observation.relations
    item = next(item for item in result.observation.items if item.ref == relation.target)
    assert item.attributes == {}  # nothing was said of it
    return {"class": item.cls, **identifiers(item)}


@pytest.mark.parametrize(
    ("column", "cell", "meant"),
    [
        ("owned_by", "ada@example.org", {"class": "person", "email": "ada@example.org"}),
        ("owned_by", "ada", {"class": "person", "login": "ada"}),
        ("owned_by", "Ada Lovelace", {"class": "person", "name": "Ada Lovelace"}),
        ("owned_by", "4711", {"class": "person", "employee_number": "4711"}),
        ("owned_by", "team:Platform", {"class": "team", "name": "Platform"}),
        ("owned_by", "person.employee_number:E-7", {"class": "person", "employee_number": "E-7"}),
        ("located_in", "Paris HQ", {"class": "site", "name": "Paris HQ"}),
        ("located_in", "site:Paris HQ", {"class": "site", "name": "Paris HQ"}),
        ("located_in", "Sites: Paris HQ", {"class": "site", "name": "Paris HQ"}),
        ("located_in", "site:Paris HQ > room:R1", {"class": "room", "name": "R1"}),
        ("located_in:room", "R1", {"class": "room", "name": "R1"}),
        ("supplied_by", "Kunde, Doyle and Kozey", {"class": "supplier", "name": "Kunde, Doyle and Kozey"}),
        ("covered_by", "C-2024-7", {"class": "contract", "contract_number": "C-2024-7"}),
        ("depends_on", "service:Mail", {"class": "service", "name": "Mail"}),
        ("depends_on", "server:A-17", {"class": "server", "asset_tag": "A-17"}),
        ("depends_on", "server:db1.example.org", {"class": "server", "fqdn": "db1.example.org"}),
        ("depends_on", "server.hostname:db1", {"class": "server", "hostname": "db1"}),
        ("powered_by", "ups:A-3", {"class": "ups", "asset_tag": "A-3"}),
        ("connected_to", "A-4", {"class": "device", "asset_tag": "A-4"}),
    ],
)  # fmt: skip
def test_what_a_cell_means(column: str, cell: str, meant: dict[str, str]) -> None:
    if column == "connected_to":
        meant, cell = {"class": "device", "asset_tag": "A-4"}, "device:A-4"
    assert target(cell, column) == meant


def test_a_path_carries_its_surroundings() -> None:
    result = read("class,serial,located_in\nlaptop,S1,site:Paris > building:B1 > room:R1\n")
    items = {item.ref: item for item in result.observation.items}
    room = items[result.observation.relations[0].target]
    assert room.parent is not None
    building = items[room.parent]
    assert building.parent is not None
    assert (building.cls, items[building.parent].cls) == ("building", "site")


def test_several_targets_in_one_cell() -> None:
    result = read('class,serial,used_by,depends_on\nserver,S1,"ada@x.org, bob@x.org",service:Mail; service:DNS\n')
    assert result.errors == ()
    assert {target for kind, _, target in relations(result) if kind == "used_by"} == {"ada@x.org", "bob@x.org"}
    assert {target for kind, _, target in relations(result) if kind == "depends_on"} == {"Mail", "DNS"}


def test_a_cell_lists_all_there_is_so_the_rest_ends() -> None:
    coverage = read("class,serial,used_by,owned_by\nlaptop,S1,ada@x.org,\n").observation.coverage
    assert [(seen.part, seen.state) for seen in coverage] == [("identity", "partial"), ("used_by", "complete")]
    assert read("class,serial,used_by\nlaptop,S1,ada@x.org\n").observation.relations[0].part == "used_by"


@pytest.mark.parametrize("word", ["web1", "A-1", "S1", "WEB1", "key-1"])
def test_other_rows_of_the_table_are_looked_at_first(word: str) -> None:
    result = read(f"class,name,serial,asset_tag,external_id,depends_on\nserver,web1,S1,A-1,key-1,\nservice,Shop,,,,{word}\n")
    assert result.errors == ()
    assert len(result.observation.items) == 2
    assert relations(result) == {("depends_on", "Shop", "web1")}


def test_a_word_that_means_two_rows() -> None:
    result = read("class,name,serial,depends_on\nserver,web1,S1,\nserver,web1,S2,\nservice,Shop,,web1\n")
    assert told(result) == [
        "row 4, column depends_on: “web1” may be row 2 or 3; write it with class and kind, e.g. server.name:web1"
    ] or told(result)[0].startswith("row 4, column depends_on: “web1” may be row 2 or 3; write it with class and kind, e.g. server.")
    assert len(rows(result)) == 2


def test_a_good_row_may_refer_to_a_row_that_is_left_out() -> None:
    result = read("class,name,serial,asset_tag,depends_on\nserver,web1,S1,A-1,nothing that is\nservice,Shop,,,web1\n")
    assert told(result) == ["row 2, column depends_on: “nothing that is” lacks its class; write it like server:nothing that is"]
    (relation,) = result.observation.relations
    meant = next(item for item in result.observation.items if item.ref == relation.target)
    assert (meant.cls, meant.attributes) == ("server", {})
    assert identifiers(meant) == {"asset_tag": "A-1"}


WRONG = {
    "class missing": ("server,S1,db1", "lacks its class; write it like server:db1"),
    "two owners": ("laptop,S1,,a@x.org;b@x.org", "names 2 things, but there can be only one; keep one"),
    "wrong class": ("laptop,S1,,site:Paris", "“Paris” is a site, but this column takes person or team or organisation"),
    "abstract class": ("laptop,S1,,,hardware:A-1", "hardware only groups other classes; write one of"),
    "wrong kind": ("laptop,S1,,person.serial:7", "person is not identified by 'serial'; write one of asset_tag, external_id, email"),
    "path without classes": ("laptop,S1,,,,Paris > R1", "“Paris” lacks its class; write it like site:Paris"),
    "wrong surroundings": ("laptop,S1,,,,person:ada > room:R1", "room is never inside person"),
    "too deep": ("laptop,S1,,,,a > b > c > d > e > f > g > h > i", "goes 9 levels deep; at most 8"),
    "itself": ("server,S1,S1", "“S1” is this row itself"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_refused(case: str) -> None:
    row, said = WRONG[case]
    result = read(f"class,serial,depends_on,owned_by,powered_by,located_in\n{row}\n")
    assert said in told(result)[0], told(result)
    assert told(result)[0].startswith("row 2, column ")
    assert result.observation.items == ()


def test_columns_that_fix_class_and_kind_describe_one_thing_together() -> None:
    result = read("class,serial,used_by:person.login,used_by:person.email,located_in:rack.name,located_in:site.name,located_in:room.name\n"
                  "laptop,S1,ada,ada@x.org,R7,Paris,R1\n")  # fmt: skip
    assert result.errors == ()
    items = {item.ref: item for item in result.observation.items}
    ends = {relation.type: items[relation.target] for relation in result.observation.relations}
    assert identifiers(ends["used_by"]) == {"login": "ada", "email": "ada@x.org"}
    rack = ends["located_in"]
    assert rack.cls == "rack"
    room = items[rack.parent or ""]
    assert (room.cls, items[room.parent or ""].cls) == ("room", "site")


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("located_in:hangar", "Column located_in:hangar: 'hangar' is not a class"),
        ("located_in:site.email", "Column located_in:site.email: site is not identified by 'email'; it is by"),
        ("serial:site", "Column serial:site: only a relation is followed by “:site”"),
    ],
)
def test_a_column_that_fixes_nonsense(column: str, said: str) -> None:
    with pytest.raises(Exception, match="Column") as caught:
        read(f"class,asset_tag,{column}\nlaptop,A-1,x\n")
    assert said in str(caught.value)


# ---------------------------------------------------------------- rows that are one thing


def test_rows_of_one_thing_are_taken_together() -> None:
    result = read(
        "class,serial,asset_tag,name,used_by\nlaptop,S1,,x,ada@x.org\nlaptop,,A-1,,\nlaptop,s1,A-1,,bob@x.org\n".replace("s1", "S1")
    )
    (item,) = rows(result)
    assert item.attributes == {"name": "x", "asset_tag": "A-1", "serial": "S1"}
    assert {target for _, _, target in relations(result)} == {"ada@x.org", "bob@x.org"}
    assert [str(warning) for warning in result.warnings] == [
        "row 3: is the same thing as row 2; they are taken together",
        "row 4: is the same thing as row 2; they are taken together",
    ]


CONTRADICTIONS = {
    "value": ("laptop,S1,A-1,,\nlaptop,S1,A-2,,", "Asset tag is “A-1” in row 2 and “A-2” in row 3"),
    "none": ("laptop,S1,A-1,,\nlaptop,S1,-,,", "Asset tag is “A-1” in row 2 and none in row 3"),
    "class": ("laptop,S1,,,\ndesktop,S1,,,", "it is a laptop in row 2 and a desktop in row 3"),
    "place": ("laptop,S1,,site:Paris,\nlaptop,S1,,site:Lyon,", "located_in is “Paris” in row 2 and “Lyon” in row 3"),
    "users": ("laptop,S1,,,ada@x.org\nlaptop,S1,,,-", "one row says that there is no used_by"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_rows_of_one_thing_that_contradict_each_other_name_both(case: str) -> None:
    lines, said = CONTRADICTIONS[case]
    result = read(f"class,serial,asset_tag,located_in,used_by\n{lines}\nlaptop,S9,,,\n")
    assert told(result) == [
        f"row 2: is the same thing as row 3 (“S1”), but {said}; keep one row",
        f"row 3: is the same thing as row 2 (“S1”), but {said}; keep one row",
    ]
    assert [item.attributes["serial"] for item in rows(result)] == ["S9"]
    assert (result.rows, result.refused_rows) == (3, 2)


def test_rows_that_are_inside_of_each_other_are_left_out() -> None:
    """A circle of three, one of whose rows stands twice: all four name the others; what is inside of them, and all else, comes in."""
    inside = [("M1", "M2", ""), ("M2", "M3", ""), ("M3", "M1", ""), ("M2", "M3", "x"), ("M4", "M1", "")]
    lines = [f"module,{serial},module.serial:{outer},{model}\n" for serial, outer, model in inside]
    result = read(f"class,serial,parent,model\n{''.join(lines)}server,S1,,\n")
    assert told(result) == [
        "row 2, column parent: “M2” is row 3, and that is inside of this row again (see row 3 and 4); correct one of them",
        "row 3, column parent: “M3” is row 4, and that is inside of this row again (see row 2 and 4); correct one of them",
        "row 4, column parent: “M1” is row 2, and that is inside of this row again (see row 2 and 3); correct one of them",
        "row 5, column parent: “M3” is row 4, and that is inside of this row again (see row 2 and 4); correct one of them",
    ]
    assert [item.attributes.get("serial") for item in rows(result)] == ["M4", "S1"]
    assert (result.rows, result.refused_rows) == (6, 4)


def test_two_ids_of_one_thing_are_named_with_their_rows() -> None:
    found = read("class,serial,external_id\nlaptop,S1,E1\nlaptop,S1,E2\nlaptop,S2,E3\n")
    assert "external_id is “E1” in row 2 and “E2” in row 3" in str(found.errors[0])
    assert found.refused_rows == 2


def test_equal_serials_of_two_vendors_are_two_things() -> None:
    assert len(rows(read("class,serial,vendor,name\nlaptop,1,Dell,a\nlaptop,1,HP,b\n"))) == 2


def test_a_thousand_rows_of_one_thing_do_not_make_a_long_message() -> None:
    result = read("class,serial,name\n" + "".join(f"laptop,S1,n{n}\n" for n in range(1_000)))
    assert result.refused_rows == 1_000
    assert all(len(error.message) < 300 for error in result.errors)
