"""The shipped catalogue: everything described, everything consistent, and the classes the product promises."""

from __future__ import annotations

import json
import pickle
import re

import pytest

from cmdb.errors import Invalid, NotFound
from cmdb.model.catalogue import Catalogue
from cmdb.model.catalogue.catalogue import KINDS_OF_NO_CLASS
from cmdb.model.catalogue.grammar import PARTS

PROMISED = """
organisation site building room rack person team supplier contract service application database software server virtual_machine hypervisor
cluster container laptop desktop phone tablet printer peripheral accessory switch router firewall access_point storage ups pdu interface
ip_address network module disk certificate
""".split()  # noqa: SIM905  # as a list it is 38 lines


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.mark.parametrize("name", PROMISED)
def test_the_promised_classes_exist_and_can_be_made(catalogue: Catalogue, name: str) -> None:
    assert not catalogue.cls(name).abstract
    assert catalogue.lineage(name)[-1] == "ci"


def test_everything_is_described(catalogue: Catalogue) -> None:
    for cls in catalogue.classes.values():
        assert cls.title, cls.name
        assert cls.plural, cls.name
        assert cls.description.endswith((".", ")")), cls.name
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cls.icon), cls.name
        for attribute in cls.attributes.values():
            where = f"{cls.name}.{attribute.name}"
            assert attribute.title, where
            assert len(attribute.description) > 5, where
            assert attribute.declared_in in catalogue.lineage(cls.name), where
            assert bool(attribute.choices) == (attribute.type == "choice"), where
            assert attribute.sensitivity in ("public", "internal", "personal"), where
    for relation in catalogue.relations.values():
        assert relation.title, relation.name
        assert relation.inverse, relation.name
        assert relation.description.endswith((".", ")")), relation.name


def test_titles_of_one_class_tell_its_attributes_apart(catalogue: Catalogue) -> None:
    for cls in catalogue.classes.values():
        titles = [attribute.title.casefold() for attribute in cls.attributes.values()]
        assert len(titles) == len(set(titles)), (cls.name, sorted(title for title in titles if titles.count(title) > 1))


def test_titles_of_classes_and_relations_tell_them_apart(catalogue: Catalogue) -> None:
    titles = [cls.title.casefold() for cls in catalogue.classes.values()]
    assert len(titles) == len(set(titles))
    relations = [relation.title.casefold() for relation in catalogue.relations.values()]
    assert len(relations) == len(set(relations))


def test_labels_are_unique_even_without_case_and_safe_in_cypher(catalogue: Catalogue) -> None:
    labels = [cls.label for cls in catalogue.classes.values()] + [relation.label for relation in catalogue.relations.values()]
    assert len({label.lower() for label in labels}) == len(labels)
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9_]*", label) for label in labels)
    assert catalogue.cls("virtual_machine").label == "VirtualMachine"
    assert catalogue.cls("ci").label == "CI"
    assert catalogue.relations["runs_on"].label == "RUNS_ON"


def test_every_concrete_class_can_be_identified(catalogue: Catalogue) -> None:
    for cls in catalogue.classes.values():
        assert cls.identifiers, cls.name
        assert set(cls.identifiers.values()) <= {"strong", "medium", "weak"}
        assert set(cls.identifiers) <= catalogue.identifier_kinds
        assert cls.part in ("", *PARTS)
    assert catalogue.identifier_kinds >= KINDS_OF_NO_CLASS


def test_what_is_personal_is_marked(catalogue: Catalogue) -> None:
    laptop, person = catalogue.cls("laptop").attributes, catalogue.cls("person").attributes
    assert {laptop[name].sensitivity for name in ("primary_ip", "mac_addresses", "logged_in_users", "local_admins")} == {"personal"}
    assert {person[name].sensitivity for name in ("email", "phone_number", "login")} == {"personal"}
    assert laptop["serial"].sensitivity == "public"


def test_inheritance(catalogue: Catalogue) -> None:
    assert catalogue.lineage("laptop") == ("laptop", "endpoint", "computer", "device", "hardware", "ci")
    assert catalogue.is_a("laptop", "device")
    assert not catalogue.is_a("device", "laptop")
    assert not catalogue.is_a("nonsense", "ci")
    assert "endpoint" not in catalogue.descendants("endpoint")  # abstract: only what can exist
    assert set(catalogue.descendants("endpoint")) >= {"laptop", "desktop", "phone", "tablet"}
    assert "server" in catalogue.descendants("server")
    assert catalogue.cls("laptop").identifiers["serial"] == "strong"
    assert catalogue.cls("management_controller").identifiers["serial"] == "weak"  # it reports its host's
    assert next(iter(catalogue.cls("laptop").attributes)) == "name"
    assert catalogue.cls("switch").attributes["os_version"].declared_in == "network_device"


def test_unknown_names_are_not_found_with_a_hint(catalogue: Catalogue) -> None:
    with pytest.raises(NotFound, match=r"no class 'lapto'; did you mean 'laptop'") as refusal:
        catalogue.cls("lapto")
    assert refusal.value.field == "class"
    with pytest.raises(NotFound, match=r"no relation type 'run_on'; did you mean 'runs_on'"):
        catalogue.relation("run_on")


def test_ends_of_relations_go_by_inheritance(catalogue: Catalogue) -> None:
    located, connected, hosted = (catalogue.relation(name) for name in ("located_in", "connected_to", "hosted_on"))
    assert located.allows(catalogue, "laptop", "rack")
    assert not located.allows(catalogue, "rack", "laptop")
    assert connected.allows(catalogue, "interface", "laptop")
    assert connected.allows(catalogue, "laptop", "interface")
    assert not connected.allows(catalogue, "laptop", "person")
    assert hosted.allows(catalogue, "virtual_machine", "hypervisor")
    assert hosted.allows(catalogue, "container", "cluster")
    assert not hosted.allows(catalogue, "server", "hypervisor")
    begins, ends = catalogue.relations_of("person")
    assert {"works_at", "belongs_to"} <= {relation.name for relation in begins}
    assert {"owned_by", "used_by"} <= {relation.name for relation in ends}
    assert "works_at" not in {relation.name for relation in ends}


def test_needs_have_their_default(catalogue: Catalogue) -> None:
    assert catalogue.relation("depends_on").need == "all"
    assert catalogue.relation("powered_by").need == "any"
    assert catalogue.relation("connected_to").need == ""
    assert catalogue.relation("located_in").one == "source"
    assert catalogue.relation("connected_to").symmetric


def test_check_attributes_reads_every_value_and_names_the_wrong_one(catalogue: Catalogue) -> None:
    given = {"name": " web1 ", "memory_bytes": "16 GiB", "status": "In use", "tags": "a; b", "secure_boot": "yes", "fqdn": ""}
    assert catalogue.check_attributes("laptop", given) == {
        "name": "web1", "memory_bytes": 17179869184, "status": "in_use", "tags": ("a", "b"), "secure_boot": True, "fqdn": None,
    }  # fmt: skip
    with pytest.raises(Invalid, match=r"Laptop has no attribute 'nme'; did you mean 'name'") as unknown:
        catalogue.cls("laptop").check_attributes({"nme": "x"})
    assert unknown.value.field == "attributes.nme"
    with pytest.raises(Invalid, match=r"Memory: must be a whole number \(B\), not “lots”") as wrong:
        catalogue.check_attributes("laptop", {"memory_bytes": "lots"})
    assert wrong.value.field == "attributes.memory_bytes"


def test_version_is_a_hash_of_the_content(catalogue: Catalogue) -> None:
    assert catalogue.version == Catalogue.load().version
    assert re.fullmatch(r"[0-9a-f]{16}", catalogue.version)
    fewer = {name: relation for name, relation in catalogue.relations.items() if name != "threatens"}
    assert Catalogue.of(catalogue.classes, fewer).version != catalogue.version


def test_as_plain_data_for_the_api_and_the_docs(catalogue: Catalogue) -> None:
    said = json.loads(json.dumps(catalogue.to_dict()))
    assert said["version"] == catalogue.version
    laptop = next(cls for cls in said["classes"] if cls["name"] == "laptop")
    assert laptop["label"] == "Laptop"
    assert laptop["identifiers"]["serial"] == "strong"
    assert laptop["attributes"][0] == {
        "name": "name", "title": "Name", "description": "What people call it.", "type": "text", "unit": "", "choices": [],
        "sensitivity": "public", "visible_to": [], "list": True, "required": False, "declared_in": "ci",
    }  # fmt: skip
    runs_on = next(relation for relation in said["relations"] if relation["name"] == "runs_on")
    assert (runs_on["from"], runs_on["to"], runs_on["dependent"]) == (["ci"], ["ci"], "source")
    assert len(said["classes"]) == len(catalogue.classes)


def test_it_can_be_handed_to_another_process(catalogue: Catalogue) -> None:
    assert pickle.loads(pickle.dumps(catalogue)) == catalogue  # noqa: S301  # our own bytes
