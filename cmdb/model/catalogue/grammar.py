"""What may stand in a catalogue file: one entry at a time, before inheritance. `resolve` looks at how entries fit together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cmdb.model.catalogue.kinds import RelationType
from cmdb.model.catalogue.source import Part, Spot
from cmdb.model.catalogue.values import ATTRIBUTE_TYPES

STRENGTHS = ("strong", "medium", "weak")
ROLES = ("viewer", "operator", "auditor", "administrator", "requester")
PARTS = (
    "identity", "os", "hardware", "interfaces", "addresses", "routes", "neighbours", "software", "services", "processes",
    "connections", "users", "security", "containers", "vms", "mounts", "disks", "modules",
)  # fmt: skip
"""The sections of a scan (docs/architecture.md, Observation)."""

RESERVED_ATTRIBUTES = (
    "id", "class", "presence", "created_at", "updated_at", "last_seen_at", "rev", "search", "key",  # properties of every CI
    "ref", "parent", "external_id", "sources", "software", "relations",  # columns and keys with a meaning of their own
)  # fmt: skip
"""Names no attribute may have (docs/architecture.md, What the graph holds)."""
RESERVED_CLASSES = (
    "identifier", "source_record", "event", "review", "pending", "software_chunk", "software_version",
    "loan", "evaluation", "policy", "exception", "migration", "note",
)  # fmt: skip
"""Nodes of the graph that are no configuration items."""
RESERVED_RELATIONS = ("identifies", "record_of", "event_of", "has_software", "lists", "holds", "lent_to", "note_of")

ATTRIBUTE_KEYS = ("type", "title", "description", "unit", "choices", "sensitivity", "visible_to", "list", "required")
CLASS_KEYS = (
    "title", "plural", "parent", "abstract", "description", "icon", "dependent_on", "part", "identifiers", "attributes",
)  # fmt: skip
EXTEND_KEYS = ("title", "plural", "description", "icon", "identifiers", "attributes")
RELATION_KEYS = ("title", "inverse", "from", "to", "dependent", "need", "one", "symmetric", "description")
SITE_KEYS = ("classes", "extend", "relations")

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", re.ASCII)
NEED_PATTERN = "^(all|any|[1-9][0-9]{0,4}|([1-9][0-9]?|100)%)$"
NEED = re.compile(NEED_PATTERN[1:-1])
"""What a requirement group needs: all, any, a count, or a percentage of its members."""
_MAX_NAME = 60


@dataclass(slots=True)
class AttributeSpec:
    """An attribute as one file writes it: only the keys that stand there. `type` is empty where it is not said."""

    name: str
    part: Part
    keys: dict[str, Part]
    type: str = ""
    choices: tuple[str, ...] = ()
    visible_to: tuple[str, ...] = ()


@dataclass(slots=True)
class ClassSpec:
    """A class, or an addition to one, as one file writes it."""

    name: str
    part: Part
    keys: dict[str, Part]
    identifiers: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, AttributeSpec] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """The text under that key, or empty."""
        return self.keys[key].text() if key in self.keys else ""


@dataclass(slots=True)
class RelationSpec:
    """A relation type and where its ends stand written."""

    type: RelationType
    spot: Spot
    ends: tuple[tuple[str, Part], ...]


def read_class(name: str, part: Part, allowed: tuple[str, ...] = CLASS_KEYS) -> ClassSpec:
    """One class (or, with EXTEND_KEYS, what a site adds to one). Raises CatalogueError."""
    check_name(name, part, "class")
    if name in RESERVED_CLASSES:
        part.refuse(f"class {name!r} is a name the graph keeps for itself; choose another")
    part = Part(part.spot, part.node, f"class {name!r}")
    keys = part.fields(allowed)
    spec = ClassSpec(name, part, keys)
    for key in ("title", "plural", "description", "icon"):
        if key in keys:
            keys[key].text()
    if "identifiers" in keys:
        for kind, strength in keys["identifiers"].entries():
            check_name(kind, strength, "identifier kind")
            spec.identifiers[kind] = strength.word(STRENGTHS)
    if "attributes" in keys:
        for attribute, body in keys["attributes"].entries():
            spec.attributes[attribute] = read_attribute(name, attribute, body)
    return spec


def read_attribute(cls: str, name: str, part: Part) -> AttributeSpec:
    """One attribute. Raises CatalogueError."""
    check_name(name, part, "attribute")
    if name in RESERVED_ATTRIBUTES:
        part.refuse(f"attribute {name!r} of class {cls!r} is a name the graph keeps for itself; choose another")
    part = Part(part.spot, part.node, f"attribute {name!r} of class {cls!r}")
    keys = part.fields(ATTRIBUTE_KEYS)
    spec = AttributeSpec(name, part, keys)
    if "type" in keys:
        spec.type = keys["type"].word(ATTRIBUTE_TYPES)
    for key in ("title", "description", "unit"):
        if key in keys:
            keys[key].text()
    for key in ("list", "required"):
        if key in keys:
            keys[key].flag()
    if "sensitivity" in keys:
        keys["sensitivity"].word(("public", "internal", "personal"))
    if "visible_to" in keys:
        spec.visible_to = tuple(role.word(ROLES) for _, role in keys["visible_to"].texts())
        if not spec.visible_to:
            keys["visible_to"].refuse(f"'visible_to' of {part.says} is empty; leave it out where everybody may see it")
    if "choices" in keys:
        spec.choices = tuple(choice for choice, _ in keys["choices"].texts())
        for choice, body in keys["choices"].texts():
            check_name(choice, body, "choice")
    return spec


def read_relation(name: str, part: Part) -> RelationSpec:
    """One relation type. Raises CatalogueError."""
    check_name(name, part, "relation")
    if name in RESERVED_RELATIONS:
        part.refuse(f"relation {name!r} is a name the graph keeps for itself; choose another")
    part = Part(part.spot, part.node, f"relation {name!r}")
    keys = part.fields(RELATION_KEYS)
    require(part, keys, ("title", "inverse", "from", "to", "dependent", "description"))
    ends = keys["from"].texts(), keys["to"].texts()
    for key, classes in zip(("from", "to"), ends, strict=True):
        if not classes:
            keys[key].refuse(f"{key!r} of {part.says} is empty; name at least one class (ci is all of them)")
    need = keys["need"].text() if "need" in keys and keys["need"].node.tag.endswith(":str") else _number_of(keys.get("need"))
    dependent = keys["dependent"].word(("source", "target", "none", "path"))
    if need and not NEED.fullmatch(need):
        keys["need"].refuse(f"'need' of {part.says} is {need[:40]!r}; it must be all, any, a count (2) or a percentage (50%)")
    if need and dependent in ("none", "path"):
        keys["need"].refuse(f"'need' of {part.says} has no meaning where 'dependent' is {dependent}; leave it out")
    relation = RelationType(
        name=name,
        title=keys["title"].text(),
        inverse=keys["inverse"].text(),
        description=keys["description"].text(),
        label=name.upper(),
        source=tuple(cls for cls, _ in ends[0]),
        target=tuple(cls for cls, _ in ends[1]),
        dependent=dependent,  # type: ignore[arg-type]  # `word` has checked it
        need=need or ("all" if dependent in ("source", "target") else ""),
        one=keys["one"].word(("source", "target")) if "one" in keys else "",  # type: ignore[arg-type]
        symmetric=keys["symmetric"].flag() if "symmetric" in keys else False,
    )
    if relation.symmetric and set(relation.source) != set(relation.target):
        keys["symmetric"].refuse(f"{part.says} is symmetric, but 'from' and 'to' differ; they must name the same classes")
    return RelationSpec(relation, part.spot, (*ends[0], *ends[1]))


def require(part: Part, keys: dict[str, Part], needed: tuple[str, ...]) -> None:
    """Refuse where one of the needed keys is missing."""
    for key in needed:
        if key not in keys:
            part.refuse(f"{part.says} has no {key!r}; every {part.says.split(' ', 1)[0]} needs {', '.join(needed)}")


def check_name(name: str, part: Part, what: str) -> None:
    """Refuse a name that could not be a label, a property or a column everywhere."""
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        form = f"must be lower-case letters, digits and single underscores, at most {_MAX_NAME}, e.g. fire_door"
        part.refuse(f"{what} name {name[:80]!r} {form}")


def _number_of(part: Part | None) -> str:
    """`need: 2` is a number to YAML; it means the same as `need: "2"`."""
    return str(part.node.value) if part is not None else ""
