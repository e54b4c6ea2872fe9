"""Captions with their numbers, and the tables and pictures that are given one without a directive.

Those are a table followed by `: caption {#label}`, as Pandoc has it, and a picture that stands
alone with a label, `![caption](a.png){#fig-a}`, as Quarto has it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown import targets

_CAPTION = re.compile(r":[ \t]+(?=\S)")
_ATTRIBUTES = re.compile(r"\{(#[^\s{}]++)?[^{}]*+\}\s*+$")
MAX_TEXT = 2000  # characters of a caption that become an alternative text


def html(content: str) -> Token:
    """Our own markup as a block."""
    token = Token("html_block", "", 0)
    token.content = content
    return token


def title_of(blocks: Sequence[Token]) -> Token | None:
    """The inline token of the first block, if that is a paragraph."""
    if len(blocks) > 1 and blocks[0].type == "paragraph_open":
        return blocks[1]
    return None


def figcaption(number: str, blocks: Sequence[Token]) -> list[Token]:
    """A caption whose first paragraph begins with a number; the rest is its legend."""
    if not blocks:
        return [html(f"<figcaption>{number.strip()}</figcaption>\n")] if number else []
    title, rest = title_of(blocks), list(blocks)
    first: list[Token] = []
    if title is not None:
        first, rest = [html(f"<p>{number}"), title, html("</p>\n")], rest[3:]
    elif number:
        first = [html(f"<p>{number.strip()}</p>\n")]
    if rest and first:
        rest = [html('<div class="legend">\n'), *rest, html("</div>\n")]
    return [html("<figcaption>"), *first, *rest, html("</figcaption>")]


def plain_text(md: MarkdownIt, text: str) -> str:
    """Markdown in a line as plain text."""
    children = md.parseInline(text[:MAX_TEXT], {})[0].children or [] if text else []
    shown = [" " if child.type.endswith("break") else child.content for child in children]
    return " ".join("".join(shown).split())


def of_tables(tokens: list[Token], env: dict[str, Any]) -> list[Token]:
    """Give tables the captions that follow them."""
    result: list[Token] = []
    start, skip = 0, 0
    for index, token in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        if token.type == "table_open":
            start = len(result)
        result.append(token)
        after = tokens[index + 1 : index + 3]
        if (
            token.type == "table_close"
            and [t.type for t in after] == ["paragraph_open", "inline"]
            and (match := _CAPTION.match(after[1].content))
        ):
            after[1].content = after[1].content[match.end() :]
            _wrap(result, start, after[1], env)
            skip = 3
    return result


def _wrap(result: list[Token], start: int, caption: Token, env: dict[str, Any]) -> None:
    """Put the table that begins at `start` into a figure; labels before it are its own."""
    match = _ATTRIBUTES.search(caption.content)
    labels = [match[1][1:]] if match and match[1] else []
    if match:
        caption.content = caption.content[: match.start()].rstrip()
    while start and result[start - 1].type == "myst_target":
        start -= 1
        labels.append(result.pop(start).content)
    identifier = ""
    for label in labels:
        line = caption.map[0] + 1 if caption.map else None
        draft = targets.Draft(identifier or targets.anchor(label), "table", caption, line=line)
        if targets.add(env, label, draft):
            identifier = draft.id
    number = targets.caption_number("table", identifier)
    opening = f'<figure class="table-figure"{_id(identifier)}>'
    head = [html(f"{opening}<figcaption>{number}"), caption, html("</figcaption>\n")]
    result[start:] = [*head, *result[start:], html("</figure>\n")]


def of_pictures(tokens: list[Token], env: dict[str, Any], cell_break: str) -> None:
    """Make figures of the pictures that stand alone with a label; other labels in a line hold."""
    env["cell"], last = 0, sum(token.type == cell_break for token in tokens) - 1
    for index, token in enumerate(tokens):
        if token.type == cell_break:
            env["cell"] = min(env["cell"] + 1, max(last, 0))
        children = token.children or []
        if not any("id" in child.attrs for child in children):
            continue
        opening = tokens[index - 1]
        alone = opening.type == "paragraph_open" and not opening.hidden and len(children) == 1
        if alone and children[0].type == "image":
            _make_figure(children[0], opening, token, tokens[index + 1], env)
            continue
        for child in children:
            label = str(child.attrs.pop("id", ""))
            draft = targets.Draft(targets.anchor(label), "place", line=_line(token))
            if label and targets.add(env, label, draft):
                child.attrSet("id", draft.id)


def _make_figure(
    image: Token, opening: Token, token: Token, closing: Token, env: dict[str, Any]
) -> None:
    """Turn a paragraph that is a picture into a figure."""
    label = str(image.attrs.pop("id"))
    caption = Token("inline", "", 0)
    caption.children = list(image.meta.get("caption") or image.children or [])
    if "caption" not in image.meta and caption.children:
        image.attrSet("data-captioned", "")  # see `pictures.CAPTIONED`
    draft = targets.Draft(targets.anchor(label), "figure", caption, line=_line(token))
    identifier = draft.id if targets.add(env, label, draft) else ""
    opening.type = closing.type = "html_block"
    opening.content, closing.content = f"<figure{_id(identifier)}>", "</figure>\n"
    shown, end = Token("html_inline", "", 0), Token("html_inline", "", 0)
    shown.content = f"<figcaption>{targets.caption_number('figure', identifier)}"
    end.content = "</figcaption>"
    token.children = [image, shown, *caption.children, end]


def _line(token: Token) -> int | None:
    return token.map[0] + 1 if token.map else None


def _id(identifier: str) -> str:
    return f' id="{escapeHtml(identifier)}"' if identifier else ""
