"""The first words of a page, for lists of pages and for search engines."""

from __future__ import annotations

import re
from html import unescape

MAX = 200  # characters
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)\b[^>]*+(?:>|\Z)")
_ANY = re.compile(r"<[^>]*+(?:>|\Z)")
_BOXES = frozenset(
    "aside blockquote details div dl fieldset figure footer form header li nav ol pre script style "
    "table ul".split()
)  # what stands in them is not the page's own first words
_MATH = re.compile(r"<math\b.*?(?:</math>|\Z)", re.DOTALL)
_NOTE = re.compile(
    r"<sup\b[^<>]*class=\"footnote.*?(?:</sup>|\Z)|<x-ref\b[^<>]*+></x-ref>", re.DOTALL
)
_FLAT = re.compile(r"</?(?:math|mi|mo|mn|mrow|mtext|mspace)\b[^>]*+(?:>|\Z)")


def excerpt(html: str) -> str:
    """The text of the first paragraph of a page, at most 200 characters, cut behind a word."""
    for paragraph in _paragraphs(html):
        words = " ".join(_text(paragraph).split())
        if any(character.isalpha() for character in words):
            return _cut(words)
    return ""


def _paragraphs(html: str) -> list[str]:
    """The first paragraphs that stand in no box."""
    found, depth, start = [], 0, -1
    for match in _TAG.finditer(html):
        end, name = match[1], match[2].lower()
        if name in _BOXES:
            depth = max(0, depth + (-1 if end else 1))
        elif name == "p" and not end and depth == 0:
            title = 'class="title"' in match[0]
            start = -1 if title else match.end()
        elif name == "p" and end and start >= 0:
            found.append(html[start : match.start()])
            start = -1
            if len(found) == 3:
                break
    return found


def _text(html: str) -> str:
    """HTML as text; a formula as its letters."""
    html = _NOTE.sub("", html)
    html = _MATH.sub(lambda math: _formula(math[0]), html)
    return unescape(_ANY.sub("", html))


def _formula(math: str) -> str:
    """The letters of a formula of one line; of any other, `…`."""
    text = _FLAT.sub("", math)
    return "…" if "<" in text else text


def _cut(text: str) -> str:
    if len(text) <= MAX:
        return text
    cut = text[: MAX - 1].rpartition(" ")[0] or text[: MAX - 1]
    return cut.rstrip(" ,;:–—-(") + "…"
