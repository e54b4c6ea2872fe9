"""The places of a page that have labels.

While blocks are read, `env["drafts"]` collects what is labelled, by `key`; once all are parsed,
`settle` makes `env["targets"]` of it: `model.Target` by `key`. What has a number stands as a
`<x-number>` in the HTML, for code cells may hold figures too: `render.numbering` counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.model import Problem, Target

NOT_IN_TITLES = frozenset(
    "link_open link_close footnote_ref footnote_anchor html_inline image citation".split()
)
_ATTRIBUTED = frozenset(
    ("paragraph_open", "bullet_list_open", "ordered_list_open", "blockquote_open", "dl_open")
)
_ATTRIBUTES = re.compile(r"\s\{(?:-|(?:[#.][^\s{}]+)(?:\s[^{}]*)?)\}\s*$")
_ID = re.compile(r"#([^\s{}]+)")


@dataclass
class Draft:
    """A labelled place: its id on the page, what it is, and the token that holds its title.

    The id of a heading is that of its token `heading`, which has it later.
    """

    id: str
    kind: str
    title: Token | str | None = None
    heading: Token | None = None
    line: int | None = None
    cell: int = 0
    placed: bool = False


def key(label: str) -> str:
    """A label as it is compared: in small letters, with single spaces.

    >>> key("My  Label")
    'my label'
    """
    return " ".join(label.lower().split())


def anchor(label: str) -> str:
    """A label as an id of HTML, in which no spaces may be."""
    return "-".join(label.split())


def number(kind: str, identifier: str = "") -> str:
    """The place of a number: shown as `Figure 3` for the kind `figure`."""
    named = f' data-id="{escapeHtml(identifier)}"' if identifier else ""
    return f'<x-number data-kind="{escapeHtml(kind)}"{named}></x-number>'


def caption_number(kind: str, identifier: str = "") -> str:
    """The number that a caption begins with."""
    return f'<span class="caption-number">{number(kind, identifier)}</span> '


def add(env: dict[str, Any], label: str, draft: Draft) -> bool:
    """Note what a label names; False, with a warning, if it names something else already.

    Another id is given to the draft if its own is in use.
    """
    drafts: dict[str, Draft] = env["drafts"]
    draft.cell = env["cell"]
    first = drafts.setdefault(key(label), draft)
    if first is draft:
        _place(draft, env)
        return True
    where = f"in cell {first.cell + 1}, line {first.line}" if first.line else "above"
    if first.cell == draft.cell and first.line:
        where = f"{draft.line - first.line} lines above" if draft.line else "above"
    message = f"the label {label} is given twice: it names what stands {where}"
    env["problems"].append(Problem(message, line=draft.line, cell=draft.cell))
    return False


def _place(draft: Draft, env: dict[str, Any]) -> None:
    """Give a place an id that no other has."""
    if draft.placed or draft.heading is not None:
        return
    draft.placed, wanted, count = True, draft.id, 0
    while draft.id in env["anchors"] and draft.kind != "equation":
        count += 1
        draft.id = f"{wanted}-{count}"
    env["anchors"].add(draft.id)


def attach(tokens: list[Token], env: dict[str, Any]) -> list[Token]:
    """Give the labels among the blocks of a cell to what follows them.

    A label before a heading names the heading, one before a formula the formula.
    """
    result: list[Token] = []
    pending: list[Token] = []
    for index, token in enumerate(tokens):
        if token.type == "myst_target":
            pending.append(token)
            continue
        result += _attached(pending, token, env)
        pending = []
        result.append(token)
        if token.type == "heading_open":
            _own_label(token, tokens[index + 1], env)
    return result + _attached(pending, Token("end", "", 0), env)


def _attached(pending: list[Token], token: Token, env: dict[str, Any]) -> list[Token]:
    """Name a block by the labels before it; those that need a place of their own."""
    kept: list[Token] = []
    for label in pending:
        draft = Draft(anchor(label.content), "place", line=_line(label))
        if token.type == "heading_open":
            draft.kind, draft.heading = "section", token
            add(env, label.content, draft)
        elif token.type in ("math_block", "amsmath"):
            token.type, token.info = "math_block_label", label.content
        elif not add(env, label.content, draft):
            continue
        elif token.type in _ATTRIBUTED and not token.hidden and not token.attrGet("id"):
            token.attrSet("id", draft.id)
        else:
            label.content = draft.id
            kept.append(label)
    return kept


def _own_label(heading: Token, content: Token, env: dict[str, Any]) -> None:
    """Take `{#label}`, and other attributes in Pandoc's spelling, off a heading."""
    match = _ATTRIBUTES.search(content.content)
    if match is None:
        return
    content.content = content.content[: match.start()].rstrip()
    label = _ID.search(match[0])
    if label is not None:
        draft = Draft("", "section", heading=heading, line=_line(heading))
        add(env, label[1], draft)


def settle(md: MarkdownIt, tokens: Sequence[Token], env: dict[str, Any]) -> None:
    """Make targets of the drafts, once the blocks are parsed and headings have their ids."""
    titles = {
        id(token): tokens[index + 1]
        for index, token in enumerate(tokens)
        if token.type == "heading_open"
    }
    for label, draft in env["drafts"].items():
        title, identifier = draft.title, draft.id
        if draft.heading is not None:
            title = titles.get(id(draft.heading))
            identifier = str(draft.heading.attrGet("id") or "")
        shown = inline_html(md, title, env) if isinstance(title, Token) else title or ""
        env["targets"].setdefault(label, Target(identifier, draft.kind, title=shown))


def inline_html(md: MarkdownIt, token: Token, env: dict[str, Any]) -> str:
    """An inline token that was parsed as HTML without links and pictures."""
    inline = Token("inline", "", 0)
    inline.children = [t for t in token.children or [] if t.type not in NOT_IN_TITLES]
    return str(md.renderer.render([inline], md.options, env)).strip()


def _line(token: Token) -> int | None:
    return token.map[0] + 1 if token.map else None
