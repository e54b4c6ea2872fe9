"""Which files a site has besides its pages: feed, sitemap and robots.txt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from urllib.parse import quote

from publisher.compose import feed, sitemap
from publisher.compose.context import site_context
from publisher.compose.layouts import Layouts
from publisher.compose.listings import Listings
from publisher.compose.sheets import Sheet
from publisher.compose.texts import description
from publisher.config import Config
from publisher.model import Entry, Head, Rendered

OWN = (feed.PATH, sitemap.PATH, sitemap.ROBOTS)


class Extras:
    """Draws them, each where nothing of the author's stands. `feed` is the path of the feed.

    `own` are those that lie in the source folder: they are published as they are.
    """

    def __init__(self, lists: Listings, pages: Mapping[str, Head], config: Config) -> None:
        self.lists, self.pages, self.config = lists, pages, config
        self.base = config.settings.url.rstrip("/")
        texts = {entry.file for entry in (*lists.outline.texts, *lists.outline.entries)}
        self.own = [
            path for path in OWN if path not in texts and config.publishable(config.source / path)
        ]
        self.taken = texts | {*self.own}
        path = feed.path_of(config) if lists.posts else None
        authored = feed.PATH if feed.PATH in self.taken else None
        self.feed = path if path not in self.taken else authored
        self.posts = lists.posts[: feed.NEWEST]
        self.makes_feed = path is not None and path not in self.taken

    def files(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """The path of each file whose text the pages' heads alone make, and how."""
        if not sitemap.is_wanted(self.config):
            return
        if self.base and sitemap.PATH not in self.taken:
            yield (
                sitemap.PATH,
                lambda: sitemap.sitemap(self.lists, self.pages, self.base),
            )
        if sitemap.ROBOTS not in self.taken:
            yield sitemap.ROBOTS, lambda: sitemap.robots(self.base)

    def draw_feed(
        self,
        layouts: Layouts,
        rendered: Mapping[str, Rendered],
        body: Callable[[Entry, Rendered], str],
    ) -> str:
        """The feed; `body` makes a post's HTML."""
        items = []
        for entry in self.posts:
            page = rendered[entry.source or ""]
            summary = description(entry.meta) or page.facts.excerpt
            head = self.pages.get(entry.source or "")
            items.append(feed.item(entry, head, body(entry, page), base=self.base, summary=summary))
        context = {
            "site": site_context(self.config),
            "home": f"{self.base}/",
            "url": f"{self.base}/{quote(self.feed or '')}",
            "updated": max((item["updated"] for item in items), key=datetime.fromisoformat),
            "posts": items,
        }
        return feed.clean(layouts.draw("feed.xml", context))

    def feed_sheet(
        self, rendered: Mapping[str, Rendered], targets: Callable[[Rendered], tuple[str, ...]]
    ) -> Sheet:
        """What the feed shows of pages: posts in full, and the ids that they lead to."""
        shown = [entry.source or "" for entry in self.posts]
        found = {target for source in shown for target in targets(rendered[source])}
        return Sheet(shown=tuple(shown), targets=tuple(sorted(found)))
