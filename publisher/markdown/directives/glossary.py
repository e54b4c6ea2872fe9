"""The directive `glossary`: terms with their definitions, to which `{term}` refers.

Source: Sphinx's "glossary"; definitions may be indented, or begin with a colon as Pandoc's do.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown import captions, targets
from publisher.markdown.directives.directive import Directive, html

TERM = "term:"
"""What the labels of terms begin with."""
_NO_ID = re.compile(r"[^\w-]+")
_COLON = re.compile(r":\s+")


@dataclass
class _Entry:
    """Terms, each with its line, and the lines of their definition."""

    terms: list[tuple[str, int]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    start: int = 0


def _glossary(directive: Directive) -> list[Token]:
    entries = _entries(directive.body)
    if "sorted" in directive.options:
        entries.sort(key=lambda entry: entry.terms[0][0].casefold())
    result = [html('<dl class="glossary">\n')]
    for entry in entries:
        for text, line in entry.terms:
            result += _term(directive, text, directive.start + line)
        text = textwrap.dedent("\n".join(entry.lines))
        result += [
            html("<dd>\n"),
            *directive.place.parse(text, directive.start + entry.start),
            html("</dd>\n"),
        ]
    return [*result, html("</dl>\n")] if entries else []


def _entries(body: str) -> list[_Entry]:
    """The terms of a glossary: lines that are not indented, followed by some that are."""
    entries: list[_Entry] = []
    colon = after_blank = False
    for number, line in enumerate(body.expandtabs(4).splitlines()):
        entry = entries[-1] if entries else None
        match = _COLON.match(line)
        if not line.strip():
            if entry and entry.lines:
                entry.lines.append("")
            after_blank = True
            continue
        if entry and (match or line[0] == " "):
            if not entry.lines:
                entry.start = number
            entry.lines.append(" " * match.end() + line[match.end() :] if match else line)
            colon = colon or match is not None
        elif entry and colon and entry.lines and not after_blank:  # goes on without an indent
            entry.lines.append(f"  {line}")
        else:
            if entry is None or entry.lines:
                entry, colon = _Entry(), False
                entries.append(entry)
            entry.terms.append((line.strip(), number))
        after_blank = False
    return entries


def _term(directive: Directive, text: str, line: int) -> list[Token]:
    """A term with its id."""
    inline = directive.inline(text)
    inline[0].map = [line, line + 1]
    identifier = _named(directive.place.md, inline[0], directive.place.env)
    opening = f'<dt id="{escapeHtml(identifier)}">' if identifier else "<dt>"
    return [html(opening), *inline, html("</dt>\n")]


def _named(md: MarkdownIt, term: Token, env: dict[str, Any]) -> str:
    """The id of a term that can be referred to from now on; empty if another has its name."""
    plain = captions.plain_text(md, term.content)
    identifier = f"term-{_NO_ID.sub('-', plain.lower()).strip('-')}"
    line = term.map[0] + 1 if term.map else None
    draft = targets.Draft(identifier, "term", term, line=line)
    return draft.id if targets.add(env, TERM + plain, draft) else ""


def of_definitions(md: MarkdownIt, tokens: list[Token], env: dict[str, Any]) -> None:
    """Name the terms in lists of definitions that have the class `glossary`."""
    if not any(token.type == "dl_open" and token.attrs for token in tokens):
        return
    inside = -1
    for index, token in enumerate(tokens):
        if token.type == "dl_open" and "glossary" in str(token.attrGet("class") or "").split():
            inside = token.level
        elif token.type == "dl_close" and token.level == inside:
            inside = -1
        elif token.type == "dt_open" and token.level == inside + 1 > 0:
            identifier = _named(md, tokens[index + 1], env)
            if identifier:
                token.attrSet("id", identifier)


HANDLERS = {"glossary": _glossary}
