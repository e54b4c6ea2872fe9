"""What a page is called, and whether its own text shows that."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from publisher.config import Config
from publisher.outline import is_index
from publisher.read.document import Document

_LINE = re.compile(r"\s*\n?(?P<line>[^\s#>|*+\-<{\[`~!$:=_].{0,79})\n[ \t]*\n", re.ASCII)
_MARKED = re.compile(r"\$[^$]+\$|`[^`]+`|\*\*[^*]+\*\*")
_SENTENCE = re.compile(r"[.!?:;,…。！？：；，]$")
_H1 = re.compile(r"<h1\b[^>]*>(.*?)</h1\s*>", re.DOTALL | re.IGNORECASE)


def title(document: Document, given: str | None, source: str, config: Config) -> tuple[str, bool]:
    """The page's title, and whether its first heading (or line) shows it already."""
    dialect = document.dialect
    if dialect == "kramdown" or dialect == "html" or dialect == "text":
        return _jekyll(document, given, source, config)
    from publisher import markdown
    from publisher.markdown.cells import is_prose

    heading, seen = None, False
    for cell in document.notebook.cells:
        if is_prose(cell):
            heading = markdown.first_heading(cell.source, dialect)
            if heading:
                tags = cell.metadata.get("tags", [])
                seen = not {"remove-cell", "remove_cell"} & set(tags)
                break
    if given:
        given = markdown.plain_text(given) if _MARKED.search(given) else given
        return given, bool(seen and heading and heading[0] == 1 and _same(heading[1], given))
    if heading:
        return heading[1], seen
    return _of_file(source, config), False


def _jekyll(document: Document, given: str | None, source: str, config: Config) -> tuple[str, bool]:
    """The title of a page whose headings stay as the author set them.

    Without one in the front matter it is that of a heading at the top of the text, or its lone
    first line, or else the name of the file.
    """
    text = document.notebook.cells[0].source if document.notebook.cells else ""
    if document.dialect == "text":
        return given or _of_file(source, config), True
    shown = _leading(text, document)
    if given:
        return given, bool(shown and _same(shown, given))
    return (shown, True) if shown else (_of_file(source, config), False)


def _leading(text: str, document: Document) -> str:
    """The heading that a text begins with, or the lone first line that stands for one."""
    if document.dialect == "html":
        found = _H1.search(text[:20_000])
        plain = " ".join(re.sub(r"<[^>]*>", "", found[1]).split()) if found else ""
        return "" if "{{" in plain or "{%" in plain else plain
    from publisher import markdown

    head = text.lstrip()[:20_000]
    heading = markdown.first_heading(head, "kramdown")
    if heading and "{{" not in heading[1] and "{%" not in heading[1]:
        first = head.split("\n", 2)
        if head[0] == "#" or (len(first) > 1 and re.fullmatch(r"(=+|-+)[ \t]*", first[1])):
            return heading[1]
    return lone_line(head)


def lone_line(text: str) -> str:
    """A first paragraph of one short line that is no sentence; else the empty text."""
    found = _LINE.match(text)
    line = found["line"].strip() if found else ""
    return "" if not line or _SENTENCE.search(line) or "{" in line or "|" in line else line


def _of_file(source: str, config: Config) -> str:
    name = PurePosixPath(source)
    if is_index(source):
        if str(name.parent) == ".":
            return config.title
        name = name.parent
    return name.stem.replace("-", " ").replace("_", " ").strip().capitalize() or source


def _same(first: str, second: str) -> bool:
    return " ".join(first.lower().split()) == " ".join(second.lower().split())
