"""Sphinx extension: writes the generated reference before the build; a page that did not change is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from cmdb.cli import moorings
from cmdb.config import Settings
from cmdb.model.catalogue import Catalogue
from docs._ext import catalogue_pages, cli_pages, policies_pages, routes_pages, settings_pages


def collect() -> dict[str, str]:
    """Every generated page: name below `reference/generated` (without ending) → text."""
    catalogue = Catalogue.load()
    return {
        **catalogue_pages.pages(catalogue),
        **settings_pages.pages(Settings().describe()),
        **routes_pages.pages(catalogue),
        **cli_pages.pages(moorings),
        **policies_pages.pages(),
    }


def write(app: Sphinx) -> None:
    """Writes the pages into the source folder and removes those that are no longer made."""
    folder = Path(app.srcdir) / "reference" / "generated"
    made = {folder / f"{name}.md": text for name, text in collect().items()}
    for stale in set(folder.rglob("*.md")) - made.keys():
        stale.unlink()
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Hooks the writer in."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
