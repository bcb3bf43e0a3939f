"""Kinds of things are data: classes, attributes, identifiers and relation types, from YAML (docs/how-to/add-a-class.md)."""

from __future__ import annotations

from cmdb.model.catalogue.catalogue import Catalogue
from cmdb.model.catalogue.kinds import Attribute, CIClass, RelationType, Strength, check_attributes, did_you_mean
from cmdb.model.catalogue.source import CatalogueError

__all__ = ["Attribute", "CIClass", "Catalogue", "CatalogueError", "RelationType", "Strength", "check_attributes", "did_you_mean"]
