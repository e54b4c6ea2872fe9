"""The dialects of Markdown that pages are written in.

The cells of a page are one document: each is parsed into blocks by itself (an open fence ends
with its cell), then all of them together, so that link definitions, footnotes and heading ids are
shared. Pages of Jekyll sites have a grammar of their own, `kramdown`, and no cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from publisher.markdown import directives, kramdown
from publisher.markdown.math import cannot_be_converted
from publisher.markdown.parser import ROLES, make_parser
from publisher.markdown.titles import html_title
from publisher.model import Heading, Problem

Dialect = Literal["notebook", "myst", "kramdown"]
Highlight = Callable[[str, str], str]

MAX_INLINE = 200_000  # characters of a paragraph
BREAK = "cell_break"


@dataclass(frozen=True)
class Prose:
    """Cells as HTML. `cells[i]` belongs to the i-th source; `tail` holds the footnotes.

    A problem's `cell` is the index of its source and its `line` counts from 1 in that source.
    """

    cells: tuple[str, ...]
    tail: str
    headings: tuple[Heading, ...]
    problems: tuple[Problem, ...]


def plain(code: str, language: str) -> str:
    """Code without highlighting, as HTML."""
    return f"<pre><code>{escapeHtml(code)}</code></pre>\n"


def render(
    sources: Sequence[str],
    dialect: Dialect = "notebook",
    *,
    highlight: Highlight = plain,
    title: bool = False,
    options: Mapping[str, Any] | None = None,
) -> Prose:
    """Render the Markdown cells of one page.

    `highlight(code, language)` draws code as HTML. With `title`, the first heading becomes the
    page's `h1`, whatever its level, unless an `h1` in HTML stands before it. `options` are those
    of `kramdown`, as Jekyll's `_config.yml` has them; in that dialect each source stands alone
    and headings stay what they are.
    """
    if dialect == "kramdown":
        html, headings, problems = kramdown.render(sources, highlight, options)
        return Prose(tuple(html), "", tuple(headings), tuple(problems))
    return _render(sources, dialect, highlight, title)


def _render(sources: Sequence[str], dialect: Dialect, highlight: Highlight, title: bool) -> Prose:
    """Render notebook prose."""
    md = _parser(dialect)
    env = _environment(highlight)
    state = StateCore("", md, env)
    state.tokens = _blocks(md, sources, env, dialect)
    for name, rule in zip(
        md.core.ruler.get_active_rules(), md.core.ruler.getRules(""), strict=True
    ):
        if name not in ("normalize", "block"):
            rule(state)
    headings = _headings(md, state.tokens, env, title)
    env["labels"] = {heading.id for heading in headings} | {
        token.info if token.type == "math_block_label" else token.content
        for token in state.tokens
        if token.type in ("myst_target", "math_block_label")
    }
    problems = [*env["problems"], *_unknown_roles(state.tokens)]
    parts: list[list[Token]] = [[]]
    for token in state.tokens:
        if token.type == BREAK:
            parts.append([])
        else:
            parts[-1].append(token)
    html = []
    for index, tokens in enumerate(parts):
        unconverted: list[str] = []
        env["unconverted"] = unconverted
        html.append(md.renderer.render(tokens, md.options, env))
        problems += [_unconverted(tex, index, sources) for tex in unconverted]
    return Prose(tuple(html[:-1]), html[-1], headings, tuple(problems))


def _environment(highlight: Highlight) -> dict[str, Any]:
    """What markdown-it hands from rule to rule: all that our rules and renderer read and add."""
    return {"highlight": highlight, "problems": [], "labels": set(), "unconverted": []}


def _unconverted(tex: str, index: int, sources: Sequence[str]) -> Problem:
    """The warning for a formula; those of footnotes count as of the last cell."""
    index = min(index, len(sources) - 1)
    at = max(sources[index].find(tex.strip().split("\n")[0]), 0)
    line = 1 + sources[index].count("\n", 0, at)
    return Problem(cannot_be_converted(tex), line=line, cell=index)


def fragment(
    text: str,
    highlight: Highlight = plain,
    dialect: Dialect = "notebook",
    options: Mapping[str, Any] | None = None,
) -> str:
    """A piece of Markdown that stands alone, such as an output, as HTML."""
    prose = render([text], dialect, highlight=highlight, options=options)
    return prose.cells[0] + prose.tail


def first_heading(source: str, dialect: Dialect = "notebook") -> tuple[int, str] | None:
    """Level and plain text of the first heading in a cell."""
    if not _MAYBE_HEADING.search(source):
        return None
    if dialect == "kramdown":
        return kramdown.first_heading(source)
    md = _parser(dialect)
    env = _environment(plain)
    for token, inline in pairwise([*_blocks(md, [source], env, dialect), Token("", "", 0)]):
        text = ""
        if token.type == "heading_open" and inline.type == "inline" and inline.content:
            text = _text(md.parseInline(inline.content, env)[0].children or [])
        elif token.type == "html_block":
            text = html_title(token.content) or ""
        if text:
            return int(token.tag[1]) if token.tag else 1, text
    return None


def slug(text: str) -> str:
    """The id of a heading: lower case, words joined by hyphens, as GitHub makes it.

    >>> slug("What's new in 2.0?")
    'whats-new-in-20'
    """
    text = re.sub(r"[^\w\- ]", "", text.strip().lower())
    return text.replace(" ", "-")


_MAYBE_HEADING = re.compile(r"^ {0,3}#|^ {0,3}(=++|-++)[ \t]*$|<h1\b", re.MULTILINE | re.IGNORECASE)


@cache
def _parser(dialect: Dialect) -> MarkdownIt:
    return make_parser(dialect)


def _blocks(
    md: MarkdownIt, sources: Sequence[str], env: dict[str, Any], dialect: Dialect
) -> list[Token]:
    """All cells' blocks, each cell followed by a break; token lines count within their cell."""
    tokens: list[Token] = []
    rules = dict(zip(md.core.ruler.get_active_rules(), md.core.ruler.getRules(""), strict=True))
    for index, source in enumerate(sources):
        state = StateCore(source, md, env)
        rules["normalize"](state)
        rules["block"](state)
        env["cell"] = index
        blocks = directives.expand(md, state.tokens, env, dialect)
        for token in blocks:
            if token.type == "inline" and len(token.content) > MAX_INLINE:
                env["problems"].append(_too_long(token, index))
        tokens += blocks
        tokens.append(Token(BREAK, "", 0))
    return tokens


def _too_long(token: Token, cell: int) -> Problem:
    """Make an inline token plain text, and the warning of that."""
    token.type, token.content = "html_block", escapeHtml(token.content)
    message = f"a paragraph of more than {MAX_INLINE:,} characters is shown as plain text"
    return Problem(message, line=token.map[0] + 1 if token.map else None, cell=cell)


def _unknown_roles(tokens: list[Token]) -> list[Problem]:
    """One warning for each name of a role that is shown as mere text."""
    found: dict[str, Problem] = {}
    cell, last = 0, sum(token.type == BREAK for token in tokens) - 1
    for token in tokens:
        cell += token.type == BREAK
        line = token.map[0] + 1 if token.map and cell <= last else None  # footnotes are moved
        for child in token.children or []:
            if child.type == "myst_role" and child.meta["name"] not in ROLES:
                name = child.meta["name"]
                message = f"the role {{{name}}} is not known: its content is shown as text"
                found.setdefault(name, Problem(message, line=line, cell=min(cell, last)))
    return list(found.values())


def _headings(
    md: MarkdownIt, tokens: list[Token], env: dict[str, Any], title: bool
) -> tuple[Heading, ...]:
    """Give headings their ids and anchors."""
    found: list[Heading] = []
    taken = {"content": 1}  # the id of the part of the page that holds all this
    first = title
    for index, token in enumerate(tokens):
        if token.type == "html_block" and first:
            first = html_title(token.content) is None
        if token.type != "heading_open":
            continue
        children = tokens[index + 1].children or []
        text = _text(children)
        if first and text:
            first = False
            token.tag = tokens[index + 2].tag = "h1"
        identifier = _unique(slug(text) or "section", taken)
        token.attrSet("id", identifier)
        inner = [child for child in children if child.type not in _LINKS]
        html = md.renderer.render(_inline(inner), md.options, env).strip()
        found.append(Heading(identifier, int(token.tag[1]), html, text))
        if text and token.tag != "h1":
            anchor = Token("html_inline", "", 0)
            anchor.content = (
                f'<a class="anchor" href="#{escapeHtml(identifier)}" '
                f'aria-label="Link to this heading">#</a>'
            )
            children.append(anchor)
    return tuple(found)


def _inline(children: list[Token]) -> list[Token]:
    token = Token("inline", "", 0)
    token.children = children
    return [token]


_LINKS = ("link_open", "link_close", "footnote_ref", "html_inline", "image")


def _unique(name: str, taken: dict[str, int]) -> str:
    count = taken.get(name)
    taken[name] = (count or 0) + 1
    if count is None:
        return name
    return _unique(f"{name}-{count}", taken)


def _text(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline", "math_inline", "text_special"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "myst_role":
            parts.append(token.content)
    return "".join(parts).strip()
