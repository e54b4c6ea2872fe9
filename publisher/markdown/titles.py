"""Titles in HTML: what the first `h1` of a page says."""

from __future__ import annotations

import re
from html import unescape

_H1 = re.compile(r"<h1(?=[\s>])[^>]*+(?:>|\Z)", re.IGNORECASE)
_H1_END = re.compile(r"</h1\b", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<[^>]*+(?:>|\Z)")
_ALT = re.compile(r"""\salt\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)


def html_title(html: str) -> str | None:
    """The text of the first `h1` in HTML, else its picture's; None if there is no `h1`."""
    html = _COMMENT.sub("", html)
    start = _H1.search(html)
    if start is None:
        return None
    rest = html[start.end() :]
    end = _H1_END.search(rest)
    inner = rest[: end.start()] if end else rest
    alt = _ALT.search(inner)
    text = _TAG.sub("", inner) if _TAG.sub("", inner).strip() else alt[1][1:-1] if alt else ""
    return " ".join(unescape(text).split())
