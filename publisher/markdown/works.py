"""Lists of works: the references at the end of a page, and `{bibliography}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown.citing import Citing, Listing, html, letters_of, slug
from publisher.model import Heading

MAX_BACKLINKS = 12
_HEADINGS = frozenset(("references", "bibliography", "literature", "works cited", "citations"))
_ADDRESS = re.compile(r"<[^<>]*+>|(https?://[^\s<>\"'“”]+[^\s<>\"'“”.,;:)\]])")


def plugin(md: MarkdownIt) -> None:
    """Add the lists to a parser that knows citations."""
    md.add_render_rule("bibliography", _draw_listing)


def references(
    citing: Citing, last_heading: str, taken: Set[str]
) -> tuple[str, tuple[Heading, ...]]:
    """The list of works for the end of a page that has no other, and its heading.

    A page that ends in a heading such as "References" gets no second one. `taken` are the ids of
    the page.
    """
    if not citing.anchors or citing.listings:
        return "", ()
    titled = last_heading.strip().lower() in _HEADINGS
    names = ("references", *(f"references-{number}" for number in range(1, len(taken) + 1)))
    own = next(name for name in names if name not in taken)
    heading = "" if titled else f'<h2 id="{own}">References</h2>\n'
    label = "" if titled else f' aria-labelledby="{own}"'
    works = f"{heading}{_list(citing, citing.shown, citing.letters)}"
    section = f'<section class="references" role="doc-bibliography"{label}>\n{works}</section>\n'
    return section, () if titled else (Heading(own, 2, "References", "References"),)


def _draw_listing(self: Any, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
    """The works that a `{bibliography}` lists: all, those of the page, or those of the site."""
    listing: Listing = tokens[idx].meta["listing"]
    citing: Citing = env["citing"]
    if citing.bibliography is None:
        return ""
    works, site = citing.bibliography.works, False
    if listing.rest:
        keys = [key for key in citing.bibliography.sorted(works) if key not in citing.anchors]
    elif listing.everything or (listing.condition is None and listing.file and not citing.cited):
        keys = citing.bibliography.sorted(works)
    elif citing.cited:
        keys = list(citing.shown)
    else:
        keys, site = citing.bibliography.sorted(works), True
    kept = [key for key in keys if _is_listed(works[key], listing, key in citing.anchors or site)]
    letters = citing.letters or letters_of(None if citing.numbered else citing.bibliography, kept)
    html = _list(citing, kept, letters, candidates=site)
    return f'<section class="references" role="doc-bibliography">\n{html}</section>\n'


def _is_listed(work: Any, listing: Listing, here: bool) -> bool:
    if listing.file and work.file != listing.file:
        return False
    return listing.condition is None or listing.condition(work, here)


def _list(
    citing: Citing, keys: Iterable[str], letters: dict[str, str], *, candidates: bool = False
) -> str:
    """Works as a list; `candidates` are wrapped, for `compose` to keep those that are cited."""
    tag = "ol" if citing.numbered else "ul"
    items = []
    for key in keys:
        item = _item(citing, key, letters.get(key, ""))
        items.append(
            f'<x-work data-key="{escapeHtml(key)}">{item}</x-work>' if candidates else item
        )
    return f"<{tag}>\n{''.join(items)}</{tag}>\n"


def _item(citing: Citing, key: str, letter: str) -> str:
    assert citing.bibliography is not None
    text = html(citing.bibliography.entry(key))
    if letter and not citing.numbered:
        year = re.escape(html(citing.bibliography.cited(key).year))
        text = re.sub(rf"\b{year}(?!\w)", lambda m: m[0] + letter, text, count=1)
    text = _linked(text)
    identifier = f' id="ref-{slug(key)}"' if key not in citing.placed else ""
    citing.placed.add(key)
    return f"<li{identifier}>{text}{_backlinks(citing.anchors.get(key, []))}</li>\n"


def _linked(html: str) -> str:
    """HTML whose addresses are links, those in its tags left alone."""

    def link(match: re.Match[str]) -> str:
        href = (match[1] or "").replace("&amp;", "&").replace("&", "&amp;")
        return f'<a href="{href}">{match[1]}</a>' if href else match[0]

    return _ADDRESS.sub(link, html)


def _backlinks(anchors: list[str]) -> str:
    many = len(anchors) > 1
    return "".join(
        f' <a class="backlink" role="doc-backlink" href="#{quote(anchor)}" '
        f'aria-label="Back to citation{f" {number}" if many else ""}">↩'
        f"{f'<sup>{number}</sup>' if many else ''}</a>"
        for number, anchor in enumerate(anchors[:MAX_BACKLINKS], start=1)
    )
