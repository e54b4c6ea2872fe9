"""MyST projects, which Jupyter Book 2 makes: `myst.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from publisher.book.chapters import Book, Chapter
from publisher.book.files import Said, inside, items, path, table, text, texts


def book(folder: Path, said: Said) -> tuple[Book, tuple[Chapter, ...]]:
    """The project in a folder, and its chapters.

    Without a table of contents all its pages belong to it.
    """
    project, site = inside(said.value, "project"), inside(said.value, "site")
    toc = items(inside(project, "toc")) or items(inside(site, "toc"))
    chapters = _chapters(toc)
    root = chapters[0].source if chapters and "*" not in chapters[0].source else ""
    found = Book(
        said.name,
        root,
        complete=bool(chapters),
        title=text(inside(site, "title")) or text(inside(project, "title")),
        description=text(inside(project, "description")),
        author=", ".join(filter(None, map(_name, items(inside(project, "authors"))))),
        repository=text(inside(project, "github")),
        logo=path(inside(site, "options", "logo")) or path(inside(site, "logo")),
        bibliography=texts(inside(project, "bibliography")),
        macros=table(inside(project, "math")),
        substitutions=table(inside(project, "substitutions")),
        abbreviations=table(inside(project, "abbreviations")),
    )
    return found, (*chapters[0].chapters, *chapters[1:]) if root else chapters


def _name(author: Any) -> str:
    return text(inside(author, "name")) or text(author)


def _chapters(values: list[Any]) -> tuple[Chapter, ...]:
    found = [
        Chapter(
            text(inside(value, "title")),
            path(inside(value, "file")) or path(inside(value, "pattern")),
            text(inside(value, "url")),
            _chapters(items(inside(value, "children"))),
        )
        for value in values
    ]
    return tuple(chapter for chapter in found if chapter != Chapter())
