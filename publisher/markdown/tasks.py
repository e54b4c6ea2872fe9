"""Lists of tasks: `- [ ] open` and `- [x] done`. Source: GitHub Flavored Markdown, section 5.3."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_MARK = re.compile(r"\[([ xX])\]\s+")
_ITEM = ["list_item_open", "paragraph_open", "inline"]
_BOX = '<input class="task-list-item-checkbox"{} disabled="disabled" type="checkbox">'


def plugin(md: MarkdownIt) -> None:
    """Make boxes of the marks that list items begin with."""
    md.core.ruler.after("inline", "tasks", _tasks)


def _tasks(state: StateCore) -> None:
    lists: list[Token] = []  # those that are open
    tokens = state.tokens
    for index, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(token)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        if token.type != "list_item_open" or not lists:
            continue
        item = tokens[index : index + 3]
        if [part.type for part in item] == _ITEM and (mark := _MARK.match(item[2].content)):
            token.attrSet("class", "task-list-item")
            lists[-1].attrSet("class", "contains-task-list")
            _mark(item[2], done=mark[1] != " ")


def _mark(inline: Token, *, done: bool) -> None:
    """Put a box in the place of the mark that an item's text begins with."""
    children = inline.children or []
    box = _html(_BOX.format(' checked="checked"' if done else ""))
    inline.content = inline.content[3:]
    if children and children[0].type == "text":
        children[0].content = children[0].content[3:]
    inline.children = [_html("<label>"), box, *children, _html("</label>")]


def _html(content: str) -> Token:
    token = Token("html_inline", "", 0)
    token.content = content
    return token
