"""Code is highlighted as Pygments does it, by the rules of its lexers."""

from __future__ import annotations

import warnings

import pytest
from pygments import highlight as pygmentize
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_all_lexers, get_lexer_by_name

from publisher.render.code import highlight

SAMPLE = '''#!/usr/bin/env python
# comment é
@cached(maxsize=3)
async def f(x: int = 0x1F, *, y=1_000.5e-3) -> str:
    """A docstring, >>> doctest"""
    return f"{x!r:>{10}} \\n {y:.2f}" + r'a\\d' if x in y else not None
ls -la | grep "x" > $HOME/out 2>&1
<<EOF
hi ${x:-1}
EOF
SELECT a, 'b' FROM t WHERE c = "d" -- end
<div class="a" style='b: url(c)'>&amp;<script>var x = /re[/]/g, y = `t${x}`;</script></div>
for (int i = 0; i < 3; ++i) { /* c */ std::cout << 'a' << "\\n"; } // end
\\begin{align} $a_1 \\cdot \\text{b}$ \\end{align}
{"key": [1, -2.5e3, true, null], 'k': {}}
key = "value" ; [table.name]
(define (f x) (+ x 1)) let y = fun x -> x |> g in match y with | Some _ -> 1
'''
REMEMBERS = "xquery"  # Pygments' lexer keeps its state from text to text
ALIASES = sorted(aliases[0] for _, aliases, _, _ in get_all_lexers() if aliases)
ALIASES.remove(REMEMBERS)


@pytest.mark.parametrize("first", sorted({alias[0] for alias in ALIASES}))
def test_every_language_has_the_tokens_of_pygments(first: str) -> None:
    formatter = HtmlFormatter(nowrap=True)
    for alias in (alias for alias in ALIASES if alias[0] == first):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pygments' own, for old expressions
            lexer = get_lexer_by_name(alias, stripnl=False)
            wanted = pygmentize(SAMPLE.rstrip("\n"), lexer, formatter).rstrip("\n")
            assert f">{wanted}</code>" in highlight(SAMPLE, alias), alias


@pytest.mark.parametrize(
    "code", ["", "\n", "é", "\\", "x = '''open", "f'{", "\t\x0b\x1c\x85\u2028", "0" * 5000]
)
def test_odd_code_has_the_tokens_of_pygments(code: str) -> None:
    for name in ("python", "bash", "javascript", "r", "julia", "html", "cpp"):
        lexer = get_lexer_by_name(name, stripnl=False)
        wanted = pygmentize(code.rstrip("\n"), lexer, HtmlFormatter(nowrap=True)).rstrip("\n")
        assert f">{wanted}</code>" in highlight(code, name), name
