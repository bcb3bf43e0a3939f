"""Sphinx: `make docs`. Nothing remote is loaded, neither at build time nor by the pages."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pygments.lexers.special import TextLexer  # noqa: E402
from sphinx.highlighting import lexers  # noqa: E402

from cmdb import __version__  # noqa: E402

lexers["csv"] = TextLexer()

project = "Moorings"
author = "The Moorings authors"
copyright = "the Moorings authors, Apache-2.0"
version = release = __version__

extensions = ["myst_parser", "docs._ext.reference"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_ext"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
nitpicky = True

html_theme = "furo"
html_title = "Moorings"
html_static_path = ["_static"]
html_css_files = ["moorings.css"]
html_show_sourcelink = False
html_copy_source = False
