"""reStructuredText where it stands in Markdown: people write it in notebooks of Sphinx projects.

The rule: what is read here has no sensible meaning in Markdown. That are directives, comments,
targets and substitutions, all after `.. ` at the head of a line; headings under lines that
Markdown takes for something else, at least as long as themselves; literal blocks after `::`, and
sessions after `>>> `; lists (see `rst_lists`) and names (`rst_names`); tables drawn with lines;
roles `` :role:`text` ``, and links `` `text <address>`_ ``. Directives become fences, as MyST
writes them, and are drawn like those.
Source: docutils' "reStructuredText Markup Specification".
"""

from __future__ import annotations

import ast
import re
import warnings

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from publisher.markdown import rst_names, rst_tables
from publisher.markdown.rst_lists import lists_plugin

_DIRECTIVE = re.compile(r"\.\.[ ]++([A-Za-z][\w:.+-]*?)::(?:[ \t]++(.*))?\Z")
_TARGET = re.compile(r"\.\.[ ]++_(`[^`\n]++`|[^:\n]++):[ \t]*+(\S*)[ \t]*+\Z")
_NOTE = re.compile(r"\.\.[ ]++\[(#?[\w*-]*)\][ \t]++(.*)\Z")
_EXPLICIT = re.compile(r"\.\.(?:[ ]|\Z)")
_UNDER = re.compile(r"(?:([=-])\1{2,}+|([~^\"'*+#.])\2{3,}+)[ \t]*+\Z")
_OVER = re.compile(r"([=\-^\"'*+#])\1{3,}+[ \t]*+\Z")  # two lines of ~ are a fence
_ROLE = re.compile(
    r":([A-Za-z][\w.+-]{0,40}+(?>(?::[A-Za-z][\w.+-]{0,40}+){0,2})):`([^`]++)`++"
)  # two at the end are a slip
_LINK = re.compile(r"`([^`<>]*+)<([^`<>\s]++)>`__?(?!\w)")
_NAMED = re.compile(r"`([^`<>\n]++)`__?(?!\w)")
_OBJECT = re.compile(r"`(~[A-Za-z_]\w*+(?>(?:\.\w++)+)(?:\(\))?)`(?!`)")
_RENAMED = {"sourcecode": "code-block", "math:numref": "numref"}
_ENDS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
MAX_TITLE = 200  # characters


def rst_plugin(md: MarkdownIt) -> None:
    """Read what is reStructuredText and cannot be meant as Markdown."""
    md.block.ruler.before("table", "rst_table", _table)
    md.block.ruler.before("code", "rst_literal", _literal)
    md.use(lists_plugin)
    md.use(rst_names.names_plugin)
    md.block.ruler.before("fence", "rst_heading", _heading)
    md.block.ruler.before("blockquote", "rst_session", _session)
    md.block.ruler.before("fence", "rst_explicit", _explicit, _ENDS)
    md.inline.ruler.before("backticks", "rst_role", _role)
    md.inline.ruler.before("backticks", "rst_link", _link)
    md.inline.ruler.before("escape", "rst_joint", _joint)


def _text(state: StateBlock, number: int) -> str:
    """A line without what it is indented by."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _explicit(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """What begins with `.. `: a directive, a target, a note, or a comment."""
    line = _text(state, start)
    if not line.startswith("..") or not _EXPLICIT.match(line) or state.is_code_block(start):
        return False
    directive, target = _DIRECTIVE.match(line), _TARGET.match(line)
    if silent:  # a paragraph may hold two dots
        return bool(directive or target)
    after = _indented(state, start, end, state.sCount[start])
    if directive:
        name = _RENAMED.get(directive[1], directive[1])
        _fence(state, start, after, f"{{{name}}} {directive[2] or ''}")
    elif target:
        _target(state, start, target)
    elif note := _NOTE.match(line):
        shown, identifier = rst_names.note(state.env, note[1])
        token = _fence(state, start, after, "{rst-note}")
        token.meta["options"] = {"mark": shown, "id": identifier}
        token.content = f"{note[2]}\n{token.content}"
    elif given := rst_names.SUBSTITUTION.match(line):
        rst_names.define(state.env, given, _body(state, start + 1, after))
    state.line = after
    return True


def _fence(state: StateBlock, start: int, after: int, info: str) -> Token:
    """A block with its indented body as a fence that holds a directive."""
    token = state.push("fence", "code", 0)
    token.info, token.content = info, _body(state, start + 1, after)
    token.map, token.meta = [start, after], {"rst": True}
    return token


def _target(state: StateBlock, start: int, match: re.Match[str]) -> None:
    """`.. _label:` names what follows, `.. _name: address` is a link for later."""
    name, address = match[1].strip("`"), match[2]
    if not address:
        token = state.push("myst_target", "", 0)
        token.content, token.map = name, [start, start + 1]
    elif not address.endswith("_"):
        rst_names.link(state.env, name, address)


def _heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A title under a line, or between two."""
    if silent or start + 1 >= end or state.is_code_block(start):
        return False
    over = _text(state, start).rstrip() if _OVER.match(_text(state, start)) else ""
    at = start + bool(over)
    if at + 1 >= end:
        return False
    title, under = _text(state, at).strip(), _text(state, at + 1).rstrip()
    if not _fits(title, under) or (over and over != under):
        return False
    mark = under[0]
    styles: list[str] = state.env.setdefault("rst_styles", [])
    if not over and mark in "=-" and not styles:
        return False  # Markdown has these
    level = _level(styles, mark * 2 if over else mark)
    opening = state.push("heading_open", f"h{level}", 1)
    opening.markup, opening.map = mark, [start, at + 2]
    inline = state.push("inline", "", 0)
    inline.content, inline.children, inline.map = title, [], [start, at + 2]
    state.push("heading_close", f"h{level}", -1).markup = mark
    state.line = at + 2
    return True


def _fits(title: str, under: str) -> bool:
    """Whether a line stands under a title, as far as one can tell."""
    return (
        0 < len(title) <= min(len(under), MAX_TITLE)
        and _UNDER.match(under) is not None
        and not _UNDER.match(title)
        and title[0] not in ">|#`~"
        and not title.startswith(("- ", "* ", "+ "))
        and not (under[0] == "~" and title.endswith(":"))  # `Code:`, and a fence of it
    )


def _level(styles: list[str], style: str) -> int:
    """The level of a heading: that of its kind of line, in the order in which they occur."""
    if style not in styles:
        if not styles and len(style) == 1:
            styles += ["=", "-"]  # what Markdown has for two levels
        styles.append(style)
    return min(styles.index(style) + 1, 6)


def _literal(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """An indented block after a paragraph that ends with `::`."""
    if silent or state.sCount[start] <= state.blkIndent or not state.tokens:
        return False
    if state.tokens[-1].type != "paragraph_close":
        return False
    paragraph = state.tokens[-2]
    if not paragraph.content.endswith("::"):
        return False
    text = paragraph.content[:-2]
    paragraph.content = text.rstrip() if not text or text[-1].isspace() else f"{text}:"
    after = _indented(state, start - 1, end, state.blkIndent)
    token = state.push("fence", "code", 0)
    token.content, token.map = _body(state, start, after), [start, after]
    state.line = after
    return True


def _session(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A session with Python, `>>> 1 + 1`: three quotes in each other, if it were Markdown."""
    line = _text(state, start)
    if silent or not line.startswith(">>> ") or not _is_python(line[4:]):
        return False
    after = start
    while after < end and not state.isEmpty(after) and state.sCount[after] >= state.blkIndent:
        after += 1
    token = state.push("fence", "code", 0)
    token.info, token.map = "pycon", [start, after]
    token.content = state.getLines(start, after, state.blkIndent, True)
    state.line = after
    return True


def _is_python(line: str) -> bool:
    """Whether a line is code, and no sentence."""
    for text in (line, f"{line} pass"):
        try:
            with warnings.catch_warnings(action="ignore"):  # of odd escapes
                ast.parse(text[:MAX_TITLE])
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
        return True
    return False


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table drawn with lines: `+---+---+`, or `===  ===`."""
    line = _text(state, start)
    if silent or line[:2] not in ("+-", "+=", "==") or state.is_code_block(start):
        return False
    if not rst_tables.RULE.match(line):
        return False
    lines = []
    for number in range(start, min(end, start + rst_tables.MAX_LINES)):
        indent = state.sCount[number] - state.sCount[start]
        if indent < 0 and not state.isEmpty(number):
            break
        lines.append("" if state.isEmpty(number) else " " * indent + _text(state, number))
    table = rst_tables.read(lines)
    if table is None:
        return False
    rst_tables.push(state, table, start)
    state.line = start + table.lines
    return True


def _role(state: StateInline, silent: bool) -> bool:
    """`` :role:`text` ``, and the name of an object that shows its last part: `` `~a.b` ``."""
    first = state.src[state.pos]
    before = state.src[state.pos - 1] if state.pos else " "
    if first not in ":`" or before.isalnum() or before == "`":
        return False
    match = (_ROLE if first == ":" else _OBJECT).match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        token = state.push("myst_role", "", 0)
        name, content = match.groups() if first == ":" else ("py:obj", match[1])
        token.meta = {"name": _RENAMED.get(name, name), "rst": True}
        token.content = content.replace("\n", " ")
    state.pos = match.end()
    return True


def _joint(state: StateInline, silent: bool) -> bool:
    r"""`\ ` between markup and a word: nothing at all."""
    at, text = state.pos, state.src
    if text[at : at + 2] != "\\ " or not at:
        return False
    if text[at - 1] != "`" and not text.startswith((":", "`"), at + 2):
        return False
    state.pos += 2
    return True


def _link(state: StateInline, silent: bool) -> bool:
    """`` `text <address>`_ ``, and `` `name`_ `` for an address that is given elsewhere."""
    if state.src[state.pos] != "`":
        return False
    match = _LINK.match(state.src, state.pos)
    address = match[2] if match else ""
    links = state.env.get("rst_links", {})
    if address.endswith("_"):  # the name of another link
        address = links.get(rst_names.key(address[:-1]), address)
    if not match:
        match = _NAMED.match(state.src, state.pos) if links else None
        address = links.get(rst_names.key(match[1]), "") if match else ""
    if not match or not address:
        return False
    href = state.md.normalizeLink(address.replace("\\", ""))
    if not state.md.validateLink(href):
        return False
    if not silent:
        state.push("link_open", "a", 1).attrs = {"href": href}
        state.push("text", "", 0).content = " ".join(match[1].split()) or address
        state.push("link_close", "a", -1)
    state.pos = match.end()
    return True


def _indented(state: StateBlock, start: int, end: int, indent: int) -> int:
    """The line after the block below `start` that is indented more than `indent`.

    Blank lines at its end are not counted.
    """
    after = number = start + 1
    while number < end and (state.isEmpty(number) or state.sCount[number] > indent):
        number += 1
        if not state.isEmpty(number - 1):
            after = number
    return after


def _body(state: StateBlock, start: int, after: int) -> str:
    """Lines without what all of them are indented by; options, one a line, at their head."""
    depths = [state.sCount[n] for n in range(start, after) if not state.isEmpty(n)]
    return state.getLines(start, after, min(depths, default=0), False) + "\n" if depths else ""
