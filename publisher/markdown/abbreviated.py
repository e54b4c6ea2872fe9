"""Abbreviations that front matter explains. Source: mystmd's "Abbreviations"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

MAX_WORDS = 1_000


def given(found: Any) -> dict[str, str]:
    """What `abbreviations:` gives: words of two letters or more, and what they mean."""
    return {
        word: " ".join(meaning.split())
        for word, meaning in (found if isinstance(found, dict) else {}).items()
        if isinstance(word, str) and isinstance(meaning, str) and len(word) > 1 and meaning
    }


def explain(tokens: list[Token], meanings: Mapping[str, str]) -> None:
    """Explain each abbreviation in the text of inline tokens, not in headings and in links."""
    words = sorted(meanings, key=len, reverse=True)[:MAX_WORDS]
    if not words:
        return
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?=s?(?!\w))")
    for index, block in enumerate(tokens):
        heading = index > 0 and tokens[index - 1].type == "heading_open"
        if block.type == "inline" and not heading and pattern.search(block.content):
            block.children = list(_explained(block.children or [], pattern, meanings))


def _explained(
    children: list[Token], pattern: re.Pattern[str], meanings: Mapping[str, str]
) -> Iterator[Token]:
    links = 0
    for child in children:
        links += (child.type == "link_open") - (child.type == "link_close")
        if child.type != "text" or links or not pattern.search(child.content):
            yield child
            continue
        done = 0
        for match in pattern.finditer(child.content):
            yield _token("text", child.content[done : match.start()])
            meaning, word = escapeHtml(meanings[match[0]]), escapeHtml(match[0])
            yield _token("html_inline", f'<abbr title="{meaning}">{word}</abbr>')
            done = match.end()
        yield _token("text", child.content[done:])


def _token(kind: str, content: str) -> Token:
    token = Token(kind, "", 0)
    token.content = content
    return token
