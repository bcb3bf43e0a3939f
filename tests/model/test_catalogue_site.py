"""A site adds classes, attributes and relation types in YAML of its own."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from cmdb.model.catalogue import Catalogue

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "add-a-class.md"


def load(tmp_path: Path, text: str) -> Catalogue:
    file = tmp_path / "site.yaml"
    file.write_text(dedent(text), encoding="utf-8")
    return Catalogue.load([file])


def test_a_new_class_inherits(tmp_path: Path) -> None:
    catalogue = load(
        tmp_path,
        """\
        classes:
          # the order does not matter: a child may stand before its parent
          racing_drone: {title: Racing drone, plural: Racing drones, parent: drone, description: It flies fast.}
          drone:
            title: Drone
            plural: Drones
            parent: device
            description: It flies.
            icon: send
            identifiers: {tail_number: strong, hostname: medium}
            attributes:
              tail_number: {type: text, title: Tail number, description: As registered., list: true}
              flight_hours:
                {type: number, title: Flown, description: In the air., unit: h, sensitivity: internal, visible_to: [operator, auditor]}
        """,
    )
    drone = catalogue.cls("racing_drone")
    assert (drone.label, drone.icon, drone.parent, drone.abstract) == ("RacingDrone", "send", "drone", False)
    assert drone.identifiers["tail_number"] == "strong"
    assert drone.identifiers["hostname"] == "medium"
    assert catalogue.cls("device").identifiers["hostname"] == "weak"
    assert drone.identifiers["serial"] == "strong"
    assert drone.attributes["flight_hours"].visible_to == ("operator", "auditor")
    assert drone.attributes["flight_hours"].unit == "h"
    assert {"drone", "racing_drone"} <= set(catalogue.descendants("device"))
    assert catalogue.relation("located_in").allows(catalogue, "racing_drone", "room")
    assert "tail_number" in catalogue.identifier_kinds
    assert catalogue.version != Catalogue.load().version


def test_attributes_added_to_a_shipped_class_reach_all_below_it(tmp_path: Path) -> None:
    catalogue = load(
        tmp_path,
        """\
        extend:
          hardware:
            identifiers: {inventory_code: strong}
            attributes:
              inventory_code: {type: text, title: Inventory code, description: Of the bookkeeping., required: true}
          laptop:
            title: Notebook
            attributes:
              status: {choices: [planned, in_stock, in_use, in_repair, lost, retired, disposed, sold]}
              sticker: {type: boolean, title: Sticker, description: Has the logo on its lid.}
        """,
    )
    assert catalogue.cls("switch").attributes["inventory_code"].required
    assert catalogue.cls("switch").attributes["inventory_code"].declared_in == "hardware"
    assert catalogue.cls("switch").identifiers["inventory_code"] == "strong"
    assert catalogue.cls("laptop").title == "Notebook"
    assert catalogue.cls("laptop").plural == "Laptops"
    assert catalogue.cls("laptop").attributes["status"].choices[-1] == "sold"
    assert "sold" not in catalogue.cls("desktop").attributes["status"].choices
    assert "sticker" not in catalogue.cls("desktop").attributes


def test_a_relation_type_of_its_own(tmp_path: Path) -> None:
    catalogue = load(
        tmp_path,
        """\
        relations:
          charged_by:
            {title: is charged by, inverse: charges, from: [phone, tablet], to: [accessory], dependent: source, need: 1, description: P.}
        """,
    )
    charged = catalogue.relation("charged_by")
    assert (charged.label, charged.need, charged.dependent, charged.one) == ("CHARGED_BY", "1", "source", "")
    assert charged.allows(catalogue, "phone", "accessory")
    assert not charged.allows(catalogue, "laptop", "accessory")


def test_several_files_and_empty_ones(tmp_path: Path) -> None:
    one, two, three = (tmp_path / f"{name}.yaml" for name in ("one", "two", "three"))
    one.write_text("extend:\n  laptop:\n    attributes:\n      a: {type: text, title: Aa, description: An a.}\n")
    two.write_text("extend:\n  laptop:\n    attributes:\n      a: {title: Bb}\n")
    three.write_text("# nothing yet\n")
    laptop = Catalogue.load([one, two, three]).cls("laptop")
    assert (laptop.attributes["a"].title, laptop.attributes["a"].description) == ("Bb", "An a.")


def test_the_example_of_the_guide_loads(tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    file = tmp_path / "forklifts.yaml"
    file.write_text(examples[0], encoding="utf-8")
    catalogue = Catalogue.load([file])
    forklift = catalogue.cls("forklift")
    assert forklift.identifiers["chassis_number"] == "strong"
    assert catalogue.relation("parked_at").allows(catalogue, "forklift", "room")
    assert "insurance_number" in catalogue.cls("laptop").attributes


def test_the_guide_shows_a_refusal_as_it_really_is(tmp_path: Path) -> None:
    said = re.search(r"```text\n(.*?)\n```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    wrong = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[-1]
    file = tmp_path / "forklifts.yaml"
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(Exception) as caught:
        Catalogue.load([file])
    assert said is not None
    assert str(caught.value) == said[1]
