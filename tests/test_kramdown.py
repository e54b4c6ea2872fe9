"""The kramdown dialect. Expectations are the HTML of kramdown 2.4 with its GFM parser 1.1.

Texts are compared without line ends between tags: `flat` joins lines.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from publisher import markdown
from publisher.model import Heading


def html(text: str, **options: Any) -> str:
    prose = markdown.render([text], "kramdown", options=options)
    return prose.cells[0] + prose.tail


def flat(text: str, **options: Any) -> str:
    """HTML without the line ends around tags."""
    return re.sub(r"\n*(?<=>)\n+|\n+(?=<)", "", html(text, **options)).strip()


def warnings(text: str) -> list[tuple[int | None, str]]:
    prose = markdown.render([text], "kramdown")
    return [(problem.line, problem.message) for problem in prose.problems]


Case = tuple[str, str]


def cases(*pairs: Case) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("text", "expected"), pairs, ids=[pair[0] for pair in pairs])


# Paragraphs and headings


@cases(
    ("one\ntwo", "<p>one\ntwo</p>"),
    ("one\n\n\ntwo", "<p>one</p><p>two</p>"),
    ("one\r\ntwo\rthree", "<p>one\ntwo\nthree</p>"),
    ("  one\n      two", "<p>one\n      two</p>"),
    ("a  \nb", "<p>a<br>b</p>"),
    ("a\\\nb", "<p>a<br>b</p>"),
    ("a\\\\\nb", "<p>a<br>b</p>"),
    ("a  ", "<p>a</p>"),
    ("", ""),
    ("\0", "<p>�</p>"),
)
def test_paragraphs_and_line_breaks(text: str, expected: str) -> None:
    assert flat(text) == expected


@cases(
    ("# One", '<h1 id="one">One</h1>'),
    ("### One ###", '<h3 id="one">One</h3>'),
    ("text\n## Two", '<p>text</p><h2 id="two">Two</h2>'),
    ("#One", "<p>#One</p>"),
    ("# ", "<p>#</p>"),
    ("One\n===", '<h1 id="one">One</h1>'),
    ("One\n-", '<h2 id="one">One</h2>'),
    ("a\nb\n---", "<p>a\nb\n—</p>"),
    ("## One {#own}", '<h2 id="own">One</h2>'),
    ("## One\n{: #own .wide}", '<h2 id="own" class="wide">One</h2>'),
    ("##### C# {#c-sharp}", '<h5 id="c-sharp">C#</h5>'),
)
def test_headings(text: str, expected: str) -> None:
    assert flat(text) == expected


@pytest.mark.parametrize(
    ("heading", "identifier"),
    [
        ("What's *new* in `2.0`?", "whats-new-in-20"),
        ("A  b", "a--b"),
        ("Über 中文", "über-中文"),
        ("1. First", "1-first"),
        ("[Name](x) & Co", "name--co"),
        ("snake_case-word", "snake_case-word"),
    ],
)
def test_ids_of_headings_are_githubs(heading: str, identifier: str) -> None:
    assert f'<h2 id="{identifier}">' in html(f"## {heading}")


def test_ids_of_equal_headings_are_numbered() -> None:
    found = re.findall('id="([^"]*)"', html("# a\n\n# a\n\n## A\n\n# a-1"))
    assert found == ["a", "a-1", "a-2", "a-1"]  # as kramdown does


def test_a_heading_without_letters_has_no_id() -> None:
    assert flat("# ☺") == "<h1>☺</h1>"


@cases(
    ("* * *", "<hr>"),
    ("---", "<hr>"),
    ("__ _", "<hr>"),
    ("a\n\n***\n{: .end}", '<p>a</p><hr class="end">'),
    ("--", "<p>–</p>"),
)
def test_rules(text: str, expected: str) -> None:
    assert flat(text) == expected


@cases(
    ("> a\n> b", "<blockquote><p>a\nb</p></blockquote>"),
    ("> a\nlazy", "<blockquote><p>a\nlazy</p></blockquote>"),
    ("text\n> a", "<p>text</p><blockquote><p>a</p></blockquote>"),
    ("> a\n>> b", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>"),
    ("> - a\n> - b", "<blockquote><ul><li>a</li><li>b</li></ul></blockquote>"),
    ("> a\n{: .note}", '<blockquote class="note"><p>a</p></blockquote>'),
    ("> # T", '<blockquote><h1 id="t">T</h1></blockquote>'),
)
def test_quotes(text: str, expected: str) -> None:
    assert flat(text) == expected


# Code


@cases(
    ("    a\n      b", "<pre><code>a\n  b</code></pre>"),
    ("\ta\n\n\tb", "<pre><code>a\n\nb</code></pre>"),
    ("text\n    more", "<p>text\n    more</p>"),
    ("    a\nlazy", "<pre><code>a lazy</code></pre>"),
    ("    a\n^\n    b", "<pre><code>a</code></pre><pre><code>b</code></pre>"),
    ("```\na <b>\n```", "<pre><code>a &lt;b&gt;</code></pre>"),
    ("~~~~\n~~~\n~~~~", "<pre><code>~~~</code></pre>"),
    ("text\n```\na\n```", "<p>text</p><pre><code>a</code></pre>"),
    ("```\nnever closed", "<p>```\nnever closed</p>"),
    ("``` two words\na\n```", "<p><code>two words\na</code></p>"),
    ("    a\n{: #x .y}", '<div id="x" class="y"><pre><code>a</code></pre></div>'),
)
def test_code_blocks(text: str, expected: str) -> None:
    assert flat(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "```python\n1\n```",
        "~~~ python\n1\n~~~",
        "    1\n{: .language-python}",
        "```python?a=1\n1\n```",
    ],
)
def test_the_highlighter_draws_code(text: str) -> None:
    seen: list[tuple[str, str]] = []

    def highlight(code: str, language: str) -> str:
        seen.append((code, language))
        return "<pre>drawn</pre>"

    shown = markdown.render([text], "kramdown", highlight=highlight).cells[0]
    assert shown == "<pre>drawn</pre>"
    assert seen == [("1\n", "python")]


@cases(
    ("`a < b`", "<p><code>a &lt; b</code></p>"),
    ("``a ` b``", "<p><code>a ` b</code></p>"),
    ("`` ` ``", "<p><code>`</code></p>"),
    ("`*a*`{: .x}", '<p><code class="x">*a*</code></p>'),
    ("a ` b", "<p>a ` b</p>"),
    ("`&amp;`", "<p><code>&amp;amp;</code></p>"),
)
def test_code_in_a_line(text: str, expected: str) -> None:
    assert flat(text) == expected


# Lists


@cases(
    ("* a\n+ b\n- c", "<ul><li>a</li><li>b</li><li>c</li></ul>"),
    ("3. a\n1. b", "<ol><li>a</li><li>b</li></ol>"),
    ("1) a", "<p>1) a</p>"),
    ("-a", "<p>-a</p>"),
    ("text\n- a", "<p>text</p><ul><li>a</li></ul>"),
    ("- a\n  - b\n    - c", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li></ul>"),
    ("1. a\n   * b\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
    ("- a\n    1. b", "<ul><li>a<ol><li>b</li></ol></li></ul>"),
    ("- a\nlazy\n- b", "<ul><li>a\nlazy</li><li>b</li></ul>"),
    ("- a\n- b\n\n\nc", "<ul><li>a</li><li>b</li></ul><p>c</p>"),
    ("- a\n1. b", "<ul><li>a<ol><li>b</li></ol></li></ul>"),
    ("- a\n^\n- b", "<ul><li>a</li></ul><ul><li>b</li></ul>"),
    ("- ```\n  x\n  ```", "<ul><li><pre><code>x</code></pre></li></ul>"),
    ("- > q", "<ul><li><blockquote><p>q</p></blockquote></li></ul>"),
    ("- \n- b", "<ul><li></li><li>b</li></ul>"),
    ("- a\n\n---", "<ul><li>a</li></ul><hr>"),
)
def test_lists(text: str, expected: str) -> None:
    assert flat(text) == expected


@cases(
    ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
    ("- a\n\n- b\n- c", "<ul><li><p>a</p></li><li>b</li><li>c</li></ul>"),
    ("- a\n- b\n\n  c", "<ul><li>a</li><li><p>b</p><p>c</p></li></ul>"),
    ("- a\n\n  - b", "<ul><li><p>a</p><ul><li>b</li></ul></li></ul>"),
)
def test_each_item_is_tight_or_loose_by_itself(text: str, expected: str) -> None:
    assert flat(text) == expected


@cases(
    ("- a\n{: .x}", '<ul class="x"><li>a</li></ul>'),
    ("- {: .x} a\n- b", '<ul><li class="x">a</li><li>b</li></ul>'),
    ("{: #x}\n- a", '<ul id="x"><li>a</li></ul>'),
    ("- a\n\n  b\n  {: .x}", '<ul><li><p>a</p><p class="x">b</p></li></ul>'),
)
def test_lists_take_attributes(text: str, expected: str) -> None:
    assert flat(text) == expected


def test_task_lists_have_boxes() -> None:
    box = 'type="checkbox" class="task-list-item-checkbox" disabled="disabled"'
    assert flat("- [ ] a\n- [X] b\n- [y] c") == (
        f'<ul class="task-list"><li class="task-list-item"><input {box} />a</li>'
        f'<li class="task-list-item"><input {box} checked="checked" />b</li>'
        '<li class="task-list-item">[y] c</li></ul>'
    )


@cases(
    ("T\n: d", "<dl><dt>T</dt><dd>d</dd></dl>"),
    ("S\nT\n: d\n: e", "<dl><dt>S</dt><dt>T</dt><dd>d</dd><dd>e</dd></dl>"),
    ("T\n\n: d", "<dl><dt>T</dt><dd><p>d</p></dd></dl>"),
    ("T\n: d\n\n  e", "<dl><dt>T</dt><dd>d<p>e</p></dd></dl>"),
    ("S\n: d\n\nT\n: e", "<dl><dt>S</dt><dd>d</dd><dt>T</dt><dd>e</dd></dl>"),
    ("*T*\n: - a", "<dl><dt><em>T</em></dt><dd><ul><li>a</li></ul></dd></dl>"),
    (": d", "<p>: d</p>"),
    ("{:auto_ids}\nMy term\n: d", '<dl><dt id="my-term">My term</dt><dd>d</dd></dl>'),
)
def test_definition_lists(text: str, expected: str) -> None:
    assert flat(text) == expected


# Tables

REGION = '<div class="table" tabindex="0" role="group" aria-label="Table">'


def table(text: str) -> str:
    shown = flat(text)
    return shown.removeprefix(REGION).removesuffix("</div>")


@cases(
    (
        "| a | b |\n|---|:-:|\n| 1 | `x|y` |",
        '<table><thead><tr><th>a</th><th style="text-align: center">b</th></tr></thead>'
        '<tbody><tr><td>1</td><td style="text-align: center"><code>x|y</code></td></tr></tbody>'
        "</table>",
    ),
    (
        "a | b\nc | d",
        "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></tbody></table>",
    ),
    (
        "[Home](/) | *Mail*",
        '<table><tbody><tr><td><a href="/">Home</a></td><td><em>Mail</em></td></tr></tbody>'
        "</table>",
    ),
    (
        "|a|b|\n|-\n|c|\n|=\n|f|g|\n{: .t}",
        '<table class="t"><thead><tr><th>a</th><th>b</th></tr></thead>'
        "<tbody><tr><td>c</td><td>\N{NO-BREAK SPACE}</td></tr></tbody>"
        "<tfoot><tr><td>f</td><td>g</td></tr></tfoot></table>",
    ),
    (
        r"a \| b | c",
        "<table><tbody><tr><td>a | b</td><td>c</td></tr></tbody></table>",
    ),
    (
        "x <code>a|b</code> | y",
        "<table><tbody><tr><td>x <code>a|b</code></td><td>y</td></tr></tbody></table>",
    ),
)
def test_tables(text: str, expected: str) -> None:
    assert table(text) == expected


@cases(
    ("**a | b** c<br>\nd", "<p><strong>a | b</strong> c<br />d</p>"),
    ("text\n| a | b |", "<p>text\n| a | b |</p>"),
    ("`a | b`", "<p><code>a | b</code></p>"),
    (r"a \| b", "<p>a | b</p>"),
    ("| a |\n|---|", "<p>| a |\n|—|</p>"),
    ("a | b\n- c", "<p>a | b</p><ul><li>c</li></ul>"),
)
def test_a_pipe_alone_makes_no_table(text: str, expected: str) -> None:
    assert flat(text) == expected


# HTML between blocks


@pytest.mark.parametrize(
    "text",
    [
        "<div>\n*a*\n</div>",
        "<div>\n\n    <p>*a*</p>\n\n</div>",
        "<p>*a* & b &amp; c</p>",
        "<center>*a*</center>",
        '<details open="">\n<summary>*s*</summary>\n\n- a\n\n</details>',
        "<script>\nif (a < b && c) { d('*e*') }\n</script>",
        "<style>\na > b {}\n</style>",
        "<pre>\n*a*\n\nb</pre>",
        '<iframe src="x" allowfullscreen=""></iframe>',
        "<!-- *a*\n\nb -->",
        "<table>\n<tr><td>*a*</td></tr>\n</table>",
        '<svg viewBox="0 0 1 1"><path d="M0"></path></svg>',
        "<div><!-- c --><?php d ?><custom-tag>*e*</custom-tag></div>",
    ],
)
def test_blocks_of_html_are_left_as_they_are(text: str) -> None:
    expected = text.replace(" & ", " &amp; ") if "script" not in text else text
    assert html(text).strip() == expected.replace(" && ", " && ")


@cases(
    ('<div markdown="1">\n*a*\n</div>', "<div><p><em>a</em></p></div>"),
    ('<div markdown="block">*a*\n</div>', "<div><p><em>a</em></p></div>"),
    ('<div markdown="span">*a*\n\n# b</div>', "<div><em>a</em># b</div>"),
    ('<div markdown="0">*a*</div>', "<div>*a*</div>"),
    ('<p markdown="1">*a*</p>', "<p><em>a</em></p>"),
    ('<div><p markdown="1">*a*</p> *b*</div>', "<div><p><em>a</em></p> *b*</div>"),
    (
        '<div markdown="1">\n<div>\n*a*\n</div>\n*b*\n</div>',
        "<div><div>*a*</div><p><em>b</em></p></div>",
    ),
    ('<h2 markdown="1">*a*</h2>', "<h2><em>a</em></h2>"),
    ('<div markdown="1">\n# T\n</div>', '<div><h1 id="t">T</h1></div>'),
)
def test_elements_say_whether_they_hold_markdown(text: str, expected: str) -> None:
    assert flat(text) == expected


def test_html_can_hold_markdown_by_an_option() -> None:
    assert flat("<div>\n*a*\n</div>", parse_block_html=True) == "<div><p><em>a</em></p></div>"
    text = '{::options parse_block_html="true" /}\n\n<div>\n*a*\n</div>'
    assert flat(text) == "<div><p><em>a</em></p></div>"


@cases(
    ('<img src="a.png">\n*b* text', '<p><img src="a.png" /><em>b</em> text</p>'),
    ("<br>\n\ntext", "<p><br /></p><p>text</p>"),
    ("text\n<div>a</div>", "<p>text</p><div>a</div>"),
    ("<DIV>a</div>", "<div>a</div>"),
    ("<div>a</div> *b*", "<div>a</div><p><em>b</em></p>"),
    ("<div/>\n\n*b*", "<div /><p><em>b</em></p>"),
    ("<div>a</div>\n{: #x}", '<div id="x">a</div>'),
    ("</div>", "<p>&lt;/div&gt;</p>"),
    ("<a href=x.html>b</a>", "<p>&lt;a href=x.html&gt;b&lt;/a&gt;</p>"),
    ("<ul>\n<li>a\n<li>b\n</ul>", "<ul><li>a<li>b\n&lt;/ul&gt;</li></li></ul>"),
    ('<div markdown="1">\n*a*', "<div><p><em>a</em></p></div>"),
    ('<p align="center"\n  class="x">a</p>', '<p align="center" class="x">a</p>'),
)
def test_where_html_begins_and_ends(text: str, expected: str) -> None:
    assert flat(text) == expected


# Spans


@cases(
    ("*a* _b_ **c** __d__", "<p><em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong></p>"),
    ("***a***", "<p><strong><em>a</em></strong></p>"),
    ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
    ("*a **b** c*", "<p><em>a <strong>b</strong> c</em></p>"),
    ("a*b*c a_b_c", "<p>a<em>b</em>c a_b_c</p>"),
    ("* a * ** b **", "<ul><li>a * ** b **</li></ul>"),
    ("x * a * y", "<p>x * a * y</p>"),
    ("**a* b", "<p><em>*a</em> b</p>"),
    ("**Note:**text", "<p><strong>Note:</strong>text</p>"),
    ("这是**重点**内容", "<p>这是<strong>重点</strong>内容</p>"),
    ("*a _b* c_", "<p><em>a _b</em> c_</p>"),
    ("*a*{: .x #y}", '<p><em class="x" id="y">a</em></p>'),
    ("~~a *b*~~", "<p><del>a <em>b</em></del></p>"),
    ("~~ a~~", "<p>~~ a~~</p>"),
)
def test_emphasis(text: str, expected: str) -> None:
    assert flat(text) == expected


@cases(
    ("[a](b)", '<a href="b">a</a>'),
    ("[a](b \"c 'd'\")", '<a href="b" title="c \'d\'">a</a>'),
    ("[a](<b c> 'd')", '<a href="b c" title="d">a</a>'),
    ("[a](my file.pdf)", '<a href="my file.pdf">a</a>'),
    ("[a](b(c)d)", '<a href="b(c)d">a</a>'),
    ("[*a* `]` [b]](c)", '<a href="c"><em>a</em> <code>]</code> [b]</a>'),
    ("[a] (b)", "[a] (b)"),
    ("[a](b", "[a](b"),
    ("[](b)", '<a href="b"></a>'),
    ("![a *b*](c 'd')", '<img src="c" alt="a *b*" title="d" loading="lazy">'),
    ("[![a](b)](c)", '<a href="c"><img src="b" alt="a" loading="lazy"></a>'),
    ("[a [b](c)](d)", '<a href="d">a [b](c)</a>'),
    ('[a](b){:target="_blank" .btn .big}', '<a href="b" target="_blank" class="btn big">a</a>'),
    ("![a](b){: width='10'}", '<img src="b" alt="a" width="10" loading="lazy">'),
    ("<https://a.org/b_c_d>", '<a href="https://a.org/b_c_d">https://a.org/b_c_d</a>'),
    ("<ada@a.org>", '<a href="mailto:ada@a.org">ada@a.org</a>'),
    ("<mailto:ada@a.org>", '<a href="mailto:ada@a.org">ada@a.org</a>'),
    ("https://a.org www.a.org ada@a.org", "https://a.org www.a.org ada@a.org"),
)
def test_links_and_images(text: str, expected: str) -> None:
    assert flat(text) == f"<p>{expected}</p>"


@cases(
    ("[a][b]\n\n[b]: c", '<p><a href="c">a</a></p>'),
    ("[a][]\n\n[A]: c 'd'", '<p><a href="c" title="d">a</a></p>'),
    ('[a]\n\n[a]: <c d>\n  "e"', '<p><a href="c d" title="e">a</a></p>'),
    ("[a\nb], [c][a  B]\n\n[A b]: e", '<p><a href="e">a\nb</a>, <a href="e">c</a></p>'),
    ("![a][b]\n\n[b]: c", '<p><img src="c" alt="a" loading="lazy"></p>'),
    ("[a]\n\n[a]: b\n{: .x}", '<p><a class="x" href="b">a</a></p>'),
    ("[a] is not defined", "<p>[a] is not defined</p>"),
    ("[//]: # (a comment)\n\n[//]: <> another\n\ntext", "<p>text</p>"),
    ("> [a]\n\n[a]: b", '<blockquote><p><a href="b">a</a></p></blockquote>'),
)
def test_links_by_reference(text: str, expected: str) -> None:
    assert flat(text) == expected


@cases(
    ("\"a\" 'b' it's", "“a” ‘b’ it’s"),
    ("'90s and '20s", "’90s and ’20s"),
    ('"\'a\' b" "*c*"', "“‘a’ b” “<em>c</em>”"),
    ('("a") "b".', "(“a”) “b”."),
    ('students\' "[a](b)"', 'students’ “<a href="b">a</a>”'),
    ("a -- b --- c...", "a – b — c…"),
    ("<<a>> << b >>", "«a» «\N{NO-BREAK SPACE}b\N{NO-BREAK SPACE}»"),
    (r"\"a\" \'b\' \-- \... \<<", "\"a\" 'b' -- ... &lt;&lt;"),
    (r"\* \_ \` \# \[a\] \{ \\ \| \~ \$ \a", r"* _ ` # [a] { \ | ~ $ \a"),
    (
        "&copy; &nbsp;&#8212; &#x41; &foo; AT&T &lt;",
        "© \N{NO-BREAK SPACE}— A &amp;foo; AT&amp;T &lt;",
    ),
    ("&#150; &#0; &#xD800; &#99999999999;", "– � � �"),
    ("a < b > c", "a &lt; b &gt; c"),
    ("$5 and $10", "$5 and $10"),
    (":smile: 😀 (c) {{ x }}", ":smile: 😀 (c) {{ x }}"),
)
def test_characters(text: str, expected: str) -> None:
    assert flat(text) == f"<p>{expected}</p>"


@cases(
    ("a <b>*c*</b>", "a <b><em>c</em></b>"),
    ('<i class="fa fa-x"></i> a', '<i class="fa fa-x"></i> a'),
    ("<kbd>*a*</kbd> <code>*b*</code>", "<kbd>*a*</kbd> <code>*b*</code>"),
    ('<span markdown="0">*a*</span>', "<span>*a*</span>"),
    ("<x-y>*a*</x-y>", None),
    ("a<br>b<br/>c", "a<br />b<br />c"),
    ("a <!-- *b* --> c", "a <!-- *b* --> c"),
    ("a <div>b</div>", "a &lt;div&gt;b&lt;/div&gt;"),
    ("a </b> c", "a &lt;/b&gt; c"),
    ("<b>a *c*", "<b>a <em>c</em></b>"),
    ("<B>a</b>", "<b>a</b>"),
    ("<b>a</b>{: .x}", '<b class="x">a</b>'),
    ('<a href="x">*b*</a>', '<a href="x"><em>b</em></a>'),
    ("<input disabled>", '<input disabled="" />'),
)
def test_html_in_a_line(text: str, expected: str | None) -> None:
    assert flat(text) == (text if expected is None else f"<p>{expected}</p>")


def test_html_in_a_line_is_left_alone_by_an_option() -> None:
    assert flat("a <b>*c*</b>", parse_span_html=False) == "<p>a <b>*c*</b></p>"


# Attributes and extensions


@cases(
    ("a\n{: .b #c key=\"d e\" k='f'}", '<p class="b" id="c" key="d e" k="f">a</p>'),
    ("{: .b}\na", '<p class="b">a</p>'),
    ("{: .b}\n\na", "<p>a</p>"),
    ("{:x: .b key='c'}\n\na\n{: x #d}", '<p class="b" key="c" id="d">a</p>'),
    ("*a*{:x}\n\n{:x: .b}", '<p><em class="b">a</em></p>'),
    ("{:x: y}\n{:y: x .b}\n\na\n{: x}", '<p class="b">a</p>'),
    ("a{: .b}", "<p>a{: .b}</p>"),
    ("[a](b){.c}", '<p><a href="b">a</a>{.c}</p>'),
    ('a\n{: k="\\}<"}', '<p k="}&lt;">a</p>'),
)
def test_attribute_lists(text: str, expected: str) -> None:
    assert flat(text) == expected


@cases(
    ("{::comment}\n*a*\n{:/comment}\n\nb", "<!-- *a* --><p>b</p>"),
    ("a {::comment}b{:/} c", "<p>a <!-- b --> c</p>"),
    ("{::nomarkdown}\n<b>*a*\n{:/}", "<b>*a*"),
    ("a {::nomarkdown}<b>*c*</b>{:/} d", "<p>a <b>*c*</b> d</p>"),
    ('{::nomarkdown type="latex"}\nb\n{:/}\n\na', "<p>a</p>"),
    ('{::options auto_ids="false" /}\n\n# a', "<h1>a</h1>"),
    ("{::unknown}\na\n{:/}", "<p>{::unknown}\na\n{:/}</p>"),
    ("{::comment}\nnever closed", "<p>{::comment}\nnever closed</p>"),
)
def test_extensions(text: str, expected: str) -> None:
    assert flat(text) == expected


def test_a_table_of_contents_stands_where_the_list_stood() -> None:
    text = "* TOC\n{:toc}\n\n# A [b](c)\n\n### D\n\n## E\n\n## F\n{: .no_toc}\n\n# G[^1]\n\n[^1]: n"
    assert flat(text).startswith(
        '<ul id="markdown-toc"><li><a href="#a-b" id="markdown-toc-a-b">A b</a>'
        '<ul><li><a href="#d" id="markdown-toc-d">D</a></li>'
        '<li><a href="#e" id="markdown-toc-e">E</a></li></ul></li>'
        '<li><a href="#g" id="markdown-toc-g">G</a></li></ul><h1 id="a-b">'
    )


def test_the_levels_of_a_table_of_contents_are_an_option() -> None:
    text = "1. x\n{:toc}\n\n# A\n\n## B\n\n### C"
    for levels in ("2..3", "2,3", [2, 3]):
        shown = flat(text, toc_levels=levels)
        assert shown.startswith('<ol id="markdown-toc"><li><a href="#b"')
        assert 'id="markdown-toc-c"' in shown
    assert "<ol" not in flat("1. x\n{:toc}")


# Footnotes and abbreviations


def test_footnotes_are_numbered_by_their_first_references() -> None:
    text = "a[^x] b[^y] c[^x]\n\n[^y]: *two*\n[^x]: one\n\n    more\n\n[^z]: never used"
    space = "\N{NO-BREAK SPACE}"
    back = 'class="reversefootnote" role="doc-backlink">&#8617;'
    note = 'class="footnote" rel="footnote"'
    assert flat(text) == (
        f'<p>a<sup id="fnref:x" role="doc-noteref"><a href="#fn:x" {note}>1</a></sup> '
        f'b<sup id="fnref:y" role="doc-noteref"><a href="#fn:y" {note}>2</a></sup> '
        f'c<sup id="fnref:x:1" role="doc-noteref"><a href="#fn:x" {note}>1</a></sup></p>'
        '<div class="footnotes" role="doc-endnotes"><ol>'
        f'<li id="fn:x" role="doc-endnote"><p>one</p><p>more{space}<a href="#fnref:x" {back}</a>'
        f'{space}<a href="#fnref:x:1" {back}<sup>2</sup></a></p></li>'
        f'<li id="fn:y" role="doc-endnote"><p><em>two</em>{space}<a href="#fnref:y" {back}</a></p>'
        "</li></ol></div>"
    )


def test_a_footnote_that_ends_in_no_paragraph_gets_one_for_its_back_link() -> None:
    shown = flat("a[^1]\n\n[^1]: - b")
    assert '<ul><li>b</li></ul><p><a href="#fnref:1"' in shown


def test_footnotes_may_refer_to_each_other() -> None:
    shown = flat("a[^1]\n\n[^1]: b[^2]\n[^2]: c[^1]")
    assert shown.count("<li id=") == 2
    assert 'href="#fnref:1:1"' not in shown  # it is written before the second reference is seen


def test_footnotes_can_be_placed_and_set_by_options() -> None:
    text = "a[^1]\n\n* x\n{:footnotes}\n\nend\n\n[^1]: b"
    assert flat(text).endswith("</div><p>end</p>")
    assert '<ol start="3">' in flat(text, footnote_nr=3)
    assert ">up</a>" in flat(text, footnote_backlink="up")
    assert "reversefootnote" not in flat(text, footnote_backlink="")


@cases(
    (
        "HTML, XHTML and `HTML`\n\n*[HTML]: *Hyper*",
        '<p><abbr title="*Hyper*">HTML</abbr>, XHTML and <code>HTML</code></p>',
    ),
    (
        "*A B* and <b>A B</b>\n\n*[A B]:",
        "<p><em><abbr>A B</abbr></em> and <b><abbr>A B</abbr></b></p>",
    ),
    (
        "AB A\n\n*[A]: one\n*[AB]: two",
        '<p><abbr title="two">AB</abbr> <abbr title="one">A</abbr></p>',
    ),
    ("A\n\n*[A]: b\n{: .x}", '<p><abbr class="x" title="b">A</abbr></p>'),
)
def test_abbreviations(text: str, expected: str) -> None:
    assert flat(text) == expected


# Math, pictures


def test_math_is_mathml() -> None:
    assert html("$$\nx^2\n$$").startswith(
        '<div class="math block" tabindex="0"><math alttext="x^2" display="block">'
    )
    assert flat("a $$x^2$$ b").startswith('<p>a <span class="math inline"><math ')
    assert "<math" not in html(r"\$$x$ $y$")


def test_math_that_cannot_be_converted_is_shown_and_warned_of() -> None:
    text = "a\n\nb $$\\frac{1}$$\n\n$$\n\\foo{\n$$"
    assert "<code>$\\frac{1}$</code>" in html(text)
    assert "<code>$$\\foo{$$</code>" in html(text)
    assert [line for line, message in warnings(text) if "cannot be converted" in message] == [3, 5]


def test_a_picture_that_stands_alone_is_a_figure_if_it_says_so() -> None:
    assert flat('![a "b"](c){: standalone .x}') == (
        '<figure class="x"><img src="c" alt="a &quot;b&quot;" loading="lazy">'
        '<figcaption>a "b"</figcaption></figure>'
    )


# Options


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        ({"hard_wrap": True}, "a\nb", "<p>a<br>b</p>"),
        ({"auto_ids": False}, "# a", "<h1>a</h1>"),
        ({"auto_id_prefix": "x-"}, "# a", '<h1 id="x-a">a</h1>'),
        ({"header_offset": 1}, "# a", '<h2 id="a">a</h2>'),
        ({"header_offset": "9"}, "# a", '<h6 id="a">a</h6>'),
        ({"smart_quotes": "apos,apos,quot,quot"}, "\"a\" 'b'", "<p>\"a\" 'b'</p>"),
        ({"smart_quotes": ["laquo", "raquo", 8222, "#"]}, "'a' \"b\"", "<p>«a» „b”</p>"),
        ({"typographic_symbols": {"hellip": "...", "mdash": "<"}}, "a... ---", "<p>a... &lt;</p>"),
        ({"gfm_quirks": "no_auto_typographic"}, "a -- b", "<p>a -- b</p>"),
        ({"gfm_quirks": []}, "a\n- b", "<p>a\n- b</p>"),
        ({"gfm_quirks": []}, "a\n# b", "<p>a\n# b</p>"),
        ({"input": "kramdown"}, "#a", '<h1 id="a">a</h1>'),
        ({"input": "kramdown"}, "~~a~~ é\n===", '<h1 id="a-">~~a~~ é</h1>'),
        ({"input": "kramdown"}, "# 1. *a*", '<h1 id="a">1. <em>a</em></h1>'),
        (
            {"input": "kramdown", "auto_id_stripping": True},
            "# `a` b",
            '<h1 id="b"><code>a</code> b</h1>',
        ),
        ({"input": "kramdown"}, "```\na\n```", "<p><code>a</code></p>"),
    ],
)
def test_options(options: dict[str, Any], text: str, expected: str) -> None:
    assert flat(text, **options) == expected


@pytest.mark.parametrize(
    "options",
    [
        {"toc_levels": "9..12"},
        {"toc_levels": {"a": 1}},
        {"smart_quotes": "lsquo"},
        {"smart_quotes": 3},
        {"typographic_symbols": "x"},
        {"footnote_nr": "many"},
        {"footnote_nr": None},
        {"header_offset": []},
        {"hard_wrap": None},
        {"input": "Word"},
        {"auto_id_prefix": ["a"]},
        {"gfm_quirks": 1},
        {"math_engine": "katex", "syntax_highlighter_opts": {"block": {}}},
        {"remove_block_html_tags": True},
        {"no_such": object()},
    ],
)
def test_bad_options_are_ignored(options: dict[str, Any]) -> None:
    text = "# a\n\n'b' c[^1] -- d\ne\n\n* x\n{:toc}\n\n[^1]: n"
    assert html(text, **options) == html(text)


# The interface


def test_headings_are_listed_for_other_tables_of_contents() -> None:
    text = '# *A* [b](c)[^1] `d`\n\n<h2>not this</h2>\n\n## "E"\n\n### ☺\n\n[^1]: n'
    assert markdown.render([text], "kramdown").headings == (
        Heading("a-b-d", 1, "<em>A</em> b <code>d</code>", "A b d"),
        Heading("e", 2, "“E”", "“E”"),
    )


def test_headings_have_no_anchors_and_stay_what_they_are() -> None:
    prose = markdown.render(["## a"], "kramdown", title=True)
    assert prose.cells == ('<h2 id="a">a</h2>\n',)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a\n\n## *B* "c" `d`\n\n# e', (2, "B “c” d")),
        ("B [c][d]\n===\n\n[d]: e", (1, "B c")),
        ("# [c] d", (1, "[c] d")),
        ("```\n# no\n```\n\n    # no\n\n# yes {#id}", (1, "yes")),
        ("<div>\n<h1>A &amp; <b>b</b></h1>\n</div>\n\n# c", (1, "A & b")),
        ("<h1></h1>\n\n## c", (2, "c")),
        ("#no", None),
        ("a\n- - -", None),
        ("", None),
    ],
)
def test_the_first_heading(text: str, expected: tuple[int, str] | None) -> None:
    assert markdown.first_heading(text, "kramdown") == expected


def test_a_fragment_may_be_of_this_dialect() -> None:
    options = {"hard_wrap": True}
    assert markdown.fragment("a -- b\nc", dialect="kramdown", options=options) == (
        "<p>a – b<br>\nc</p>\n"
    )


def test_several_sources_stand_alone() -> None:
    prose = markdown.render(["a[^1]\n\n[^1]: b", "[^1]"], "kramdown")
    assert "footnotes" in prose.cells[0]
    assert prose.cells[1] == "<p>[^1]</p>\n"
    assert [(problem.cell, problem.line) for problem in prose.problems] == [(1, 1)]


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a\n\n{::comment}\nb", 3, "is not closed"),
        ("a\n\n{::odd}\nb\n{:/}", 3, "is not known"),
        ("a\n\nb\n{:/}", 4, "ends nothing"),
        ("a\n\n> - b\n>   c[^d]", 4, "[^d] is not defined"),
        ("a\n\n<div>\n<p>b</div>", 3, "<div> has no end tag"),
        ("a\n\n<div>\n<p>b</div>", 4, "<p> has no end tag"),
        ('a\n\n<div markdown="1">\nb', 3, "<div> has no end tag"),
        ("a\n\nb\n<b>c", 4, "<b> has no end tag"),
        ("a\n\nb </b>", 3, "</b> ends no element"),
        ("a\n\nb <div>", 3, "<div> cannot stand in a line"),
        ("a\n\n" + "> " * 80 + "b", 3, "levels are nested"),
        ('{::options nonsense="1" /}', 1, "no option nonsense"),
    ],
)
def test_warnings_say_where(text: str, line: int, part: str) -> None:
    assert [found for found, message in warnings(text) if part in message] == [line]


def test_warnings_are_few() -> None:
    assert len(warnings("[^a] <b\n\n" * 500)) <= 50
    assert warnings("*a [b] `c <d {e} &f; $$g \\h\n\n- i") == []


# Hostile input


@pytest.mark.parametrize(
    "unit",
    [
        *"""[ * ** _ ` { | " ' > < ![ [^1] $ $$ {: {::comment} ~~ ~~a <b> <b>*</b> <div> </div> <!--
        [a]( [a][ ( & \\ <li> <details> {:x <http: <a@ -- ... << <i>** <code <pre> <script> [[a]](b)
        *[a*](b) ]( <?x # `a``""".split(),
        '<span markdown="1">',
        '<div markdown="1">',
        "- ",
        "> ",
        "1. ",
        ": ",
    ],
)
def test_many_of_anything_are_read(unit: str) -> None:
    for end in ("", "\n", " ", "\n\n", " a"):
        text = "start " + (unit + end) * 3000
        prose = markdown.render([text], "kramdown")
        assert "start" in prose.cells[0]
        assert len(prose.problems) <= 50
        markdown.first_heading(text, "kramdown")


@pytest.mark.parametrize(
    "text",
    [
        "- " * 1000 + "a",
        "> " * 1000 + "a",
        "> - " * 500 + "<b>" * 500 + "a",
        "".join("  " * level + "- a\n" for level in range(300)),
        "".join("    " * level + "1. a\n" for level in range(200)),
        '<div markdown="1">\n' * 500 + "a\n" + "</div>\n" * 500,
        "<div>" * 5000 + "a" + "</div>" * 5000,
        "<b>" * 1000 + "a" + "</b>" * 1000,
        "![" * 2000 + "a" + "](b)" * 2000,
        "[" * 5000 + "a" + "](b)" * 5000,
        "*a **b " * 2000 + "a",
        "a\n" + "".join("  " * level + ": a\n" for level in range(200)),
        "".join(f"[^{n}]: a[^{n + 1}]\n" for n in range(300)) + "\n[^0]",
        "> " * 100 + "[^1]: a [^1]\n\n[^1]",
        "# " + "<b>" * 200 + "a\n\n* x\n{:toc}",
        "".join(f"{{:a{n}: a{n + 1}}}\n" for n in range(500)) + "\na\n{: a0}",
    ],
    ids=lambda text: text[:12],
)
def test_deep_nesting_ends_somewhere(text: str) -> None:
    prose = markdown.render([text], "kramdown")
    assert "a" in re.sub(r"</?(?!img)[^>]*>", "", prose.cells[0])
    markdown.first_heading(text, "kramdown")


def test_what_is_not_closed_anywhere_is_text() -> None:
    for mark in ("*", "**", "_", "[", "![", "`", "~~", "$$", "{:", "<b", "<!--", "&"):
        text = f"{mark}a " * 3000
        assert re.sub("<[^>]*>", "", html(text)).count("a") >= 3000


def test_a_page_of_one_very_long_line() -> None:
    text = "it's *a* `b` [c](d) -- " * 5000
    assert html(text).count("<em>a</em> <code>b</code> <a href=") == 5000


def test_long_runs_of_space_are_read() -> None:
    space = " " * 50_000
    for text in (f"<a{space}x", f"# a{space}#", f"-{space}a\n1. b", f"[a]{space}b", f"|{space}a|"):
        assert html(text)


def test_nothing_of_the_page_stands_for_what_is_put_in_later() -> None:
    text = "\0contents\0 \0notes\0[^1]\n\n* x\n{:toc}\n\n* x\n{:footnotes}\n\n# h\n\n[^1]: n"
    shown = flat(text)
    assert shown.startswith("<p>�contents� �notes�")
    assert shown.count('id="markdown-toc"') == shown.count('class="footnotes"') == 1
