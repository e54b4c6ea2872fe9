"""Lists of reStructuredText: of fields, of definitions, of lines, those that count by themselves.

Definitions, and quotes that are only indented, look like Markdown's paragraphs and code: they are
read in texts that are reStructuredText (`is_rst`), and in directives that are written so.
Source: docutils' "reStructuredText Markup Specification", "Body Elements".
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

MAX_TEXT = 200_000  # characters that are looked through
_MARKS = re.compile(
    r"^\.\.[ ](?:[\w|\[]|$)|(?<![\w`]):[a-z][\w:]{0,40}:`[^`\n]+`|`[^`<>\n]{1,200}<[^<>\n]+>`__?"
    r"|^\S[^\n]*\n(?:~{4,}|\^{4,}|\*{4,}|\"{4,}|\+{4,})[ \t]*$",
    re.MULTILINE,
)
_HINTS = (".. ", ":`", "`_", "\n~~~~", "\n^^^^", "\n****", '\n""""', "\n++++")  # `_MARKS` has one
_MARKDOWN = re.compile(r"^#{1,6}[ ]|^[ \t]*(?:```|~~~[ \t]*\w|:::)|\]\(|^\$\$", re.MULTILINE)
_FIELD = re.compile(r":(?P<name>[A-Za-z][^:`\n]{0,80}):(?:[ \t]+(?P<text>\S.*)?)?\Z")
_KNOWN = frozenset(
    "param parameter arg argument key keyword type raises raise except exception var ivar cvar "
    "vartype returns return rtype yields author authors date version".split()
)
_NO_TERM = re.compile(r"[-*+#|>.=~^+]|:(?![\w:]+:`)|\d+[.)]\s|[a-z#][.)]\s")
_LINE = re.compile(r"\|(?:[ \t]+[^|\n]*)?\Z")
_ENDS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def lists_plugin(md: MarkdownIt) -> None:
    """Read these lists; after the rules of `rst`, before Markdown's code and lists."""
    md.block.ruler.before("code", "rst_quote", _quote)
    md.block.ruler.before("table", "rst_lines", _lines)
    md.block.ruler.before("fence", "rst_fields", _fields)
    md.block.ruler.before("fence", "rst_definitions", _definitions)
    md.block.ruler.before("list", "rst_counted", _counted)


def is_rst(text: str) -> bool:
    """Whether a text bears the marks of reStructuredText and none of Markdown's."""
    part = text[:MAX_TEXT]
    if not any(hint in part for hint in _HINTS):
        return False
    return _MARKS.search(part) is not None and _MARKDOWN.search(part) is None


def _text(state: StateBlock, number: int) -> str:
    """A line without what it is indented by."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _fence(state: StateBlock, start: int, after: int, info: str) -> Token:
    """Lines as a fence that holds a directive; its content is to be given."""
    token = state.push("fence", "code", 0)
    token.info, token.map, token.meta = info, [start, after], {"rst": True}
    state.line = after
    return token


def _below(state: StateBlock, start: int, end: int, indent: int) -> int:
    """The line after those from `start` on that are indented more than `indent`."""
    after = number = start
    while number < end and (state.isEmpty(number) or state.sCount[number] > indent):
        number += 1
        if not state.isEmpty(number - 1):
            after = number
    return after


def _inside(state: StateBlock, start: int, after: int) -> str:
    """Lines without what all of them are indented by."""
    depths = [state.sCount[n] for n in range(start, after) if not state.isEmpty(n)]
    return state.getLines(start, after, min(depths, default=0), False) + "\n"


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """An indented block."""
    if silent or not state.env.get("rst") or state.sCount[start] <= state.blkIndent:
        return False
    after = _below(state, start, end, state.blkIndent)
    if after < end and not state.isEmpty(after):
        return False  # a slip, such as a space before a title
    _fence(state, start, after, "{blockquote}").content = _inside(state, start, after)
    return True


def _definitions(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Terms, each with a block below it that is indented."""
    if silent or not state.env.get("rst") or not _is_term(state, start, end):
        return False
    at, made = start, []
    while at < end and _is_term(state, at, end):
        after = _below(state, at + 1, end, state.sCount[start])
        made.append(_fence(state, at, after, f"{{rst-definition}} {_text(state, at)}"))
        made[-1].content = _inside(state, at + 1, after)
        at = after
        while at < end and state.isEmpty(at):
            at += 1
    made[0].meta["first"] = made[-1].meta["last"] = True
    return True


def _is_term(state: StateBlock, start: int, end: int) -> bool:
    """Whether a line has a definition right below it."""
    return (
        start + 1 < end
        and state.sCount[start] == state.blkIndent
        and not state.isEmpty(start + 1)
        and state.sCount[start + 1] > state.sCount[start]
        and not _NO_TERM.match(_text(state, start))
    )


def _fields(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`:Author: Jane Doe`, as names and what they say."""
    if silent or state.src[state.bMarks[start] + state.tShift[start]] != ":":
        return False
    after = start
    while after < end and not state.isEmpty(after) and state.sCount[after] >= state.blkIndent:
        hangs = after > start and state.sCount[after] > state.sCount[start]
        if not hangs and not _is_field(_text(state, after)):
            return False
        after += 1
    content = state.getLines(start, after, state.blkIndent, False)
    _fence(state, start, after, "{rst-fields}").content = content
    return True


def _is_field(line: str) -> bool:
    match = _FIELD.match(line.rstrip())
    return match is not None and (
        match["name"][0].isupper() or match["name"].split()[0].lower() in _KNOWN
    )


def fields(content: str) -> list[tuple[str, str]]:
    """Names and texts of fields; a text goes on in lines that are indented."""
    found: list[tuple[str, str]] = []
    for line in content.splitlines():
        match = _FIELD.match(line.rstrip())
        if match and not line[:1].isspace():
            found.append((match["name"], match["text"] or ""))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line.strip()}".strip())
    return found


def _lines(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`| ` before each line: lines that end where their author ends them."""
    if silent or state.src[state.bMarks[start] + state.tShift[start]] != "|":
        return False
    after, shown = start, 0
    while after < end and not state.isEmpty(after) and state.sCount[after] >= state.blkIndent:
        line = _text(state, after)
        hangs = shown and not line.startswith("|") and state.sCount[after] > state.blkIndent
        if not hangs and not _LINE.match(line.rstrip()):
            return False
        shown += len(line) > 1
        after += 1
    if not shown:
        return False
    content = state.getLines(start, after, state.blkIndent, False)
    _fence(state, start, after, "{line-block}").content = content
    return True


def _counted(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`#. ` for each item: the list of Markdown whose items begin with `1. `."""
    if not _text(state, start).startswith("#. ") or state.is_code_block(start):
        return False
    parts, at = [], 0
    for number in range(start, end):
        if state.sCount[number] < state.sCount[start] and not state.isEmpty(number):
            break
        if state.sCount[number] == state.sCount[start] and _text(state, number).startswith("#. "):
            place = state.bMarks[number] + state.tShift[number]
            parts += [state.src[at:place], "1"]
            at = place + 1
    state.src = "".join([*parts, state.src[at:]])
    return False
