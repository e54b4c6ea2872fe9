"""The table of contents of a book, as its pages show it beside them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from html import escape, unescape
from typing import Any

from publisher.book import Chapter
from publisher.markup import safe_address
from publisher.model import Entry, Rendered
from publisher.outline import Outline

Item = dict[str, Any]

MAX_LINES = 40
_PLACE = "<x-contents></x-contents>"
_PAGES = re.compile(r'<x-pages data-pattern="([^"]*)"></x-pages>\n?')


@dataclass(frozen=True)
class _Part:
    """A line of the table, and all pages at and below it by URL, in the order of reading."""

    title: str
    entry: Entry | None
    url: str
    parts: tuple[_Part, ...]
    pages: dict[str, Entry]


class Contents:
    """A table of contents. `link` makes the link to an entry on a page.

    A long one shows what lies on the way to the page, and the titles of the other parts.
    """

    def __init__(self, outline: Outline, link: Callable[[Entry, Entry], Item]) -> None:
        self.link, self.by_source = link, outline.by_source
        self.parts = _parts(outline.contents, outline)
        home = outline.home
        self.home = home.url
        if home.source is not None and self.parts:
            first = _Part(home.title, home, "", (), {home.url: home})
            self.parts = (first, *self.parts)
        self.long = sum(len(part.pages) for part in self.parts) > MAX_LINES

    def seen_from(self, page: Entry) -> list[Item]:
        """The lines, each with those below it as `items`."""
        return self._lines(self.parts, page)

    def drawn(self, page: Entry, rendered: Rendered) -> Rendered:
        """A page with the chapters below it in the place of `<x-contents>`.

        Pages that fit a pattern stand in the place of `<x-pages>`, in the order of their paths.
        """
        if "<x-pages" in rendered.body:
            body = _PAGES.sub(lambda m: self._fitting(unescape(m[1]), page), rendered.body)
            rendered = replace(rendered, body=body)
        if _PLACE not in rendered.body:
            return rendered
        parts = self.parts[1:] if page.url == self.home else _below(self.parts, page)
        html = f'<nav class="contents" aria-label="Chapters">\n{self._list(parts, page)}</nav>'
        return replace(rendered, body=rendered.body.replace(_PLACE, html if parts else ""))

    def _fitting(self, pattern: str, page: Entry) -> str:
        """The pages that fit a pattern, as seen from a page or from the top, as lines of a list."""
        folder = "" if pattern.startswith("/") else posixpath.dirname(page.source or "")
        wanted = posixpath.normpath(posixpath.join(folder, pattern.lstrip("/")))
        depth = wanted.count("/")
        entries = (
            entry
            for source, entry in sorted(self.by_source.items())
            if entry is not page
            and (source.count("/") == depth or "**" in wanted)
            and (fnmatchcase(posixpath.splitext(source)[0], wanted) or fnmatchcase(source, wanted))
        )
        items = (self.link(entry, page) for entry in entries)
        return "".join(
            f'<li><a href="{escape(item["href"])}">{escape(item["title"])}</a></li>\n'
            for item in items
        )

    def _list(self, parts: Sequence[_Part], page: Entry) -> str:
        lines = []
        for part in parts:
            href = self.link(part.entry, page)["href"] if part.entry is not None else part.url
            title = escape(part.title)
            shown = f'<a href="{escape(href)}">{title}</a>' if href else title
            lines.append(f"<li>{shown}{self._list(part.parts, page) if part.parts else ''}</li>\n")
        return f"<ul>\n{''.join(lines)}</ul>\n"

    def _lines(self, parts: Sequence[_Part], page: Entry) -> list[Item]:
        shown = _around(parts, page) if self.long else parts
        return [self._line(part, page) for part in shown]

    def _line(self, part: _Part, page: Entry) -> Item:
        """A title without a page leads to the first one below it where that is not shown."""
        folded = self.long and page.url not in part.pages
        entry = part.entry
        if entry is None and folded and not part.url:
            entry = next(iter(part.pages.values()), None)
        link = self.link(entry, page) if entry is not None else {"href": part.url}
        return link | {
            "title": part.title,
            "current": part.entry is page,
            "items": [] if folded else self._lines(part.parts, page),
        }


def _parts(chapters: Iterable[Chapter], outline: Outline) -> tuple[_Part, ...]:
    """The lines whose pages are there."""
    found = []
    for chapter in chapters:
        url = safe_address(chapter.url)
        entry = outline.by_source.get(chapter.source)
        below = _parts(chapter.chapters, outline)
        pages = {entry.url: entry} if entry is not None else {}
        for part in below:
            pages |= part.pages
        title = chapter.title or (entry.title if entry is not None else url)
        if pages or url:
            found.append(_Part(title, entry, url, below, pages))
    return tuple(found)


def _below(parts: Iterable[_Part], page: Entry) -> tuple[_Part, ...]:
    """The lines below that of a page."""
    for part in parts:
        if part.entry is page:
            return part.parts
        if page.url in part.pages:
            return _below(part.parts, page)
    return ()


def _around(parts: Sequence[_Part], page: Entry) -> Sequence[_Part]:
    """As many lines as a table shows: those before and behind the one that leads to the page."""
    if len(parts) <= MAX_LINES:
        return parts
    at = next((i for i, part in enumerate(parts) if page.url in part.pages), 0)
    start = max(0, min(at - MAX_LINES // 2, len(parts) - MAX_LINES))
    return parts[start : start + MAX_LINES]
