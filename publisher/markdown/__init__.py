"""The dialects of Markdown that pages are written in.

The cells of a page are one document: each is parsed into blocks by itself (an open fence ends
with its cell), then all of them together, so that link definitions, footnotes and heading ids are
shared. Pages of Jekyll sites have a grammar of their own, `kramdown`, and no cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from html import unescape
from itertools import pairwise
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from publisher.citations import Bibliography
from publisher.markdown import (
    abbreviated,
    attributes,
    captions,
    checks,
    citing,
    directives,
    inline_roles,
    kramdown,
    math,
    references,
    roles,
    targets,
    works,
)
from publisher.markdown.directives import glossary, pages, proofs
from publisher.markdown.parser import make_parser
from publisher.markdown.problems import meant, merged
from publisher.markdown.rst_lists import is_rst
from publisher.markdown.titles import html_title
from publisher.math import Formulas, Macros
from publisher.model import Heading, Problem, Reference, Target

Dialect = Literal["notebook", "myst", "kramdown"]
Highlight = Callable[..., str]
"""Draws code in a language as HTML: `highlight(code, language)`.

Where lines are numbered, or some are set off, also the number of the first, or None, and those
lines, from 1.
"""
Load = Callable[[str], str | None]

MAX_INLINE = 200_000  # characters of a paragraph
MAX_COLONS = 10_000  # in a paragraph: the autolink plugin looks back from each
BREAK = "cell_break"


@dataclass(frozen=True)
class Prose:
    """Cells as HTML. `cells[i]` belongs to the i-th source; `tail` holds the footnotes.

    A problem's `cell` is the index of its source and its `line` counts from 1 in that source.
    `targets` are its labelled places by their labels (see `targets.key`). `references` are those
    that stand in it as `<x-ref>`, each with the index of its source. `cited` are the keys of the
    works that it cites, `macros` the commands that its formulas know at its end.
    """

    cells: tuple[str, ...]
    tail: str
    headings: tuple[Heading, ...]
    problems: tuple[Problem, ...]
    targets: dict[str, Target] = field(default_factory=dict)
    references: tuple[tuple[Reference, int], ...] = ()
    cited: tuple[str, ...] = ()
    macros: Macros = field(default_factory=dict)


def plain(
    code: str, language: str, first: int | None = None, emphasised: frozenset[int] = frozenset()
) -> str:
    """Code without highlighting, as HTML."""
    return f"<pre><code>{escapeHtml(code)}</code></pre>\n"


def render(
    sources: Sequence[str],
    dialect: Dialect = "notebook",
    *,
    highlight: Highlight = plain,
    title: bool = False,
    options: Mapping[str, Any] | None = None,
    first_reference: int = 0,
    bibliography: Bibliography | None = None,
    macros: Macros | None = None,
    numbers: bool = True,
    load: Load | None = None,
    substitutions: Mapping[str, str] | None = None,
    abbreviations: Mapping[str, str] | None = None,
    hidden: Collection[int] = (),
) -> Prose:
    """Render the Markdown cells of one page.

    `highlight(code, language)` draws code as HTML. With `title`, the first heading becomes the
    page's `h1`, whatever its level, unless an `h1` in HTML stands before it. `options` are those
    of `kramdown`, as Jekyll's `_config.yml` has them; in that dialect each source stands alone
    and headings stay what they are. References are counted from `first_reference`.
    `bibliography` holds the works that it may cite. Formulas know the `macros`; without `numbers`
    only tags and labels number an equation. `load`
    gives the text of a file by its path as seen from the page, or None; `substitutions` are what
    `{{ name }}` stands for, `abbreviations` the meanings of words. The sources of the indexes
    `hidden` are not shown: boxes that begin in one of them are left out.
    """
    if dialect == "kramdown":
        html, headings, problems = kramdown.render(sources, highlight, options, macros)
        return Prose(tuple(html), "", tuple(headings), tuple(problems))
    env = _environment(highlight, first_reference)
    env["citing"] = citing.Citing(bibliography)
    env |= {"load": load, "substitutions": dict(substitutions or {})}
    env |= {"abbreviations": dict(abbreviations or {}), "hidden": frozenset(hidden)}
    env["math"] = Formulas(macros, numbers=numbers)
    return _render(sources, dialect, env, title)


def _render(sources: Sequence[str], dialect: Dialect, env: dict[str, Any], title: bool) -> Prose:
    """Render notebook prose."""
    md = _parser(dialect)
    state = StateCore("", md, env)
    env["unit"] = "cell" if len(sources) > 1 else "page"
    state.tokens = _blocks(md, sources, env, dialect)
    for name, rule in zip(
        md.core.ruler.get_active_rules(), md.core.ruler.getRules(""), strict=True
    ):
        if name not in ("normalize", "block"):
            rule(state)
    attributes.of_formulas(state.tokens)
    state.tokens = math.collect(state.tokens, env, BREAK)
    references.collect(state.tokens, env, BREAK)
    captions.of_pictures(state.tokens, env, BREAK)
    abbreviated.explain(state.tokens, env.get("abbreviations", {}))
    headings = _headings(md, state.tokens, env, title)
    pages.list_headings(state.tokens, headings)
    targets.settle(md, state.tokens, env)
    problems = [*env["problems"], *_unknown_roles(state.tokens)]
    problems += checks.of_notes(state.tokens, env, env["notes"], BREAK)
    parts: list[list[Token]] = [[]]
    for token in state.tokens:
        if token.type == BREAK:
            parts.append([])
        else:
            parts[-1].append(token)
    html = [md.renderer.render(tokens, md.options, env) for tokens in parts]
    cites: citing.Citing = env["citing"]
    tail, own = works.references(
        cites,
        headings[-1].text if headings else "",
        env["anchors"] | {heading.id for heading in headings},
    )
    return Prose(
        tuple(html[:-1]),
        html[-1] + tail,
        headings + own,
        merged((*problems, *env["unconverted"])),
        env["targets"],
        tuple(env["crossrefs"]),
        cites.cited,
        env["math"].macros,
    )


def _environment(highlight: Highlight, first_reference: int = 0) -> dict[str, Any]:
    """What markdown-it hands from rule to rule: all that our rules and renderer read and add.

    `cell` is the index of the source that is read. For `drafts` and `targets` see `targets`, for
    `crossrefs` see `references`, for `math` and `unconverted` see `math`.
    """
    return {
        "highlight": highlight,
        "problems": [],
        "math": Formulas(),
        "unconverted": [],
        "cell": 0,
        "notes": [],
        "unit": "page",
        "drafts": {},
        "anchors": set(),
        "targets": {},
        "crossrefs": [],
        "first_reference": first_reference,
    }


def fragment(
    text: str,
    highlight: Highlight = plain,
    dialect: Dialect = "notebook",
    options: Mapping[str, Any] | None = None,
    references: list[Reference] | None = None,
    macros: Macros | None = None,
) -> str:
    """A piece of Markdown that stands alone, such as an output, as HTML.

    Its references are added to those of its page, and its formulas know the page's `macros`.
    """
    found = references if references is not None else []
    prose = render(
        [text],
        dialect,
        highlight=highlight,
        options=options,
        first_reference=len(found),
        macros=macros,
        numbers=False,
    )
    found += [replace(reference, line=None) for reference, _ in prose.references]
    return prose.cells[0] + prose.tail


def plain_text(text: str) -> str:
    """A line of Markdown as plain text."""
    return captions.plain_text(_parser("notebook"), text)


def first_heading(source: str, dialect: Dialect = "notebook") -> tuple[int, str] | None:
    """Level and plain text of the first heading in a cell."""
    if not _MAYBE_HEADING.search(source):
        return None
    plain_words = _PLAIN_HEADING.match(source) if dialect != "kramdown" else None
    if plain_words:
        return len(plain_words[1]), plain_words[2]
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


# A first line that is a heading without any markup, as most titles are: it need not be parsed.
_PLAIN_HEADING = re.compile(
    r"\n*(#{1,6})[ ]+([^\W_](?>(?:[ ]?[^\W_]++|[ ]?[,.'()-](?=[ \w]))*))[ ]*(?:\n|\Z)"
)
_MAYBE_HEADING = re.compile(
    r"^ {0,3}#|^ {0,3}([=\-~^\"'*+.])\1*+[ \t]*$|<h1\b", re.MULTILINE | re.IGNORECASE
)


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
        state = StateCore(f"{source}\n", md, env)  # rules look past the end
        env["rst"] = is_rst(source)
        rules["normalize"](state)
        rules["block"](state)
        env["cell"] = index
        blocks = directives.expand(md, state.tokens, env, dialect)
        blocks = attributes.give(captions.of_tables(blocks, env))
        glossary.of_definitions(md, blocks, env)
        blocks = targets.attach(blocks, env)
        env["notes"] += checks.notes(blocks, index)
        for token in blocks:
            if token.type == "inline" and _is_too_long(token.content):
                env["problems"].append(_too_long(token, index))
            elif token.type == "inline" and (open_ := checks.open_formula(token, index)):
                env["problems"].append(open_)
        tokens += blocks
        tokens.append(Token(BREAK, "", 0))
    proofs.close_all(env)
    return tokens


def _is_too_long(text: str) -> bool:
    return len(text) > MAX_INLINE or (len(text) > MAX_COLONS and text.count(":") > MAX_COLONS)


def _too_long(token: Token, cell: int) -> Problem:
    """Make an inline token plain text, and the warning of that."""
    token.type, token.content = "html_block", escapeHtml(token.content)
    most = f"{MAX_INLINE:,} characters or {MAX_COLONS:,} colons"
    message = f"a paragraph of more than {most} is shown as plain text"
    return Problem(message, line=token.map[0] + 1 if token.map else None, cell=cell)


_ROLES = frozenset((*inline_roles.ROLES, *references.ROLES, "math", "cite", "glue"))


def _unknown_roles(tokens: list[Token]) -> list[Problem]:
    """A warning for each role that is shown as mere text."""
    found: list[Problem] = []
    cell, last = 0, sum(token.type == BREAK for token in tokens) - 1
    for token in tokens:
        cell += token.type == BREAK
        line = token.map[0] + 1 if token.map and cell <= last else None  # footnotes are moved
        for child in token.children or []:
            if child.type != "myst_role":
                continue
            name = child.meta["name"]
            if not roles.is_known(name, child.content):
                message = f"the role {{{name}}} is not known: its content is shown as text"
                near = meant(name, _ROLES)
                hint = f"did you mean {{{near}}}?" if near else None
                found.append(Problem(message, None, line, min(cell, last), hint))
    return found


def _headings(
    md: MarkdownIt, tokens: list[Token], env: dict[str, Any], title: bool
) -> tuple[Heading, ...]:
    """Give headings their ids and anchors."""
    found: list[Heading] = []
    taken = dict.fromkeys(env["anchors"], 1)
    taken["content"] = 1  # the id of the part of the page that holds all this
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
        html = targets.inline_html(md, tokens[index + 1], env)
        found.append(Heading(identifier, int(token.tag[1]), html, text))
        if text and token.tag != "h1":
            anchor = Token("html_inline", "", 0)
            anchor.content = (
                f'<a class="anchor" href="#{escapeHtml(identifier)}" '
                f'aria-label="Link to this heading">#</a>'
            )
            children.append(anchor)
    return tuple(found)


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
            parts.append(inline_roles.titled(token.content)[0].lstrip("!~"))
        elif token.type == "reference":
            parts.append(unescape(token.content))
    return "".join(parts).strip()
