"""Quotes, lines, lists and parts of a page that only look different."""

from __future__ import annotations

import re

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown.directives.boxes import attributes
from publisher.markdown.directives.directive import Directive, html
from publisher.markdown.rst_lists import fields

_ATTRIBUTION = re.compile(r"(?:--|—|―)[ \t]*+(\S[^\n]*)")
_NOT = re.compile(r"\bnot\s+html\b")
_WEB = re.compile(r"\bhtml\b")


def _quote(directive: Directive) -> list[Token]:
    """A quote, with who said it in its last line: `-- who`."""
    name = directive.name.lower()
    lines = directive.body.rstrip().split("\n")
    who = _ATTRIBUTION.match(lines[-1].strip())
    body = "\n".join(lines[:-1]) if who else directive.body
    author = directive.options.get("attribution") or (who[1] if who else "")
    argument = f"{directive.argument}\n" if directive.argument else ""
    inner = directive.parse(argument + body, directive.start - bool(argument))
    end = []
    if author:
        end = [html('<p class="attribution">— '), *directive.inline(author), html("</p>\n")]
    kind = [] if name in ("blockquote", "quote") else [name]
    opening = f"<blockquote{attributes(directive.label, [*kind, *directive.classes])}>\n"
    return [html(opening), *inner, *end, html("</blockquote>\n")]


def _container(directive: Directive) -> list[Token]:
    """A `div` with the classes that its argument names."""
    if not directive.body.strip():  # classes for what follows
        return []
    given = attributes(directive.label, [*directive.argument.split(), *directive.classes])
    return [html(f"<div{given}>\n"), *directive.content(), html("</div>\n")]


def _list(directive: Directive) -> list[Token]:
    """A list in columns."""
    return [html('<div class="hlist">\n'), *directive.content(), html("</div>\n")]


def _line(directive: Directive) -> list[Token]:
    """A line of its own: a heading that no table of contents holds, or one in the middle."""
    kinds = [directive.name.lower(), *directive.classes]
    tag = "strong" if kinds[0] == "rubric" else "span"
    opening = html(f"<p{attributes(directive.label, kinds)}><{tag}>")
    text = directive.inline(directive.argument)
    return [opening, *text, html(f"</{tag}></p>\n"), *directive.content()]


def _lines(directive: Directive) -> list[Token]:
    """Lines that end where their author ends them."""
    text = directive.body if not directive.argument else f"{directive.argument}\n{directive.body}"
    if text.lstrip().startswith("|"):  # other lines belong to the one before them
        text = re.sub(r"\n[ \t]*(?![|\s])", " ", text.strip("\n"))
    lines = [re.sub(r"^\| ?", "", line) for line in text.strip("\n").split("\n")]
    inner = [token for line in lines for token in (*directive.inline(line), html("<br>\n"))]
    return [html('<p class="line-block">'), *inner[:-1], html("</p>\n")]


def _literal(directive: Directive) -> list[Token]:
    """Text that stands as it is."""
    text = escapeHtml(directive.body.rstrip("\n"))
    return [html(f'<pre tabindex="0">{text}</pre>\n')]


def _raw(directive: Directive) -> list[Token]:
    """HTML as its author writes it; what is meant for other formats is left out."""
    formats = directive.argument.lower().split()
    return [html(f"{directive.body}\n")] if {"html", "html5"} & {*formats} else []


def _only(directive: Directive) -> list[Token]:
    """What only some formats show."""
    wanted = directive.argument.lower()
    if _NOT.search(wanted) or (wanted and not _WEB.search(wanted)):
        return [] if re.search(r"html|latex|pdf|epub|man|text", wanted) else directive.content()
    return directive.content()


def _content(directive: Directive) -> list[Token]:
    """What it holds, and no more."""
    return directive.content()


def _documented(directive: Directive) -> list[Token]:
    """What other tools look up in Python: here its names."""
    directive.warn(f"what {{{directive.name}}} documents is not looked up: its names are shown")
    words = [directive.argument, *directive.body.splitlines()]
    shown = [word.strip() for word in words if word.strip() and not word.lstrip().startswith(":")]
    items = "".join(f"<li><code>{escapeHtml(name)}</code></li>\n" for name in shown)
    return [html(f"<ul>\n{items}</ul>\n")] if shown else []


def _note(directive: Directive) -> list[Token]:
    """A note of reStructuredText, after its mark, which leads to it."""
    options = directive.token.meta.get("options")
    if options is None:  # an author may use our name
        return directive.content()
    text = f"\\[{options['mark']}\\] {directive.body}"
    opening = html(f'<div class="footnote" id="{escapeHtml(options["id"])}">\n')
    return [opening, *directive.parse(text, directive.start - 1), html("</div>\n")]


def _definition(directive: Directive) -> list[Token]:
    """A term of reStructuredText with its definition."""
    ends = directive.token.meta
    return [
        html(f"{'<dl>' if ends.get('first') else ''}\n<dt>"),
        *directive.inline(directive.argument),
        html("</dt>\n<dd>\n"),
        *directive.content(),
        html(f"</dd>\n{'</dl>' if ends.get('last') else ''}\n"),
    ]


def _fields(directive: Directive) -> list[Token]:
    """Names and what they say: `:Author: Jane Doe`."""
    tokens = [html('<dl class="fields">\n')]
    for name, text in fields(directive.token.content):
        tokens += [html(f"<dt>{escapeHtml(name)}</dt>\n<dd>"), *directive.inline(text)]
        tokens.append(html("</dd>\n"))
    return [*tokens, html("</dl>\n")]


HANDLERS = {
    **dict.fromkeys(("epigraph", "pull-quote", "highlights", "blockquote", "quote"), _quote),
    **dict.fromkeys(("div", "container", "class", "rst-class", "cssclass"), _container),
    **dict.fromkeys(("rubric", "centered"), _line),
    **dict.fromkeys(("line-block", "lineblock"), _lines),
    **dict.fromkeys(("compound", "block", "header", "footer", "eval-rst", "carousel"), _content),
    **dict.fromkeys(
        (
            "autosummary autofunction autoclass automodule automethod autoattribute autodata "
            "autoexception automodapi minigallery"
        ).split(),
        _documented,
    ),
    "hlist": _list,
    "parsed-literal": _literal,
    "rst-note": _note,
    "rst-definition": _definition,
    "rst-fields": _fields,
    "raw": _raw,
    "only": _only,
}
