"""Quarto's books and websites: `_quarto.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from publisher.book.chapters import Book, Chapter
from publisher.book.files import Said, inside, items, path, text, texts


def book(folder: Path, said: Said) -> tuple[Book, tuple[Chapter, ...]]:
    """The book or website in a folder, and its chapters."""
    own = inside(said.value, "book") or inside(said.value, "website")
    sidebar = inside(own, "sidebar")
    bars = sidebar if isinstance(sidebar, list) else [sidebar]
    values = items(inside(own, "chapters"))
    for bar in bars:
        values = values + items(inside(bar, "contents"))
    appendices = _chapters(items(inside(own, "appendices")))
    chapters = (
        *_chapters(values),
        *((Chapter("Appendices", chapters=appendices),) if appendices else ()),
    )
    found = Book(
        said.name,
        title=text(inside(own, "title")),
        description=text(inside(own, "description")),
        author=", ".join(texts(inside(own, "author"))),
        url=text(inside(own, "site-url")),
        repository=text(inside(own, "repo-url")),
        logo=path(inside(sidebar, "logo")),
        bibliography=texts(inside(said.value, "bibliography")),
    )
    return found, chapters


def _chapters(values: list[Any]) -> tuple[Chapter, ...]:
    """Chapters: a path alone, a table with path and text, or a part with others below it."""
    found = []
    for value in values:
        if isinstance(value, str):
            found.append(_chapter("", value))
            continue
        over = text(inside(value, "part")) or text(inside(value, "section"))
        below = items(inside(value, "chapters")) or items(inside(value, "contents"))
        target = inside(value, "file") or inside(value, "href")
        chapter = _chapter(text(inside(value, "text")) or over, text(target))
        if over.endswith((".md", ".qmd", ".ipynb")):
            chapter = _chapter("", over)
        if chapter.title or chapter.source or chapter.url:
            found.append(Chapter(chapter.title, chapter.source, chapter.url, _chapters(below)))
    return tuple(found)


def _chapter(title: str, target: str) -> Chapter:
    if target.startswith(("http://", "https://")):
        return Chapter(title, url=target)
    return Chapter(title, path(target))
