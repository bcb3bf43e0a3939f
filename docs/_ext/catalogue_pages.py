"""The reference of the catalogue: one page a class, one for relation types, one for identifiers."""

from __future__ import annotations

from cmdb.model.catalogue import Attribute, Catalogue, CIClass, RelationType
from docs._ext.markdown import code, page, plain, table

_SUFFERS = {
    "source": "the one that has the relation",
    "target": "the other end",
    "none": "neither",
    "path": "neither, but traffic passes",
}


def pages(catalogue: Catalogue) -> dict[str, str]:
    """File name (without ending) → text."""
    made = {f"classes/{known.name}": class_page(catalogue, known) for known in catalogue.classes.values()}
    made["classes/index"] = class_index(catalogue)
    made["relations"] = relations_page(catalogue)
    made["identifiers"] = identifiers_page(catalogue)
    return made


def class_index(catalogue: Catalogue) -> str:
    """All classes as a tree in words."""
    rows = [
        [
            f"{'· ' * (len(catalogue.lineage(known.name)) - 1)}[{plain(known.title)}]({known.name}.md)",
            code(known.name),
            plain(known.description),
        ]
        for known in _as_tree(catalogue)
    ]
    names = [known.name for known in _as_tree(catalogue)]
    return page(
        "Classes",
        ["Every kind of thing, each below what it inherits from. A site adds its own: {doc}`/how-to/add-a-class`."],
        table(["class", "name", "what it is"], rows),
        ["```{toctree}", ":hidden:", "", *names, "```"],
    )


def _as_tree(catalogue: Catalogue, parent: str | None = None) -> list[CIClass]:
    found = []
    for known in catalogue.classes.values():
        if known.parent == parent:
            found += [known, *_as_tree(catalogue, known.name)]
    return found


def class_page(catalogue: Catalogue, known: CIClass) -> str:
    """One class: what it is, its attributes, its identifiers, its relations."""
    line = [catalogue.classes[name] for name in reversed(catalogue.lineage(known.name))]
    facts = [
        f"{plain(known.description)}",
        "",
        f"Name {code(known.name)}, label {code(':' + known.label)} in the graph, plural “{plain(known.plural)}”.",
        "Inherits: " + " → ".join(f"[{plain(one.title)}]({one.name}.md)" for one in line) + ".",
    ]
    if known.abstract:
        facts.append("It only groups others: nothing is of this class itself.")
    if known.dependent_on:
        facts.append(f"It is identified inside its parent: {', '.join(_link(catalogue, name) for name in known.dependent_on)}.")
    if known.part:
        facts.append(
            f"It is read from the part {code(known.part)} of a scan; only where that was looked at completely can it become absent."
        )
    identifiers = table(["identifier", "strength"], [[code(kind), strength] for kind, strength in known.identifiers.items()])
    attributes = table(["attribute", "title", "type", "meaning", "from"], [_attribute_row(one) for one in known.attributes.values()])
    begins, ends = catalogue.relations_of(known.name)
    relations = [[code(one.name), plain(one.title), ", ".join(_link(catalogue, name) for name in one.target)] for one in begins]
    relations += [
        [code(one.name), plain(one.inverse), ", ".join(_link(catalogue, name) for name in one.source)] for one in ends if not one.symmetric
    ]
    return page(
        plain(known.title),
        facts,
        ["## Attributes", "", *attributes],
        [
            "## Identifiers",
            "",
            "One strong, or two medium, that agree make a match; weak ones only help to find candidates.",
            "",
            *identifiers,
        ],
        ["## Relations", "", *table(["relation", "reads", "with"], relations)],
    )


def _attribute_row(one: Attribute) -> list[str]:
    kind = one.type + (f" in {plain(one.unit)}" if one.unit else "") + (f": {', '.join(map(code, one.choices))}" if one.choices else "")
    meaning = plain(one.description)
    if one.sensitivity != "public":
        meaning += f" *Sensitivity: {one.sensitivity}.*"
    if one.visible_to:
        meaning += f" *Seen by: {', '.join(map(plain, one.visible_to))}.*"
    return [code(one.name), plain(one.title), kind, meaning, code(one.declared_in)]


def _link(catalogue: Catalogue, name: str) -> str:
    return f"[{plain(catalogue.classes[name].title)}](/reference/generated/classes/{name}.md)"


def relations_page(catalogue: Catalogue) -> str:
    """All relation types and what they mean for impact."""
    blocks = [_relation(catalogue, one) for one in catalogue.relations.values()]
    intro = ["Each relation has a direction, two readings, and a meaning for impact: which end suffers when the other goes down."]
    return page("Relation types", intro, *blocks)


def _relation(catalogue: Catalogue, one: RelationType) -> list[str]:
    lines = [f"## {code(one.name)}", "", plain(one.description), ""]
    lines += [f"- reads: “{plain(one.title)}”, from the other end “{plain(one.inverse)}”" + (" (both ends alike)" if one.symmetric else "")]
    lines += [
        f"- from: {', '.join(_link(catalogue, name) for name in one.source)}",
        f"- to: {', '.join(_link(catalogue, name) for name in one.target)}",
    ]
    lines += [
        f"- suffers when the other goes down: {_SUFFERS[one.dependent]}" + (f"; of several, {code(one.need)} must hold" if one.need else "")
    ]
    if one.one:
        lines += [f"- the {one.one} has at most one at a time"]
    return lines


def identifiers_page(catalogue: Catalogue) -> str:
    """Which kind of identifier weighs how much for which class."""
    rows = []
    for kind in sorted(catalogue.identifier_kinds):
        declared: dict[str, list[str]] = {}
        for known in catalogue.classes.values():
            above = catalogue.classes[known.parent].identifiers if known.parent else {}
            if kind in known.identifiers and above.get(kind) != known.identifiers[kind]:
                declared.setdefault(known.identifiers[kind], []).append(_link(catalogue, known.name))
        rows.append(
            [code(kind), "; ".join(f"{strength}: {', '.join(names)}" for strength, names in declared.items()) or "never identifies"]
        )
    intro = ["How strongly each kind of identifier speaks for a match, by the class that says so first; classes below inherit it."]
    return page("Identifiers", intro, table(["kind", "strength for"], rows))
