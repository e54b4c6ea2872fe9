"""Blocks of MyST, Pandoc, GitHub and MkDocs, and roles: from Markdown to HTML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher import markdown
from publisher.config import load
from publisher.markdown import Dialect
from publisher.model import Executed, Rendered
from publisher.read import page
from publisher.render import render
from publisher.render.code import highlight


def html(text: str, dialect: Dialect = "notebook") -> str:
    prose = markdown.render([text], dialect)
    return prose.cells[0] + prose.tail


def flat(text: str, dialect: Dialect = "notebook") -> str:
    return html(text, dialect).replace("\n", "")


def warnings(text: str) -> list[tuple[int | None, str]]:
    return [(p.line, p.message) for p in markdown.render([text]).problems]


# Admonitions


@pytest.mark.parametrize(
    "name",
    "attention caution danger error hint important note seealso tip warning todo".split(),
)
@pytest.mark.parametrize("dialect", ["notebook", "myst"])
def test_every_kind_of_admonition_has_its_class_and_title(name: str, dialect: Dialect) -> None:
    for text in (f"```{{{name}}}\n*a*\n```", f":::{{{name}}}\n*a*\n:::", f"::: {name}\n*a*\n:::"):
        shown = flat(text, dialect)
        assert shown.startswith(f'<aside class="admonition {name}"><p class="admonition-title">')
        assert shown.endswith("</p><p><em>a</em></p></aside>")


@pytest.mark.parametrize(
    ("text", "title", "inner"),
    [
        ("```{note} A title\nThe text.\n```", "A title", "<p>The text.</p>"),
        ("```{note} Begins here\nand goes on.\n```", "Note", "<p>Begins hereand goes on.</p>"),
        ("```{note} A sentence.\nAnother.\n```", "Note", "<p>A sentence.Another.</p>"),
        ("```{note} Only text\n```", "Note", "<p>Only text</p>"),
        ("```{note}\n:title: Given\n\ntext\n```", "Given", "<p>text</p>"),
        ("```{admonition} A *b* $x$\ntext\n```", "A <em>b</em>", "<p>text</p>"),
        ("```{seealso}\ntext\n```", "See also", "<p>text</p>"),
        ("```{versionadded} 1.2\ntext\n```", "Added in version 1.2", "<p>text</p>"),
        ("```{deprecated} 1.2 Use x.\n```", "Deprecated since version 1.2", "<p>Use x.</p>"),
    ],
)
def test_an_argument_is_a_title_or_the_beginning_of_the_text(
    text: str, title: str, inner: str
) -> None:
    shown = flat(text)
    assert f'<p class="admonition-title">{title}' in shown
    assert inner in shown


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("```{note}\n:class: dropdown\n\ntext\n```", '<details class="admonition note">'),
        ("```{tip} T\n:open:\n\nText\n```", '<details class="admonition tip" open>'),
        ("```{admonition} T\n:class: tip dropdown\nx\n```", '<details class="admonition tip">'),
        ("> [!warning]- T\n> x", '<details class="admonition warning">'),
        ("> [!note]+\n> x", '<details class="admonition note" open>'),
        ('::: {.callout-tip collapse="true"}\nx\n:::', '<details class="admonition tip">'),
        ('::: {.callout-tip collapse="false"}\nx\n:::', '<details class="admonition tip" open>'),
        ("??? note\n    x", '<details class="admonition note">'),
        ("???+ note\n    x", '<details class="admonition note" open>'),
    ],
)
def test_an_admonition_may_fold(text: str, opening: str) -> None:
    shown = flat(text)
    assert shown.startswith(f'{opening}<summary class="admonition-title">')
    assert shown.endswith("</p></details>")


@pytest.mark.parametrize("kind", ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"])
def test_githubs_alerts_are_admonitions(kind: str) -> None:
    shown = flat(f"> [!{kind}]\n> *a*\n>\n> - b")
    assert shown == (
        f'<aside class="admonition {kind.lower()}">'
        f'<p class="admonition-title">{kind.capitalize()}</p>'
        "<p><em>a</em></p><ul><li>b</li></ul></aside>"
    )


def test_quotes_stay_quotes() -> None:
    assert flat("> [!wow]\n> a").startswith("<blockquote><p>[!wow]")
    nested = flat("> a\n>\n> > [!NOTE]\n> > b\n>\n> c")
    assert nested == (
        '<blockquote><p>a</p><aside class="admonition note"><p class="admonition-title">Note</p>'
        "<p>b</p></aside><p>c</p></blockquote>"
    )


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ('::: {.callout-note title="A *t*"}\nx\n:::', "note", "A <em>t</em>"),
        ("::: {.callout-important}\n## A title\n\nx\n:::", "important", "A title"),
        ("::::: {#tip-a .callout-tip}\nx\n:::::", "tip", "Tip"),
        (":::tip My own\nx\n:::", "tip", "My own"),
        (":::tip[My own]\nx\n:::", "tip", "My own"),
        ("::: warning\nx\n:::", "warning", "Warning"),
        (":::success\nx\n:::", "tip success", "Success"),
        ('!!! danger "Do not"\n    x', "danger", "Do not"),
        ('!!! custom "Mine"\n    x', "custom", "Mine"),
    ],
)
def test_callouts_of_quarto_docusaurus_hackmd_and_mkdocs(text: str, kind: str, title: str) -> None:
    shown = flat(text)
    assert f'class="admonition {kind}"><p class="admonition-title">{title}</p>' in shown
    assert shown.endswith("<p>x</p></aside>")


@pytest.mark.parametrize(
    "text",
    [
        '<div class="alert alert-info">\n**x**\n</div>',
        '<div class="alert alert-block alert-info">\n\n**x**\n\n</div>',
        '<div class="alert alert-info" role="alert">\n<div class="inner">\n**x**\n</div>\n</div>',
        '<div class="admonition note">\n    **x**\n</div>',
        "<div class='alert'><b>T</b>\n\n**x**\n</div>",
    ],
)
def test_boxes_of_html_hold_markdown(text: str) -> None:
    shown = flat(text)
    assert "<strong>x</strong>" in shown
    assert shown.count("<div") == shown.count("</div>")


def test_details_in_html_hold_markdown_after_a_blank_line() -> None:
    shown = flat("<details>\n<summary>More</summary>\n\n*a*\n\n</details>")
    assert "<summary>More</summary><p><em>a</em></p></details>" in shown


# Fences of colons


def test_fences_of_one_length_nest() -> None:
    shown = flat(":::{note}\na\n:::{tip}\nb\n:::\nc\n:::\nd")
    assert shown.count("<aside") == 2
    assert shown.endswith("</aside><p>c</p></aside><p>d</p>")


def test_a_fence_of_colons_may_hold_code_with_colons() -> None:
    shown = flat(":::{note}\n```\n:::\n```\na\n:::\nb")
    assert shown.endswith("<pre><code>:::</code></pre><p>a</p></aside><p>b</p>")


def test_divisions_of_pandoc() -> None:
    assert flat("::: {#a .b .c lang=de}\n*x*\n:::") == (
        '<div id="a" class="b c" lang="de"><p><em>x</em></p></div>'
    )
    assert flat("::: Warm ::::::\nx\n::::") == '<div class="Warm"><p>x</p></div>'
    assert flat("::: aside\nx\n:::") == '<aside class="margin aside"><p>x</p></aside>'
    assert flat("::: {.content-hidden}\nx\n:::") == ""
    assert flat('::: {.content-visible when-format="html"}\nx\n:::').count("<p>x</p>") == 1
    assert flat('::: {.content-visible when-format="pdf"}\nx\n:::') == ""
    assert "<p>A whole sentence.</p>" in flat("::: A whole sentence.\nx\n:::")


def test_what_is_not_closed_or_closes_nothing_is_said() -> None:
    text = "a\n\n:::{note}\nb\n\n::::{tip}\nc"
    assert "<p>c</p></aside></aside>" in flat(text)
    assert [line for line, message in warnings(text) if "not closed" in message] == [3, 6]
    assert flat("a\n\n:::\n\nb") == "<p>a</p><p>b</p>"
    assert warnings("a\n\n:::\n\nb") == [(3, "::: closes nothing here: it is left out")]


# Tabs, cards, and other parts of a page

TABS = (
    '<div class="tab-set"><section class="tab" aria-label="A"><p class="tab-title">A</p>'
    '<p>a</p></section><section class="tab" aria-label="B"><p class="tab-title">B</p>'
    "<p>b</p></section></div>"
)


@pytest.mark.parametrize(
    "text",
    [
        "::::{tab-set}\n:::{tab-item} A\na\n:::\n:::{tab-item} B\nb\n:::\n::::",
        "```{tabbed} A\na\n```\n\n```{tabbed} B\nb\n```",
        "::: {.panel-tabset}\n## A\na\n\n## B\nb\n:::",
        '=== "A"\n    a\n\n=== "B"\n    b',
    ],
)
def test_tabs_stand_one_after_the_other(text: str) -> None:
    assert flat(text) == TABS
    assert warnings(text) == []


def test_tabs_may_be_in_tabs_and_begin_a_new_set() -> None:
    inner = "::::{tab-set}\n:::{tab-item} A\na\n:::\n:::{tab-item} B\nb\n:::\n::::"
    shown = flat(f":::::{{tab-item}} Out\n{inner}\n:::::")
    assert shown.count('<div class="tab-set">') == 2
    assert TABS in shown
    again = flat("```{tabbed} A\na\n```\n```{tabbed} B\n:new-group:\n\nb\n```")
    assert again.count('<div class="tab-set">') == 2


def test_tabs_may_be_code_and_in_step() -> None:
    shown = flat("````{tab-set-code}\n```{code-tab} python My *code*\n:sync: py\nx\n```\n````")
    assert 'aria-label="My code" data-sync="py"' in shown
    assert "My <em>code</em></p><pre><code>x</code></pre>" in shown


def test_cards_have_parts_and_links() -> None:
    shown = flat(
        "::::{grid} 1 2 2 3\n:::{grid-item-card} T\n:link: https://a.org\nH\n^^^\nbody\n+++\nF\n"
        ":::\n::::"
    )
    assert shown == (
        '<div class="grid columns-3"><div class="card"><div class="card-header"><p>H</p></div>'
        '<p class="card-title"><a href="https://a.org">T</a></p><p>body</p>'
        '<div class="card-footer"><p>F</p></div></div></div>'
    )
    panels = flat("```{panels}\na\n---\n:column: x\n\nb\n```")
    assert panels.count('<div class="card">') == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("```{dropdown} T\nx\n```", '<details class="dropdown"><summary>T</summary><p>x</p>'),
        ("```{dropdown} T\n:open:\n\nx\n```", '<details class="dropdown" open>'),
        ("```{margin} T\nx\n```", '<aside class="margin"><p class="margin-title">T</p><p>x</p>'),
        ("```{sidebar} T\nx\n```", '<aside class="sidebar"><p class="sidebar-title">T</p>'),
        (
            "```{epigraph}\nx\n\n-- Ada *L.*\n```",
            '<blockquote class="epigraph"><p>x</p><p class="attribution">— Ada <em>L.</em></p>',
        ),
        ("```{rubric} A *t*\n```", '<p class="rubric"><strong>A <em>t</em></strong></p>'),
        ("```{line-block}\na\nb\n```", '<p class="line-block">a<br>b</p>'),
        ("```{hlist}\n- a\n```", '<div class="hlist"><ul><li>a</li></ul></div>'),
        ("```{div} a b\nx\n```", '<div class="a b"><p>x</p></div>'),
        ("```{raw} html\n<b>x</b>\n```", "<b>x</b>"),
        ("```{raw} latex\n\\x\n```", ""),
        ("```{only} html\nx\n```", "<p>x</p>"),
        ("```{only} latex\nx\n```", ""),
        ("```{button-link} https://a.org\nGo\n```", '<p class="button"><a href="https://a.org">Go'),
        ("```{eval-rst}\n.. note:: x\n```", '<aside class="admonition note">'),
        ("```{iframe} https://a.org\n:title: T\n```", 'src="https://a.org" title="T"'),
        ("```{youtube} abc_1\n```", "https://www.youtube-nocookie.com/embed/abc_1"),
        ("```{video} a.mp4\n```", '<video controls preload="metadata"><source src="a.mp4">'),
    ],
)
def test_parts_of_a_page(text: str, shown: str) -> None:
    assert shown in flat(text)
    if not shown:
        assert flat(text) == ""


def test_a_diagram_is_shown_as_its_source_with_a_warning() -> None:
    text = "```{mermaid}\ngraph TD; A-->B\n```"
    assert "<details" in flat(text)
    assert "A--&gt;B" in flat(text)
    (warning,) = warnings(text)
    assert warning[0] == 1
    assert "Mermaid" in warning[1]


def test_contents_list_the_headings_of_the_page() -> None:
    text = "# T\n\n```{contents}\n:depth: 2\n```\n\n## A *b*\n\n### C\n\n#### D\n\n## E"
    assert (
        '<nav class="contents" aria-label="Contents"><ul><li><a href="#a-b">A <em>b</em></a>'
        '<ul><li><a href="#c">C</a></li></ul></li><li><a href="#e">E</a></li></ul></nav>'
    ) in flat(text)


def test_a_toctree_lists_pages() -> None:
    text = "```{toctree}\n:caption: Parts\n\nSecond <b>\nhttps://a.org\n```"
    prose = markdown.render([text])
    assert "<li><x-ref" in prose.cells[0]
    assert '<a href="https://a.org">' in prose.cells[0]
    assert [(r.role, r.target, r.text) for r, _ in prose.references] == [("doc", "b", "Second")]
    assert flat("```{toctree}\n:hidden:\n\na\n```") == ""


# Code


def lit(text: str) -> str:
    return markdown.render([text], highlight=highlight).cells[0]


@pytest.mark.parametrize(
    "text",
    [
        "```{code-block} python\n:linenos:\n:emphasize-lines: 2\n\na\nb\n```",
        '```python linenums="1" hl_lines="2"\na\nb\n```',
        "```{.python .numberLines hl_lines=2}\na\nb\n```",
    ],
)
def test_lines_of_code_are_numbered_and_set_off(text: str) -> None:
    shown = lit(text)
    assert '<span class="linenos">1</span><span class="n">a</span>' in shown
    assert '<span class="hll"><span class="linenos">2</span><span class="n">b</span>' in shown


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("python {2,4-5}", "python"),
        ('python title="a.py"', "python"),
        ("{.python}", "python"),
        ("{.python .numberLines}", "python"),
        ("{r, echo=FALSE}", "r"),
        ("{python}", "python"),
        ("{code-cell} ipython3", "ipython3"),
        ("{#lst .haskell}", "haskell"),
    ],
)
def test_the_language_of_code_is_found_in_every_spelling(info: str, language: str) -> None:
    assert f'<code class="language-{language}">' in lit(f"```{info}\nx\n```")


def test_code_may_have_a_caption_and_the_name_of_its_file() -> None:
    shown = lit("```{code-block} python\n:caption: A *c*\n:filename: a.py\nx\n```")
    assert 'A <em>c</em> <span class="filename">a.py</span></figcaption>' in shown
    named = lit('```python title="a.py"\nx\n```')
    assert '<figcaption class="filename">a.py</figcaption>' in named


# Roles


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("{kbd}`Ctrl+C`", "<kbd>Ctrl</kbd>+<kbd>C</kbd>"),
        ("{sub}`2`", "<sub>2</sub>"),
        ("{abbr}`HTML (a <b>)`", '<abbr title="a &lt;b&gt;">HTML</abbr>'),
        ("{guilabel}`&Save`", '<span class="guilabel">Save</span>'),
        ("{menuselection}`A --> B`", '<span class="menuselection">A ▸ B</span>'),
        ("{file}`a/{name}.py`", "<code>a/<em>name</em>.py</code>"),
        ("{py:func}`~a.b.c`", '<code class="name">c()</code>'),
        ("{func}`text <a.b>`", '<code class="name">text</code>'),
        ("{external:py:class}`a.B`", '<code class="name">a.B</code>'),
        ("{c:func}`f`", '<code class="name">f()</code>'),
        ("{octicon}`rocket;1em`x", "<p>x</p>"),
        ("{bdg-primary}`new`", '<span class="badge primary">new</span>'),
        ("{pep}`8`", '<a href="https://peps.python.org/pep-0008/">PEP 8</a>'),
        ("{index}`word`", "<p>word</p>"),
        ("{si}`4 <\\kilo\\meter>`", "<p>4\u202fkm</p>"),
        ("{bdg-link}`t <javascript:x>`", '<span class="badge">t</span>'),
        ("[*a*]{.b}", '<span class="b"><em>a</em></span>'),
        ("[a](x){.b onclick=c}", '<a href="x" class="b">a</a>'),
    ],
)
def test_roles_and_spans(role: str, shown: str) -> None:
    prose = markdown.render([role])
    assert shown in prose.cells[0]
    assert prose.problems == ()


def test_braces_in_text_stay_text() -> None:
    for text in ("[a]{b}", "f[i]{x, y}", "{{ unknown }}", "a {b} c"):
        assert text in html(text)


# What is not known


def test_many_warnings_of_a_kind_are_one() -> None:
    text = "```{bogus}\na\n```\n\n{wow}`x` {wow}`y`\n\n```{bogus}\nb\n```\n"
    found = warnings(text)
    assert [line for line, _ in found] == [1, 5]
    assert all(message.endswith("(and 1 more like it)") for _, message in found)


def test_an_unknown_directive_loses_no_text() -> None:
    shown = flat("```{bogus} Arg\n:title: Title\n:caption: Cap\n\nbody\n```")
    for text in ("Arg", "Title", "Cap", "body"):
        assert text in shown


# Other files and the front matter


def project(tmp_path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def rendered(root: Path, source: str = "a.md") -> Rendered:
    config = load(root)
    found = page(source, config)
    return render(Executed(found, found.notebook, "prose"), config)


def test_files_are_included_with_warnings_that_name_them(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "notebooks/a.md": "# A\n\n```{include} parts/b.txt\n```\n",
            "notebooks/parts/b.txt": "*b*\n\n```{include} c.txt\n```\n",
            "notebooks/parts/c.txt": "x\n\n```{bogus}\nc\n```\n",
        },
    )
    shown = rendered(root)
    assert "<em>b</em>" in shown.body
    assert "<p>c</p>" in shown.body
    (problem,) = shown.problems
    assert (problem.path, problem.line) == ("notebooks/parts/c.txt", 3)
    assert {"parts/b.txt", "parts/c.txt"} <= {*shown.measured}


def test_code_of_files_is_shown_in_part(tmp_path: Path) -> None:
    body = "    def f(self):\n        return 1\n\n    def g(self):\n        pass\n"
    code = f"import a\n\n\nclass B:\n{body}"
    options = {
        ":lines: 1": ["import a"],
        ":pyobject: B.f": ["    def f(self):", "        return 1"],
        ":start-after: class\n:end-before: g(self)\n:dedent:": ["def f(self):", "    return 1", ""],
    }
    root = project(tmp_path, {"notebooks/code.py": code, "notebooks/a.md": ""})
    for option, lines in options.items():
        text = f"```{{literalinclude}} code.py\n:language: text\n{option}\n```\n"
        (root / "notebooks/a.md").write_text(text)
        inner = rendered(root).body.split('<code class="language-text">')[1].split("</code>")[0]
        assert inner == "\n".join(lines).rstrip()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.md": "```{include} none.md\n```"}, "the file none.md cannot be included"),
        ({"a.md": "```{include} ../../x.txt\n```"}, "cannot be included"),
        ({"a.md": "```{include} .secret\n```", ".secret": "s"}, "cannot be included"),
        ({"a.md": "```{include} b.txt\n```", "b.txt": "```{include} b.txt\n```"}, "itself"),
        (
            {"a.md": "```{include} b.md\n```", "b.md": "---\ntitle: B\ndraft: true\n---\nsecret"},
            "cannot be included",
        ),
        ({"a.md": f"```{{include}} {'b' * 5_000}\n```"}, "cannot be included"),
        (
            {"a.md": "```{include} b.txt\n```", "b.txt": "```{include} c.txt\n```\n" * 3}
            | {"c.txt": "```{include} d.txt\n```\n" * 30, "d.txt": "```{include} e.txt\n```\n" * 30}
            | {"e.txt": "x"},
            "too much",
        ),
    ],
)
def test_what_cannot_be_included_is_said(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    root = project(tmp_path, {f"notebooks/{name}": text for name, text in files.items()})
    (tmp_path.parent / "x.txt").write_text("secret")
    shown = rendered(root)
    assert any(message in problem.message for problem in shown.problems)
    assert "secret" not in shown.body


def test_texts_of_the_front_matter_are_filled_in(tmp_path: Path) -> None:
    text = (
        "---\nsubstitutions:\n  name: A *b* {{ other }}\n  other: '{{ name }}!'\n"
        "  many: |\n    - x\n    - y\n---\n\nIs {{ name }}, {{ none }} and `{{ name }}`.\n\n"
        "{{ many }}\n"
    )
    shown = rendered(project(tmp_path, {"notebooks/a.md": text})).body.replace("\n", "")
    assert "<p>Is A <em>b</em> {{ name }}!, {{ none }} and <code>{{ name }}</code>.</p>" in shown
    assert "<ul><li>x</li><li>y</li></ul>" in shown


# Hostile input


@pytest.mark.parametrize(
    "text",
    [
        ":::{note}\n" * 3_000,
        "::: a\n" * 3_000 + ":::\n" * 3_000,
        ":::\n" * 3_000,
        "::: {" + ".a " * 20_000 + "\nx\n:::",
        ":::" + " " * 50_000 + "x",
        "> [!NOTE]\n" + "> " * 3_000,
        "```{tab-item} A\na\n```\n" * 1_000,
        "```python {" + "1-99999," * 5_000 + "}\nx\n```",
        "```{code-block}\n:emphasize-lines: " + "1-999999," * 500 + "\nx\n```",
        "```{card}\n" + "^^^\n+++\n" * 2_000 + "```",
        '!!! note "' + '" "' * 10_000,
        "[" * 5_000 + "]{.a}" * 5_000,
        "{a}`" * 5_000,
        '<div class="alert">' * 2_000,
        "> %\n> ",
        ">   :::{n}\n> ",
        "```{youtube} " + "?v=" * 20_000 + "\n```",
        "```{grid} " + "9" * 50_000 + "\n```",
        "- [ ] a\n" * 10_000,
        "$$x\n" * 20_000,
        "\\begin{align}\n" * 10_000,
        "{{< include " + "a" * 100_000,
        "|a|\n|-|\n\n: x {#" + "a" * 100_000,
        "{cite}`" + "," * 100_000 + "`",
        "{cite}`" + " " * 5_000 + "}`",
        "<div>\n" + "<pre> $ " * 100_000,
        "<div>\n" + "<!-- $ " * 100_000,
    ],
)
@pytest.mark.parametrize("dialect", ["notebook", "myst"])
def test_odd_blocks_end_soon(text: str, dialect: Dialect) -> None:
    assert len(markdown.render([text], dialect).cells) == 1


@pytest.mark.parametrize(
    "text",
    [
        '::: {#" onload="x .a" onload="x}\nx\n:::',
        '::: {#a onclick="x" class="\\" onload="x"}\nx\n:::',
        '```{tab-item} " onload="x\n:sync: " onload="x\nx\n```',
        '```{card} " onload="x\n:link: " onload="x\n:img-top: " onload="x\nx\n```',
        "```{card} x\n:link: javascript:alert(1)\nx\n```",
        '```{iframe} javascript:alert(1)\n:title: " onload="x\n```',
        '```{video} " onload="x\n:poster: " onload="x\n```',
        '```{div} " onload="x\nx\n```',
        '```python title="" onload="x"\nx\n```',
        '```{code-block} " onload="x\n:filename: " onload="x\n:caption: \\" onload="x\nx\n```',
        '{bdg-" onload="x}`x` {button}`"\\>" onload="x <"\\>" onload="x>`',
        '{abbr}`a (" onload="x)` {kbd}`" onload="x` {samp}`" onload="x`',
        '[a]{.b" onload="x}',
        '.. note::\n   :class: " onload="x\n\n   x',
        '=== "" onload="x"\n    x',
        '```{contents} " onload="x\n```\n\n## A',
        '```{mermaid}\n<b onload="x\n```',
        '(a"onload="x)=\n```{code} python\n:caption: b\nx\n```',
        "```{figure} a.png\n:target: java\tscript:alert(1)\nx\n```",
        "```{image} javascript:alert(1)\n```",
        "{download}`x <java\tscript:alert(1)>` {download}`JavaScript:alert(1)`",
        ".. image:: a.png\n   :target: JavaScript:alert(1)\n",
    ],
)
def test_nothing_breaks_out_of_an_attribute(text: str) -> None:
    shown = html(text)
    assert 'onload="' not in shown
    assert 'onclick="' not in shown
    assert not re.search(r'(?:href|src)="\s*java\s*script:', shown, re.IGNORECASE)


def test_an_author_may_use_a_name_of_ours() -> None:
    assert html("```{rst-note} a\nb\n```") == "<p>b</p>\n"
    assert html("```{rst-definition} a\nb\n```").startswith("\n<dt>a</dt>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- [ ] a", '<li class="task-list-item"><label><input class="task-list-item-checkbox" '),
        ("1. [X] *a*", ' checked="checked" disabled="disabled" type="checkbox"> <em>a</em>'),
        ("- [x]\n  a", ' checked="checked" disabled="disabled" type="checkbox">'),
        ("- a\n  - [ ] b", '<li>a\n<ul class="contains-task-list">'),
        ("- [y] a", "<li>[y] a</li>"),
        ("[ ] a", "<p>[ ] a</p>"),
    ],
)
def test_lists_of_tasks_have_boxes(text: str, expected: str) -> None:
    assert expected in html(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("```{code-block} python\n---\ncaption: |\n  Two\n  lines\n---\nx\n```", "Twolines</fig"),
        ('```{figure} a.png\n:name: "fig-a"\n\nB\n```', '<figure id="fig-a">'),
        ("```{link-button} https://a.org\n:text: Go\n```", '<a href="https://a.org">Go</a>'),
        ("```{button} [x](https://a.org)\n```", '<a href="https://a.org">x</a>'),
        ("```{jupyter-execute}\nx = 1\n```", "<pre><code>x = 1</code></pre>"),
        ("```{raw:latex}\nx\n```", ""),
        ("{sunpy:func}`a.b` {proof:ref}`t`", '<code class="name">a.b()</code> <x-ref'),
        ("```{list-table}\n:widths: 1 3\n* - a\n  - b\n```", '<col style="width: 75%">'),
        ("```{list-table}\n:widths: auto\n* - a\n  - b\n```", "<table><tbody>"),
        ("```{=html}\n<b>x</b>\n```", "<b>x</b>"),
        ("```{=latex}\nx\n```", ""),
        ("$$\nx\n$$ {#eq-a}\n", 'id="eq-a"'),
        ("{{< video https://youtu.be/abc >}}\n", "youtube-nocookie.com/embed/abc"),
        ("{{< pagebreak >}}\n", ""),
        ("A {{< meta title >}}\n", "<p>A {{&lt; meta title &gt;}}</p>"),
    ],
)
def test_habits_of_other_tools(text: str, shown: str) -> None:
    assert shown in flat(text, "myst") if shown else flat(text, "myst") == ""


def test_a_heading_is_named_by_what_its_roles_show() -> None:
    prose = markdown.render(["# {index}`The Model <single: Model; The>`"], "myst")
    assert [(h.id, h.text) for h in prose.headings] == [("the-model", "The Model")]


def test_abbreviations_are_explained_but_not_in_headings_and_links() -> None:
    given = {"TLA": 'Three "Letter" Acronym', "X+Y": "Sum"}
    text = "# TLA\n\nTLAs, TLAX, `TLA`, [TLA](https://a.org) and X+Y."
    shown = markdown.render([text], "myst", abbreviations=given).cells[0]
    assert '<abbr title="Three &quot;Letter&quot; Acronym">TLA</abbr>s, TLAX, <code>TLA' in shown
    assert shown.count("<abbr") == 2
    assert '<abbr title="Sum">X+Y</abbr>.' in shown


def test_a_gate_in_a_cell_that_is_not_shown_leaves_no_box_open() -> None:
    start, end = "```{exercise-start}\n```", "```{exercise-end}\n```"
    hidden_start = markdown.render([start, "text", end], "myst", hidden=[0])
    assert "".join(hidden_start.cells) == "<p>text</p>\n"
    assert hidden_start.problems == ()
    hidden_end = "".join(markdown.render([start, "text", end], "myst", hidden=[2]).cells)
    assert hidden_end.count("<div") == hidden_end.count("</div>") == 1
    assert hidden_end.endswith("</div>\n<p>text</p>\n")
