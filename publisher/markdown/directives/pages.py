"""What leads to other parts of the site: lists of pages, and of the headings of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown.directives.directive import Directive, html
from publisher.model import Heading

CONTENTS = "contents"
"""The type of a token for the headings of the page, which are known later."""

_ENTRY = re.compile(r"(?P<title>[^<>]*+)<(?P<target>[^<>]++)>")
_PAGES = "<x-pages"
_WILD = re.compile(r"[*?\[\]]")


def _contents(directive: Directive) -> list[Token]:
    """The headings of the page, down to a `:depth:`."""
    token = Token(CONTENTS, "nav", 0)
    depth = directive.options.get("depth", "")
    token.meta = {
        "depth": int(depth) if depth.isdecimal() and len(depth) < 3 else 6,
        "title": directive.argument.strip(),
    }
    return [token]


def list_headings(tokens: list[Token], headings: Sequence[Heading]) -> None:
    """Put the headings of a page where `{contents}` stands; the page's title is none of them."""
    for token in tokens:
        if token.type == CONTENTS:
            depth, title = token.meta["depth"], token.meta["title"]
            shown = [h for h in headings if 1 < h.level <= 1 + depth and h.text]
            name = f' aria-label="{escapeHtml(title or "Contents")}"'
            heading = f'<p class="contents-title">{escapeHtml(title)}</p>\n' if title else ""
            text = f'<nav class="contents"{name}>\n{heading}{_nested(shown)}</nav>\n'
            token.type, token.content = "html_block", text if shown else ""


def _nested(headings: Sequence[Heading]) -> str:
    """Headings as lists in lists."""
    parts: list[str] = []
    levels: list[int] = []
    for heading in headings:
        while levels and heading.level < levels[-1] and len(levels) > 1:
            parts.append("</li></ul>")
            levels.pop()
        if not levels or heading.level > levels[-1]:
            parts.append("<ul>")
            levels.append(heading.level)
        else:
            parts.append("</li>")
            levels[-1] = heading.level
        parts.append(f'<li><a href="#{escapeHtml(heading.id)}">{heading.html}</a>')
    return "".join(parts) + "</li></ul>" * len(levels) + "\n"


def _toctree(directive: Directive) -> list[Token]:
    """The pages that it names, with their titles."""
    options = directive.options
    if "hidden" in options:
        return []
    lines = [line.strip() for line in directive.body.splitlines() if line.strip()]
    globs = "glob" in options
    items = [_item(line, wild=globs) for line in lines if line != "self"]
    if not items:
        return []
    tokens = [html("<ul>\n")]
    for item in items:
        if item.startswith(_PAGES):
            tokens.append(html(item))
        else:
            tokens += [html("<li>"), *directive.inline(item), html("</li>\n")]
    tokens.append(html("</ul>\n"))
    if caption := options.get("caption"):
        tokens[:0] = [html('<p class="caption">'), *directive.inline(caption), html("</p>\n")]
    return tokens


def _item(line: str, *, wild: bool) -> str:
    """An entry of a list of pages as Markdown; a pattern as the place of those that fit."""
    if wild and _WILD.search(line) and "<" not in line:
        return f'{_PAGES} data-pattern="{escapeHtml(line)}"></x-pages>\n'
    match = _ENTRY.fullmatch(line)
    title, target = (match["title"].strip(), match["target"].strip()) if match else ("", line)
    if re.match(r"https?://", target):
        return f"[{title}]({target})" if title else f"<{target}>"
    if "`" in line:
        return line
    return f"{{doc}}`{title} <{target}>`" if title else f"{{doc}}`{target}`"


def _chapters(directive: Directive) -> list[Token]:
    """The chapters of the book below the page, which are known once all pages are."""
    return [html("<x-contents></x-contents>\n")]


HANDLERS = {
    "contents": _contents,
    "toctree": _toctree,
    "toc": _contents,
    "tableofcontents": _chapters,
}
