"""Books of other tools: what the files of Jupyter Book, MyST, Quarto and Sphinx say of the whole.

Sources: "Structure of a book" in the documentation of Jupyter Book 1, "Table of Contents" and
"Frontmatter" in that of MyST (mystmd.org), "Book structure" and "Website navigation" in Quarto's,
the directive `toctree` in Sphinx's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from publisher.book import jupyterbook, myst, quarto, sphinx
from publisher.book.chapters import Book, Chapter, Contents
from publisher.book.files import Said, read

__all__ = [
    "Book",
    "Chapter",
    "Contents",
    "below",
    "contents",
    "file",
    "find",
    "listed",
    "placed",
]

_SUFFIXES = ("", ".md", ".ipynb", ".py", ".Rmd", ".qmd", ".rst")
_Kind = Callable[[Path, Said], tuple[Book, tuple[Chapter, ...]]]
_KINDS: tuple[tuple[tuple[str, ...], _Kind], ...] = (
    (("_toc.yml", "_toc.yaml"), jupyterbook.book),
    (("myst.yml", "myst.yaml"), myst.book),
    (("_quarto.yml", "_quarto.yaml"), quarto.book),
    (sphinx.INDEX, sphinx.book),
)


def file(folder: Path) -> Path | None:
    """The file with the table of contents of the book in a folder, or None."""
    names = (name for names, _ in _KINDS[:-1] for name in names)
    found = (folder / name for name in names if (folder / name).is_file())
    return next(found, None) or sphinx.index(folder)


def below(folder: Path) -> Path | None:
    """The only folder in another with a Jupyter Book whose pages are in it, or None."""
    found = [toc.parent for name in _KINDS[0][0] for toc in folder.glob(f"[!.]*/{name}")]
    if len(found) != 1 or found[0].is_symlink():
        return None
    listed_ = set(_names(contents(found[0]).chapters)) - {""}
    there = [
        name
        for name in listed_
        if any(os.path.isfile(found[0] / f"{name}{suffix}") for suffix in _SUFFIXES)
    ]
    return found[0] if 2 * len(there) > len(listed_) else None


def find(folder: Path) -> Book | None:
    """The book in a folder, or None. `ConfigError` with the line if its file is not YAML."""
    found = _read(folder)
    return found[0] if found is not None else None


def contents(folder: Path) -> Contents:
    """The table of contents of the book in a folder; empty if it has none."""
    found = _read(folder)
    return found[1] if found is not None else Contents((), "")


def _read(folder: Path) -> tuple[Book, Contents] | None:
    toc = file(folder)
    if toc is None:
        return None
    said = read(toc)
    kind = next(kind for names, kind in _KINDS if toc.name in names)
    book, chapters = kind(folder, said)
    return book, Contents(chapters, said.text)


def placed(
    chapters: Sequence[Chapter], sources: Iterable[str]
) -> tuple[tuple[Chapter, ...], tuple[str, ...]]:
    """Chapters with the sources that they name, and the names of those that are not there.

    Names come with or without a suffix; a pattern stands for all sources that fit and that are
    not listed elsewhere, in order.
    """
    by_name = {}
    for source in sorted(sources, reverse=True):
        by_name[str(PurePosixPath(source).with_suffix(""))] = source
        by_name[source] = source
    listed_ = {by_name.get(name, "") for name in _names(chapters)}
    rest = sorted(set(by_name.values()) - listed_ - {""})
    missing: dict[str, None] = {}
    return tuple(_placed(chapters, by_name, rest, missing)), tuple(missing)


def _placed(
    chapters: Sequence[Chapter], by_name: dict[str, str], rest: list[str], missing: dict[str, None]
) -> Iterator[Chapter]:
    for chapter in chapters:
        below = tuple(_placed(chapter.chapters, by_name, rest, missing))
        if "*" in chapter.source:
            fit = [s for s in rest if fnmatchcase(s, chapter.source) or _stem(s, chapter.source)]
            rest[:] = [source for source in rest if source not in fit]
            yield from (Chapter(source=source) for source in fit)
            continue
        source = by_name.get(chapter.source, "")
        if chapter.source and not source:
            missing.setdefault(chapter.source)
        if source or chapter.url or chapter.title or below:
            yield replace(chapter, source=source, chapters=below)


def _stem(source: str, pattern: str) -> bool:
    return fnmatchcase(str(PurePosixPath(source).with_suffix("")), pattern)


def _names(chapters: Iterable[Chapter]) -> Iterator[str]:
    for chapter in chapters:
        yield chapter.source
        yield from _names(chapter.chapters)


def listed(chapters: Iterable[Chapter]) -> tuple[str, ...]:
    """The sources of chapters in the order in which they are read, each once."""
    return tuple(dict.fromkeys(source for source in _names(chapters) if source))
