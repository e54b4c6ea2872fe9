"""The dialects of prose, from Markdown to HTML; all cells of a page are one document."""

from __future__ import annotations

import pytest

from publisher import markdown
from publisher.markdown import Dialect


def html(text: str, dialect: Dialect = "notebook") -> str:
    prose = markdown.render([text], dialect)
    return prose.cells[0] + prose.tail


def flat(text: str, dialect: Dialect = "notebook") -> str:
    return html(text, dialect).replace("\n", "")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://example.org/a_b?x=1&y=2 now", "https://example.org/a_b?x=1&amp;y=2"),
        ("see http://example.org/a.", "http://example.org/a"),
        ("(http://example.org/a)", "http://example.org/a"),
        ("www.example.org!", "http://www.example.org"),
        ("**www.example.org**", "http://www.example.org"),
        ("<ada@example.org>", "mailto:ada@example.org"),
        ("<https://example.org/>", "https://example.org/"),
    ],
)
def test_addresses_with_a_scheme_or_www_become_links(text: str, address: str) -> None:
    assert f'<a href="{address}">' in html(text)


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.org",
        "example.com",
        "notebook.md and module.py",
        "`https://example.org`",
        "xhttps://example.org",
        "www.",
        "https://",
    ],
)
def test_what_is_not_clearly_an_address_stays_text(text: str) -> None:
    assert "<a " not in html(text)


def test_a_link_in_a_link_is_not_made() -> None:
    assert html("[https://a.org](https://b.org)").count("<a ") == 1


@pytest.mark.parametrize(
    "text",
    [
        "$5 and $10",
        "It costs $5, or $10.",
        "from $20,000 to $30,000",
        "US$5 and US$6",
        "$ x $ is spaced",
        r"\$a\$",
        "`$a$`",
        "a lone $ sign",
    ],
)
def test_prices_and_code_are_no_math(text: str) -> None:
    assert "<math" not in html(text)
    assert "$" in html(text)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("$a^2$", '<p><span class="math inline"><math '),
        ("the $n$th of $m$-axes", '<p>the <span class="math inline"><math '),
        ("$1+1=2$", '<p><span class="math inline"><math '),
        ("text $$a$$ text", '<p>text <span class="math block" tabindex="0"><math '),
        ("$$\na\n$$", '<div class="math block" tabindex="0"><math '),
        (
            "\\begin{align}\na &= b\n\\end{align}",
            '<div class="math block" tabindex="0"><math ',
        ),
    ],
)
def test_dollars_and_environments_are_mathml(text: str, start: str) -> None:
    assert html(text).startswith(start)


@pytest.mark.parametrize("tex", [r"\foo{", r"\frac{1}", r"\href{javascript:alert(1)}{<b>}"])
def test_math_that_cannot_be_converted_is_shown_as_its_source(tex: str) -> None:
    shown = tex.replace("<", "&lt;").replace(">", "&gt;")
    assert f"<code>${shown}$</code>" in html(f"${tex}$")


def test_math_with_a_label_can_be_linked_to() -> None:
    shown = flat("$$\na\n$$ (first)")
    assert shown.startswith('<div class="math block" tabindex="0"><math ')
    assert '<span id="first">(1)</span>' in shown


def test_raw_html_is_left_as_it_is() -> None:
    source = (
        '<details open>\n<summary>S</summary>\n<video src="x.mp4" controls></video>\n</details>'
    )
    assert html(source).strip() == source
    assert '<kbd class="k">x</kbd>' in html('press <kbd class="k">x</kbd>')


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('<div class="alert alert-info">\n*a*\n</div>', "<em>a</em>"),
        ('<div class="alert alert-info">\n\n*a*\n\n</div>', "<em>a</em>"),
        ('<div class="alert">`c` and [l](x.md)</div>', '<code>c</code> and <a href="x.md">l</a>'),
        ("<div class='alert'>\n    <b>Tip</b>: *a*\n</div>", "<b>Tip</b>: <em>a</em>"),
        ('<div role="note" class="alert">\n\n- a\n- b\n\n</div>', "<li>a</li><li>b</li>"),
        ('<DIV CLASS="alert">\n$a$\n</DIV>'.replace("DIV>", "div>"), "<math "),
    ],
)
def test_alert_boxes_hold_markdown(text: str, inside: str) -> None:
    shown = flat(text)
    assert inside in shown
    assert shown.lower().startswith("<div")
    assert shown.endswith("</div>")
    assert shown.lower().count("<div") == shown.count("</div>")


def test_other_boxes_are_the_authors_own_html() -> None:
    assert "*a*" in html('<div class="box">\n*a*\n</div>')


def test_tables_scroll_by_themselves_and_keep_their_alignment() -> None:
    shown = flat("| a | b |\n|---|--:|\n| 1 | `x` |")
    assert shown.startswith('<div class="table" tabindex="0" role="group"')
    assert '<td style="text-align:right"><code>x</code></td>' in shown


def test_task_lists_have_boxes_that_cannot_be_changed() -> None:
    shown = html("- [x] done\n- [ ] to do\n- [y] text")
    assert shown.count('disabled="disabled" type="checkbox"') == 2
    assert shown.count('checked="checked"') == 1
    assert "[y] text" in shown


def test_strikethrough() -> None:
    assert "<s>gone</s>" in html("~~gone~~")


def test_code_is_drawn_by_the_highlighter() -> None:
    seen: list[tuple[str, str]] = []

    def highlight(code: str, language: str) -> str:
        seen.append((code, language))
        return "<pre>drawn</pre>\n"

    prose = markdown.render(
        ["```python title\na\n```\n\n    indented\n\n~~~\nplain\n~~~"], highlight=highlight
    )
    assert seen == [("a\n", "python"), ("indented\n", ""), ("plain\n", "")]
    assert prose.cells[0].count("drawn") == 3


def test_code_in_fences_is_escaped() -> None:
    assert "&lt;script&gt;" in html("```html\n<script>\n```")


def test_link_definitions_and_footnotes_are_shared_by_all_cells() -> None:
    prose = markdown.render(["[a][ref] and a note[^n]", "[ref]: https://x.org", "[^n]: The *note*"])
    assert '<a href="https://x.org">a</a>' in prose.cells[0]
    assert 'class="footnote-ref"' in prose.cells[0]
    assert prose.cells[1:] == ("", "")
    assert "The <em>note</em>" in prose.tail


def test_footnotes_are_numbered_through_the_page_and_unused_ones_left_out() -> None:
    prose = markdown.render(["a[^x]\n\n[^x]: X", "b[^y] c[^x] d[^none]\n\n[^y]: Y\n\n[^z]: Z"])
    assert ">[1]</a>" in prose.cells[0]
    assert ">[2]</a>" in prose.cells[1]
    assert "[^none]" in prose.cells[1]
    assert prose.tail.count("<li ") == 2
    assert "Z" not in prose.tail


def test_a_page_without_footnotes_has_no_tail() -> None:
    assert markdown.render(["a", "b"]).tail == ""


def test_an_open_fence_ends_with_its_cell() -> None:
    prose = markdown.render(["```\nopen", "# Heading"])
    assert "<h1" in prose.cells[1]


def test_no_cells_are_no_html() -> None:
    prose = markdown.render([])
    assert (prose.cells, prose.tail, prose.headings) == ((), "", ())


@pytest.mark.parametrize(
    ("heading", "identifier"),
    [
        ("Two Words", "two-words"),
        ("What's new in 2.0?", "whats-new-in-20"),
        ("`code` and *em*", "code-and-em"),
        ("[A link](x.md)", "a-link"),
        ("Größe $x$", "größe-x"),
        ("snake_case", "snake_case"),
        ("!!!", "section"),
        ("", "section"),
    ],
)
def test_headings_have_ids_from_their_text(heading: str, identifier: str) -> None:
    (found,) = markdown.render([f"## {heading}"]).headings
    assert found.id == identifier
    assert f'<h2 id="{identifier}">' in html(f"## {heading}")


def test_equal_headings_have_different_ids_through_the_page() -> None:
    prose = markdown.render(["## A\n\n## A", "## A-1\n\n## A"])
    ids = [heading.id for heading in prose.headings]
    assert ids[:2] == ["a", "a-1"]
    assert len(set(ids)) == 4


def test_headings_of_a_table_of_contents_hold_no_links_or_ids() -> None:
    text = '## A [link](x.md) <b id="b">b</b> `c` $x$ ![i](i.png) note[^1]\n\n[^1]: n'
    (heading,) = markdown.render([text]).headings
    assert "<a" not in heading.html
    assert "id=" not in heading.html
    assert "<img" not in heading.html
    assert "<code>c</code>" in heading.html
    assert "<math " in heading.html


def test_the_heading_that_is_the_title_becomes_the_h1() -> None:
    prose = markdown.render(["### Title", "## Part"], title=True)
    assert prose.cells[0].startswith('<h1 id="title">Title</h1>')
    assert prose.cells[1].startswith('<h2 id="part">')
    assert [h.level for h in prose.headings] == [1, 2]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("text\n\n## A *b* `c`\n\n# D", (2, "A b c")),
        ("Title\n=====\n", (1, "Title")),
        ("Part\n---\n", (2, "Part")),
        ("# \n\n## B", (2, "B")),
        ("```\n# comment\n```", None),
        ("    # code", None),
        ("#tag", None),
        ("", None),
    ],
)
def test_the_first_heading_of_a_cell(source: str, found: tuple[int, str] | None) -> None:
    assert markdown.first_heading(source) == found


def test_an_admonition_is_an_aside_with_its_name() -> None:
    shown = flat("```{note}\n*a*\n```")
    assert shown == (
        '<aside class="admonition note"><p class="admonition-title">Note</p>'
        "<p><em>a</em></p></aside>"
    )


def test_an_admonition_may_have_a_title_a_class_and_a_label() -> None:
    shown = flat("```{admonition} A *title*\n:class: tip\n:name: here\nbody\n```")
    assert shown.startswith('<aside id="here" class="admonition tip">')
    assert '<p class="admonition-title">A <em>title</em></p>' in shown


def test_colon_fences_and_nesting() -> None:
    shown = flat("::::{warning}\n:::{note}\ninner\n:::\n::::", "myst")
    assert shown.count("<aside") == shown.count("</aside>") == 2
    assert "<p>inner</p></aside></aside>" in shown


def test_nesting_has_a_bottom() -> None:
    text = "deep"
    for level in range(60):
        text = f"{'`' * (level + 3)}{{note}}\n{text}\n{'`' * (level + 3)}"
    assert "deep" in html(text)


def test_myst_math_targets_comments_and_definitions() -> None:
    shown = flat("(here)=\n## A\n\n% hidden\n\n```{math}\n:label: eq\na\n```\n\nT\n: D", "myst")
    assert shown.startswith('<h2 id="a">')
    assert '<span id="eq">(1)</span>' in shown
    assert "hidden" not in shown
    assert "<dt>T</dt><dd>D</dd>" in shown


def test_a_figure_has_its_alternative_text_and_caption() -> None:
    shown = flat("```{figure} a.png\n:name: fig\n:alt: A picture\nThe *caption*\n```")
    assert '<figure id="fig"><img src="a.png" alt="A picture" loading="lazy">' in shown
    number = (
        '<span class="caption-number"><x-number data-kind="figure" data-id="fig"></x-number></span>'
    )
    assert f"<figcaption><p>{number} The <em>caption</em></p></figcaption></figure>" in shown


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("{math}`a`", '<span class="math inline"><math '),
        ("{doc}`../guide/start`", '<x-ref data-n="0"></x-ref>'),
        ("{ref}`here` {eq}`eq`", '<x-ref data-n="0"></x-ref> <x-ref data-n="1"></x-ref>'),
    ],
)
def test_roles_that_are_known(role: str, shown: str) -> None:
    prose = markdown.render([role, "# Here", "$$x$$ (eq)"])
    assert shown in prose.cells[0]
    assert prose.problems == ()


def test_unknown_roles_are_text_with_one_located_warning_each() -> None:
    prose = markdown.render(["a", "\n\nb {unheard}`ada1843` {unheard}`b` {odd}`T <t>`"])
    assert "<span>ada1843</span>" in prose.cells[1]
    assert "<span>T</span>" in prose.cells[1]
    assert [(p.cell, p.line, "{unheard}" in p.message) for p in prose.problems] == [
        (1, 3, True),
        (1, 3, False),
    ]


def test_an_unknown_role_in_a_footnote_warns_too() -> None:
    prose = markdown.render(["a[^1]\n\n[^1]: {unheard}`x`"])
    assert "<span>x</span>" in prose.tail
    assert [p.cell for p in prose.problems] == [0]


def test_an_unknown_directive_is_prose_with_a_located_warning() -> None:
    prose = markdown.render(["a", "b\n\n```{unheard} *arg*\n:opt: 1\n\ntext *b*\n```"])
    assert "<em>arg</em>" in prose.cells[1]
    assert "text <em>b</em>" in prose.cells[1]
    assert "opt" not in prose.cells[1]
    (problem,) = prose.problems
    assert (problem.cell, problem.line) == (1, 3)
    assert "{unheard}" in problem.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("````{note}\n:class: x\n\ntext\n\n```{bogus}\nx\n```\n````", 6),
        ("````{note} text\nmore\n\n```{bogus}\nx\n```\n````", 4),
        ("````{admonition} T\n```{bogus}\nx\n```\n````", 2),
        ("x\n\n````{unheard} arg\n```{bogus}\nx\n```\n````", 4),
        ("````{figure} a.png\n---\nalt: x\n---\n```{bogus}\n```\n````", 5),
        ('<div class="alert">\ntext\n```{bogus}\nx\n```\n</div>', 3),
    ],
)
def test_a_warning_inside_another_block_has_its_own_line(text: str, line: int) -> None:
    problems = [p for p in markdown.render([text]).problems if "{bogus}" in p.message]
    assert [p.line for p in problems] == [line]


@pytest.mark.parametrize(
    "text",
    [
        '```{admonition} T\n:class: "><script>\nx\n```',
        '```{note}\n:name: "><script>\nx\n```',
        '("><script>)=\n',
        '$$x$$ ("><script>)',
        '```{math}\n:label: "><script>\nx\n```',
        '```{figure} "><script>\n:alt: "><script>\n:name: "><script>\n```',
        '![a"><script>](<x"\\>\\<script\\>.png> "t\\"><script>")',
        '[a](<x"\\>\\<script\\>> "t\\"><script>")',
        '{ref}`"><script>` {doc}`"><script> <"><script>>` {other}`<script>`',
        '```"><script>\ncode\n```',
        'a[^"><script>]\n\n[^"><script>]: n',
        "$\\text{<script>}$ $\\foo{<script>}$",
        "`<script>`",
        'https://x.org/"><script>'.replace("<", "%3C"),
    ],
)
def test_nothing_breaks_out_of_an_attribute(text: str) -> None:
    assert "<script" not in html(text, "myst")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "> " * 5_000 + "x",
        "*" * 20_000 + "x",
        "- " * 5_000 + "x",
        "![" * 5_000,
        "<" * 20_000,
        "`" * 20_001,
        "$" * 10_001,
        "\x00\ufeff\u2028\u202e",
        "[a]: <\n[a]",
        "```{note",
        "```{}\nx\n```",
        "{a}`",
        "[^1]: [^1]\n\n[^1]",
        "+++ {bad json",
        ":::" * 1_000,
    ],
)
def test_odd_prose_is_still_prose(text: str) -> None:
    prose = markdown.render([text], "myst")
    assert len(prose.cells) == 1


def test_a_fragment_stands_alone_with_its_footnotes() -> None:
    shown = markdown.fragment("a[^1]\n\n[^1]: note")
    assert shown.index("<p>a") < shown.index("note")


@pytest.mark.parametrize(
    "tex",
    [
        "{" * 10_000 + "x" + "}" * 10_000,
        r"\sqrt" * 3000 + " x",
        r"\sqrt[" * 3000,
        ("{" + r"\bar" * 60) * 60,
        r"\left(" * 2000,
        "x + " * 10_000,
    ],
)
def test_a_formula_that_is_too_deep_or_long_is_shown_as_its_source(tex: str) -> None:
    prose = markdown.render([f"$${tex}$$"])
    assert "<code>$$" in prose.cells[0]
    (problem,) = prose.problems
    assert "cannot be converted" in problem.message


def test_a_formula_may_be_long_and_have_many_groups() -> None:
    assert "<math" in html("$$" + r"\frac{a}{b} + \left(\alpha \beta_{i}\right) + " * 200 + "x$$")


@pytest.mark.parametrize(("part", "times"), [("*c* <", 50_000), ("*c* :<", 11_000)])
def test_a_very_long_paragraph_is_plain_text_with_its_line(part: str, times: int) -> None:
    prose = markdown.render(["a", "b\n\n" + part * times])
    assert prose.cells[1].count(part.replace("<", "&lt;")) == times
    (problem,) = prose.problems
    assert (problem.cell, problem.line) == (1, 3)
    assert "plain text" in problem.message


def test_no_heading_has_the_id_of_the_layout() -> None:
    assert '<h2 id="content-1">' in html("## Content\n")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<h1 align="center">My <em>Project</em> &amp; I</h1>\n\n## Contact', "My Project & I"),
        ('<p>\n<H1>\n<img alt="Logo" src=a.png>\n</H1>\n</p>\n\n## Contact', "Logo"),
        ("<!-- <h1>No</h1> -->\n\n## Contact", "Contact"),
        ("<header>x</header>\n\n## Contact", "Contact"),
    ],
)
def test_a_heading_in_html_is_the_title(source: str, found: str) -> None:
    heading = markdown.first_heading(source)
    assert heading is not None
    assert heading[1] == found
    made = markdown.render([source], title=True).cells[0]
    assert ("<h2" in made) is (found != "Contact")
