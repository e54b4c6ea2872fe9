"""Admonitions that are no directives: GitHub's quotes, Jupyter's alert boxes."""

from __future__ import annotations

import re

from markdown_it.token import Token

from publisher.markdown.directives.boxes import KINDS, box, kinds_of, title_of
from publisher.markdown.directives.directive import Place, html

_MARK = re.compile(r"\[!([A-Za-z]{1,20})\]([+-]?)[ \t]*+([^\n]*+)(?:\n|\Z)")
_ALERT = re.compile(
    r"""<div\b[^>]*?\bclass\s*=\s*(?:"[^"]*\b(?:alert|admonition)\b|'[^']*\b(?:alert|admonition)\b"""
    r"""|(?:alert|admonition)\b)""",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?div\b[^>]*+>", re.IGNORECASE)


def quoted(tokens: list[Token]) -> list[Token]:
    """Draw quotes that begin with `[!NOTE]` as admonitions, as GitHub and Obsidian do.

    Sources: GitHub's documentation, "Basic writing and formatting syntax"; Obsidian's, "Callouts".
    """
    if not any(token.type == "blockquote_open" for token in tokens):
        return tokens
    result: list[Token] = []
    endings: list[Token | None] = []  # of the quotes that are open: None ends a plain one
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "blockquote_open":
            mark = _mark(tokens[at : at + 3])
            if mark is None:
                endings.append(None)
                result.append(token)
            else:
                *opening, ending = _opened(mark, tokens[at + 2])
                result += opening
                endings.append(ending)
                rest = tokens[at + 2].content[mark.end() :]
                if rest.strip():
                    tokens[at + 2].content = rest
                else:
                    at += 3  # the paragraph that held the mark alone
        elif token.type == "blockquote_close":
            result.append(endings.pop() or token)
        else:
            result.append(token)
        at += 1
    return result


def _mark(tokens: list[Token]) -> re.Match[str] | None:
    if [token.type for token in tokens] != ["blockquote_open", "paragraph_open", "inline"]:
        return None
    mark = _MARK.match(tokens[2].content)
    return mark if mark and mark[1].lower() in (*KINDS, "example", "quote") else None


def _opened(mark: re.Match[str], inline: Token) -> list[Token]:
    kind, fold, title = mark[1].lower(), mark[2], mark[3].strip()
    shown = Token("inline", "", 0)
    shown.content, shown.children, shown.map = title or title_of(kind), [], inline.map
    return box(kinds_of(kind), [shown], [], fold={"+": "open", "-": "closed"}.get(fold))


def alert(place: Place, token: Token) -> list[Token]:
    """Parse the Markdown inside `<div class="alert …">`, which HTML blocks leave alone."""
    content = token.content
    match = _TAG.match(content.lstrip())
    if not match or not _ALERT.match(match[0]):
        return [token]
    first = token.map[0] if token.map else 0
    result: list[Token] = []
    at = 0
    for tag in _TAG.finditer(content):
        result += _inner(place, content[at : tag.start()], first + content.count("\n", 0, at))
        result.append(html(tag[0] + "\n"))
        at = tag.end()
    return [*result, *_inner(place, content[at:], first + content.count("\n", 0, at))]


def _inner(place: Place, text: str, start: int) -> list[Token]:
    """What stands between the tags of a box: indented as its author likes."""
    if not text.strip():
        return []
    start += text[: len(text) - len(text.lstrip())].count("\n")
    text = text.strip("\n")
    body = "\n".join(
        line.strip() if line.lstrip()[:1] == "<" else line for line in text.splitlines()
    )
    if len(body) - len(body.lstrip()) >= 4:
        body = body.lstrip()
    return place.parse(body, start)
