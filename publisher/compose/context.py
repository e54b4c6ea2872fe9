"""What a layout gets to draw a page: the page itself, and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from publisher.compose import structured
from publisher.compose.about import Profile
from publisher.compose.addresses import fill
from publisher.compose.downloads import Downloads
from publisher.compose.facts import Asking
from publisher.compose.frame import Frame, Item
from publisher.compose.launch import Launch
from publisher.compose.listings import Group, Leaf, Listings, numbers, tags_of
from publisher.compose.person import first_and_last, profile_page
from publisher.compose.previews import Previews
from publisher.compose.style import Style
from publisher.compose.texts import description
from publisher.config import Config
from publisher.model import Entry, File, Head, Rendered
from publisher.outline import relative

LATEST = 5  # posts that an About page shows
# What of a page's HTML a layout loads another style sheet or script for.
_MARKS = {
    "boxes": re.compile(
        '<aside|class="(?:[^"]* )?(?:admonition|alert|proof|exercise|solution|grid|card|hlist|'
        "centered|smallcaps|line-block|epigraph|pull-quote|attribution)\\b"
    ),
    "interact": re.compile('class="interact"'),
    "live": re.compile('class="live[" ]'),
    "math": re.compile("<math "),
    "notebook": re.compile('class="cell"'),
    "tabs": re.compile('class="tab-set"'),
    "timeline": re.compile('class="timeline"'),
    "tree": re.compile('class="tree"'),
    "works": re.compile('class="(?:works|references)"'),
}
_HEADING = re.compile(r'<h1 id="([^"]*)">(.*?)</h1>\n?', re.DOTALL)


def site_context(config: Config) -> dict[str, Any]:
    """What all layouts and templates get of the site."""
    settings = config.settings
    return {
        "title": config.title,
        "description": settings.description,
        "language": settings.language,
        "author": settings.author.name,
        "footer": settings.footer,
    }


@dataclass(frozen=True)
class Contexts:
    """Makes what layouts get. `statics` are the theme's files, `static` finds one or fails.

    `kept` are the sources of pages that are shown by an earlier copy, `search` and `feed` the paths
    of the script that searches the site and of its feed, if there are any.
    """

    config: Config
    pages: Mapping[str, Head]
    kept: frozenset[str]
    lists: Listings
    frame: Frame
    profile: Profile
    style: Style
    previews: Previews
    downloads: Downloads
    launch: Launch
    statics: Mapping[str, File]
    static: Callable[[str], File]
    search: str | None
    feed: str | None

    @property
    def base(self) -> str:
        """The site's own address without a slash at its end; empty if it is not known."""
        return self.config.settings.url.rstrip("/")

    def of(
        self,
        entry: Entry,
        rendered: Rendered,
        addresses: tuple[str, ...],
        layout: str,
        asking: Asking,
    ) -> dict[str, Any]:
        """What a layout gets for a page."""
        around = self.frame.around(entry)
        page = self._page(entry, rendered, addresses, layout)
        if layout == "about":
            page |= self._about(entry, page)
        else:
            page["json_ld"] = structured.script(*self._things(entry, page, layout))
        return {
            **around,
            **self._lists(entry, layout, asking),
            "page": page,
            "site": site_context(self.config),
            "profile": self.profile.seen_from(entry),
            "style": self.style.seen_from(entry),
            "latest": [self.frame.item(e, entry) for e in self._latest(entry)],
            "asset": lambda name: relative(self.static(name).path, entry.url),
            "custom_style": "custom.css" in self.statics,
            "search": relative(self.search, entry.url) if self.search else None,
        }

    def _latest(self, entry: Entry) -> list[Entry]:
        """The newest posts, without the page that shows them."""
        return list(islice((e for e in self.lists.posts if e is not entry), LATEST))

    def _page(
        self, entry: Entry, rendered: Rendered, addresses: tuple[str, ...], layout: str
    ) -> dict[str, Any]:
        meta = entry.meta
        page = self.pages.get(entry.source or "")
        body, heading = fill(rendered.body, addresses), None
        if page is not None and page.titled_by_heading and page.dialect in ("notebook", "myst"):
            heading = _HEADING.match(body)  # the layout shows the title in its own place
            body = body[heading.end() :] if heading else body
        picture = self.previews.shared(rendered.facts.picture)
        return {
            "title": entry.title,
            "title_html": Markup(heading[2]) if heading else entry.title,
            "title_id": heading[1] if heading else None,
            "show_title": page is None or not page.titled_by_heading or heading is not None,
            "description": description(meta),
            "excerpt": rendered.facts.excerpt or None,
            "author": meta.author,
            "date": meta.date,
            "updated": meta.updated,
            "tags": self.frame.tags(entry, entry),
            "language": meta.language,
            "body": Markup(body if body.strip() else ""),
            "headings": [
                {"id": h.id, "level": h.level, "html": Markup(fill(h.html, addresses))}
                for h in rendered.headings[1 if heading else 0 :]
            ],
            "toc": meta.toc if meta.toc is not None else layout in ("page", "post"),
            "kept": entry.source in self.kept,
            "image": picture["src"] if picture else None,
            "picture": picture,
            "source": entry.source,
            "canonical": self._full(entry),
            "needs": needs(body + (heading[2] if heading else "")),
            "noindex": is_hidden(page),
            "json_ld": None,
            "names": None,
            "launch": self.launch.seen_from(entry),
            **self.downloads.seen_from(entry, rendered),
        }

    def _about(self, entry: Entry, page: dict[str, Any]) -> dict[str, Any]:
        """What an About page says of itself: it is about the author."""
        author = self.config.settings.author
        photo = self.profile.picture(entry, self.base)
        own = {"src": photo, "alt": author.name, "width": None, "height": None}
        picture = own if "://" in photo and not entry.meta.image else page["picture"]
        return {
            "description": page["description"] or author.tagline or None,
            "image": picture["src"] if picture else None,
            "picture": picture,
            "names": first_and_last(author.name),
            "json_ld": structured.script(
                profile_page(
                    author,
                    title=entry.title,
                    url=page["canonical"],
                    home=f"{self.base}/" if self.base else None,
                    image=photo,
                    elsewhere=self.profile.elsewhere,
                    updated=entry.meta.updated,
                )
            ),
        }

    def _things(self, entry: Entry, page: dict[str, Any], layout: str) -> list[dict[str, Any]]:
        """What machines are told of a page."""
        settings, home = self.config.settings, f"{self.base}/" if self.base else None
        mine = settings.author.name
        author = structured.named("Person", entry.meta.author or mine, None)
        if author is not None and home and entry.meta.author in (None, mine):
            author["url"] = home
        found = []
        if layout == "post":
            found.append(
                structured.posting(
                    entry,
                    url=page["canonical"],
                    description=page["description"] or page["excerpt"],
                    author=author,
                    image=page["image"],
                    language=page["language"] or settings.language,
                    tags=tags_of(entry),
                )
            )
        if home and not entry.url:
            name, about = self.config.title, settings.description
            found.append(structured.website(name, home, about, author if mine else None))
        above = self.frame.outline.above(entry)
        if home and len(above) > 1:
            trail = [(e.title, self._full(e) or "") for e in (*above, entry)]
            found.append(structured.breadcrumbs(trail))
        return found

    def _lists(self, entry: Entry, layout: str, asking: Asking) -> dict[str, Any]:
        """The lists of a page, and the way to others."""
        leaf = self.lists.leaves.get(entry.url, Leaf(()))
        groups: tuple[Group, ...] = ()
        if layout == "tags":
            groups = tuple(self.lists.tags.values())
        elif layout == "years":
            groups = self.lists.years
        archive = self.lists.archive if layout != "years" else None
        return {
            "entries": [self._listed(e, entry, asking) for e in leaf.entries],
            "groups": [self._group(group, entry) for group in groups],
            "pagination": self._pagination(leaf, entry),
            "archive": quote(relative(archive, entry.url)) if archive else None,
            "feed": relative(self.feed, entry.url) if self.feed and leaf.number == 1 else None,
        }

    def _listed(self, entry: Entry, page: Entry, asking: Asking) -> Item:
        """An item of a list; a post has its first words and its picture."""
        item = self.frame.item(entry, page) | {"excerpt": None, "picture": None}
        if entry.meta.date is None or entry.source is None:
            return item
        return item | {
            "excerpt": asking.excerpt(entry.source) or None,
            "picture": self.previews.thumbnail(asking.picture(entry.source), page),
        }

    def _group(self, group: Group, page: Entry) -> dict[str, Any]:
        return {
            "title": group.title,
            "href": quote(relative(group.url, page.url)) if group.url is not None else None,
            "count": len(group.entries),
            "entries": [self.frame.item(e, page) for e in group.entries]
            if group.url is None
            else [],
        }

    def _pagination(self, leaf: Leaf, page: Entry) -> dict[str, Any] | None:
        """The pages of a list that is longer than one."""
        if len(leaf.urls) == 1:
            return None
        last = len(leaf.urls)

        def link(number: int) -> str | None:
            known = 1 <= number <= last
            return quote(relative(leaf.urls[number - 1], page.url)) if known else None

        return {
            "number": leaf.number,
            "count": last,
            "previous": link(leaf.number - 1),
            "next": link(leaf.number + 1),
            "pages": [
                {"number": n, "href": link(n), "current": n == leaf.number} if n else None
                for n in numbers(leaf)
            ],
        }

    def _full(self, entry: Entry) -> str | None:
        return f"{self.base}/{quote(entry.url)}" if self.base else None


def needs(html: str) -> list[str]:
    """The parts of the theme, besides those that all pages have, that a page's HTML asks for."""
    return [name for name, mark in _MARKS.items() if mark.search(html)]


def is_hidden(page: Head | None) -> bool:
    """Whether a page asks search engines to leave it out."""
    if page is None:
        return False
    robots = str(page.front.get("robots") or "").lower()
    return page.front.get("noindex") is True or "noindex" in robots
