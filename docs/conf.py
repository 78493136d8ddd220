"""How Sphinx builds the site; `make docs` runs it, and `docs/README.md` says why it is Sphinx.

Places that say `<!-- rendered: WHAT -->` are filled in from the data while a page is read; see `rendering`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "harness"), str(HERE.parent / "models")]

import rendering  # noqa: E402 - it lies beside this file, which is executed from somewhere else

import treadle  # noqa: E402 - see above

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Treadle"
author = "The Treadle authors"
project_copyright = author
version = release = treadle.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
exclude_patterns = ["README.md"]
default_role = "code"  # docstrings have single backticks, as Markdown does
nitpick_ignore_regex = [("py:.*", ".*")]

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_default_options = {"exclude-members": "__init__, __new__"}
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"Treadle {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/icon.svg"
html_show_sourcelink = False
html_copy_source = False
html_show_search_summary = False  # summaries are fetched, which a page that was opened as a file may not do
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

_PLACE = re.compile(r"^<!-- rendered: (?P<what>[^>]+) -->$", re.MULTILINE)


def fill_in(_app: Sphinx, _docname: str, source: list[str]) -> None:
    """Put what is rendered from data into its places."""
    source[0] = _PLACE.sub(lambda place: rendering.rendered(place["what"]), source[0])


def make_accessible(_app: Sphinx, _page: str, _template: str, context: dict[str, object], _doctree: object) -> None:
    """Add what the theme leaves out: what scrolls can be reached by keyboard, and headings have a level."""
    body = str(context.get("body", "")).replace("<pre>", '<pre tabindex="0">')
    context["body"] = body.replace('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper')
    tree = str(context.get("furo_navigation_tree", ""))
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def setup(app: Sphinx) -> None:
    """Have each page filled in when it has been read, and looked over when it is written."""
    app.connect("source-read", fill_in)
    app.connect("html-page-context", make_accessible, priority=900)  # after the theme
