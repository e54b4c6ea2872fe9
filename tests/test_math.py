"""Formulas: what becomes of TeX, their numbers, macros and references, and pages that hold them.

`formulas.tsv` has formulas that were compared with KaTeX's: their text, and elements of them.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree import ElementTree

import pytest

from publisher import config, markdown
from publisher.build import Options, build
from publisher.errors import ConfigError, ThemeError
from publisher.math import Formulas, configured, converters

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.conftest import Site

TABLE = [
    line.split("\t")
    for line in (Path(__file__).parent / "formulas.tsv").read_text(encoding="utf-8").splitlines()
]
Drawn: TypeAlias = "list[str | None]"


def drawn(*sources: str, display: bool = True, macros: Mapping[str, Any] | None = None) -> Drawn:
    """The formulas of a page."""
    formulas = Formulas(configured(macros or {})[0])
    added = [formulas.add(source, display=display) for source in sources]
    return [formulas.draw(formula) for formula in added]


def text(html: str | None) -> str:
    """What is to be read of MathML, without spaces."""
    assert html is not None
    return re.sub(r"[\s\u200b\u2060-\u2064\ufe00\ufe01]", "", unescape(re.sub("<[^>]*>", "", html)))


def numbers(html: str | None) -> list[str]:
    """The numbers of a displayed formula."""
    return re.findall(r"<mtext[^>]*>(?:<span[^>]*>)*(\([^<]+\)|\d+)<", html or "")


def page(*cells: str, dialect: Any = "notebook", **options: Any) -> tuple[str, list[str]]:
    """The HTML of prose, and its warnings."""
    prose = markdown.render(cells, dialect, **options)
    return "".join((*prose.cells, prose.tail)), [problem.message for problem in prose.problems]


@pytest.mark.parametrize(("tex", "shown", "elements"), TABLE, ids=[row[0] for row in TABLE])
def test_a_formula_is_mathml_with_all_of_its_parts(tex: str, shown: str, elements: str) -> None:
    (html,) = drawn(tex)
    assert html is not None
    root = ElementTree.fromstring(html.replace("&ApplyFunction;", "\u2061"))
    assert root.tag == "math"
    assert root.get("alttext") == " ".join(tex.split())
    assert text(html) == shown
    assert set(elements.split()) <= {element.tag for element in root.iter()}
    assert "CD" in tex or drawn(tex, display=False) != [None]


def test_scripts_are_told_apart_and_so_are_empty_sets() -> None:
    assert "ℒ\ufe00" in str(drawn(r"\mathcal{L}")[0])
    assert "ℒ\ufe01" in str(drawn(r"\mathscr{L}")[0])
    assert "∅\ufe00" in str(drawn(r"\emptyset \ce{X}")[0])
    assert "ℒ\ufe01" in str(drawn(r"\mathscr{L} \ce{X}")[0])


def test_rows_keep_their_distance() -> None:
    (html,) = drawn(r"\begin{aligned} a \\[2mm] b \end{aligned}")
    assert text(html) == "ab"


@pytest.mark.parametrize(
    ("tex", "found"),
    [
        (r"\begin{equation} a \end{equation}", ["(1)"]),
        (r"\begin{equation*} a \end{equation*}", []),
        (r"\begin{align} a &= b \\ c &= d \end{align}", ["(1)", "(2)"]),
        (r"\begin{align} a &= b \notag \\ c &= d \\ \end{align}", ["(1)"]),
        (r"\begin{align*} a &= b \\ c &= d \tag{7} \end{align*}", ["(7)"]),
        (r"\begin{align} \begin{aligned} a \\ b \end{aligned} \\ c \end{align}", ["(1)", "(2)"]),
        (r"\begin{gather} a \\ b \end{gather}", ["(1)", "(2)"]),
        (r"\begin{multline} a \\ b \\ c \end{multline}", ["(1)"]),
        (r"\begin{alignat}{2} a &= b & c &= d \\ e \end{alignat}", ["(1)", "(2)"]),
        (r"\begin{flalign} a &= b \end{flalign}", ["(1)"]),
        (r"\begin{eqnarray} a &=& b \\ c &=& d \nonumber \end{eqnarray}", ["(1)"]),
        (r"\begin{equation}\begin{split} a &= b \\ c \end{split}\end{equation}", ["(1)"]),
        (r"\begin{equation} a \\ b \end{equation}", ["(1)"]),
        (r"a \tag{3}", ["(3)"]),
        (r"a \tag*{3}", ["3"]),
        (r"a \tag{$\ast$}", ["(∗)"]),
        (r"a \label{x}", ["(1)"]),
        (r"\begin{align*} a \label{x} \\ b \end{align*}", ["(1)"]),
        ("a", []),
        (r"a \\ b", []),
    ],
)
def test_equations_are_numbered_as_ams_environments_are(tex: str, found: list[str]) -> None:
    (html,) = drawn(tex)
    assert numbers(html) == found


def test_numbers_go_on_from_formula_to_formula() -> None:
    equation = r"\begin{equation} a \end{equation}"
    html = drawn(equation, "x", r"a \tag{A}", equation)
    assert [numbers(each) for each in html] == [["(1)"], [], ["(A)"], ["(2)"]]


def test_references_lead_to_the_numbers_of_formulas_that_follow() -> None:
    one, two = drawn(
        r"\text{by } \eqref{b}, \ref{b}", r"\begin{align} a \label{a}\\ b\label{b} \end{align}"
    )
    assert '<a href="#b">(2)</a>' in str(one)
    assert '<a href="#b">2</a>' in str(one)
    assert '<span id="b">(2)</span>' in str(two)


def test_marks_that_an_author_writes_are_text() -> None:
    assert "::n0::" in str(drawn(r"\text{::n0:: ::r3:: ::n99999999::}")[0])


@pytest.mark.parametrize(
    ("definition", "use", "shown"),
    [
        (r"\newcommand{\R}{\mathbb{R}}", r"\R^n", "ℝn"),
        (r"\newcommand\R{\mathbb{R}}", r"\R", "ℝ"),
        (r"\renewcommand{\phi}{\varphi}", r"\phi", "φ"),
        (r"\providecommand{\foo}{x}", r"\foo", "x"),
        (r"\newcommand{\two}[2]{#2#1}", r"\two{a}{b}", "ba"),
        (r"\newcommand{\one}[2]{#1}", r"\one{a}{b}c", "ac"),
        (r"\newcommand{\opt}[2][d]{#1#2}", r"\opt{x}\opt[y]{z}", "dxyz"),
        (r"\def\foo#1{\sqrt{#1}}", r"\foo{x}", "x"),
        (r"\def\a{\b}\def\b{x}", r"\a", "x"),
        (r"\let\old\phi \renewcommand{\phi}{\old_1}", r"\phi", "ϕ1"),
        (r"\DeclareMathOperator{\tr}{tr}", r"\tr A", "trA"),
        (r"\DeclareMathOperator*{\amax}{arg\,max}", r"\amax_x", "argmaxx"),
        (r"\newcommand{\water}{\ce{H2O}}", r"\water", "H2O"),
    ],
)
def test_a_macro_is_known_to_what_follows(definition: str, use: str, shown: str) -> None:
    nothing, html = drawn(definition, use)
    assert nothing == ""
    assert text(html) == shown
    assert text(drawn(definition + use)[0]) == shown


def test_macros_of_settings_have_arguments_and_defaults() -> None:
    macros = {
        "\\R": "\\mathbb{R}",
        "norm": ["\\|#1\\|", 1],
        "opt": ["#1#2", 2, "d"],
        "dobs": {"macro": "d_1", "title": "observed"},
        "": "x",
        "a b": "x",
        "open": "{",
        "number": 3,
    }
    found, wrong = configured(macros)
    assert sorted(wrong) == ["", "a b", "number", "open"]
    formulas = Formulas(found)
    html = formulas.draw(formulas.add(r"\R \norm{x} \opt{z} \dobs", display=True))
    assert text(html) == "ℝ∥x∥dzd1".replace("∥", "‖")


@pytest.mark.parametrize(
    "tex",
    [
        "{" * 5_000 + "x" + "}" * 5_000,
        r"\frac" * 5_000,
        r"\sqrt" * 200 + "x",
        "x" * 50_000,
        r"\left(" * 1_000,
        r"\begin{matrix}" * 1_000,
        r"\def\a{\a}\a",
        r"\def\a{\b\b}\def\b{\a\a}\a",
        r"\newcommand{\a}[1]{\a{#1#1}}\a{x}",
        "".join(
            rf"\def\{c}{{\{d}\{d}}}" for c, d in zip("abcdefghijklm", "bcdefghijklmn", strict=True)
        )
        + r"\def\n{x}\a",
        r"\frac{a",
        r"\end{align}",
        r"\begin{align}",
        r"\label{",
        r"\tag",
        r"\newcommand{",
        r"\def",
        r"\text{",
        r"\mathop",
        r"\unicode{x110000}",
        r"\unicode{xd800}",
        r"\href{javascript:alert(1)}{x}",
        r"\includegraphics{x.png}",
        r"\html{<b>}",
        r"\color{red;background:url(x)}x",
        "\x00",
        "\ud800",
        "\\",
        "&" * 3_000,
        "\\\\" * 3_000,
        "^" * 3_000,
        "%",
    ],
)
def test_hostile_tex_is_refused_or_harmless(tex: str) -> None:
    for display in (True, False):
        (html,) = drawn(tex, display=display)
        assert html is None or not re.search("<b>|<script|<img|href|url\\(", html)
    shown, _ = page(f"$${tex}$$".encode(errors="replace").decode())
    assert "<script" not in shown


def test_markup_in_tex_is_text() -> None:
    (html,) = drawn(r'\text{<script>"&amp;} \label{"><script>}')
    assert "<script" not in str(html)
    assert "&lt;script&gt;" in str(html)


def test_macros_do_not_make_a_formula_huge() -> None:
    body = "x" * 9_000
    html = drawn(rf"\def\a{{{body}}}" + r"\a" * 2_000)[0]
    assert html is None or len(html) < 20_000_000


def test_without_the_second_converter_its_formulas_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "quickjs", None)
    monkeypatch.setattr(converters, "_contexts", converters._Contexts())
    assert drawn(r"\ce{H2O}", "x^2")[0] is None
    assert drawn("x^2") != [None]


def test_threads_do_not_share_a_converter() -> None:
    found: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: found.extend(drawn(*[r"\ce{H2O}"] * 20))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [text(html) for html in found] == ["H2O"] * 80


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"a \\(x^2\\) b", "inline"),
        (r"a \(x^2\) b", "inline"),
        (r"\(x\)", "inline"),
        ("a $ x_1 $ b", "inline"),
        (r"2$\times$3", "inline"),
        ("$`x^2`$", "inline"),
        (r"a \\[x^2\\] b", "block"),
        ("\\[\nx^2\n\\]", "block"),
        ("\\\\[\na\n\n- b\n\\\\]", "block"),
        ("a\n\\[ x = 1 \\]\nb", "block"),
        ("text\n$$\na\n- b\n$$\nmore", "block"),
        ("$$\na\n\nb\n$$", "block"),
        ("a \\begin{align} x &= 1 \\end{align} b", "block"),
        ("\\begin{cases} a \\\\ b \\end{cases}", "block"),
        ("- item\n\n  $$\n  x\n  $$", "block"),
        ("> $$x$$", "block"),
        ("```math\nx^2\n```", "block"),
        ("```{math}\nx^2\n```", "block"),
        ("{math}`x^2`", "inline"),
        ("<div>$x^2$</div>", "inline"),
        ("<div>\n$$x^2$$\n</div>", "block"),
        ("| a |\n|---|\n| $x^2$ |", "inline"),
        ("# A $x^2$", "inline"),
        ("a[^1]\n\n[^1]: $x^2$", "inline"),
    ],
)
def test_formulas_stand_in_prose_in_many_ways(source: str, shown: str) -> None:
    html, warnings = page(source)
    assert f'class="math {shown}"' in html
    assert "$" not in re.sub('alttext="[^"]*"', "", html)
    assert warnings == []


@pytest.mark.parametrize(
    "source",
    [
        r"\[1\] and \(see above\)",
        r"\[link\](a.md)",
        r"\[not a link\]\(either\)",
        "from $5 to $6",
        "`\\(x^2\\)` and `$x$`",
        "<pre>$x^2$</pre>",
        '<a title="$x^2$">a</a>',
        "\\\\(",
        "\\[",
        "\\begin{align}",
    ],
)
def test_what_may_be_meant_otherwise_is_no_formula(source: str) -> None:
    assert "<math" not in page(source)[0]


def test_prose_refers_to_equations_before_and_behind() -> None:
    cells = [
        r"By \eqref{b} and {eq}`c`.",
        "$$\na\n$$ (c)\n\n\\begin{align} b \\label{b} \\end{align}",
    ]
    prose = markdown.render(cells)
    assert [(r.role, r.target) for r, _ in prose.references] == [("eq", "b"), ("eq", "c")]
    found = {label: (t.kind, t.id, t.number) for label, t in prose.targets.items()}
    assert found == {"c": ("equation", "c", "1"), "b": ("equation", "b", "2")}


def test_a_label_before_a_formula_or_in_a_directive_is_its_own() -> None:
    prose = markdown.render(["(one)=\n$$\na\n$$\n\n```{math}\n:label: two\nb\n```"], "myst")
    assert [(label, t.number) for label, t in prose.targets.items()] == [("one", "1"), ("two", "2")]


def test_a_label_that_is_given_twice_warns() -> None:
    _, warnings = page("$$\na\n$$ (x)\n\n$$\nb\n$$ (x)")
    assert len(warnings) == 1
    assert "twice" in warnings[0]


def test_a_formula_that_is_refused_is_shown_with_its_line() -> None:
    prose = markdown.render(["one", "two\n\n$\\nope{x}$ and\n$\\never$"])
    assert "<code>$\\nope{x}$</code>" in prose.cells[1]
    assert [(p.cell, p.line) for p in prose.problems] == [(1, 3), (1, 4)]


def test_a_cell_of_definitions_leaves_nothing() -> None:
    html, warnings = page("$$\\newcommand{\\R}{\\mathbb{R}}$$", "$\\R$")
    assert html.count("<math") == 1
    assert warnings == []


def test_jekyll_pages_number_and_refer_too() -> None:
    source = (
        "$$\\begin{equation}\n\\label{eq:a_b} a\n\\end{equation}$$\n\nBy \\eqref{eq:a_b}, "
        "`\\eqref{eq:a_b}` and \\eqref{none}.\n\n# The $$x^2$$\n"
    )
    prose = markdown.render([source], "kramdown")
    assert '<span id="eq:a_b">(1)</span>' in prose.cells[0]
    assert 'By <a href="#eq:a_b">(1)</a>, <code>\\eqref{eq:a_b}</code>' in prose.cells[0]
    assert "and \\eqref{none}." in prose.cells[0]
    assert "<math" in prose.headings[0].html


PAGES = {
    "publisher.toml": "[math.macros]\n'\\R' = '\\mathbb{R}'\n",
    "notebooks/index.md": "# Home\n\nNo formula.\n",
    "notebooks/math.md": "---\nmath:\n  N: '\\mathbb{N}'\n  bad name: x\n---\n# Math\n\n"
    "Let $x \\in \\R$ and $n \\in \\N$.\n\n$$\n\\frac{a}{b}\n$$\n",
    "notebooks/jekyll.md": "---\nmath: true\n---\n# Other\n",
}


def test_sites_and_pages_have_macros(site: Site) -> None:
    made = build(site(PAGES), Options(jobs=1))
    (html,) = (file.read().decode() for file in made.files if file.path == "math/index.html")
    assert "ℝ" in html
    assert "ℕ" in html
    (warning,) = made.report.all_warnings
    assert (warning.path, warning.line) == ("notebooks/math.md", 1)
    assert "'bad name' is no macro" in warning.message


def test_a_macro_of_the_settings_that_is_none_is_an_error_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "publisher.toml").write_text("[math.macros]\n'\\R' = '{'\n")
    with pytest.raises(ConfigError, match="is no macro") as caught:
        config.load(tmp_path)
    assert (caught.value.path, caught.value.line) == ("publisher.toml", 2)


def test_style_sheets_name_files_with_their_hashes(site: Site) -> None:
    made = {file.path: file for file in build(site(PAGES), Options(jobs=1)).files}
    (sheet,) = (file for path, file in made.items() if re.match(r"static/math\.\w+\.css", path))
    (name,) = re.findall(r'url\("([^"]*)"\)', sheet.read().decode())
    assert re.fullmatch(r"math\.[0-9a-f]{12}\.woff2", name)
    assert f"static/{name}" in made


@pytest.mark.parametrize(
    ("css", "message"),
    [
        ("a {}\nb { background: url(gone.png) }", "names gone.png, which is not in static/"),
        ("\n@import 'custom.css';", "names itself"),
    ],
)
def test_a_style_sheet_that_names_what_is_not_there_is_an_error(
    site: Site, css: str, message: str
) -> None:
    with pytest.raises(ThemeError, match=re.escape(message)) as caught:
        build(site({**PAGES, "templates/default/static/custom.css": css}), Options(jobs=1))
    assert str(caught.value.path).endswith("custom.css")
    assert caught.value.line == 2


def test_addresses_that_are_no_files_stay(site: Site) -> None:
    css = "/* url(no.png) */ a { b: url(data:x); c: url('https://x.org/y'); d: url(#e) } f { }"
    made = build(site({**PAGES, "templates/default/static/custom.css": css}), Options(jobs=1))
    (file,) = (file for file in made.files if file.path.startswith("static/custom."))
    assert file.read().decode() == css


@pytest.fixture(scope="module")
def shown(site: Site, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a built site, as an address."""
    folder = tmp_path_factory.mktemp("math")
    for file in build(site(PAGES), Options(jobs=1)).files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.read())
    return folder.as_uri()


def fonts(page: Page) -> list[str]:
    page.evaluate("document.fonts.ready")
    return list(
        page.evaluate("[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)")
    )


def test_the_font_is_loaded_by_pages_with_formulas_alone(browser: Browser, shown: str) -> None:
    page = browser.new_page()
    page.goto(f"{shown}/index.html")
    assert fonts(page) == []
    assert page.locator("link[href*='math.']").count() == 0
    page.goto(f"{shown}/math/index.html")
    assert [name.strip('"') for name in fonts(page)] == ["Publisher Math"]
    page.close()


def test_what_is_copied_has_formulas_as_tex(browser: Browser, shown: str) -> None:
    page = browser.new_page()
    page.goto(f"{shown}/math/index.html")
    copied = page.evaluate(
        """() => new Promise(resolve => {
          getSelection().selectAllChildren(document.querySelector(".e-content, main"));
          document.addEventListener("copy", event =>
            resolve(event.clipboardData.getData("text/plain")));
          document.execCommand("copy");
        })"""
    )
    assert "Let $x \\in \\R$ and $n \\in \\N$." in copied
    assert "$$\\frac{a}{b}$$" in copied
    page.close()
