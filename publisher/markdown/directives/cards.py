"""Grids and cards, and the buttons on them. Source: sphinx-design's "Grids" and "Cards"."""

from __future__ import annotations

import re

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown.directives.boxes import attributes
from publisher.markdown.directives.directive import Directive, html
from publisher.markup import safe_address

_HEADER = re.compile(r"^\^{3,}[ \t]*$", re.MULTILINE)
_FOOTER = re.compile(r"^\+{3,}[ \t]*$", re.MULTILINE)
_PANELS = re.compile(r"^-{3,}[ \t]*(?:\n|\Z)", re.MULTILINE)
_SETTING = re.compile(r"(?:[ \t]*:[\w-]+:[^\n]*(?:\n|\Z))+")
_LABELLED = frozenset(("ref", "any", "doc"))


def _grid(directive: Directive) -> list[Token]:
    """Cells beside each other, as many as the last number says where there is room."""
    numbers = [word for word in directive.argument.split() if word.isdecimal() and len(word) < 3]
    columns = [f"columns-{int(numbers[-1])}"] if numbers else []
    given = attributes(directive.label, ["grid", *columns, *directive.classes])
    return [html(f"<div{given}>\n"), *directive.content(), html("</div>\n")]


def _item(directive: Directive) -> list[Token]:
    given = attributes(directive.label, ["grid-item", *directive.classes])
    return [html(f"<div{given}>\n"), *directive.content(), html("</div>\n")]


def _card(directive: Directive) -> list[Token]:
    """A card with its picture, header, title, text and footer; a link leads from its title."""
    options = directive.options
    given = attributes(directive.label, ["card", *directive.classes])
    return [
        html(f"<div{given}>\n{_picture(options, 'img-top', 'img-background')}"),
        *_parts(directive),
        html(f"{_picture(options, 'img-bottom')}</div>\n"),
    ]


def _parts(directive: Directive) -> list[Token]:
    options, body, start = directive.options, directive.body, directive.start
    header, footer = options.get("header", ""), options.get("footer", "")
    head = _HEADER.search(body)
    inner: list[Token] = []
    if head:
        inner += _part(directive, "header", body[: head.start()], start)
        start += body.count("\n", 0, head.end()) + 1
        body = body[head.end() :].removeprefix("\n")
    elif header:
        inner += _part(directive, "header", header, start)
    foot = _FOOTER.search(body)
    end = body[foot.end() :].removeprefix("\n") if foot else footer
    after = start + body.count("\n", 0, foot.end()) + 1 if foot else start
    title = _title(directive)
    if title:
        inner += [html('<p class="card-title">'), *directive.inline(title), html("</p>\n")]
    inner += directive.place.parse(body[: foot.start()] if foot else body, start)
    if end.strip():
        inner += _part(directive, "footer", end, after)
    return inner


def _part(directive: Directive, name: str, text: str, start: int) -> list[Token]:
    opening = html(f'<div class="card-{name}">\n')
    return [opening, *directive.place.parse(text, start), html("</div>\n")]


def _title(directive: Directive) -> str:
    """The title of a card as Markdown, with its link."""
    options = directive.options
    text = directive.argument or options.get("title", "")
    link = options.get("link") or options.get("url") or ""
    if not link:
        return text
    return link_to(link, text or options.get("link-alt", ""), options.get("link-type", "url"))


def link_to(target: str, text: str, kind: str) -> str:
    """A link as Markdown; `kind` is `url`, or the role that knows the target."""
    target = target.strip()
    if kind in _LABELLED and "`" not in target + text:
        return f"{{{kind}}}`{text} <{target}>`" if text else f"{{{kind}}}`{target}`"
    escaped = re.sub(r"[<>\n\\]", "", safe_address(target))
    return f"[{text or escaped}](<{escaped}>)" if escaped else text or target


def _picture(options: dict[str, str], *keys: str) -> str:
    """The picture of a card: for the eye alone, unless its author describes it."""
    for key in keys:
        if address := safe_address(options.get(key, "")):
            alt = escapeHtml(options.get(f"{key}-alt", ""))
            return f'<img src="{escapeHtml(address)}" alt="{alt}" loading="lazy">\n'
    return ""


def _panels(directive: Directive) -> list[Token]:
    """The cards of sphinx-panels, which a line `---` parts."""
    inner: list[Token] = []
    start = directive.start
    at = 0
    for end in [*_PANELS.finditer(directive.body), None]:
        text = directive.body[at : end.start() if end else len(directive.body)]
        settings = _SETTING.match(text)
        skipped = settings.end() if settings else 0
        first = start + directive.body.count("\n", 0, at + skipped)
        part = Directive("card", "", directive.token, directive.place, {}, text[skipped:], first)
        inner += _card(part)
        at = end.end() if end else at
    return [html('<div class="grid">\n'), *inner, html("</div>\n")]


def _button(directive: Directive) -> list[Token]:
    """A link that looks like a button; in the text it has, or on a page, the title of that."""
    options = directive.options
    text = " ".join((directive.body or options.get("text", "")).split())
    name = directive.name.lower()
    target = directive.argument
    kind = options.get("ref-type") or options.get("type") or "any"
    if name == "button-link" or "://" in target:
        kind = "url"
    link = target if target.startswith("[") else link_to(target, text, kind)
    return [html('<p class="button">'), *directive.inline(link), html("</p>\n")]


HANDLERS = {
    **dict.fromkeys(("grid", "gallery-grid", "cards"), _grid),
    **dict.fromkeys(("grid-item",), _item),
    **dict.fromkeys(("card", "grid-item-card"), _card),
    **dict.fromkeys(("card-carousel",), _grid),
    **dict.fromkeys(("button-link", "button-ref", "link-button", "button"), _button),
    "panels": _panels,
}
