"""Blocks that hold more Markdown: MyST's directives and Jupyter's alert boxes.

Each family has a module with its `HANDLERS` by name. A directive that we do not know shows its
content as prose, with a warning.
"""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from publisher.markdown import checks, substitutions
from publisher.markdown.directives import (
    alerts,
    bibliographies,
    boxes,
    cards,
    code,
    divs,
    equations,
    figures,
    files,
    glossary,
    media,
    options,
    pages,
    proofs,
    quotes,
    silent,
    tables,
    tabs,
)
from publisher.markdown.directives.directive import MAX_DEPTH, Directive, Handler, Place, html
from publisher.markdown.fences import STRAY
from publisher.markdown.problems import meant

HANDLERS: dict[str, Handler] = {
    **silent.HANDLERS,
    **tables.HANDLERS,
    **bibliographies.HANDLERS,
    **boxes.HANDLERS,
    **cards.HANDLERS,
    **code.HANDLERS,
    **equations.HANDLERS,
    **figures.HANDLERS,
    **glossary.HANDLERS,
    **proofs.HANDLERS,
    **files.HANDLERS,
    **media.HANDLERS,
    **pages.HANDLERS,
    **quotes.HANDLERS,
    **tabs.HANDLERS,
}
_NAMES = frozenset(HANDLERS)
_RAW = re.compile(r"\{=(\w+)\}")  # as Pandoc has it: text of a format
_DIRECTIVE = re.compile(r"^\{([A-Za-z][\w:.+-]*)\}\s*(.*)$")


def expand(md: MarkdownIt, tokens: list[Token], env: dict[str, Any], dialect: str) -> list[Token]:
    """Replace directives and alert boxes among the block tokens of a cell."""
    return _expand(Place(md, env, dialect, _expand), tokens)


def _expand(place: Place, tokens: list[Token]) -> list[Token]:
    if place.depth >= MAX_DEPTH:
        return [_as_code(token) for token in tokens if token.type != STRAY]
    checks.of_fences(place, tokens)
    result: list[Token] = []
    labels: list[Token] = []  # `(label)=` names the directive that follows it
    for token in alerts.quoted(_filled(place, tokens)):
        if token.type == "myst_target":
            labels.append(token)
            continue
        if token.type == "colon_fence" and token.meta["open"]:
            place.warn(f"the fence {token.markup} is not closed", _line(token))
        match = _DIRECTIVE.match(token.info.strip()) if "fence" in token.type else None
        if match:
            directive = Directive.of(match[1], match[2].strip(), token, place, labels)
            options.check(directive)
            drawn = HANDLERS.get(directive.name.lower(), _unknown)(directive)
            result += directive.with_place(drawn)
        else:
            result += labels
            result += _other(place, token)
        labels = []
    return tabs.grouped(result + labels)


def _filled(place: Place, tokens: list[Token]) -> list[Token]:
    """Blocks with what paragraphs of `{{ name }}` stand for, where that is several blocks."""
    if not place.env.get("substitutions"):
        return tokens
    result: list[Token] = []
    skip = False
    for index, token in enumerate(tokens):
        alone = token.type == "inline" and tokens[index - 1].type == "paragraph_open"
        text = substitutions.block_text(token.content, place.env) if alone else None
        if text is not None:
            with substitutions.filling(token.content, place.env):
                inner = place.parse(text)
            for block in inner:
                block.map = token.map
            result[-1:] = inner  # with the paragraph that it was
        elif not skip:
            result.append(token)
        skip = text is not None
    return result


def _other(place: Place, token: Token) -> list[Token]:
    """A block that is no directive."""
    if token.type == "colon_fence":
        return divs.div(place, token, HANDLERS)
    if token.type == "fence" and (match := _RAW.fullmatch(token.info.strip())):
        return [html(token.content)] if match[1].startswith("html") else []
    if token.type == "html_block":
        return alerts.alert(place, token)
    if token.type == STRAY:
        place.warn("::: closes nothing here: it is left out", _line(token))
        return []
    return [token]


def _as_code(token: Token) -> Token:
    """A block that stands too deep in others to be drawn."""
    if token.type == "colon_fence":
        token.type = "fence"
    return token


def _unknown(directive: Directive) -> list[Token]:
    message = f"the directive {{{directive.name}}} is not known: its content is shown as prose"
    near = meant(directive.name, _NAMES)
    directive.warn(message, f"did you mean {{{near}}}?" if near else None)
    shown = [directive.options.get(key, "") for key in ("title", "caption")]
    texts = [html("<p>"), *directive.inline(" ".join(filter(None, shown))), html("</p>\n")]
    return [*(texts if any(shown) else []), *directive.all_content()]


def _line(token: Token) -> int | None:
    return token.map[0] + 1 if token.map else None
