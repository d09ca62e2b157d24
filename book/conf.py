"""How `nox -s docs` makes a book of the pages in `docs/`, which are plain Markdown and can be read as they are, too."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from pygments.lexers.data import JsonLexer
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

HERE = Path(__file__).parent

project = "Bake"
author = "Bake contributors"
release = runpy.run_path(str(HERE.parent / "src" / "bake" / "version.py"))["__version__"]
extensions = ["myst_parser"]
exclude_patterns = ["_build", "exports"]
nitpicky = True  # what a link names has to be there
smartquotes = False  # `--mode` stays as it is typed
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"Bake {release}"
html_copy_source = False
html_show_sphinx = False

#: The pages whose lists of links are the order of the book.
CONTENTS = {"index", "decisions/README"}
_SECTION = re.compile(r"^## ", re.MULTILINE)
_ENTRY = re.compile(r"^- \[[^\]]+\]\(([\w./-]+)\.md\)", re.MULTILINE)
_FROM_ELSEWHERE = re.compile(
    r"<(?:script|img|link|iframe)\b[^>]*?\b(?:src|href)=[\"'](?:https?:)?//[^>]*>|@import|url\(https?:"
)


def order(_: Sphinx, page: str, source: list[str]) -> None:
    """Make a table of contents of the lists of links under each heading, so that the order is written once."""
    if page in CONTENTS:
        for section in _SECTION.split(source[0]):
            entries = "\n".join(_ENTRY.findall(section))
            if entries:
                caption = section.partition("\n")[0].lstrip("# ")
                source[0] += f"\n\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{entries}\n```\n"


def alone(app: Sphinx, failure: Exception | None) -> None:
    """See that no page loads anything over the network.

    Raises:
        ExtensionError: one does.
    """
    if failure is None and app.builder.format == "html":
        for path in (*Path(app.outdir).rglob("*.html"), *Path(app.outdir).rglob("*.css")):
            if found := _FROM_ELSEWHERE.search(path.read_text(encoding="utf-8")):
                raise ExtensionError(f"{path}: loads something over the network: {found[0]}")


def setup(app: Sphinx) -> None:
    """Tell Sphinx of these, and how lines of JSON are coloured."""
    app.add_lexer("jsonl", JsonLexer)
    app.connect("source-read", order)
    app.connect("build-finished", alone)
