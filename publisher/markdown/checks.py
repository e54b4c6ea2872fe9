"""What a page most likely does not mean: what it opens and never closes, notes without a place.

CommonMark has a meaning for each of these, which is kept; a warning says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it.token import Token

from publisher.markdown.directives.directive import Place
from publisher.model import Problem

FEW = 3  # lines: a fence at the end of a text may well hold so few of them without its end
_BARE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[ \t]*$", re.MULTILINE)
_DIRECTIVE = re.compile(r"\s*\{[A-Za-z]")
_INNER = re.compile(r"^ {0,3}(`{3,}+|~{3,}+)[ \t]*+[\w{]", re.MULTILINE)
_DOLLARS = re.compile(r"^[ \t]*\$\$", re.MULTILINE)
_NOTE = re.compile(r"\[\^([\w-]{1,100})\]")


def of_fences(place: Place, tokens: Sequence[Token]) -> None:
    """Warn of fences among the blocks of a text that do not end where they should."""
    last = next((token for token in reversed(tokens) if token.nesting >= 0), None)
    for token in tokens:
        if token.type != "fence" or token.markup[:1] not in ("`", "~") or not token.map:
            continue
        if not _is_closed(token):
            if token is last and (_is_inner(place, token) or _holds_much(token.content)):
                _unclosed(place, token)
        elif token.markup in token.content and _holds_another(token):
            message = "this fence is not closed before another one begins in it"
            hint = f"end it with a line {token.markup}, or begin and end it with more of them"
            place.warn(message, token.map[0] + 1, hint)


def _is_inner(place: Place, token: Token) -> bool:
    """Whether it is the end of the block around it that a fence has for its own."""
    return bool(place.depth and token.info.strip())


def _unclosed(place: Place, token: Token) -> None:
    what = "what holds it" if place.depth else f"the {place.env.get('unit', 'page')}"
    hint = f"end it with a line {token.markup}"
    if place.depth:
        hint += "; a fence that holds others needs more of these marks than they have"
    assert token.map
    place.warn(f"this fence is not closed: it goes on to the end of {what}", token.map[0] + 1, hint)


def _is_closed(token: Token) -> bool:
    """Whether a fence has an end: a line more than its beginning and what it holds."""
    assert token.map
    return token.map[1] - token.map[0] == token.content.count("\n") + 2


def _holds_much(text: str) -> bool:
    stripped = text.strip()
    return stripped.count("\n") >= FEW or "\n\n" in stripped or bool(_BARE.search(stripped))


def _holds_another(token: Token) -> bool:
    """Whether code holds the beginning of a fence that can have no end in it."""
    if _DIRECTIVE.match(token.info):  # its content is looked at by itself
        return False
    inner = (match[1] for match in _INNER.finditer(token.content))
    return any(mark.startswith(token.markup) for mark in inner)


def open_formula(token: Token, cell: int) -> Problem | None:
    """The warning for an inline token that begins a displayed formula and does not end it."""
    text = token.content
    if "$$" not in text or not text.count("$$") % 2 or not (match := _DOLLARS.search(text)):
        return None
    line = token.map[0] + 1 + text.count("\n", 0, match.start()) if token.map else None
    hint = "end it with $$; it may hold blank lines only if both $$ stand on lines of their own"
    return Problem("this $$ is not closed: it is shown as text", None, line, cell, hint)


def notes(tokens: Sequence[Token], cell: int) -> list[tuple[str, int | None, int]]:
    """The footnotes that blocks of a cell define: label, line and cell."""
    return [
        (str(token.meta["label"]), token.map[0] + 1 if token.map else None, cell)
        for token in tokens
        if token.type == "footnote_reference_open"
    ]


def of_notes(
    tokens: Sequence[Token],
    env: dict[str, Any],
    defined: Sequence[tuple[str, int | None, int]],
    cell_break: str,
) -> list[Problem]:
    """Warnings of footnotes that nothing refers to, and of references to none."""
    found: list[Problem] = []
    refs = env.get("footnotes", {}).get("refs", {})
    for label, line, cell in defined:
        if refs.get(f":{label}", 0) < 0:
            message = f"nothing refers to the footnote [^{label}]: it is not shown"
            found.append(Problem(message, None, line, cell))
    cell, last = 0, sum(token.type == cell_break for token in tokens) - 1
    for token in tokens:
        cell += token.type == cell_break
        if token.type != "inline" or "[^" not in token.content:
            continue
        line = token.map[0] + 1 if token.map and cell <= last else None  # footnotes are moved
        for child in token.children or []:
            for match in _NOTE.finditer(child.content) if child.type == "text" else ():
                message = f"there is no footnote [^{match[1]}]: this is shown as text"
                hint = f"add a line [^{match[1]}]: and what it says"
                found.append(Problem(message, None, line, min(cell, last), hint))
    return found
