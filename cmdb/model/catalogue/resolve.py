"""How the entries of all files fit together: inheritance, additions, ends of relations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from cmdb.model.catalogue.grammar import (
    EXTEND_KEYS,
    PARTS,
    SITE_KEYS,
    AttributeSpec,
    ClassSpec,
    RelationSpec,
    read_class,
    read_relation,
    require,
)
from cmdb.model.catalogue.kinds import Attribute, CIClass, RelationType, Sensitivity, Strength, did_you_mean
from cmdb.model.catalogue.source import Part
from cmdb.model.catalogue.values import AttributeType

ROOT = "ci"


class Entries:
    """Everything the files say, by name; a name twice is refused."""

    def __init__(self) -> None:
        self.classes: dict[str, ClassSpec] = {}
        self.relations: dict[str, RelationSpec] = {}
        self.additions: list[ClassSpec] = []

    def add_classes(self, part: Part | None) -> None:
        """A mapping of class names. Raises CatalogueError."""
        for name, body in part.entries() if part else ():
            spec = read_class(name, body)
            twin = next((known for known in self.classes.values() if _label(known.name).lower() == _label(name).lower()), None)
            if twin is not None:
                what = "already defined" if twin.name == name else f"the same graph label as class {twin.name!r}, defined"
                hint = "; to add to it, write it under 'extend'" if twin.name == name else "; choose another name"
                spec.part.refuse(f"class {name!r} is {what} in {twin.part.spot.file}, line {twin.part.spot.line}{hint}")
            self.classes[name] = spec

    def add_relations(self, part: Part | None) -> None:
        """A mapping of relation names. Raises CatalogueError."""
        for name, body in part.entries() if part else ():
            spec = read_relation(name, body)
            if (twin := self.relations.get(name)) is not None:
                spec.spot.refuse(f"relation {name!r} is already defined in {twin.spot.file}, line {twin.spot.line}")
            self.relations[name] = spec

    def add_site(self, part: Part | None) -> None:
        """A site's file: `classes`, `extend`, `relations`. Raises CatalogueError."""
        keys = part.fields(SITE_KEYS) if part else {}
        self.add_classes(keys.get("classes"))
        self.add_relations(keys.get("relations"))
        for name, body in keys["extend"].entries() if "extend" in keys else ():
            self.additions.append(read_class(name, body, EXTEND_KEYS))


def resolve(entries: Entries) -> tuple[dict[str, CIClass], dict[str, RelationType]]:
    """Classes with all they inherit, in the order of the files, and relation types. Raises CatalogueError."""
    additions: dict[str, list[ClassSpec]] = {}
    for addition in entries.additions:
        if addition.name not in entries.classes:
            hint = did_you_mean(addition.name, entries.classes)
            addition.part.refuse(f"'extend' names class {addition.name!r}, which is not defined{hint}")
        additions.setdefault(addition.name, []).append(addition)
    done: dict[str, CIClass] = {}
    for name in entries.classes:
        for ancestor in reversed(_ancestry(name, entries.classes)):
            if ancestor not in done:
                spec = entries.classes[ancestor]
                parent = done[spec.text("parent")] if "parent" in spec.keys else None
                done[ancestor] = _build(spec, parent, additions.get(ancestor, []))
    for spec in entries.classes.values():
        _check_places(spec, done)
    for relation in entries.relations.values():
        _check_relation(relation, done)
    _check_attribute_names([*entries.classes.values(), *entries.additions], entries.relations)
    classes = {name: done[name] for name in entries.classes}
    return classes, {name: relation.type for name, relation in entries.relations.items()}


def _ancestry(name: str, classes: Mapping[str, ClassSpec]) -> list[str]:
    """The class, its parent, and so on up to the root."""
    line = [name]
    while True:
        spec = classes[line[-1]]
        if "parent" not in spec.keys:
            if spec.name != ROOT:
                spec.part.refuse(f"class {spec.name!r} has no 'parent'; every class inherits from one (at the least from {ROOT!r})")
            return line
        parent = spec.text("parent")
        if parent not in classes:
            spec.keys["parent"].refuse(f"class {spec.name!r} has the unknown parent {parent[:60]!r}{did_you_mean(parent, classes)}")
        if parent in line:
            spec.keys["parent"].refuse(f"class {spec.name!r} is its own ancestor: {' → '.join([*line[line.index(parent) :], parent])}")
        line.append(parent)


def _build(spec: ClassSpec, parent: CIClass | None, additions: list[ClassSpec]) -> CIClass:
    require(spec.part, spec.keys, ("title", "plural", "description"))
    attributes = dict(parent.attributes) if parent else {}
    identifiers = dict(parent.identifiers) if parent else {}
    for said in (spec, *additions):
        for attribute in said.attributes.values():
            attributes[attribute.name] = _attribute(attribute, attributes.get(attribute.name), spec.name, adding=said is not spec)
        identifiers.update(cast(dict[str, Strength], said.identifiers))
    built = CIClass(
        name=spec.name,
        title=spec.text("title"),
        plural=spec.text("plural"),
        description=spec.text("description"),
        icon=spec.text("icon") or (parent.icon if parent else "box"),
        abstract=spec.keys["abstract"].flag() if "abstract" in spec.keys else False,
        parent=parent.name if parent else None,
        label=_label(spec.name),
        dependent_on=_names(spec, "dependent_on") if "dependent_on" in spec.keys else parent.dependent_on if parent else (),
        part=spec.keys["part"].word(PARTS) if "part" in spec.keys else parent.part if parent else "",
        identifiers=identifiers,
        attributes=attributes,
    )
    for addition in additions:
        said_texts = {key: addition.text(key) for key in ("title", "plural", "description", "icon") if key in addition.keys}
        built = replace(built, **said_texts)  # type: ignore[arg-type]  # all four are texts
    return built


def _attribute(spec: AttributeSpec, before: Attribute | None, cls: str, *, adding: bool) -> Attribute:
    """The attribute itself, or (`before`) what is inherited with what this class says differently."""
    keys = spec.keys
    if before is None:
        require(spec.part, keys, ("type", "title", "description"))
    elif spec.type and spec.type != before.type:
        keys["type"].refuse(f"{spec.part.says} has the type {spec.type}, but class {before.declared_in!r} says {before.type}")
    kind = cast(AttributeType, before.type if before else spec.type)
    if kind == "choice":
        if before is None and not spec.choices:
            spec.part.refuse(f"{spec.part.says} has the type choice and needs 'choices: [a, b]'")
        if before and spec.choices and (lost := set(before.choices) - set(spec.choices)):
            keys["choices"].refuse(f"'choices' of {spec.part.says} leaves out {', '.join(sorted(lost))}; choices can only be added")
    elif "choices" in keys:
        keys["choices"].refuse(f"{spec.part.says} has the type {kind}; only the type choice has 'choices'")
    base = before or Attribute(spec.name, "", "", kind, declared_in=cls)
    return replace(
        base,
        title=keys["title"].text() if "title" in keys else base.title,
        description=keys["description"].text() if "description" in keys else base.description,
        unit=keys["unit"].text() if "unit" in keys else base.unit,
        choices=spec.choices or base.choices,
        sensitivity=cast(Sensitivity, keys["sensitivity"].text()) if "sensitivity" in keys else base.sensitivity,
        visible_to=spec.visible_to or base.visible_to,
        list=keys["list"].flag() if "list" in keys else base.list,
        required=keys["required"].flag() if "required" in keys else base.required,
        declared_in=base.declared_in if adding else cls,
    )


def _check_places(spec: ClassSpec, done: Mapping[str, CIClass]) -> None:
    for name, part in spec.keys["dependent_on"].texts() if "dependent_on" in spec.keys else ():
        if name not in done:
            part.refuse(f"'dependent_on' of {spec.part.says} names the unknown class {name[:60]!r}{did_you_mean(name, done)}")


def _check_relation(spec: RelationSpec, done: Mapping[str, CIClass]) -> None:
    if spec.type.name in done:
        spec.spot.refuse(f"relation {spec.type.name!r} has the name of a class; choose another")
    for name, part in spec.ends:
        if name not in done:
            part.refuse(f"relation {spec.type.name!r} names the unknown class {name[:60]!r}{did_you_mean(name, done)}")


def _check_attribute_names(specs: Iterable[ClassSpec], relations: Mapping[str, RelationSpec]) -> None:
    """A column of a table is an attribute or a relation: one name cannot be both."""
    for spec in specs:
        for attribute in spec.attributes.values():
            if attribute.name in relations:
                attribute.part.refuse(f"{attribute.part.says} has the name of a relation type; choose another")


def _names(spec: ClassSpec, key: str) -> tuple[str, ...]:
    return tuple(name for name, _ in spec.keys[key].texts())


def _label(name: str) -> str:
    """`virtual_machine` → `VirtualMachine`; the root is `CI`, the label every one carries."""
    return "CI" if name == ROOT else "".join(word.capitalize() for word in name.split("_"))
