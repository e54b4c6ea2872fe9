"""Jupyter Book 1: `_toc.yml` and `_config.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from publisher.book.chapters import Book, Chapter
from publisher.book.files import Said, inside, items, path, read, table, text, texts


def book(folder: Path, toc: Said) -> tuple[Book, tuple[Chapter, ...]]:
    """The book in a folder, and its chapters.

    What its `_toc.yml` holds that is no table of contents is left out.
    """
    names = ("_config.yml", "_config.yaml")
    file = next((folder / name for name in names if (folder / name).is_file()), None)
    given = read(file).value if file is not None else None
    sphinx = inside(given, "sphinx", "config")
    mathjax = inside(sphinx, "mathjax3_config", "tex", "macros")
    older = inside(sphinx, "mathjax_config", "TeX", "Macros")
    root, chapters = _contents(toc.value)
    found = Book(
        toc.name,
        root,
        complete=inside(given, "only_build_toc_files") is True and bool(chapters),
        title=text(inside(given, "title")),
        description=text(inside(given, "description")),
        author=", ".join(texts(inside(given, "author"))),
        url=text(inside(given, "html", "baseurl")),
        repository=text(inside(given, "repository", "url")),
        logo=path(inside(given, "logo")),
        bibliography=texts(inside(given, "bibtex_bibfiles")),
        macros={**table(older), **table(mathjax)},
        substitutions={
            **table(inside(sphinx, "myst_substitutions")),
            **table(inside(given, "parse", "myst_substitutions")),
        },
    )
    return found, chapters


def _contents(value: Any) -> tuple[str, tuple[Chapter, ...]]:
    """The root page and the chapters; older books have a list whose first page is the root."""
    if isinstance(value, list):
        first = path(inside(value[0], "file")) if value else ""
        own = _below(value[0]) if value else ()
        return first, (*own, *_chapters(value[1:] if first else value))
    root = path(inside(value, "root"))
    return root, _below(value)


def _below(value: Any) -> tuple[Chapter, ...]:
    """What stands below a page, a part or the root: its parts, its chapters, its sections."""
    found: list[Chapter] = []
    for part in [*items(inside(value, "parts")), *items(inside(value, "subtrees"))]:
        below = _below(part)
        title = text(inside(part, "caption"))
        found += [Chapter(title, chapters=below)] if title and below else below
    for key in ("chapters", "sections", "entries"):
        found += _chapters(items(inside(value, key)))
    return tuple(found)


def _chapters(values: list[Any]) -> tuple[Chapter, ...]:
    """Chapters; in older books a title may stand between them, over those that follow."""
    found: list[Chapter] = []
    for value in values:
        title = text(inside(value, "title"))
        source = path(inside(value, "file")) or path(inside(value, "glob"))
        url = text(inside(value, "url"))
        over = text(inside(value, "part")) or text(inside(value, "header"))
        if source or url:
            found.append(Chapter(title, source, url, _below(value)))
        elif over:
            found.append(Chapter(over, chapters=_below(value)))
    return tuple(found)
