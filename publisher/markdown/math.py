"""Formulas as MathML. The only one that knows math-core."""

from __future__ import annotations

import re

import math_core
from markdown_it.common.utils import escapeHtml

MAX_FORMULA = 20_000  # characters
MAX_LEVELS = 100  # of groups in a formula: very deep ones overflow the converter's stack
_TEX = re.compile(r"\\[a-zA-Z]++|\\.|[{}]|[^\\{}\s\[]", re.DOTALL)
_converter = math_core.LatexToMathML(annotation=False)


def formula(tex: str, unconverted: list[str], *, display: bool, tag: str = "div") -> str:
    """MathML in a `tag` (inline formulas in a `span`), or the TeX source if it cannot be converted.

    Such a source is added to `unconverted`.
    """
    kind, tag = ("block", tag) if display else ("inline", "span")
    try:
        if len(tex) > MAX_FORMULA or _levels(tex) > MAX_LEVELS:
            raise _TooDeepError
        body = _converter.convert_with_local_state(tex.strip(), displaystyle=display)
    except (math_core.LatexError, _TooDeepError):
        unconverted.append(tex)
        dollars = "$$" if display else "$"
        body = f"<code>{dollars}{escapeHtml(tex.strip())}{dollars}</code>"
    scrolls = ' tabindex="0"' if display else ""
    return f'<{tag} class="math {kind}"{scrolls}>{body}</{tag}>'


def cannot_be_converted(tex: str) -> str:
    """The warning for a formula whose source is shown."""
    shown = " ".join(tex.split())
    return (
        f"the formula {shown[:60]}{'…' * (len(shown) > 60)} cannot be converted: "
        "its source is shown"
    )


class _TooDeepError(Exception):
    """A formula that the converter would not survive."""


def _levels(tex: str) -> int:
    """How deep TeX is nested at most; a command may hold the one that follows it."""
    deepest, run, outer = 0, 0, [0]
    for match in _TEX.finditer(tex):
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
