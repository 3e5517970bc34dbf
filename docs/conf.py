"""The site of these pages: `make site` builds it with Sphinx. The pages are the files of this folder as they are.

What the site adds is said here: its navigation is the map in `index.md`, section by section, so a page that the map does not
name is a warning, and warnings are errors. Nothing is loaded from the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pygments.lexers.data import JsonLexer
from pygments.lexers.special import TextLexer

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "account-sanctions"
author = "the authors of account-sanctions"
copyright = "the authors of account-sanctions, Apache-2.0"  # noqa: A001 - as Sphinx calls it
extensions = ["myst_parser"]
exclude_patterns = ["generating/*", "__pycache__"]
nitpicky = True
html_theme = "furo"
html_title = "account-sanctions"
html_copy_source = False
html_show_sphinx = False
# The slugs of headings are the forge's, so that a link to one holds in both places.
myst_heading_anchors = 4
highlight_language = "text"

_SECTION: Final = re.compile(r"^## (.+)$", re.MULTILINE)
_PAGE: Final = re.compile(r"\]\(([\w./-]+)\.md\)")


def _navigation(index: str) -> Iterator[str]:
    """A table of contents for each section of the map that is a list, with the pages that the list links to."""
    _, *parts = _SECTION.split(index)
    for caption, text in zip(parts[::2], parts[1::2], strict=True):
        if text.lstrip().startswith(("- ", "1. ")):
            pages = "\n".join(dict.fromkeys(_PAGE.findall(text)))
            yield f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{pages}\n```\n"


def _read(_app: Sphinx, name: str, source: list[str]) -> None:
    if name == "index":
        source[0] += "\n" + "\n".join(_navigation(source[0]))


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.add_lexer("jsonl", JsonLexer)
    # Forges draw these diagrams; what would draw them here is loaded from the network, so their text stands for them.
    app.add_lexer("mermaid", TextLexer)
    app.connect("source-read", _read)
