"""Attributes on a line of their own, for the block that follows: `{#label .class}`.

Source: MyST-Parser's `attrs_block`. The class `glossary` makes one of a list of definitions.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from publisher.markdown.fences import Attributes

CLASSES = "attrs_block"
"""The type of a token that holds the classes of the block after it, in `meta`."""
_LABEL = re.compile(r"\s*\{#([\w:.-]+)[^{}]*\}\s*")
_LINE = re.compile(r"\{(?>(?:[#.][\w:.-]++[ \t]*+)+)\}[ \t]*+")


def attributes_plugin(md: MarkdownIt) -> None:
    """Read lines of attributes: classes as tokens of their own, an id as a label."""
    md.block.ruler.before("fence", "attributes", _attributes)


def _attributes(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    first = state.bMarks[start] + state.tShift[start]
    if state.src[first : first + 1] != "{" or state.is_code_block(start):
        return False
    line = state.src[first : state.eMarks[start]]
    if len(line) > 1000 or not _LINE.fullmatch(line):
        return False
    if silent:
        return True
    found = Attributes.of(line)
    if found.classes:
        state.push(CLASSES, "", 0).meta = {"classes": found.classes}
    if found.id:
        target = state.push("myst_target", "", 0)
        target.content, target.map = found.id, [start, start + 1]
    state.line = start + 1
    return True


def of_formulas(tokens: list[Token]) -> None:
    """Make blocks of the formulas with a label behind them: `$$ … $$ {#eq-one}`, alone."""
    for index, token in enumerate(tokens):
        children = token.children or []
        if [child.type for child in children] != ["math_inline_double", "text"]:
            continue
        match = _LABEL.fullmatch(children[1].content)
        if match and tokens[index - 1].type == "paragraph_open":
            tokens[index - 1].hidden = tokens[index + 1].hidden = True
            token.type, token.info, token.children = "math_block_label", match[1], None
            token.content = children[0].content


def give(tokens: list[Token]) -> list[Token]:
    """Give classes to the blocks that follow them."""
    result: list[Token] = []
    classes: list[str] = []
    for token in tokens:
        if token.type == CLASSES:
            classes += token.meta["classes"]
            continue
        if classes and token.nesting == 1:
            token.attrJoin("class", " ".join(dict.fromkeys(classes)))
        if token.type != "myst_target":
            classes = []
        result.append(token)
    return result
