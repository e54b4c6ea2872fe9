"""The Atom feed of a site's posts. The only one that knows RFC 4287."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote, urljoin

from publisher.compose.listings import tags_of
from publisher.config import Config
from publisher.markup import ATTRIBUTES, attributes_of
from publisher.model import Entry, Head

PATH = "feed.xml"
NEWEST = 20  # posts in a feed
MAX_CONTENT = 300_000  # characters of a post's HTML; of a longer one the feed has the first words
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GONE = frozenset("button embed fieldset form iframe input noscript object select template".split())
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_UNSEEN = frozenset("base body head html link meta".split())
_ADDRESSES = frozenset(("href", "src", "poster", "cite", "data", "xlink:href"))
_DROPPED = re.compile(r"on|style\Z|class\Z|data-|tabindex\Z|loading\Z|form|srcdoc\Z|popover")
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:-->|\Z))"
    rf"|<(?P<raw>script|style|textarea|title)(?=[\s/>]){ATTRIBUTES}.*?(?:</(?P=raw)\s*+>|\Z)"
    rf"|<(?P<open>[a-zA-Z][^\s/>]*+){ATTRIBUTES}"
    r"|</(?P<close>[a-zA-Z][^\s/>]*+)[^>]*+(?:>|\Z)"
    r"|<[!?/][^>]*+(?:>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_SAFE = re.compile(r"https?://|mailto:|tel:|data:image/(?:png|jpeg|gif|webp)[;,]", re.IGNORECASE)


def path_of(config: Config) -> str | None:
    """Where the feed of a site is; None where it has none: `url` is not set, or it is Jekyll's.

    A Jekyll site has one if it asks for that by its plugin.
    """
    if not config.settings.url:
        return None
    if config.jekyll is None:
        return PATH
    if "jekyll-feed" not in config.jekyll.plugins:
        return None
    given = str(config.jekyll.table("feed").get("path") or PATH).strip().strip("/")
    return given if re.fullmatch(r"[\w.-]+(/[\w.-]+)*\.xml", given) else PATH


def moment(value: Any, fallback: datetime.date) -> str:
    """A date as RFC 3339 wants it; where no time is given, the beginning of the day in UTC."""
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value.strip())
        except ValueError:
            value = None
    if not isinstance(value, datetime.datetime) or value.date() != fallback:
        value = datetime.datetime.combine(fallback, datetime.time())
    aware = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
    return str(aware.replace(microsecond=0).isoformat()).replace("+00:00", "Z")


def item(
    entry: Entry,
    page: Head | None,
    html: str,
    *,
    base: str,
    summary: str,
) -> dict[str, Any]:
    """A post as the template of a feed wants it; `html` is its body, addresses as on its page."""
    meta, front = entry.meta, page.front if page else {}
    assert meta.date is not None
    url = f"{base}/{quote(entry.url)}"
    published = moment(front.get("date"), meta.date)
    content = portable(html, url)
    return {
        "title": entry.title,
        "url": url,
        "published": published,
        "updated": moment(None, meta.updated) if meta.updated else published,
        "author": meta.author,
        "authors": _authors(meta.author, front.get("author", front.get("authors"))),
        "tags": tags_of(entry),
        "summary": summary,
        "content": content if len(content) <= MAX_CONTENT else None,
    }


def _authors(joined: str | None, given: Any) -> list[str]:
    """The authors of a post one by one, where its front matter lists them."""
    if not isinstance(given, list):
        return [joined] if joined else []
    names = [str(p.get("name", "") if isinstance(p, dict) else p).strip() for p in given]
    return [name for name in names if name] if joined else []


def clean(xml: str) -> str:
    """XML without the characters that it cannot hold."""
    return _NO_XML.sub("", xml)


def portable(html: str, url: str) -> str:
    """A page's HTML for readers elsewhere: full addresses, no scripts, forms and styles."""
    made: list[str] = []
    skipped: list[str] = []  # the elements that are left out and still open
    spans: list[bool] = []  # of each open span, whether it is kept
    at = 0
    for token in _TOKEN.finditer(html):
        if not skipped:
            made.append(html[at : token.start()])
        at = token.end()
        name = (token["open"] or token["close"] or "").lower()
        if skipped:
            _follow(skipped, name, closes=token["close"] is not None)
        elif token["open"] is not None:
            made.append(_opened(name, token[0], url, skipped, spans))
        elif name == "span" and not (spans and spans.pop()):
            continue
        elif name and name not in _GONE | _UNSEEN | _VOID:
            made.append(f"</{name}>")
    return "".join(made if skipped else [*made, html[at:]]).strip()


def _follow(skipped: list[str], name: str, *, closes: bool) -> None:
    """Note a tag inside an element that is left out: another of that name opens, or one closes."""
    if name == skipped[0] and closes:
        skipped.pop()
    elif name == skipped[0]:
        skipped.append(name)


def _opened(name: str, tag: str, url: str, skipped: list[str], spans: list[bool]) -> str:
    """An opening tag as the feed has it; `skipped` and `spans` are told of it."""
    given = attributes_of(tag[len(name) + 1 :])
    if name in _GONE or "hidden" in given or _is_of_page(name, given.get("class", "").split()):
        skipped += [name] if name not in _VOID else []
        address = _full(given.get("src", ""), url) if name == "iframe" else None
        return f'<a href="{escape(address)}">{escape(address)}</a>' if address else ""
    attributes = "".join(_attribute(key, value, url) for key, value in given.items())
    if name == "span":  # without its class it often says nothing
        spans.append(bool(attributes))
    if name in _UNSEEN or (name == "span" and not attributes):
        return ""
    return f"<{name}{attributes}{' /' if tag.endswith('/>') else ''}>"


def _is_of_page(name: str, classes: Sequence[str]) -> bool:
    """Whether an element is of use on its page alone."""
    return "needs-script" in classes or (name == "a" and "anchor" in classes)


def _attribute(name: str, value: str, url: str) -> str:
    """An attribute as the feed has it; empty if it is left out."""
    address: str | None = value
    if _DROPPED.match(name) or not re.fullmatch(r"[a-z][\w:.-]*", name):
        return ""
    if name in _ADDRESSES:
        address = _full(value, url)
    elif name == "srcset":
        sources = (source.split() for source in re.split(r",\s+", value))
        address = ", ".join(" ".join([_full(s[0], url) or "", *s[1:]]) for s in sources if s)
    return f' {name}="{escape(address)}"' if address is not None else ""


def _full(address: str, url: str) -> str | None:
    """A full address; None for one that runs something."""
    try:
        full = urljoin(url, address.strip())
    except ValueError:
        return None
    return full if _SAFE.match(full) else None
