"""Blocks that MkDocs begins with a line and indents: `!!! note "Title"`, `??? tip`, `=== "Tab"`.

Sources: Python-Markdown's "Admonition", PyMdown's "Details" and "Tabbed".
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock

from publisher.markdown.directives.boxes import KINDS

_LINE = re.compile(
    r"(?P<mark>!!!|\?\?\?\+?|===[!+]?)[ \t]++(?P<kind>[A-Za-z][\w-]*+)?"
    r'(?P<classes>(?>(?:[ \t]++[\w-]++)*))[ \t]*+(?:"(?P<title>[^"]*+)")?[ \t]*+\Z'
)
_FOLDS = {"???": "true", "???+": "false"}


def indented_plugin(md: MarkdownIt) -> None:
    """Read the blocks of MkDocs as fences that hold directives."""
    ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("fence", "mkdocs_block", _block, ends)


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if line[:3] not in ("!!!", "???", "===") or state.is_code_block(start):
        return False
    match = _LINE.match(line)
    if not match:
        return False
    kind, title = (match["kind"] or "").lower(), match["title"]
    tab, known = match["mark"].startswith("="), kind in KINDS
    if title is None and (tab or not known):
        return False
    if silent:
        return True
    after = _after(state, start, end)
    token = state.push("fence", "code", 0)
    token.content = state.getLines(start + 1, after, state.blkIndent + 4, True)
    token.map = [start, after]
    if tab:
        token.info = f"{{tab-item}} {title}"
        options = {"new-set": ""} if match["mark"] == "===!" else {}
    else:
        token.info = f"{{{kind if known else 'admonition'}}}"
        options = {"class": f"{'' if known else kind}{match['classes']}".strip()}
        options |= {"title": title} if title else {}
        options |= {"collapse": _FOLDS[match["mark"]]} if match["mark"] in _FOLDS else {}
    token.meta = {"options": options}
    state.line = after
    return True


def _after(state: StateBlock, start: int, end: int) -> int:
    """The line after the indented block below a line."""
    after = number = start + 1
    while number < end and (state.isEmpty(number) or state.sCount[number] >= state.blkIndent + 4):
        number += 1
        if not state.isEmpty(number - 1):
            after = number
    return after
