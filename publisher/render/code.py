"""Code as HTML with Pygments' short classes."""

from __future__ import annotations

import re
from functools import cache
from html import escape

from pygments import highlight as pygmentize
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

MAX_HIGHLIGHTED = 500_000
_formatter = HtmlFormatter(nowrap=True)


def highlight(
    code: str, language: str, first: int | None = None, emphasised: frozenset[int] = frozenset()
) -> str:
    r"""Code as HTML, in classes; very long code and unknown languages are plain.

    `first` is the number of the first line where lines are numbered; the `emphasised` lines, from
    1, are set off.

    >>> highlight("1", "no-such")
    '<div class="highlight"><pre tabindex="0"><code class="language-no-such">1</code></pre></div>\n'
    """
    code = code.rstrip("\n")
    lexer = _lexer(_dialect(code, language.lower()))
    if lexer is None or len(code) > MAX_HIGHLIGHTED:
        inner = escape(code, quote=False)
    else:
        inner = pygmentize(code, lexer, _formatter).rstrip("\n")
    if first is not None or emphasised:
        inner = _lines(inner, first, emphasised)
    name = f' class="language-{escape(language)}"' if language else ""
    return f'<div class="highlight"><pre tabindex="0"><code{name}>{inner}</code></pre></div>\n'


def _lines(html: str, first: int | None, emphasised: frozenset[int]) -> str:
    """Lines of code, with their numbers from `first` on, and some set off."""
    drawn, lines = [], html.split("\n")
    width = len(str((first or 0) + len(lines) - 1))
    for index, line in enumerate(lines):
        text = f"{line}\n"
        if first is not None:
            text = f'<span class="linenos">{first + index:>{width}}</span>{text}'
        drawn.append(f'<span class="hll">{text}</span>' if index + 1 in emphasised else text)
    return "".join(drawn).rstrip("\n")


def _dialect(code: str, language: str) -> str:
    """The lexer's name: IPython's only for code that uses its magics, for it is slow."""
    if language in _PYTHON:
        return "ipython3" if _MAGIC.search(code) else "python"
    return {"c++": "cpp"}.get(language, language)


_PYTHON = frozenset(("python", "python3", "ipython", "ipython3", "py"))
_MAGIC = re.compile(r"^[ \t]*[%!?]|=[ \t]*[%!]|\?[ \t]*$", re.MULTILINE)


@cache
def _lexer(name: str) -> Lexer | None:
    try:
        return _quick(get_lexer_by_name(name, stripnl=False)) if name else None
    except ClassNotFound:
        return None


def _quick(lexer: Lexer) -> Lexer:
    """A faster lexer, on a Python whose parser of expressions is where it has been."""
    try:
        from publisher.render.lexing import quick
    except ImportError:
        return lexer
    return quick(lexer)
