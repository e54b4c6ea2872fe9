"""TeX as text: its groups, environments and rows. Nothing here knows what a formula means."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_LENGTH = 20_000  # characters of a formula
MAX_DEPTH = 100  # of groups in it: very deep ones overflow a converter's stack

_COMMENT = re.compile(r"(?<!\\)((?>(?:\\\\)*))%[^\n]*+\n?[ \t]*+")
_MARK = re.compile(r"\\[a-zA-Z]++|\\.|[{}]", re.DOTALL)
_ATOM = re.compile(r"\\[a-zA-Z]++|\\.|[{}]|[^\\{}\s\[]", re.DOTALL)
_ARGUMENT = re.compile(r"\s*+(\\[a-zA-Z]++|\\.|[^\s{}\\])", re.DOTALL)
_SPACE = re.compile(r"\s*+")
_BREAK = re.compile(r"\\\\(?>(?:\*|\s*+\[[^\]\n]{0,20}+\])?)")
_BRACKET = re.compile(
    r"\\(?P<pair>left|right)(?![a-zA-Z])\s*(?:\\[a-zA-Z]+|\\.|.)?"
    r"|(?P<open>[(\[⌈⌊⌜⌞⍺⎰❲⟅⟦⟨⟪⟬⟮⦃⦅⦇⦉⦋⦍⦏⦑⦓⦕⦗⧘⧚⧼]|\\\{|\\(?:lBrace|lVert|lang|langle|lbrace|lbrack"
    r"|lceil|lfloor|lgroup|llbracket|llcorner|lmoustache|lparen|lvert|ulcorner)(?![a-zA-Z]))"
    r"|(?P<close>[)\]]|\\\}|\\(?:rangle|rbrace|rbrack|rceil|rfloor|rgroup|rrbracket|rparen|rvert"
    r"|rVert)(?![a-zA-Z]))|(?P<word>[{}&]|\\\\|\\(?:begin|end)(?![a-zA-Z]))|\\[a-zA-Z]+|\\.",
    re.DOTALL,
)
_NAME = re.compile(r"\s*+\{([a-zA-Z]{1,20}\*?)\}")


def without_comments(tex: str) -> str:
    """TeX without what stands behind `%`."""
    return _COMMENT.sub(r"\1", tex) if "%" in tex else tex


def group(tex: str, start: int) -> tuple[str, int] | None:
    """The argument that begins at `start`, without its braces, and where it ends.

    None if there is none, or its brace is never closed.
    """
    start = _end(_SPACE, tex, start)
    if not tex.startswith("{", start):
        match = _ARGUMENT.match(tex, start)
        return (match[1], match.end()) if match else None
    depth = 0
    for match in _MARK.finditer(tex, start):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if not depth:
            return tex[start + 1 : match.start()], match.end()
    return None


def balanced(tex: str) -> bool:
    """Whether every brace and every environment that begins in TeX ends in it."""
    braces = environments_ = 0
    for match in _MARK.finditer(tex):
        braces += {"{": 1, "}": -1}.get(match[0], 0)
        environments_ += {r"\begin": 1, r"\end": -1}.get(match[0], 0)
        if braces < 0 or environments_ < 0:
            return False
    return not braces and not environments_


def option(tex: str, start: int) -> tuple[str | None, int]:
    """The `[…]` that begins at `start`, if there is one, and where it ends."""
    at = _end(_SPACE, tex, start)
    if not tex.startswith("[", at):
        return None, start
    depth = 0
    for match in re.compile(r"\\.|[{}\]]", re.DOTALL).finditer(tex, at):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if match[0] == "]" and not depth:
            return tex[at + 1 : match.start()], match.end()
    return None, start


def _end(pattern: re.Pattern[str], tex: str, start: int) -> int:
    match = pattern.match(tex, start)
    return match.end() if match else start


def environments(tex: str) -> Iterator[tuple[str, int, int, int, int]]:
    """The outermost environments: name, where each begins, its body begins and ends, it ends."""
    depth, braces, found = 0, 0, ("", 0, 0)
    for match in _MARK.finditer(tex):
        if match[0] in "{}":
            braces += 1 if match[0] == "{" else -1
        elif match[0] in (r"\begin", r"\end") and (name := _NAME.match(tex, match.end())):
            if match[0] == r"\begin":
                if not depth and braces <= 0:
                    found = (name[1], match.start(), name.end())
                depth += 1
            else:
                depth -= 1
                if not depth and found[0] == name[1]:
                    yield (*found, match.start(), name.end())
                    found = ("", 0, 0)


def rows(tex: str) -> list[tuple[str, str]]:
    r"""The rows of an environment's body, each with the `\\` behind it."""
    found: list[tuple[str, str]] = []
    depth, start = 0, 0
    for match in _MARK.finditer(tex):
        if match.start() < start:
            continue
        if match[0] in ("{", r"\begin"):
            depth += 1
        elif match[0] in ("}", r"\end"):
            depth -= 1
        elif depth == 0 and match[0] in (r"\\", r"\cr"):
            end = _end(_BREAK, tex, match.start()) if match[0] == r"\\" else match.end()
            found.append((tex[start : match.start()], tex[match.start() : end]))
            start = end
    return [*found, (tex[start:], "")]


def cells(row: str) -> list[str]:
    """The parts of a row between its `&`."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"\\[a-zA-Z]++|\\.|[{}&]", row, re.DOTALL):
        if match[0] in ("{", r"\begin"):
            depth += 1
        elif match[0] in ("}", r"\end"):
            depth -= 1
        elif match[0] == "&" and depth == 0:
            parts.append(row[start : match.start()])
            start = match.end()
    return [*parts, row[start:]]


def unmatched(tex: str) -> int:
    """How many brackets are open at most that are not closed in their group, row or cell."""
    counts, worst = [0], 0
    for match in _BRACKET.finditer(tex):
        word = match["pair"] or match["word"]
        if match["open"]:
            counts[-1] += 1
        elif match["close"]:
            counts[-1] = max(counts[-1] - 1, 0)
        elif word in ("{", r"\begin", "left"):
            counts.append(0)
        elif word:
            worst = max(worst, sum(counts))
            counts[-1] = 0
            if word not in ("&", "\\\\") and len(counts) > 1:
                counts.pop()
    return max(worst, sum(counts))


def levels(tex: str) -> int:
    """How deep TeX is nested at most; a command may hold the one that follows it."""
    deepest, run, outer = 0, 0, [0]
    for match in _ATOM.finditer(tex):
        word = match[0]
        if word in ("{", r"\left", r"\begin"):
            outer.append(outer[-1] + run + 1)
            run = 0
        elif word in ("}", r"\right", r"\end"):
            outer.pop()
            outer = outer or [0]
            run = 0
        else:
            run = run + 1 if word[0] == "\\" and word[1:].isalpha() else 0
        deepest = max(deepest, outer[-1] + run)
    return deepest
