r"""TeX as MathJax takes it, written as the converters take it.

Jupyter draws formulas by MathJax, which forgives more: `_` in text, `\\` outside of environments,
commands of packages that need no more than a word.
"""

from __future__ import annotations

import re

from publisher.math.tex import balanced, cells, environments, group, rows

_WORDS = {
    "mbox": r"\text",
    "hbox": r"\text",
    "mathds": r"\mathbb",
    "mathbbm": r"\mathbb",
    "lefteqn": r"\rlap",
    "nicefrac": r"\sfrac",
    "mathbit": r"\boldsymbol",
    "sdot": r"\cdot",
    "textcopyright": "©",
    "textregistered": "®",
}
_GONE = frozenset("allowbreak nobreak displaybreak linebreak pagebreak noindent".split())
_WORD = re.compile(
    rf"\\(?:(?P<word>{'|'.join(_WORDS)})|(?P<gone>{'|'.join(sorted(_GONE))})|(?P<rest>require"
    r"|usepackage|text|textrm|textbf|textit|texttt|textsf|textnormal|mathrm|unicode|class|cssId"
    r"|color|cfrac|begin|mathop))(?![a-zA-Z])"
)
_TEXT_SIGN = re.compile(r"(\$[^$]*\$|\\[a-zA-Z]+\s*|\\.|\{|\})|([_^#&])", re.DOTALL)
_CODE = re.compile(r"\s*(?:\[[^\]]*\])?\{\s*(x[0-9a-fA-F]{1,6}|[0-9]{1,7})\s*\}")
_OPTION = re.compile(r"\s*\[[lrc]?\]")
_COLOR = re.compile(r"\s*(?:\[[a-zA-Z]*\])?\{[^{}]*\}\s*(?=\{)")
_ARRAY = re.compile(r"\{(?:array|darray)\}(?:\[[tcb]\])?(?=\{)")
_BETWEEN = re.compile(r"[@!]\{(?:[^{}]|\{[^{}]*\})*\}")

_EMPTY_LINE = re.compile(r"\n[ \t]*\n\s*")
_LIMITS = re.compile(r"\s*\\(?:no)?limits(?![a-zA-Z])")
_SCRIPT = re.compile(r"\s*([_^])")

_INLINE = {"align": "aligned", "gather": "gathered", "multline": "gathered", "alignat": "alignedat"}


def forgiven(tex: str, *, display: bool = True) -> str:
    """TeX without what only MathJax takes."""
    parts: list[str] = []
    start = 0
    for match in _WORD.finditer(tex):
        if match.start() < start:
            continue
        new = _written(match, tex, display=display)
        if new is not None:
            parts += [tex[start : match.start()], new[0]]
            start = new[1]
    return "".join([*parts, tex[start:]]) if parts else tex


def _written(match: re.Match[str], tex: str, *, display: bool) -> tuple[str, int] | None:
    """What stands for a command, and where that ends in the TeX; None for itself."""
    end, word = match.end(), match["rest"]
    if match["gone"]:
        return " ", end
    if match["word"] in ("mbox", "hbox") or (word or "").startswith("text"):
        name = "text" if match["word"] else word
        inner = group(tex, end) if tex.startswith("{", end) else None
        return (f"\\{name}{{{_literal(inner[0])}}}", inner[1]) if inner else None
    if match["word"]:
        return _WORDS[match["word"]], end
    if word == "mathop":
        return _operator(tex, end, display=display)
    return _of_package(word or "", tex, end)


def _operator(tex: str, end: int, *, display: bool) -> tuple[str, int] | None:
    r"""A `\mathop` with what stands below and above it: both converters put that beside it."""
    inner = group(tex, end)
    if inner is None:
        return None
    base, end = inner
    limits = _LIMITS.match(tex, end)
    if limits:
        end = limits.end()
    if (limits and "no" in limits[0]) or not (limits or display):
        return f"{{{base}}}", end
    base = f"{{{base}}}"
    found: dict[str, str] = {}
    while (sign := _SCRIPT.match(tex, end)) and sign[1] not in found:
        script = group(tex, sign.end())
        if script is None:
            return None
        found[sign[1]], end = script
    for sign_, command in (("_", "underset"), ("^", "overset")):
        if sign_ in found:
            base = f"\\{command}{{{forgiven(found[sign_])}}}{{{base}}}"
    return f"\\,{base}\\,", end


def _of_package(word: str, tex: str, end: int) -> tuple[str, int] | None:
    if word in ("require", "usepackage"):
        argument = group(tex, end)
        return ("", argument[1]) if argument else None
    if word in ("class", "cssId"):  # for style sheets that are not there
        argument = group(tex, end)
        return ("", argument[1]) if argument else None
    if word == "unicode" and (code := _CODE.match(tex, end)):
        number = int(code[1][1:], 16) if code[1][0] == "x" else int(code[1])
        good = 0x20 <= number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
        return (chr(number), code.end()) if good and chr(number) not in "<>&\\{}$%#" else None
    if word == "cfrac" and (option := _OPTION.match(tex, end)):
        return r"\cfrac", option.end()
    if word == "color" and _COLOR.match(tex, end):  # that of MathJax colours one argument
        return r"\textcolor", end
    if word == "begin" and (array := _ARRAY.match(tex, end)):
        columns = group(tex, array.end())
        if columns and _BETWEEN.search(columns[0]):
            return f"\\begin{{array}}{{{_BETWEEN.sub('', columns[0])}}}", columns[1]
    return None


def _literal(text: str) -> str:
    """Text in which signs of formulas stand for themselves, as MathJax has it."""
    text = text.replace("``", "“").replace("''", "”")
    return _TEXT_SIGN.sub(lambda m: m[1] or (r"\char`^" if m[2] == "^" else f"\\{m[2]}"), text)


def as_rows(tex: str) -> str:
    r"""A displayed formula whose lines are broken by `\\` or empty lines as such an environment.

    Source: what Sphinx makes of the body of a `math` directive (`wrap_displaymath`).
    """
    parts = [part for part in _EMPTY_LINE.split(tex) if part.strip()]
    if len(parts) > 1 and all(balanced(part) for part in parts):
        lines = "\\\\".join(as_rows(part) for part in parts)
        return f"\\begin{{gathered}}{lines}\\end{{gathered}}"
    tex = _EMPTY_LINE.sub("\n", tex)
    if r"\\" not in tex and "&" not in tex:
        return tex
    found = rows(tex)
    if not found[-1][0].strip():
        found.pop()
        tex = tex[: tex.rindex(found[-1][1])] if found[-1][1] else tex
    aligned = any(len(cells(row)) > 1 for row, _ in found)
    if len(found) < 2 and not aligned:
        return tex
    name = "aligned" if aligned else "gathered"
    return f"\\begin{{{name}}}{tex}\\end{{{name}}}"


def inside(tex: str) -> str:
    """Environments of displayed formulas as those that may stand in a line or in another one."""
    parts, start = [], 0
    for name, first, body, end, last in environments(tex):
        plain = name.removesuffix("*")
        if plain in ("equation", "displaymath", "math"):
            new = tex[body:end]
        elif plain in ("eqnarray", "flalign"):
            new = f"\\begin{{aligned}}{without_middle(tex[body:end], plain)}\\end{{aligned}}"
        elif plain == "split":
            new = f"\\begin{{aligned}}{tex[body:end]}\\end{{aligned}}"
        elif plain in _INLINE:
            new = f"\\begin{{{_INLINE[plain]}}}{tex[body:end]}\\end{{{_INLINE[plain]}}}"
        else:
            continue
        parts += [tex[start:first], new]
        start = last
    return "".join([*parts, tex[start:]])


def without_middle(body: str, name: str) -> str:
    r"""The rows of an `eqnarray`, whose middle column is its relation, as those of an `align`."""
    if name != "eqnarray":
        return body
    lines = []
    for row, ending in rows(body):
        first, *rest = cells(row)
        lines.append((f"{first}&{''.join(rest)}" if rest else row) + ending)
    return "".join(lines)
