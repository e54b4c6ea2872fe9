"""What counts as left unrendered in a page, and what does not."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "unrendered.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("unrendered", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["unrendered"] = module
    spec.loader.exec_module(module)
    return module


unrendered = _load()


def kinds(body: str, *, around: str = "", head: str = "") -> list[str]:
    html = f"<html><head>{head}<title>t</title></head><body>{around}<main>{body}</main></body>"
    return [item.kind for item in unrendered.left(html)]


LEFT = {
    "colon fence": ("directive", "<p>:::{note}\nText\n:::</p>"),
    "fence": ("directive", "<p>```{tip} Title</p>"),
    "name at a line's start": ("directive", "<p>{note} Text</p>"),
    "class of a code block": ("directive", '<pre><code class="language-{note}">x</code></pre>'),
    "RST directive": ("directive", "<p>.. note:: Text</p>"),
    "RST target": ("directive", "<p>.. _label:</p>"),
    "RST substitution": ("directive", "<p>.. |v| replace:: 1</p>"),
    "role": ("role", "<p>see {ref}`a label`</p>"),
    "role before code": ("role", "<p>see {cite:p}<code>key</code></p>"),
    "RST role": ("role", "<p>the :py:func:<code>f</code></p>"),
    "RST role as text": ("role", "<p>the :ref:`x`</p>"),
    "RST link": ("role", "<p><code>text &lt;https://x.org&gt;</code>__.</p>"),
    "docutils' mark": ("role", '<p><span class="problematic">|x|</span></p>'),
    "inline math": ("math", "<p>the $x^2$ of</p>"),
    "one letter": ("math", "<p>the $x$ of</p>"),
    "math over elements": ("math", "<p>the $a<em>b</em>c_d$ of</p>"),
    "math over lines": ("math", "<p>the $a +\nb$ of</p>"),
    "display math": ("math", "<p>$$ E = mc^2 $$</p>"),
    "parentheses": ("math", r"<p>\(x\)</p>"),
    "brackets": ("math", r"<p>\[ x \]</p>"),
    "environment": ("math", r"<p>\begin{align} a &amp;= b \end{align}</p>"),
    "reference": ("math", r"<p>by \eqref{eq:a}</p>"),
    "source of a formula": ("math", '<span class="math inline"><code>$\\x$</code></span>'),
    "error in MathML": ("math", "<p><math><merror><mtext>\\x</mtext></merror></math></p>"),
    "dollars in MathML": ("math", "<p><math><mtext>if $x$</mtext></math></p>"),
    "label": ("label", "<p>(my-label)=</p>"),
    "substitution": ("substitution", "<p>{{ version }}</p>"),
    "Liquid": ("substitution", "<p>{% raw %}</p>"),
    "citation": ("citation", "<p>as shown [@knuth, p. 3]</p>"),
    "second citation": ("citation", "<p>as shown [see @knuth; @turing]</p>"),
    "footnote": ("footnote", "<p>text[^1]</p>"),
    "image": ("image", "<p>![alt](x.png)</p>"),
    "image without address": ("image", '<p><img alt="x"></p>'),
    "missing picture": ("image", '<p><span class="missing">alt</span></p>'),
    "link": ("link", "<p>a [text](page.md) here</p>"),
    "empty link": ("empty link", '<p><a href="">x</a></p>'),
    "link to nowhere": ("empty link", '<p><a href="#">x</a></p>'),
    "alert": ("alert", "<blockquote><p>[!NOTE]\nText</p></blockquote>"),
    "attributes": ("attributes", "<p>Text {: .lead}</p>"),
    "class": ("attributes", "<h1>Title {.unnumbered}</h1>"),
    "front matter": ("front matter", "<h2>jupytext:\n  text_representation</h2>"),
    "heading": ("markdown", "<div># Title</div>"),
    "bold": ("markdown", "<div>some **bold** text</div>"),
    "table": ("markdown", "<p>| a | b |\n|---|---|\n| 1 | 2 |</p>"),
    "HTML": ("html", '<p>&lt;div class="x"&gt;text</p>'),
    "undefined": ("undefined", "<p>undefined</p>"),
    "undefined in a caption": ("undefined", "<p>Figure undefined</p>"),
    "undefined address": ("undefined", '<p><img src="img/undefined"></p>'),
    "place of a reference": ("place", '<p><x-ref data-n="1"></x-ref></p>'),
    "place of an address": ("place", '<p><a href="x-publisher:3">x</a></p>'),
}


@pytest.mark.parametrize(("kind", "body"), LEFT.values(), ids=LEFT)
def test_what_is_left_counts_once(kind: str, body: str) -> None:
    assert kinds(body) == [kind] * (2 if "\n:::" in body or r"\end" in body else 1)


@pytest.mark.parametrize(
    "body",
    [
        "<p>It costs $5, or $10 with the book.</p>",
        "<p>between $100 and $200</p>",
        "<p><code>{ref}</code> and <code>{ref}`x`</code> and <code>$x$</code> and <code>:::</code>",
        "<pre>```{note}\n$x$\n:::</pre>",
        "<script>var a = '{{ x }}';</script><style>a{b:c}</style>",
        "<textarea>$x$</textarea><svg><text>$x$</text></svg>",
        "<p><math><mi>x</mi><annotation encoding='application/x-tex'>$x^2$</annotation></math></p>",
        "<p>a set {1, 2} and an array[0] and f(x) and {name}</p>",
        "<p>write to me@example.org or [me@example.org]</p>",
        "<p>the quotient is undefined there, as is 0/0</p>",
        "<p>2 ** 3 ** 4 and *args, **kwargs</p>",
        "<p>note: this is prose; see :ref: in the manual</p>",
        "<p>a_b and <code>x</code>_y</p>",
        '<p><a href="#part">x</a> <a href="#" role="button">menu</a></p>',
        "<p>[text] (not a link) and a[i](x)</p>",
        '<div class="output"><p>$x$ {{ y }}</p></div>',
        "<p>C# is a language</p><p>1 &lt; 2 &gt; 0</p>",
        '<p><img src="a.png" alt=""></p>',
    ],
)
def test_what_is_fine_does_not_count(body: str) -> None:
    assert kinds(body) == []


def test_a_page_that_brings_mathjax_may_hold_tex() -> None:
    mathjax = '<script src="https://cdn.jsdelivr.net/npm/mathjax@3/es5/tex-mml-chtml.js"></script>'
    assert kinds(r"<p>$x^2$ and \(y\)</p>", head=mathjax) == []
    assert kinds("<p>$x^2$ and {ref}`a`</p>", head=mathjax) == ["role"]


def test_around_the_main_part_only_what_it_does_not_hold_counts() -> None:
    around = "<nav><a href='#'>up</a> <a href='a/'>The $x^2$</a> <a href='b/'>{doc}`b`</a></nav>"
    assert kinds("<h1>The $x^2$</h1>", around=around) == ["math", "role"]


def test_excerpts_say_where() -> None:
    [found] = unrendered.left("<main><p>so {ref}<code>one</code> is</p></main>", "a/index.html")
    assert (found.page, found.excerpt) == ("a/index.html", "{ref}`one`")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    (tmp_path / "index.html").write_text("<main><p>fine</p></main>", encoding="utf-8")
    (tmp_path / "a" / "index.html").write_text("<main><p>a $x^2$</p></main>", encoding="utf-8")
    return tmp_path


def test_the_command_prints_a_table_and_fails(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unrendered.main([str(site)]) == 1
    printed = capsys.readouterr().out
    assert "1 left unrendered in 2 pages" in printed
    assert "a/index.html: $x^2$" in printed


def test_the_command_prints_json(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unrendered.main([str(site), "--json"])
    printed = json.loads(capsys.readouterr().out)
    assert printed["pages"] == 2
    assert printed["left"] == [{"page": "a/index.html", "kind": "math", "excerpt": "$x^2$"}]


def test_the_command_is_content_with_a_clean_site(site: Path) -> None:
    (site / "a" / "index.html").unlink()
    assert unrendered.main([str(site)]) == 0


def test_the_command_says_that_there_are_no_pages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unrendered.main([str(tmp_path)]) == 2
    assert "no HTML pages" in capsys.readouterr().err
