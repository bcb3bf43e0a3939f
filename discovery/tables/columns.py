"""What a column means for a row of a given class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from cmdb.errors import Invalid
from cmdb.model.catalogue import Catalogue, CIClass, did_you_mean
from discovery.tables.mapping import TableMapping, plain

Use: TypeAlias = Literal["class", "parent", "ci", "attribute", "identifier", "relation", "unused"]

SAYING = {"class": "the class", "parent": "what it is inside of", "ci": "the id Moorings gave it", "unused": "not used"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """`name` is the attribute, identifier kind or relation type. `path` and `kind` fix what a relation's cell refers to: the classes from
    the outermost to the one meant, and the identifier kind of that one."""

    use: Use
    name: str = ""
    path: tuple[str, ...] = ()
    kind: str = ""

    def __str__(self) -> str:
        if self.use in SAYING:
            return SAYING[self.use]
        return f"{self.use} {self.name}" + (f" to {' > '.join(self.path)}" if self.path else "")


class Columns:
    """The columns of one table. What they mean depends on the class of the row; it is found out once per class."""

    def __init__(self, header: tuple[str, ...], catalogue: Catalogue, mapping: TableMapping) -> None:
        self.header = header
        self._catalogue = catalogue
        self._mapping = mapping
        self._known: dict[str, list[Meaning | None]] = {}
        self._classes = {
            **{plain(cls.plural): name for name, cls in catalogue.classes.items()},
            **{plain(cls.title): name for name, cls in catalogue.classes.items()},
            **{plain(name): name for name in catalogue.classes},
        }
        self._asked = 0
        self._nowhere: dict[str, str] = {}
        self.class_column = self._find_class_column()
        titles = [plain(title) for title in header]
        self.finer_column = titles.index(mapping.finer_column) if mapping.finer_column in titles else None

    def class_named(self, text: str) -> str:
        """The class of that name, title or plural, in any case; empty where there is none."""
        return self._classes.get(plain(text), "")

    def of(self, cls: CIClass) -> list[Meaning | None]:
        """The meaning of each column for that class; None where it has none."""
        if cls.name not in self._known:
            own = _own_words(cls, self._catalogue)
            # In another product's table a title like ours may mean something else (Address: the postal one): there only names count.
            names = own if self._mapping.strict else {**_names(cls, self._catalogue), "class": Meaning("class")}
            self._known[cls.name] = [self._meaning(title, own, names) for title in self.header]
        return self._known[cls.name]

    def nowhere(self, classes: list[CIClass]) -> dict[str, str]:
        """Columns that mean nothing for any of these classes, each with a hint (`; did you mean …?`). In another product's table that is
        no matter, and nothing is told."""
        if not self._mapping.strict or not classes:
            return {}
        if len(classes) != self._asked:
            self._asked = len(classes)
            places = [place for place, title in enumerate(self.header) if title and all(self.of(cls)[place] is None for cls in classes)]
            words = {word for cls in classes for word in _own_words(cls, self._catalogue)} if places else set()
            self._nowhere = {self.header[place]: did_you_mean(plain(self.header[place]), words) for place in places}
        return self._nowhere

    def _find_class_column(self) -> int | None:
        titles = [plain(title) for title in self.header]
        for wanted in ("class", self._mapping.class_column):
            if wanted and wanted in titles:
                return titles.index(wanted)
        chosen = [place for place, title in enumerate(titles) if self._mapping.columns.get(title) == "class"]
        return chosen[0] if chosen else None

    def _meaning(self, title: str, own: dict[str, Meaning], names: dict[str, Meaning]) -> Meaning | None:
        said = plain(title)
        if not said:
            return Meaning("unused")
        column = self._mapping.columns.get(said)
        if said == self._mapping.class_column and not column:  # it may tell an attribute as well
            return Meaning("class")
        if column == "":
            return Meaning("unused")
        name, colon, end = (column or title).partition(":")
        found = (own if column else names).get(plain(name))
        if found is None or not colon:
            return found
        return self._towards(found, end, title)

    def _towards(self, found: Meaning, end: str, title: str) -> Meaning:
        """`located_in:site>room`, `used_by:person.login`: the column fixes what its cells refer to."""
        if found.use not in ("relation", "parent"):
            raise Invalid(f"Column {title}: only a relation is followed by “:{end}”.", field="columns")
        way, _, kind = end.partition(".")
        path = tuple(self.class_named(step) for step in way.split(">"))
        if not all(path):
            raise Invalid(f"Column {title}: {way!r} is not a class, or classes with > between.", field="columns")
        if kind and kind not in self._catalogue.cls(path[-1]).identifiers:
            known = ", ".join(self._catalogue.cls(path[-1]).identifiers)
            raise Invalid(f"Column {title}: {path[-1]} is not identified by {kind!r}; it is by {known}.", field="columns")
        return Meaning(found.use, found.name, path, kind)


def _own_words(cls: CIClass, catalogue: Catalogue) -> dict[str, Meaning]:
    """Every word that may head a column for this class; a name is stronger than a title."""
    begins, _ = catalogue.relations_of(cls.name)
    words: dict[str, Meaning] = {}
    for relation in begins:
        words[plain(relation.title)] = Meaning("relation", relation.name)
    for attribute in cls.attributes.values():
        words[plain(attribute.title)] = Meaning("attribute", attribute.name)
    return {**words, **_names(cls, catalogue), "class": Meaning("class"), "id": Meaning("ci")}


def _names(cls: CIClass, catalogue: Catalogue) -> dict[str, Meaning]:
    """The words that are names in the catalogue: nobody writes `purchased_on` and means something else."""
    begins, _ = catalogue.relations_of(cls.name)
    words = {plain(kind): Meaning("identifier", kind) for kind in cls.identifiers}
    words.update({plain(relation.name): Meaning("relation", relation.name) for relation in begins})
    words.update({plain(name): Meaning("attribute", name) for name in cls.attributes})
    if cls.dependent_on:
        words["parent"] = Meaning("parent")
    return words
