"""What search engines are told of a whole site: `sitemap.xml` and `robots.txt`.

Sources: https://www.sitemaps.org/protocol.html and RFC 9309.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from publisher.compose.context import is_hidden
from publisher.compose.listings import Listings
from publisher.config import Config
from publisher.model import Entry, Head
from publisher.outline import is_not_found

PATH, ROBOTS = "sitemap.xml", "robots.txt"


def is_wanted(config: Config) -> bool:
    """Whether a site has them: a Jekyll site if it asks for that by its plugin."""
    return config.jekyll is None or "jekyll-sitemap" in config.jekyll.plugins


def sitemap(lists: Listings, pages: Mapping[str, Head], base: str) -> str:
    """All pages that may be found, with the day of their last change if that is known."""
    lines = [
        f"<url><loc>{escape(f'{base}/{quote(entry.url)}')}</loc>{_changed(entry)}</url>"
        for entry in lists.outline.entries
        if _is_found(entry, lists, pages.get(entry.source or ""))
    ]
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'{head}<urlset xmlns="{schema}">\n' + "\n".join(lines) + "\n</urlset>\n"


def robots(base: str) -> str:
    """All may be read; and where the sitemap is, if the site's address is known."""
    return "User-agent: *\nAllow: /\n" + (f"\nSitemap: {base}/{PATH}\n" if base else "")


def _changed(entry: Entry) -> str:
    day = entry.meta.updated or entry.meta.date
    return f"<lastmod>{day.isoformat()}</lastmod>" if day else ""


def _is_found(entry: Entry, lists: Listings, page: Head | None) -> bool:
    leaf = lists.leaves.get(entry.url)
    if is_not_found(entry) or (leaf is not None and leaf.number > 1) or is_hidden(page):
        return False
    front = page.front if page is not None else {}
    return front.get("sitemap") is not False and not front.get("redirect_to")
