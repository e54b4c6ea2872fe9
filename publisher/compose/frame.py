"""What stands around a page's own text: the links to other pages, as seen from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from publisher.config import Config, NavigationItem
from publisher.model import Entry, Head
from publisher.outline import Outline, is_not_found, relative

Item = dict[str, Any]

MAX_NAVIGATION = 7
MAX_SIDEBAR = 40
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")


class Frame:
    """Makes the links around every page.

    `unknown` collects what `navigation` names in vain, `files` the files that it names.
    """

    def __init__(self, outline: Outline, config: Config, pages: Mapping[str, Head]) -> None:
        self.outline = outline
        self.chosen = config.settings.navigation
        self.config = config
        self.unknown: dict[str, None] = {}
        self.files: set[str] = set()
        tops = [
            entry
            for entry in outline.entries
            if entry.url.rstrip("/").count("/") == 0
            and entry.file != "index.html"
            and not is_not_found(entry)
        ]
        self.tops = _asking(outline, pages) or (tops if len(tops) <= MAX_NAVIGATION else [])

    def around(self, entry: Entry) -> dict[str, Any]:
        """The links that layouts draw around a page."""
        group = self.outline.siblings(entry)
        at = self.outline.position(entry) if group else 0
        return {
            "home": quote(relative(self.outline.home.url, entry.url)),
            "navigation": self._navigation(entry),
            "sidebar": [self.item(e, entry) | {"current": e is entry} for e in _window(group, at)],
            "breadcrumbs": [self.item(e, entry) for e in self.outline.above(entry)[1:]],
            "previous": self.item(group[at - 1], entry) if group and at > 0 else None,
            "next": self.item(group[at + 1], entry) if at + 1 < len(group) else None,
        }

    def item(self, entry: Entry, page: Entry) -> Item:
        """A link to `entry` on `page`."""
        section = entry.url.endswith("/") and page.url.startswith(entry.url)
        return {
            "title": entry.title,
            "href": quote(relative(entry.url, page.url)),
            "current": entry is page or section,
            "date": entry.meta.date,
            "description": entry.meta.description,
            "tags": list(entry.meta.tags),
        }

    def _navigation(self, page: Entry) -> list[Item]:
        if self.chosen is None:
            return [self.item(entry, page) for entry in self.tops]
        return [self._named(item, page) for item in self.chosen]

    def _named(self, item: str | NavigationItem, page: Entry) -> Item:
        to, title = (item, "") if isinstance(item, str) else (item.to, item.title)
        entry = self.outline.find(to.strip("/") if to != "/" else "")
        if entry is None and self.config.publishable(self.config.source / to.lstrip("/")):
            path = to.lstrip("/")
            self.files.add(path)
            href = quote(relative(path, page.url))
            return {"title": title or path, "href": href, "current": False}
        if entry is None:
            if not _ELSEWHERE.match(to):
                self.unknown.setdefault(to)
            return {"title": title or to, "href": to, "current": False}
        return self.item(entry, page) | ({"title": title} if title else {})


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
