r"""Where formulas stand in prose, besides `$…$` and `$$…$$`.

Jupyter takes what MathJax takes: `\\(…\\)` and `\\[…\\]` (two backslashes, as Markdown eats one),
environments anywhere, and `\eqref`. With one backslash they are Markdown's escapes, and formulas
only where what they hold can be nothing else.
"""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_block
from mdit_py_plugins.dollarmath.index import is_escaped, math_block_dollar

MAX_LINES = 200  # of a displayed formula
MAX_INLINE = 5_000  # characters of a formula in a line

_INTERRUPTED = ["paragraph", "reference", "blockquote", "list", "footnote_def"]
_OPEN = re.compile(r"(\\\\?)([(\[])")
_CLOSE = {"(": ")", "[": "]"}
_BEGIN = re.compile(r"\\begin\{([a-zA-Z]{1,20}\*?)\}")
_CLOSING = re.compile(r"\$\$[^\S\n]*+(?:\([^$\n]*\)[^\S\n]*+)?$", re.MULTILINE)
_REFERENCE = re.compile(r"\\(eq)?ref\{([^{}\n]{1,200})\}")
_SURELY = re.compile(r"\\[a-zA-Z]|[\^_=<>+*/|]|\A\s*[A-Za-z]\s*\Z|\A[A-Za-z]\([A-Za-z]\)\Z")
_COMMAND = re.compile(r"\\[a-zA-Z]")
_SPACED = re.compile(r"\A\s.*[\^_=\\].*\s\Z", re.DOTALL)
_OUTSIDE = re.compile(
    r"<(script|style|pre|code|textarea|svg|math)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)"
    r"|<[a-z/!?][^>]*+(?:>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_IN_HTML = re.compile(
    r"(?<![\\$])\$\$(?P<double>[^$]{1,5000}?)\$\$"
    r"|(?<![\\$\w])\$(?![\s$\d])(?P<single>[^$\n]{1,500}?)(?<![\s\\])\$(?![\w$])"
    r"|\\\\?\((?P<round>.{1,2000}?)\\\\?\)|\\\\?\[(?P<square>.{1,5000}?)\\\\?\]",
    re.DOTALL,
)


def plugin(md: MarkdownIt) -> None:
    """Add the rules to a parser that knows dollars and bare environments."""
    md.inline.ruler.before("escape", "tex", _inline)
    md.inline.ruler.after("math_inline", "math_spaced", _spaced)
    md.block.ruler.at("math_block", _dollars, {"alt": _INTERRUPTED})
    md.block.ruler.at("amsmath", _environment, {"alt": _INTERRUPTED})
    md.block.ruler.before("fence", "math_brackets", _brackets, {"alt": _INTERRUPTED})


def _inline(state: StateInline, silent: bool) -> bool:
    """A formula, or a reference to one, that begins with a backslash."""
    if state.src[state.pos] != "\\":
        return False
    reference = _REFERENCE.match(state.src, state.pos)
    if reference:
        if not silent:
            _refer(state, reference)
        state.pos = reference.end()
        return True
    begin = _BEGIN.match(state.src, state.pos)
    if begin:
        closing = f"\\end{{{begin[1]}}}"
        end = state.src.find(closing, begin.end(), begin.end() + MAX_INLINE)
        if end < 0:
            return False
        end += len(closing)
        return _push(state, silent, state.src[begin.start() : end], end, display=True)
    opening = _OPEN.match(state.src, state.pos)
    if not opening:
        return False
    closing = opening[1] + _CLOSE[opening[2]]
    end = state.src.find(closing, opening.end(), opening.end() + MAX_INLINE)
    content = state.src[opening.end() : end]
    if end < 0 or not content.strip() or not _is_formula(content, opening[1], state.src, end + 2):
        return False
    return _push(state, silent, content, end + len(closing), display=opening[2] == "[")


def _is_formula(content: str, backslashes: str, text: str, end: int) -> bool:
    """Whether brackets with a backslash hold a formula, and no escaped text."""
    if len(backslashes) == 2:
        return True
    return bool(_SURELY.search(content)) and not text.startswith("(", end)


def _refer(state: StateInline, match: re.Match[str]) -> None:
    token = state.push("myst_role", "", 0)
    token.meta = {"name": "eq" if match[1] else "numref"}
    token.content = match[2] if match[1] else f"%s <{match[2]}>"


def _push(state: StateInline, silent: bool, tex: str, end: int, *, display: bool) -> bool:
    if not silent:
        token = state.push("math_inline_double" if display else "math_inline", "math", 0)
        token.content = tex
        token.markup = "$$" if display else "$"
    state.pos = end
    return True


def _spaced(state: StateInline, silent: bool) -> bool:
    """A formula in dollars with spaces or digits around it, if it can be nothing else."""
    start = state.pos
    if state.src[start] != "$" or is_escaped(state, start):
        return False
    end = state.src.find("$", start + 1, start + MAX_INLINE)
    tex = state.src[start + 1 : end]
    if end < 0 or not tex.strip() or is_escaped(state, end):
        return False
    if not (_COMMAND.search(tex) or _SPACED.match(tex)):
        return False
    return _push(state, silent, tex, end + 1, display=False)


_base = math_block_dollar()


def _dollars(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`$$…$$` that may interrupt a paragraph, and hold blank lines if its dollars stand alone."""
    count, line = len(state.tokens), state.line
    near, first = min(end, start + MAX_LINES), state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("$$", first):
        return False
    if not _CLOSING.search(state.src, first + 2, state.eMarks[near - 1]):
        return False
    found = _base(state, start, near, silent) or _with_blanks(state, start, end)
    if found and silent:
        del state.tokens[count:]
        state.line = line
    return found


def _with_blanks(state: StateBlock, start: int, end: int) -> bool:
    if _line(state, start) != "$$" or state.is_code_block(start):
        return False
    for number in range(start + 1, min(end, start + MAX_LINES)):
        if _line(state, number) == "$$" and state.sCount[number] >= state.blkIndent:
            _block(state, start, number + 1, _lines(state, start + 1, number))
            return True
    return False


def _environment(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    r"""`\begin{align} … \end{align}` on lines of its own."""
    return amsmath_block(state, start, min(end, start + MAX_LINES), silent)


def _brackets(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    r"""`\[ … \]` on lines of its own."""
    first = _line(state, start)
    opening = _OPEN.match(first)
    if not opening or opening[2] != "[" or state.is_code_block(start):
        return False
    closing = f"{opening[1]}]"
    for number in range(start, min(end, start + MAX_LINES)):
        line = _line(state, number)
        if not line and len(opening[1]) == 1 and first != opening[0]:
            return False  # a paragraph that begins with an escaped bracket
        at = line.find(closing, opening.end() if number == start else 0)
        if at < 0:
            continue
        lines = [first[opening.end() :], *_lines(state, start + 1, number + 1).split("\n")]
        tex = "\n".join(lines if number > start else lines[:1])
        tex = tex[: tex.rindex(closing)]
        if line[at:].rstrip(" .,;") != closing or not _is_formula(tex, opening[1], "", 0):
            return False
        if not silent:
            _block(state, start, number + 1, tex)
        return True
    return False


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].strip()


def _lines(state: StateBlock, first: int, last: int) -> str:
    return "\n".join(_line(state, number) for number in range(first, last))


def _block(state: StateBlock, start: int, end: int, tex: str) -> None:
    token = state.push("math_block", "math", 0)
    token.block, token.content, token.markup = True, tex, "$$"
    token.map = [start, end]
    state.line = end


def in_html(block: Token) -> list[Token]:
    """A block of HTML as pieces: the formulas in its text, and what stands between them."""
    if "$" not in block.content and "\\" not in block.content:
        return [block]
    pieces: list[Token] = []
    text, start = block.content, 0
    for match in _OUTSIDE.finditer(text):
        pieces += _formulas(text[start : match.start()], block)
        pieces.append(_piece("html_block", match[0], block))
        start = match.end()
    pieces += _formulas(text[start:], block)
    return pieces if any(piece.type != "html_block" for piece in pieces) else [block]


def _formulas(text: str, block: Token) -> list[Token]:
    pieces, start = [], 0
    for match in _IN_HTML.finditer(text):
        tex: Any = match[match.lastgroup or 0]
        if not _SURELY.search(tex):
            continue
        pieces.append(_piece("html_block", text[start : match.start()], block))
        display = match.lastgroup in ("double", "square")
        pieces.append(_piece("math_inline_double" if display else "math_inline", tex, block))
        start = match.end()
    return [*pieces, _piece("html_block", text[start:], block)]


def _piece(kind: str, content: str, block: Token) -> Token:
    token = Token(kind, "", 0)
    token.content, token.map = content, block.map
    return token
