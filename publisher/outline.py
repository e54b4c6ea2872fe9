"""The site's map: which page stands at which address, in which order. Pure."""

from __future__ import annotations

import posixpath
import sys
from bisect import bisect_left
from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Self

from publisher.book import Chapter, listed
from publisher.errors import SourceError
from publisher.model import Entry, Head, Metadata

INDEX_NAMES = ("index", "README")


@dataclass(frozen=True)
class Outline:
    """All entries in the order of the site, found by source path or by URL.

    `texts` are files that pages may link to but nobody reads as pages: `feed.xml`.
    """

    entries: tuple[Entry, ...]
    by_source: dict[str, Entry]
    by_url: dict[str, Entry]
    texts: tuple[Entry, ...] = ()
    contents: tuple[Chapter, ...] = ()

    @classmethod
    def of(cls, pages: Iterable[Head], title: str, contents: tuple[Chapter, ...] = ()) -> Self:
        """Place pages. A home page is added where none has the root URL.

        `contents` is the table of contents of a book, with sources as `pages` have them.

        `SourceError` if two pages would have one URL.
        """
        pages = list(pages)
        sources = {page.source for page in pages}
        placed = [Entry(_url(page, sources), page.title, page.meta, page.source) for page in pages]
        texts = {page.source for page in pages if page.dialect == "text"}
        entries = [entry for entry in placed if entry.source not in texts]
        by_file: dict[str, Entry] = {}
        for entry in placed:
            other = by_file.setdefault(entry.file, entry)
            if other is not entry:
                raise SourceError(
                    f"{other.source} and {entry.source} have the same URL: /{entry.url}",
                    hint="rename one of them, or give it another `permalink`",
                )
        for entry in placed:
            folder = by_file.get(posixpath.dirname(entry.file))
            if folder is not None:
                raise SourceError(
                    f"{folder.source} and {entry.source} do not fit together: /{folder.file} would "
                    "be a file and a folder",
                    hint="rename one of them, or give it another `permalink`",
                )
        if "index.html" not in by_file:
            entries.append(Entry("", title, Metadata(layout="listing"), None))
        return cls._of(
            sorted(entries, key=_order),
            [entry for entry in placed if entry.source in texts],
            contents,
        )

    @classmethod
    def _of(
        cls, entries: list[Entry], texts: list[Entry], contents: tuple[Chapter, ...] = ()
    ) -> Self:
        every = [*entries, *texts]
        return cls(
            tuple(entries),
            {entry.source: entry for entry in every if entry.source is not None},
            {entry.url: entry for entry in every},
            tuple(texts),
            contents,
        )

    def without(self, sources: Set[str]) -> Self:
        """The outline without some pages; a home page stays."""
        kept = [entry for entry in self.entries if entry.source not in sources]
        if not any(entry.file == "index.html" for entry in kept):
            kept.insert(0, Entry("", self.home.title, Metadata(layout="listing"), None))
        texts = [entry for entry in self.texts if entry.source not in sources]
        return self._of(kept, texts, self.contents)

    def plus(self, made: Iterable[Entry]) -> Self:
        """The outline with further pages, which stand last."""
        made = tuple(made)
        by_url = self.by_url | {entry.url: entry for entry in made}
        return replace(self, entries=self.entries + made, by_url=by_url)

    @property
    def home(self) -> Entry:
        """The page at the root of the site."""
        return next(entry for entry in self.entries if entry.file == "index.html")

    def find(self, path: str) -> Entry | None:
        """The page that a path names: its source, or its address in any usual spelling."""
        entry = self.by_source.get(path)
        if entry is not None:
            return entry
        if path.endswith(".ipynb"):  # the other half of a Jupytext pair
            stem = path.removesuffix("ipynb")
            paired = [e for s, e in self.by_source.items() if s.rpartition(".")[0] + "." == stem]
            if paired:
                return paired[0]
        path = path.removeprefix("./").removesuffix("index.html")
        for url in (path, f"{path}/", f"{path}.html", path.removesuffix("/") + ".html"):
            entry = self.by_url.get("" if url in ("/", ".", "./") else url)
            if entry is not None:
                return entry
        return None

    def listed_under(self, entry: Entry) -> tuple[Entry, ...]:
        """The pages that a listing at `entry` shows: those below its folder, without itself."""
        folder = entry.url if entry.url.endswith("/") or not entry.url else _parent(entry.url)
        below = [e for e in self._below(folder) if e is not entry and not is_not_found(e)]
        dated = [e for e in below if e.meta.date is not None]
        undated = [e for e in below if e.meta.date is None]
        ordered = [e for e in dated if e.meta.order is not None]
        if not ordered:
            dated.sort(key=lambda e: str(e.meta.date), reverse=True)
        return tuple(dated + undated)

    def _below(self, folder: str) -> list[Entry]:
        """The pages whose URLs begin so, in order."""
        urls = self._urls
        start = bisect_left(urls, (folder, 0))
        end = bisect_left(urls, (folder + chr(sys.maxunicode), 0))
        return [self.entries[at] for at in sorted(at for _, at in urls[start:end])]

    @cached_property
    def _urls(self) -> list[tuple[str, int]]:
        """The URLs in the order of the alphabet, with the places of their pages."""
        return sorted((entry.url, at) for at, entry in enumerate(self.entries))

    def siblings(self, entry: Entry) -> tuple[Entry, ...]:
        """The pages of the same source folder, its index first: the chapters of a guide.

        Those of a book are all that its table of contents lists, in that order. Empty at the top
        of the site, for pages that we made, for folders with dated pages (posts are read by date,
        not from first to last), and for Jekyll's own folders.
        """
        if self.in_book(entry):
            return tuple(self._chapters.values())
        if entry.source is None or "/" not in entry.source or _in_jekyll(entry.source):
            return ()
        return self._folders[posixpath.dirname(entry.source)]

    def in_book(self, entry: Entry) -> bool:
        """Whether a page is listed in the table of contents of a book."""
        return entry.source in self._chapters

    def position(self, entry: Entry) -> int:
        """Where a page stands among its `siblings`, from 0."""
        return self._positions[entry.source or ""]

    @cached_property
    def _chapters(self) -> dict[str | None, Entry]:
        """The pages of a book in the order in which they are read."""
        sources = (self.home.source or "", *listed(self.contents)) if self.contents else ()
        return {s: self.by_source[s] for s in sources if s in self.by_source}

    @cached_property
    def _folders(self) -> dict[str, tuple[Entry, ...]]:
        groups: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.source is not None:
                groups.setdefault(posixpath.dirname(entry.source), []).append(entry)
        return {
            folder: tuple(sorted(group, key=lambda e: not is_index(e.source or "")))
            if all(e.meta.order is not None for e in group if e.meta.date)
            else ()
            for folder, group in groups.items()
        }

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {
            entry.source or "": at
            for group in (*self._folders.values(), tuple(self._chapters.values()))
            for at, entry in enumerate(group)
        }

    def above(self, entry: Entry) -> tuple[Entry, ...]:
        """The index pages above a page, the home page first."""
        found, url = [], entry.url
        while url:
            url = _parent(url)
            over = self.by_url.get(url)
            if over is not None and over is not entry:
                found.append(over)
        return tuple(reversed(found))


def relative(target: str, page: str) -> str:
    """The address of `target` seen from `page`, both relative to the site's root.

    >>> relative("posts/b/", "posts/a/")
    '../b/'
    >>> relative("", "about.html")
    './'
    """
    start = posixpath.dirname(page)
    path = posixpath.relpath("/" + target, "/" + start)
    if target.endswith("/") or not target:
        path += "/"
    return path


def is_index(source: str) -> bool:
    """Whether a source is named as its folder's index."""
    return PurePosixPath(source).stem in INDEX_NAMES


def file_of(page: Head) -> str:
    """The file of the site that a page becomes."""
    return Entry(_url(page, {page.source}), page.title, page.meta, page.source).file


def is_not_found(entry: Entry) -> bool:
    """Whether a page stands for those that are not there: nobody goes to it by a link."""
    return entry.url in ("404.html", "404/")


def _in_jekyll(source: str) -> bool:
    return any(part.startswith("_") for part in source.split("/"))


def _url(page: Head, sources: set[str]) -> str:
    if page.dialect == "text":
        return _file(page)
    if page.meta.permalink is not None:
        return permalink_url(page.meta.permalink)
    path = PurePosixPath(page.source)
    folder = "" if str(path.parent) == "." else f"{path.parent}/"
    if path.stem == "index":
        return folder
    if path.stem == "README" and not any(
        s.startswith(f"{folder}index.") for s in sources if "/" not in s[len(folder) :]
    ):
        return folder
    return f"{folder}{path.stem}/"


def _file(page: Head) -> str:
    """The path of a file that is no page; a hidden one is no file of a site."""
    path = posixpath.normpath("/" + (page.meta.permalink or page.source)).strip("/")
    suffix = PurePosixPath(page.source).suffix
    if (page.meta.permalink or "").endswith("/"):
        path = f"{path}/index{'.html' if _in_jekyll(page.source) else suffix}"
    elif not path.endswith(suffix):
        path += suffix
    if any(part.startswith(".") and part != ".well-known" for part in path.split("/")):
        raise SourceError(
            f"{page.source} would be a hidden file: /{path}", hint="give it another `permalink`"
        )
    return path


def permalink_url(permalink: str) -> str:
    """The URL of a permalink as Jekyll reads it: `/about` is the file `about.html`.

    Source: Jekyll's documentation, "Permalinks". `..` cannot lead out of the site.
    """
    slashed = permalink.endswith("/")
    path = posixpath.normpath("/" + permalink.strip().lstrip("/")).strip("/")
    if not path:
        return ""
    if slashed:
        return f"{path}/"
    if path == "index.html" or path.endswith("/index.html"):
        return path.removesuffix("index.html")
    return path if PurePosixPath(path).suffix in (".html", ".htm", ".xhtml") else f"{path}.html"


def _parent(url: str) -> str:
    head = posixpath.dirname(url.rstrip("/"))
    return f"{head}/" if head else ""


def _order(entry: Entry) -> tuple[str, bool, float, str]:
    order = entry.meta.order
    folder = posixpath.dirname(entry.source or "")
    return (folder, order is None, order or 0.0, entry.url)
