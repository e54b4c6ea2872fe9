"""Tabs: parts of which a reader chooses one. They stand one after the other until a script acts.

Sources: sphinx-design's "Tabs", sphinx-tabs, Quarto's "Tabset Panels".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown.directives.directive import Directive, html

_MARKS = re.compile(r"[*`_]+")
_HEADING = re.compile(r"h([1-6])")


def tab(title: str, inner: Sequence[Token], sync: str = "") -> list[Token]:
    """One tab. Those that follow each other are a set: `grouped` makes it."""
    name = escapeHtml(_MARKS.sub("", title))
    key = f' data-sync="{escapeHtml(sync)}"' if sync else ""
    shown = Token("inline", "", 0)
    shown.content, shown.children = title, []
    opening = html(f'<section class="tab" aria-label="{name}"{key}>\n<p class="tab-title">')
    opening.meta = {"tab": "open"}
    closing = html("</section>\n")
    closing.meta = {"tab": "close"}
    return [opening, shown, html("</p>\n"), *inner, closing]


def grouped(tokens: list[Token]) -> list[Token]:
    """Put tabs that follow each other into sets."""
    if not any("tab" in token.meta for token in tokens):
        return tokens
    result: list[Token] = []
    inside = False
    for index, token in enumerate(tokens):
        kind = token.meta.pop("tab", "")
        if kind == "open" and not inside:
            result.append(html('<div class="tab-set">\n'))
            inside = True
        result.append(token)
        if kind == "close":
            following = tokens[index + 1].meta if index + 1 < len(tokens) else {}
            if following.get("tab") != "open" or following.get("new"):
                result.append(html("</div>\n"))
                inside = False
    return result


def by_headings(tokens: list[Token]) -> list[Token]:
    """Tabs of a text whose highest headings are their titles: Quarto's `panel-tabset`."""
    levels = [int(t.tag[1]) for t in tokens if t.type == "heading_open" and _HEADING.match(t.tag)]
    top = f"h{min(levels)}" if levels else ""
    before: list[Token] = []
    parts: list[tuple[str, list[Token]]] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "heading_open" and token.tag == top:
            parts.append((tokens[at + 1].content, []))
            at += 3
            continue
        (parts[-1][1] if parts else before).append(token)
        at += 1
    drawn = [token for title, inner in parts for token in tab(title, inner)]
    return [*before, *grouped(drawn)]


def _tab(directive: Directive) -> list[Token]:
    options = directive.options
    title = directive.argument or options.get("title", "") or "Tab"
    drawn = tab(title, directive.content(), options.get("sync", ""))
    if "new-group" in options or "new-set" in options:
        drawn[0].meta["new"] = True
    return drawn


def _code_tab(directive: Directive) -> list[Token]:
    """Code as a tab: `{code-tab} python Title`, `{tab-item-code} python`."""
    language, _, title = directive.argument.partition(" ")
    code = Token("fence", "code", 0)
    code.info, code.content, code.map = language, directive.body, directive.token.map
    sync = directive.options.get("sync", "")
    return tab(title.strip() or language.capitalize() or "Code", [code], sync)


def _set(directive: Directive) -> list[Token]:
    return directive.content()  # whose tabs are a set already


HANDLERS = {
    **dict.fromkeys(("tab-set", "tab-set-code", "tabs", "content-tabs"), _set),
    **dict.fromkeys(("tab-item", "tab", "tabbed", "group-tab"), _tab),
    **dict.fromkeys(("code-tab", "tab-item-code"), _code_tab),
}
