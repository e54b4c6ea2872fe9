"""Fences of colons: MyST's `:::{name}`, Pandoc's `::: {.class #id key="value"}` and `::: name`.

They nest, whether the outer ones are longer (MyST), or of any length (Pandoc). Those of code that
stands inside are not counted. A `:::` that closes nothing is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock

STRAY = "stray_fence"
"""The type of a token for a `:::` that closes nothing."""

MAX_OPEN = 100  # fences in each other whose ends are told apart
_MARK = re.compile(r":{3,}+")
_CODE = re.compile(r"(`{3,}+|~{3,}+)")
_ATTRIBUTE = re.compile(
    r"""[\s,]*+(?:\#(?P<id>[\w:.-]++)|\.(?P<class>[\w-]++)"""
    r"""|(?P<key>[A-Za-z][\w:.-]*+)[ ]*+=[ ]*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'"""
    r"""|(?P<bare>[^\s"'{}]++))|(?P<word>[A-Za-z=-][\w:.+-]*+))"""
)


def colon_fence_plugin(md: MarkdownIt) -> None:
    """Read fences of colons as tokens `colon_fence`, `meta["open"]` where one is not closed."""
    ends: RuleOptionsType = {
        "alt": ["paragraph", "reference", "blockquote", "list", "footnote_def"]
    }
    md.block.ruler.before("fence", "colon_fence", _colon_fence, ends)


@dataclass
class Attributes:
    """What stands in the braces of `{#id .class key="value" word}`; `rest` follows them."""

    id: str = ""
    classes: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    rest: str = ""

    @classmethod
    def of(cls, text: str) -> Attributes:
        """Read attributes as Pandoc writes them; without braces all is `rest`."""
        found = cls()
        if not text.startswith("{"):
            found.rest = text.strip()
            return found
        at = 1
        while match := _ATTRIBUTE.match(text, at):
            at = match.end()
            value = next((v for v in match.group("double", "single", "bare") if v is not None), "")
            found.id = match["id"] or found.id
            if match["class"]:
                found.classes.append(match["class"])
            elif match["key"]:
                found.values[match["key"].lower()] = value
            elif match["word"]:
                found.words.append(match["word"])
        found.rest = text[at:].partition("}")[2].strip()
        return found


def _colon_fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    line = _line(state, start)
    if not line.startswith(":::") or state.is_code_block(start):
        return False
    if silent:
        return True
    length, info = _mark(line)
    if not info:
        token = state.push(STRAY, "", 0)
        token.map = [start, start + 1]
        state.line = start + 1
        return True
    last, closed = _end(state, start, end, (length, info), fenced=True)
    if not closed:  # code that is not closed would hide the end
        last, closed = _end(state, start, end, (length, info), fenced=False)
    token = state.push("colon_fence", "code", 0)
    token.info, token.markup = info, ":" * length
    token.content = state.getLines(start + 1, last, state.sCount[start], True)
    token.meta = {"open": not closed}
    state.line = last + closed
    token.map = [start, state.line]
    return True


def _end(
    state: StateBlock, start: int, end: int, mark: tuple[int, str], *, fenced: bool
) -> tuple[int, bool]:
    """The line that closes a fence, and whether there is one; `fenced` minds code inside."""
    fences = [(mark[0], _is_strict(mark[1]))]
    code = ""
    for number in range(start + 1, end):
        line = _line(state, number)
        if line and state.sCount[number] < state.blkIndent:
            return number, False
        if code:
            if line.startswith(code) and not line.strip().strip(code[0]):
                code = ""
        elif fenced and line[:1] in ("`", "~") and (opening := _CODE.match(line)):
            code = opening[1]
        elif line.startswith(":::"):
            length, info = _mark(line)
            if not info:
                del fences[_closes(fences, length) :]
            elif len(fences) < MAX_OPEN:
                fences.append((length, _is_strict(info)))
            if not fences:
                return number, True
    return end, False


def _mark(line: str) -> tuple[int, str]:
    """How long the colons of a fence are, and what follows, without colons at its end."""
    mark = _MARK.match(line)
    assert mark is not None
    return mark.end(), line[mark.end() :].strip().rstrip(":").rstrip()


def _closes(fences: list[tuple[int, bool]], length: int) -> int:
    """Which of the open fences a bare one of some length closes, with those inside it."""
    lengths = [fence[0] for fence in fences]
    for fits in (length.__eq__, length.__ge__):
        found = next((i for i in range(len(lengths) - 1, -1, -1) if fits(lengths[i])), None)
        if found is not None:
            return found
    return len(fences) if fences[-1][1] else len(fences) - 1


def _is_strict(info: str) -> bool:
    """Whether a fence is MyST's, which ends with one as long as itself."""
    return info[:1] == "{" and info[1:2].isalpha()


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
