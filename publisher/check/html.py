"""What a check wants of a page of HTML, in one linear pass each for its tags and its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from publisher.markup import ATTRIBUTES, attributes_of, tag_name, telling_tags

_PLAIN = re.compile(r'</?span(?: class="[^"]*+")?>')
_TAG = re.compile(rf"<!--|-->|</?(?P<name>[a-zA-Z][^\s/>]*+){ATTRIBUTES}")
_INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark q s samp small span "
    "strong sub sup time tt u var wbr".split()
)
_TITLE = re.compile(r"<title(?:\s[^>]*+)?>", re.IGNORECASE)
_TITLE_END = re.compile(r"</title", re.IGNORECASE)
_H1 = re.compile(r"<h1[\s>]", re.IGNORECASE)
_LEADS: dict[str, tuple[str, ...]] = {
    "a": ("href",),
    "area": ("href",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "script": ("src",),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "audio": ("src",),
    "video": ("src", "poster"),
    "track": ("src",),
}
"""The attributes of each element that hold the address of a file or page."""


@dataclass(frozen=True)
class Html:
    """A page: its title, ids, and where its links lead.

    `bare_images` are the addresses of images without alternative text, `empty_images` of those
    whose text is empty. `base` is what its
    addresses count from, if the page says so. `passing` says that it only leads elsewhere.
    """

    title: str
    has_h1: bool
    ids: frozenset[str]
    links: tuple[str, ...]
    bare_images: tuple[str, ...]
    empty_images: tuple[str, ...] = ()
    base: str = ""
    passing: bool = False


def read(html: str) -> Html:
    """Read a page."""
    ids: set[str] = set()
    links: dict[str, None] = {}
    bare: list[str] = []
    empty: list[str] = []
    base, passing = "", False
    for tag in telling_tags(html):
        name, attributes = tag_name(tag), attributes_of(tag)
        ids.add(attributes.get("id", ""))
        if name == "a":
            ids.add(attributes.get("name", ""))
        links.update(dict.fromkeys(_addresses(name, attributes)))
        if name == "img" and "alt" not in attributes and not _is_silent(attributes):
            bare.append(attributes.get("src", ""))
        elif name == "img" and not attributes.get("alt", "x").strip():
            empty.append(attributes.get("src", ""))
        elif name == "base":
            base = base or attributes.get("href", "")
        elif name == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
            passing = True
    return Html(
        _title(html),
        _H1.search(html) is not None,
        frozenset(ids - {""}),
        tuple(links),
        tuple(bare),
        tuple(empty),
        base,
        passing,
    )


def _title(html: str) -> str:
    begin = _TITLE.search(html)
    end = _TITLE_END.search(html, begin.end()) if begin else None
    return " ".join(unescape(html[begin.end() : end.start()]).split()) if begin and end else ""


def _addresses(name: str, attributes: dict[str, str]) -> Iterator[str]:
    """Where an element leads. What only begins a connection leads nowhere."""
    if name == "link" and attributes.get("rel", "").lower() in ("preconnect", "dns-prefetch"):
        return
    for key in _LEADS.get(name, ()):
        value = attributes.get(key)
        if value is None:
            continue
        if key == "srcset":
            yield from (item.split()[0] for item in value.split(", ") if item.split())
        else:
            yield value


def _is_silent(attributes: dict[str, str]) -> bool:
    """Whether an image is one that no screen reader speaks of, or has its text elsewhere."""
    return attributes.get("aria-hidden") == "true" or bool(
        {"aria-label", "aria-labelledby"} & attributes.keys()
        or attributes.get("role") in ("presentation", "none")
    )


def text(html: str) -> str:
    """All that a page holds, for a detector: its text as it is read, then its tags.

    A word that markup parts is whole, and character references are characters.
    """
    tags: list[str] = []

    def bare(match: re.Match[str]) -> str:
        if "=" in match[0]:
            tags.append(match[0])
        return "" if (match["name"] or "").lower() in _INLINE else "\n"

    shown = _TAG.sub(bare, _PLAIN.sub("", html))
    return unescape("\n".join((shown, *tags)))
