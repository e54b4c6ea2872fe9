"""What stands around a page's own text: the links to other pages, as seen from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from publisher.compose.contents import Contents
from publisher.compose.listings import ARCHIVE, TAGS, Listings, tags_of
from publisher.compose.texts import description
from publisher.config import Config, NavigationItem
from publisher.markup import safe_address
from publisher.model import Entry, Head
from publisher.outline import Outline, is_index, is_not_found, relative

Item = dict[str, Any]

MAX_NAVIGATION = 7
MAX_SIDEBAR = 40
_LINK = re.compile(r"\[([^\[\]]+)\]\(([^()\s]+)\)")
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")


class Frame:
    """Makes the links around every page.

    `unknown` collects what settings name in vain (the key of each), `files` the files that they
    name.
    """

    def __init__(self, lists: Listings, config: Config, pages: Mapping[str, Head]) -> None:
        self.lists = lists
        self.outline = outline = lists.outline
        self.chosen = config.settings.navigation
        self.contents = Contents(outline, self.item)
        self.config = config
        self.unknown: dict[str, str] = {}
        self.files: set[str] = set()
        tops = [
            entry
            for entry in outline.entries
            if not outline.contents
            and entry.url.rstrip("/").count("/") == 0
            and entry.file != "index.html"
            and not (entry.source is None and entry.url in (TAGS, ARCHIVE))
            and not is_not_found(entry)
        ]
        found = _asking(outline, pages) or tops
        written = [entry for entry in found if entry.source is not None]
        fitting = (group for group in (found, written) if len(group) <= MAX_NAVIGATION)
        self.tops = next(fitting, [])

    def around(self, entry: Entry) -> dict[str, Any]:
        """The links that layouts draw around a page."""
        group = self.outline.siblings(entry)
        at = self.outline.position(entry) if group else 0
        previous = group[at - 1] if group and at > 0 else None
        following = group[at + 1] if at + 1 < len(group) else None
        if not group:
            previous, following = self.lists.beside.get(entry.url, (None, None))
        return {
            "home": quote(relative(self.outline.home.url, entry.url)),
            "navigation": self._navigation(entry),
            "footer": self._footer(entry),
            "sidebar": self._sidebar(entry, group, at),
            "breadcrumbs": [self.item(e, entry) for e in self.outline.above(entry)[1:]],
            "previous": self.item(previous, entry) if previous else None,
            "next": self.item(following, entry) if following else None,
        }

    def _sidebar(self, entry: Entry, group: tuple[Entry, ...], at: int) -> list[Item]:
        """The chapters of a page's guide, or the table of contents of its book."""
        if self.outline.in_book(entry):
            return self.contents.seen_from(entry)
        return [self.item(e, entry) | {"current": e is entry} for e in _window(group, at)]

    def item(self, entry: Entry, page: Entry) -> Item:
        """A link to `entry` on `page`."""
        section = entry.url.endswith("/") and page.url.startswith(entry.url)
        return {
            "title": entry.title,
            "href": quote(relative(entry.url, page.url)),
            "current": "page" if entry is page else "true" if section else False,
            "date": entry.meta.date,
            "description": description(entry.meta),
            "tags": self.tags(entry, page),
        }

    def tags(self, entry: Entry, page: Entry) -> list[Item]:
        """The tags of `entry`, on `page`, each with the address of its page if it has one."""
        found = ((tag, self.lists.tag(tag)) for tag in tags_of(entry))
        return [
            {"title": tag, "href": quote(relative(url, page.url)) if url is not None else None}
            for tag, url in found
        ]

    def _navigation(self, page: Entry) -> list[Item]:
        if self.chosen is None:
            return [self.item(entry, page) for entry in self.tops]
        named = (self._named(item, page) for item in self.chosen)
        return [item for item in named if item["href"] is not None]

    def _footer(self, page: Entry) -> Markup:
        """The text at the foot, its Markdown links seen from a page."""
        parts = _LINK.split(self.config.settings.footer)
        html = escape(parts[0])
        for text, to, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            link = self._named(NavigationItem(to, text), page, "footer")
            to_page = Markup('<a href="{}">{}</a>') if link["href"] is not None else Markup("{1}")
            html += to_page.format(link["href"], text) + escape(after)
        return html

    def _named(self, item: str | NavigationItem, page: Entry, setting: str = "navigation") -> Item:
        """A link to what a setting names; its `href` is None if that is nothing."""
        to, title = (item, "") if isinstance(item, str) else (item.to, item.title)
        entry = self._entry(to)
        if entry is None and self.config.publishable(self.config.source / to.lstrip("/")):
            path = to.lstrip("/")
            self.files.add(path)
            href = quote(relative(path, page.url))
            return {"title": title or path, "href": href, "current": False}
        if entry is None:
            address = safe_address(to) if _ELSEWHERE.match(to) else None
            if not address:
                self.unknown.setdefault(to, setting)
            return {"title": title or to, "href": address or None, "current": False}
        return self.item(entry, page) | ({"title": title} if title else {})

    def _entry(self, to: str) -> Entry | None:
        """The page that a setting names; `posts/index.md` is the list of a folder without one."""
        path = to.strip("/")
        folder, _, name = path.rpartition("/")
        found = self.outline.find(path)
        return self.outline.find(folder) if found is None and folder and is_index(name) else found


def _asking(outline: Outline, pages: Mapping[str, Head]) -> list[Entry]:
    """The pages that say `nav: true`, as al-folio's do, by their `nav_order`."""
    found = []
    for entry in outline.entries:
        page = pages.get(entry.source or "")
        if page is not None and page.front.get("nav") is True:
            order = page.front.get("nav_order")
            found.append((order if isinstance(order, (int, float)) else 999, entry))
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]


def _window(group: tuple[Entry, ...], at: int) -> tuple[Entry, ...]:
    """The chapters that a sidebar shows: all, or in a long folder its index and those around."""
    if len(group) <= 1:
        return ()
    if len(group) <= MAX_SIDEBAR:
        return group
    start = max(0, min(at - MAX_SIDEBAR // 2, len(group) - MAX_SIDEBAR))
    return (group[:1] if start else ()) + group[start : start + MAX_SIDEBAR]
