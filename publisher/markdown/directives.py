"""Blocks that hold more Markdown: MyST's directives and Jupyter's alert boxes.

A directive that we do not know shows its content as prose, with a warning.
"""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.model import Problem

ADMONITIONS = frozenset(
    "admonition attention caution danger error hint important note seealso tip warning".split()
)
CODE = frozenset(["code", "code-block", "sourcecode", "code-cell", "literalinclude", "prompt"])
LANGUAGES = frozenset("bash c cpp html javascript js julia ojs python r rust sh sql stan".split())
FIGURES = frozenset(("figure", "image"))
SILENT = frozenset(("contents", "toctree", "tableofcontents", "index", "bibliography"))
MAX_DEPTH = 20

_DIRECTIVE = re.compile(r"^\{([A-Za-z][\w:.-]*)\}\s*(.*)$")
_LENGTH = re.compile(r"\d+(?:%|r?em|vw|ch)?")
_OPTION = re.compile(r"^:([\w-]+):\s*(.*)$")
_DIV = re.compile(r"\s*+(<div\b[^>]*+>)", re.IGNORECASE)
_ALERT = re.compile(r"\balert\b", re.IGNORECASE)


def expand(
    md: MarkdownIt, tokens: list[Token], env: dict[str, Any], dialect: str, depth: int = 0
) -> list[Token]:
    """Replace directives and alert boxes among block tokens by what they stand for."""
    result: list[Token] = []
    for token in tokens:
        match = _DIRECTIVE.match(token.info.strip()) if "fence" in token.type else None
        if match and depth < MAX_DEPTH:
            result += _directive(md, token, match[1], match[2].strip(), env, dialect, depth)
        elif token.type == "html_block" and depth < MAX_DEPTH:
            result += _alert(md, token, env, dialect, depth)
        else:
            if token.type == "colon_fence" and not match:
                token.type = "fence"
            result.append(token)
    return result


def _directive(
    md: MarkdownIt,
    token: Token,
    name: str,
    argument: str,
    env: dict[str, Any],
    dialect: str,
    depth: int,
) -> list[Token]:
    options, body = _options(token.content)
    start = _start(token, body)
    if name in SILENT:
        return []
    if name in CODE:
        token.type, token.info, token.content = "fence", argument, body
        return [token]
    if name.lower() in LANGUAGES:
        token.type, token.info = "fence", name.lower()
        return [token]
    if name == "math":
        token.type, token.content = "math_block", body or argument
        return [_html(_anchor(options)), token] if _anchor(options) else [token]
    if name in FIGURES:
        return _figure(md, argument, options, body, start, env, dialect, depth)
    if name in ADMONITIONS:
        return _admonition(md, name, argument, options, body, start, env, dialect, depth)
    line = token.map[0] + 1 if token.map else None
    env["problems"].append(
        Problem(
            f"the directive {{{name}}} is not known: its content is shown as prose",
            line=line,
            cell=env["cell"],
        )
    )
    text, start = (f"{argument}\n\n{body}", start - 2) if argument else (body, start)
    return _nested(md, text, start, env, dialect, depth)


def _admonition(
    md: MarkdownIt,
    name: str,
    argument: str,
    options: dict[str, str],
    body: str,
    start: int,
    env: dict[str, Any],
    dialect: str,
    depth: int,
) -> list[Token]:
    title = argument
    if argument and name != "admonition":  # `{note} text` continues in its body
        title, body, start = "", f"{argument}\n\n{body}", start - 2
    kind = options.get("class", "note").split() if name == "admonition" else [name]
    classes = " ".join(["admonition", *kind])
    heading = _nested(md, title, start, env, dialect, depth) if title else []
    for token in heading:
        token.attrs = {"class": "admonition-title"} if token.type == "paragraph_open" else {}
    shown = "See also" if name == "seealso" else name.capitalize()
    first = heading or [_html(f'<p class="admonition-title">{escapeHtml(shown)}</p>\n')]
    inner = _nested(md, body, start, env, dialect, depth)
    return [
        _html(f'{_anchor(options)}<aside class="{escapeHtml(classes)}">\n'),
        *first,
        *inner,
        _html("</aside>\n"),
    ]


def _figure(
    md: MarkdownIt,
    argument: str,
    options: dict[str, str],
    body: str,
    start: int,
    env: dict[str, Any],
    dialect: str,
    depth: int,
) -> list[Token]:
    alt = escapeHtml(options.get("alt", ""))
    identifier = options.get("name") or options.get("label")
    size = "".join(
        f' {key}="{value}"' if value.isdigit() else f' style="{key}: {value}"'
        for key in ("width", "height")
        if (value := options.get(key, "").removesuffix("px")) and _LENGTH.fullmatch(value)
    )
    image = f'<img src="{escapeHtml(argument)}" alt="{alt}"{size} loading="lazy">'
    opening = f'<figure id="{escapeHtml(identifier)}">' if identifier else "<figure>"
    if not body.strip():
        return [_html(f"{opening}{image}</figure>\n")]
    caption = _nested(md, body, start, env, dialect, depth)
    return [_html(f"{opening}{image}<figcaption>\n"), *caption, _html("</figcaption></figure>\n")]


def _alert(
    md: MarkdownIt, token: Token, env: dict[str, Any], dialect: str, depth: int
) -> list[Token]:
    """Parse the Markdown inside `<div class="alert …">`, which HTML blocks leave alone."""
    match = _DIV.match(token.content)
    if not match or not _ALERT.search(match[1]):
        return [token]
    inner = token.content[match.end() :]
    start = (token.map[0] if token.map else 0) + token.content.count("\n", 0, match.end())
    start += len(inner) - len(inner.lstrip("\n"))
    body, closing, rest = inner.rpartition("</div>")
    if not closing:
        body, rest = inner, ""
    elif "<div" in body:  # nested boxes are the author's own HTML
        return [token]
    body = "\n".join(
        line.strip() if line.lstrip()[:1] == "<" else line for line in body.strip("\n").splitlines()
    )
    if len(body) - len(body.lstrip()) >= 4:
        body = body.lstrip()
    return [
        _html(match[1] + "\n"),
        *_nested(md, body, start, env, dialect, depth),
        _html(closing + rest if closing else ""),
    ]


def _start(token: Token, body: str) -> int:
    """The line, from 0, on which the body of a directive begins in its cell."""
    first = token.map[0] + 1 if token.map else 0
    return first + len(token.content.splitlines()) - len(body.splitlines())


def _nested(
    md: MarkdownIt, text: str, start: int, env: dict[str, Any], dialect: str, depth: int
) -> list[Token]:
    """Parse the text inside a block whose first line is `start` of its cell, from 0."""
    tokens: list[Token] = []
    md.block.parse(text, md, env, tokens)
    for token in tokens:
        if token.map:
            token.map = [max(start + line, 0) for line in token.map]
    return expand(md, tokens, env, dialect, depth + 1)


def _options(content: str) -> tuple[dict[str, str], str]:
    """The `:key: value` lines at the head of a directive, and what follows them."""
    lines = content.splitlines()
    options: dict[str, str] = {}
    if lines and lines[0].strip() == "---":
        end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
        for line in lines[1:end]:
            key, _, value = line.partition(":")
            options[key.strip()] = value.strip().strip("\"'")
        return options, "\n".join(lines[end + 1 :])
    while lines and (match := _OPTION.match(lines[0].strip())):
        options[match[1]] = match[2]
        lines.pop(0)
    return options, "\n".join(lines)


def _anchor(options: dict[str, str]) -> str:
    name = options.get("label") or options.get("name")
    return f'<span id="{escapeHtml(name)}"></span>' if name else ""


def _html(content: str) -> Token:
    token = Token("html_block", "", 0)
    token.content = content
    return token
